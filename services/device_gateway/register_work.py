"""What the core wants of one register, done over its link, and what became of it told back.

The core decides: it is asked what is due, its work goes to the session, the session's outcomes become reports, and
the answer to a report is the next work. All of that is one conversation, one step at a time (`SerialJobs`); chunks are
fetched beside it. When the core is away the conversation stands still: the register keeps what it has.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from services.chassis.logs import get_logger
from services.contracts.catalog import PriceListGone
from services.contracts.links import EpochOver, LinksRpc
from services.contracts.refusals import Refusal, Unavailable
from services.contracts.registers import RegisterMode
from services.contracts.values import ExchangeId, RegisterActor
from services.contracts.work import (
    AbortLoad,
    Answered,
    Applied,
    ApplyGoods,
    ApplySent,
    Begun,
    Buffered,
    Failed,
    LoadGoods,
    ReadSettings,
    Report,
    Restarted,
    TestLink,
    Waiting,
    Work,
)
from services.device_gateway import metrics
from services.device_gateway.chunk_feed import ChunkFeed, Sent
from services.device_gateway.plans import plan_of
from services.device_gateway.protocol import outputs, register_messages, server_messages
from services.device_gateway.protocol.errors import SERVER_FAULT, CloseReason
from services.device_gateway.protocol.load_sender import Phase
from services.device_gateway.protocol.outputs import Output
from services.device_gateway.protocol.pending import TooManyRequests
from services.device_gateway.protocol.session import Identified
from services.device_gateway.serial_jobs import SerialJobs
from services.device_gateway.tools import Tools

JOBS_MAX = 64  # steps of the conversation that wait; a register that makes more is cut off and tells all in its hello
FINISH_SECONDS = 20.0  # to tell what a register said before its link ended
DUE_EVERY_BEATS = 2  # nothing depends on a poke
TEST_TEXT = "KKT Server"

log = get_logger(__name__)


class Acts(Protocol):
    """The link that this work goes over."""

    async def act(self, do: Callable[[Identified, float], list[Output]]) -> None: ...

    def end_replaced(self) -> None: ...

    async def close(self, reason: CloseReason) -> None: ...


class RegisterWork:
    """Belongs to one link."""

    __slots__ = (
        "_aborting", "_actor", "_applying", "_asked", "_beats", "_due_wanted", "_feed", "_jobs", "_link", "_mode",
        "_mode_wanted", "_over", "_poked_at", "_tools", "_untold", "_waiting",
    )  # fmt: skip

    def __init__(self, link: Acts, actor: RegisterActor, mode: str, tools: Tools) -> None:
        self._link = link
        self._actor = actor
        self._tools = tools
        self._mode = mode
        self._jobs = SerialJobs(JOBS_MAX, self._job_failed)
        self._over = False  # the link is gone
        self._due_wanted = False
        self._mode_wanted = False
        self._beats = 0
        self._poked_at: float | None = None
        self._feed = ChunkFeed(link, actor, tools.chunks, gone=self._list_gone, failed=self._lost)
        self._asked: dict[int, ExchangeId] = {}  # requests by id
        self._untold: frozenset[str] = frozenset()  # exchanges over or buffered, which the core does not know yet
        self._applying: ExchangeId | None = None  # `load_apply` was sent for it on this link
        self._aborting: frozenset[str] = frozenset()  # `load_abort` was sent and not answered yet
        self._waiting: tuple[ExchangeId, str] | None = None  # what was last reported as waiting

    async def finish(self, link: str, *, tell_closed: bool) -> None:
        """The link is gone: nothing more is done for the register, but what it said is still told, and then the end.

        What cannot be told in time the register tells again in its next hello.
        """
        self._over = True
        self._feed.stop()
        if tell_closed:
            self._jobs.add(lambda: self._tools.core.ask(LinksRpc.close_link, self._actor, link))
        await self._jobs.finish(FINISH_SECONDS)

    # --- what happens

    def poked(self) -> None:
        """The core says that something may be due."""
        self._poked_at = asyncio.get_running_loop().time()
        self.want_due()

    def sent(self) -> None:
        """A message went to the register."""
        if self._poked_at is not None:
            metrics.POKE_TO_SEND.observe(asyncio.get_running_loop().time() - self._poked_at)
            self._poked_at = None

    def want_due(self) -> None:
        """Ask the core what is due, once the conversation gets to it."""
        if not self._due_wanted:
            self._due_wanted = True
            self._say(self._ask_due)

    def heard(self, output: Output) -> None:
        """Something that the session told."""
        match output:
            case outputs.BeatReceived(beat):
                self._beat(beat)
            case outputs.ModeReceived(change):
                self._mode_is(change.mode)
            case outputs.NeedChunk() | outputs.NeedPrefix():
                self._feed.need(output)
            case outputs.LoadProgress(exchange, received, chunks):
                self._tools.progress.note(self._actor, ExchangeId(exchange), received, chunks)
            case outputs.Answered() | outputs.RequestFailed():
                self._request_over(output)
            case outputs.Send() | outputs.Close() | outputs.HelloReceived():
                pass
            case _:
                self._load_event(output)

    def _beat(self, beat: register_messages.Beat) -> None:
        self._tools.heartbeats.heard(self._actor, beat.goods.base_hash)
        self._beats += 1
        if beat.mode != self._mode:
            self._mode_is(beat.mode)
        elif self._beats % DUE_EVERY_BEATS == 0:
            self.want_due()

    def _mode_is(self, mode: str) -> None:
        self._mode = mode
        if not self._mode_wanted:
            self._mode_wanted = True
            self._say(self._tell_mode)

    def _load_event(self, output: Output) -> None:
        match output:
            case outputs.LoadBegan(exchange, received, chunks):
                self._waiting = None
                self._feed.offered_again()
                self._report(exchange, Begun(received, chunks))
            case outputs.LoadRestarted(exchange, reason):
                self._report(exchange, Restarted(reason))
            case outputs.LoadWaiting(exchange, reason):
                if self._waiting != (exchange, reason):
                    self._waiting = (ExchangeId(exchange), reason)
                    self._report(exchange, Waiting(reason))
            case outputs.LoadBuffered(exchange):
                self._report(exchange, Buffered())
            case outputs.LoadApplied(exchange, revision, base_hash, count):
                self._load_over(exchange)
                self._report(exchange, Applied(revision, base_hash, count))
            case outputs.LoadFailed(exchange, code, register_code, record, field):
                if exchange in self._aborting:
                    self._load_over(exchange)  # it could not forget what it did not have: nothing to tell
                    self.want_due()
                    return
                self._load_over(exchange)
                self._report(exchange, Failed(code, register_code, record, field or ""))
            case outputs.LoadAborted(exchange):
                self._load_over(exchange)
                self.want_due()

    def _load_over(self, exchange: str) -> None:
        self._feed.end(exchange)
        self._aborting -= {exchange}
        self._waiting = None
        if self._applying == exchange:
            self._applying = None

    def _request_over(self, output: outputs.Answered | outputs.RequestFailed) -> None:
        exchange = self._asked.pop(output.id, None)
        if exchange is None:
            return
        if isinstance(output, outputs.RequestFailed):
            self._report(exchange, Failed(output.code, output.register_code, None, output.field or ""))
            return
        match output.answer:
            case register_messages.Settings(settings=settings):
                told = dict(settings)

                async def tell() -> None:
                    try:
                        await self._tools.core.insist(LinksRpc.settings_read, self._actor, exchange, told)
                    except EpochOver:
                        raise
                    except Exception as error:  # a new link would only bring the same settings again
                        log.error("settings_not_taken", register=self._actor.register, exc_info=error)

                self._say(tell)
                self._report(exchange, Answered())
            case register_messages.ConnectionTested(text=text, clock=clock):
                self._report(exchange, Answered({"text": text, "clock": clock.isoformat()}))
            case _:
                self._report(exchange, Answered())

    # --- the conversation

    def _say(self, job: Callable[[], Awaitable[None]]) -> None:
        if not self._jobs.add(job):
            log.warning("register_cut_off", register=self._actor.register)
            self._cut_off()

    def _job_failed(self, error: Exception) -> None:
        if isinstance(error, EpochOver):
            self._link.end_replaced()
        elif isinstance(error, Refusal):
            # An answer, and the core knows what it wants: a register may name an exchange that is none of its own.
            log.warning("core_refused", register=self._actor.register, code=error.code)
        else:
            self._lost(error)

    def _lost(self, error: Exception) -> None:
        """A step was lost for good, and with it maybe what would move a load on: only the next hello heals that."""
        log.error("core_failed", register=self._actor.register, exc_info=error)
        self._cut_off()

    def _cut_off(self) -> None:
        if not self._over:
            self._tools.spawn(self._link.close(SERVER_FAULT))

    async def _ask_due(self) -> None:
        self._due_wanted = False
        if self._over:
            return
        try:
            work = await self._tools.core.ask(LinksRpc.due, self._actor)
        except EpochOver:
            raise
        except Exception as error:
            if not isinstance(error, Unavailable):
                log.error("due_failed", register=self._actor.register, exc_info=error)
            return  # the next heartbeats ask again
        await self._do(work)

    async def _tell_mode(self) -> None:
        """The newest mode counts, whichever it was when this step began to wait."""
        self._mode_wanted = False
        told = RegisterMode(self._mode)
        await self._do(await self._tools.core.insist(LinksRpc.mode_changed, self._actor, told))

    def _report(self, exchange: str, report: Report) -> None:
        async def tell() -> None:
            try:
                work = await self._tools.core.insist(LinksRpc.report, self._actor, ExchangeId(exchange), report)
            finally:
                self._untold -= {exchange}
            await self._do(work)

        if isinstance(report, Applied | Failed | Answered | Buffered):
            self._untold |= {exchange}
        self._say(tell)

    async def _do(self, work: Work | None) -> None:
        """Carry out what the core wants; what is in hand already simply goes on.

        An exchange that is over or buffered is not begun again because the core does not know it yet.
        """
        if self._over or (work is not None and work.exchange in self._untold):
            return
        match work:
            case LoadGoods():
                await self._load(work)
            case ApplyGoods(exchange=exchange):
                await self._apply(exchange)
            case AbortLoad(exchange=exchange):
                await self._abort(exchange)
            case ReadSettings(exchange=exchange):
                await self._ask(exchange, is_test=False)
            case TestLink(exchange=exchange):
                await self._ask(exchange, is_test=True)
            case None:
                pass

    async def _load(self, work: LoadGoods) -> None:
        if self._aborting:
            return  # asked again when the register has forgotten the other one
        plan = plan_of(work)
        other: ExchangeId | None = None

        def begin(session: Identified, at: float) -> list[Output]:
            nonlocal other
            under_way = session.load
            if under_way is None:
                self._feed.begin(plan.exchange, plan.sha256)
                return session.start_load(plan, at)
            if under_way.plan.exchange != plan.exchange or under_way.plan.sha256 != plan.sha256:
                other = ExchangeId(under_way.plan.exchange)
            elif under_way.phase is Phase.HELD and self._mode != "sales":
                return [*under_way.begin(at)]
            elif under_way.phase is Phase.BUFFERED:
                self._report(plan.exchange, Buffered())  # the core has not heard of it
            return []

        await self._link.act(begin)
        if other is not None:
            await self._abort(other)

    async def _apply(self, exchange: ExchangeId) -> None:
        if self._applying == exchange:
            return  # it was told, and goes on by itself
        answer = await self._tools.core.insist(LinksRpc.report, self._actor, exchange, ApplySent())
        if answer is not None:
            if not isinstance(answer, ApplyGoods):
                await self._do(answer)
            return

        def apply(session: Identified, at: float) -> list[Output]:
            wanted = session.apply_load(exchange, at)
            self._applying = exchange if wanted else None
            return wanted

        try:
            await self._link.act(apply)
        except TooManyRequests:
            return  # due is asked again with the heartbeats

    async def _abort(self, exchange: ExchangeId) -> None:
        if exchange in self._aborting:
            return
        self._aborting |= {exchange}
        self._feed.end(exchange)
        try:
            await self._link.act(lambda session, at: session.abort_load(exchange, at))
        except TooManyRequests:
            self._aborting -= {exchange}

    async def _ask(self, exchange: ExchangeId, *, is_test: bool) -> None:
        if exchange in self._asked.values():
            return

        def build(request_id: int) -> server_messages.ReadSettings | server_messages.ConnectionTest:
            if is_test:
                return server_messages.ConnectionTest(id=request_id, text=TEST_TEXT)
            return server_messages.ReadSettings(id=request_id)

        def ask(session: Identified, at: float) -> list[Output]:
            request_id, wanted = session.ask(build, at)
            self._asked[request_id] = exchange
            return wanted

        try:
            await self._link.act(ask)
        except TooManyRequests:
            return  # due is asked again with the heartbeats

    def _list_gone(self, sent: Sent) -> None:
        """The catalog keeps that list no longer: the core is to order it anew."""

        async def give_up() -> None:
            still = False

            def look(session: Identified, _at: float) -> list[Output]:
                nonlocal still
                plan = session.load.plan if session.load is not None else None
                still = plan is not None and (plan.exchange, plan.sha256) == (sent.exchange, sent.sha256)
                return []

            await self._link.act(look)
            if still:
                await self._abort(ExchangeId(sent.exchange))
                self._report(sent.exchange, Failed(PriceListGone.code))

        self._say(give_up)

"""The server's side of one link: `Unidentified` until the core has judged the hello, then `Identified`.

Two types, so that a link without a name cannot be asked to load goods, and one that has a name cannot be named again.
Methods take events and the time (`now`: seconds of any clock that never goes back) and return outputs in order.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from services.contracts.kkt_id import is_kkt_id
from services.device_gateway.protocol.errors import (
    DRAINING,
    HELLO_EXPECTED,
    HELLO_TIMEOUT,
    MALFORMED_FRAME,
    MALFORMED_MESSAGE,
    NO_ANSWER,
    REFUSED,
    REPLACED,
    SILENT,
    TOO_MANY_ERRORS,
    MalformedMessage,
    UnknownMessage,
)
from services.device_gateway.protocol.load_sender import LoadPlan, LoadSender, Phase
from services.device_gateway.protocol.messages import OtherProtocol, decode_from_register, encode
from services.device_gateway.protocol.outputs import (
    Answered,
    BeatReceived,
    Close,
    HelloReceived,
    LoadAborted,
    LoadApplied,
    LoadFailed,
    LoadWaiting,
    ModeReceived,
    Output,
    RequestFailed,
    Send,
)
from services.device_gateway.protocol.pending import ANSWERS, Counter, LoadUnderWay, Pending, Question, TooManyRequests
from services.device_gateway.protocol.register_messages import (
    Answer,
    Beat,
    ChunkAck,
    Hello,
    LoadBegun,
    LoadEnded,
    LoadState,
    ModeChanged,
    RegisterError,
    RegisterMessage,
)
from services.device_gateway.protocol.server_messages import (
    LoadAbort,
    LoadApply,
    ReconnectAfter,
    Refused,
    Request,
    ServerError,
    Welcome,
)
from services.device_gateway.protocol.timings import DEFAULT_TIMINGS, Timings
from services.device_gateway.protocol.values import RefusalCode


class Unidentified:
    """A link that has not been let in. It takes one hello, within its deadline, and nothing else."""

    def __init__(self, now: float, timings: Timings = DEFAULT_TIMINGS) -> None:
        self.deadline: float | None = now + timings.hello
        self.hello: Hello | None = None
        self._timings = timings
        self._closed = False

    def text_received(self, text: str | bytes) -> list[Output]:
        """A text frame. A register ID with a wrong form is refused here; a right one is a `HelloReceived`."""
        if self._closed:
            return []
        try:
            message = decode_from_register(text)
        except OtherProtocol as fault:
            return self.refuse("protocol_version", detail=fault.detail)
        except UnknownMessage:
            return self._close(Close(HELLO_EXPECTED))
        except MalformedMessage as fault:
            return self._close(Close(MALFORMED_MESSAGE, fault.detail))
        if not isinstance(message, Hello) or self.hello is not None:
            return self._close(Close(HELLO_EXPECTED))
        self.hello = message
        self.deadline = None
        if not is_kkt_id(message.kkt_id):
            return self.refuse("unknown_id")
        return [HelloReceived(message)]

    def binary_received(self, frame: bytes) -> list[Output]:
        """A register never sends binary frames."""
        return [] if self._closed else self._close(Close(MALFORMED_FRAME))

    def admit(
        self, now: float, epoch: int, server_time: datetime, heartbeat_seconds: int | None = None
    ) -> tuple["Identified", list[Output]]:
        """The core knows this register. From here on the link is `Identified`; this object is used up."""
        if self.hello is None or self._closed:
            raise ValueError("nothing to admit before a hello")
        timings = self._timings
        if heartbeat_seconds is not None:
            timings = replace(timings, heartbeat=heartbeat_seconds)
        welcome = Welcome(server_time=server_time, heartbeat_seconds=timings.heartbeat, epoch=epoch)
        return Identified(self.hello, epoch, now, timings), [Send(encode(welcome))]

    def refuse(self, code: RefusalCode, retry_after: int | None = None, detail: str | None = None) -> list[Output]:
        """The core does not let this register in. `retry_after` is in seconds."""
        refused = Refused(code=code, retry_after=retry_after, detail=detail)
        return [Send(encode(refused)), *self._close(Close(REFUSED, code))]

    def tick(self, now: float) -> list[Output]:
        """Time has passed."""
        if self._closed or self.deadline is None or now < self.deadline:
            return []
        return self._close(Close(HELLO_TIMEOUT))

    def _close(self, close: Close) -> list[Output]:
        self._closed = True
        self.deadline = None
        return [close]


class Identified:
    """A link of a known register, under one epoch."""

    def __init__(self, hello: Hello, epoch: int, now: float, timings: Timings = DEFAULT_TIMINGS) -> None:
        self.hello = hello
        self.epoch = epoch
        self.closed = False
        # The load that is being sent; None again once it is in the buffer and ordered to be applied, or over.
        self.load: LoadSender | None = None
        self._timings = timings
        self._heard = now
        self._next_id = Counter()
        # Unanswered requests by id. Bounded by timings.max_requests.
        self._pending: dict[int, Pending] = {}
        self._errors = 0
        self._drain_deadline: float | None = None

    # --- from the socket ----------------------------------------------------------------------------------------

    def text_received(self, text: str | bytes, now: float) -> list[Output]:
        """A text frame of the register."""
        if self.closed:
            return []
        self._heard = now
        try:
            message = decode_from_register(text)
        except UnknownMessage as fault:
            error = ServerError(code=fault.code, id=fault.message_id, about=fault.message_type)
            return self._complain(error)
        except MalformedMessage as fault:
            return self._close(Close(MALFORMED_MESSAGE, fault.detail))
        return self._settle(self._dispatch(message, now))

    def binary_received(self, frame: bytes) -> list[Output]:
        """A register never sends binary frames."""
        return [] if self.closed else self._close(Close(MALFORMED_FRAME))

    # --- from the driver ----------------------------------------------------------------------------------------

    def ask(self, build: Callable[[int], Question], now: float) -> tuple[int, list[Output]]:
        """Make a request outside a load: `ask(lambda id: ReadSettings(id=id), now)`.

        Exactly one `Answered` or `RequestFailed` with the returned id follows, at the latest when its deadline has
        passed. Raises `TooManyRequests` above the bound.
        """
        request = build(self._next_id())
        return request.id, self._request(request, now + self._timings.request)

    def start_load(self, plan: LoadPlan, now: float) -> list[Output]:
        """Offer a load. Raises `LoadUnderWay` while another one is being sent."""
        if self.load is not None:
            raise LoadUnderWay
        self.load = LoadSender(plan, self._timings, self._next_id)
        return [*self.load.begin(now)]

    def prefix_ready(self, exchange: str, count: int, prefix_sha256: str, now: float) -> list[Output]:
        """The answer to `NeedPrefix`."""
        load = self._load_of(exchange)
        return self._settle([*load.prefix_ready(count, prefix_sha256, now)] if load else [])

    def chunk_ready(self, exchange: str, number: int, lines: bytes, now: float) -> list[Output]:
        """The answer to `NeedChunk`: the chunk's lines, without a frame header."""
        load = self._load_of(exchange)
        return [*load.chunk_ready(number, lines, now)] if load else []

    def apply_load(self, exchange: str, now: float) -> list[Output]:
        """Let the register switch to what is in its buffer, sent on this link or on an earlier one.

        One of `LoadApplied`, `LoadFailed` and `LoadWaiting` follows (after the last the register goes on by itself),
        or the link closes as `no_answer`: then only the next hello tells. Raises `TooManyRequests`.
        """
        load = self._load_of(exchange)
        if load is not None:
            if load.phase is not Phase.BUFFERED:
                return []
            load.close()
            self.load = None
        request = LoadApply(id=self._next_id(), exchange=exchange)
        return self._request(request, now + self._timings.load_apply, exchange)

    def abort_load(self, exchange: str, now: float) -> list[Output]:
        """Make the register forget the load; `LoadAborted`, or an outcome that was faster, follows.

        Not to be called after `apply_load`: the register would answer that it is too late.
        """
        load = self._load_of(exchange)
        if load is not None:
            load.close()
            self.load = None
        request = LoadAbort(id=self._next_id(), exchange=exchange)
        return self._request(request, now + self._timings.request, exchange)

    def replaced(self) -> list[Output]:
        """A newer link of this register exists: this one ends."""
        return [] if self.closed else self._close(Close(REPLACED))

    def drain(self, reconnect_after: int, now: float) -> list[Output]:
        """The server is about to stop: say so (in seconds), let the chunks in flight arrive, close."""
        if self.closed or self._drain_deadline is not None:
            return []
        self._drain_deadline = now + self._timings.drain
        if self.load is not None:
            self.load.stop_sending()
        return self._settle([Send(encode(ReconnectAfter(seconds=reconnect_after)))])

    def deadline(self) -> float:
        """When `tick` must be called at the latest."""
        times = [self._heard + self._timings.silence, *(one.deadline for one in self._pending.values())]
        if self.load is not None and self.load.deadline is not None:
            times.append(self.load.deadline)
        if self._drain_deadline is not None:
            times.append(self._drain_deadline)
        return min(times)

    def tick(self, now: float) -> list[Output]:
        """Time has passed: deadlines, silence."""
        if self.closed:
            return []
        if now >= self._heard + self._timings.silence:
            return self._close(Close(SILENT))
        if self._drain_deadline is not None and now >= self._drain_deadline:
            return self._close(Close(DRAINING))
        late = [request_id for request_id, one in self._pending.items() if now >= one.deadline]
        if any(self._pending[request_id].exchange is not None for request_id in late):
            # Nobody knows whether it switched. Its next hello says so; a guess would not.
            return self._close(Close(NO_ANSWER))
        outputs: list[Output] = [self._fail(request_id, RegisterError(code="deadline")) for request_id in late]
        if self.load is not None:
            outputs += self.load.tick(now)
        return self._settle(outputs)

    # --- inside -------------------------------------------------------------------------------------------------

    def _request(self, request: Request, deadline: float, exchange: str | None = None) -> list[Output]:
        if len(self._pending) >= self._timings.max_requests:
            raise TooManyRequests
        self._pending[request.id] = Pending(ANSWERS[type(request)], deadline, exchange)
        return [Send(encode(request))]

    def _dispatch(self, message: RegisterMessage, now: float) -> list[Output]:
        match message:
            case Beat():
                return [BeatReceived(message), *(self.load.mode_is(message.mode, now) if self.load else [])]
            case ModeChanged():
                return [ModeReceived(message), *(self.load.mode_is(message.mode, now) if self.load else [])]
            case ChunkAck():
                return [*self.load.acknowledged(message, now)] if self.load else []
            case LoadState():
                return self._load_state(message)
            case RegisterError():
                return self._register_error(message, now)
            case Hello():
                return self._complain(ServerError(code="unexpected_message", about="hello"))
            case _:
                return self._answer(message, now)

    def _load_state(self, state: LoadState) -> list[Output]:
        """The answer to `load_apply`, or a report: both are judged by their exchange alone."""
        if state.id is not None and self._pending.pop(state.id, None) is None:
            return []
        if state.state == "waiting":
            return [LoadWaiting(state.exchange, state.reason or "main_menu")]
        load = self._load_of(state.exchange)
        if load is not None:
            load.close()
        if state.state == "failed":
            code = state.code or "failed"
            return [LoadFailed(state.exchange, code, state.register_code, state.record, state.field)]
        return [LoadApplied(state.exchange, state.revision or 0, state.base_hash or "", state.count or 0)]

    def _register_error(self, error: RegisterError, now: float) -> list[Output]:
        if error.id is None:
            # A complaint about something that was no request; counted, so that two sides cannot quarrel for ever.
            return self._count_error()
        if self.load is not None and error.id == self.load.request_id:
            return [*self.load.refused(error, now)]
        if error.id in self._pending:
            return [self._fail(error.id, error)]
        return []

    def _answer(self, answer: Answer, now: float) -> list[Output]:
        load = self.load
        if load is not None and answer.id == load.request_id:
            if isinstance(answer, LoadBegun) and load.phase is Phase.BEGINNING:
                return [*load.begun(answer, now)]
            if isinstance(answer, LoadEnded) and load.phase is Phase.ENDING:
                return [*load.ended(answer, now)]
            return self._complain(ServerError(code="unexpected_answer", id=answer.id))
        expected = self._pending.get(answer.id)
        if expected is None:
            # Answered after its deadline: nobody waits for it any more.
            return []
        if not isinstance(answer, expected.answer):
            return self._complain(ServerError(code="unexpected_answer", id=answer.id))
        del self._pending[answer.id]
        return [LoadAborted(expected.exchange) if expected.exchange else Answered(answer.id, answer)]

    def _fail(self, request_id: int, error: RegisterError) -> Output:
        exchange = self._pending.pop(request_id).exchange
        if exchange is not None:
            return LoadFailed(exchange, error.code, error.register_code, error.record, error.field)
        return RequestFailed(request_id, error.code, error.register_code, error.field)

    def _load_of(self, exchange: str) -> LoadSender | None:
        if self.closed or self.load is None or self.load.plan.exchange != exchange:
            return None
        return self.load

    def _complain(self, error: ServerError) -> list[Output]:
        return [Send(encode(error)), *self._count_error()]

    def _count_error(self) -> list[Output]:
        self._errors += 1
        if self._errors > self._timings.max_errors:
            return self._close(Close(TOO_MANY_ERRORS))
        return []

    def _settle(self, outputs: list[Output]) -> list[Output]:
        """What follows from every event: a load that is over makes room; a drained link closes."""
        if self.load is not None and self.load.phase is Phase.OVER:
            self.load = None
        drained = self._drain_deadline is not None and (self.load is None or self.load.in_flight == 0)
        if drained and not self.closed:
            outputs += self._close(Close(DRAINING))
        return outputs

    def _close(self, close: Close) -> list[Output]:
        self.closed = True
        return [close]

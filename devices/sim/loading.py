"""Loads at the register's side: from the offer through the buffer to the switch, or to a failure that is remembered.

What must hold, whatever happens at any step: the base is the old one or the new one as a whole; the load of one
exchange is switched to once and logged once; nothing is begun in sales mode, and nothing is switched outside the main
menu; what is told was reckoned from what is held.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

from devices.sim.faults import Faults
from devices.sim.goods import CODE_BASE, CODE_FULL, Base, Workshop
from devices.sim.identity import Identity
from devices.sim.intake import MAX_LOAD_BYTES, Intake, drop
from devices.sim.journal import Journal
from devices.sim.outcome import keep_failure
from devices.sim.record_rules import CODE_STRUCTURE, LoadRefused
from devices.sim.shelf import Shelf
from devices.sim.storage import Storage
from services.device_gateway.protocol.frames import Chunk
from services.device_gateway.protocol.register_messages import (
    BufferReport,
    ChunkAck,
    Done,
    GoodsState,
    LoadBegun,
    LoadEnded,
    LoadState,
    RegisterError,
    RegisterMessage,
)
from services.device_gateway.protocol.server_messages import LoadAbort, LoadApply, LoadBegin, LoadEnd
from services.device_gateway.protocol.values import Mode, WaitReason

CODE_MEMORY: Final = "099"
CODE_DECLINED: Final = "067"
CODE_STORAGE: Final = "016"

# Who answers the load dialog: nobody is asked, a person (`answer_dialog`), or a person who always says no.
Confirm = Literal["auto", "manual", "decline"]
# What a person at the register hears and sees: ("beep", ""), ("show", "ОБМЕН"), ("dialog", "ЗАГРУЗИТЬ ТОВАРЫ?").
Announce = Callable[[str, str], None]


class Loading:
    """The goods base of one register and the load that is to replace it. `mode` tells the register's mode."""

    def __init__(
        self,
        identity: Identity,
        storage: Storage,
        clock: Callable[[], datetime],
        mode: Callable[[], Mode],
        *,
        confirm: Confirm,
        faults: Faults,
        workshop: Workshop,
        announce: Announce,
    ) -> None:
        self._identity = identity
        self._storage = storage
        self._clock = clock
        self._mode = mode
        self._confirm: Confirm = confirm
        self._faults = faults
        self._workshop = workshop
        self._announce = announce
        # The number of the load on this link; none before the link's first `load_begin`.
        self._handle: int | None = None
        self._built: Base | None = None
        self.journal = Journal(storage)
        self.shelf = Shelf(storage)
        self.intake = Intake.restore(storage)
        self._reckoned = workshop.recount(self.shelf.lines())

    def start(self) -> None:
        """After a start: finish what a power loss has torn, reckon the base, make a switch that is due."""
        held, intake = self.shelf.held, self.intake
        if held.number > self.journal.last_switch:
            self._log_switch()
        if intake is not None and (intake.load.exchange, intake.load.sha256) == (held.exchange, held.load):
            self._empty_buffer()
        self.verify()
        self.mode_changed()

    # --- what is known ------------------------------------------------------------------------------------------

    @property
    def dialog_open(self) -> bool:
        """Whether a person is asked to confirm the load, now."""
        return self._waits_for() == "dialog"

    def goods_state(self) -> GoodsState:
        """The base as it was last reckoned from the memory: at start, at each switch, daily."""
        return GoodsState(
            revision=self.shelf.held.revision,
            base_hash=self._reckoned.base_hash,
            count=self._reckoned.count,
            capacity=self._identity.capacity,
        )

    def buffer_report(self) -> BufferReport:
        """Where the load in the buffer stands."""
        intake = self.intake
        if intake is None:
            return BufferReport(state="empty")
        load = intake.load
        return BufferReport(
            state="waiting_dialog" if self.dialog_open else "buffered" if load.buffered else "receiving",
            load=load.sha256,
            exchange=load.exchange,
            received=intake.received,
            prefix_sha256=intake.prefix_sha256,
        )

    def verify(self) -> bool:
        """Reckon the base anew from the memory; False if it is not what was switched to."""
        self._reckoned = self._workshop.recount(self.shelf.lines())
        if self._reckoned.base_hash == self.shelf.held.base_hash:
            return True
        self.journal.write("base_damaged", self._clock(), base_hash=self._reckoned.base_hash)
        self._announce("show", f"ОШИБКА {CODE_BASE}")
        return False

    # --- what happens at the register ---------------------------------------------------------------------------

    def link_opened(self) -> None:
        """A new link: handles of an earlier one are worth nothing from now on."""
        self._handle = None

    def mode_changed(self) -> list[LoadState]:
        """What a change of mode means for a switch that was ordered."""
        if self.intake is None or not self.intake.load.ordered:
            return []
        return [self._switch_if_possible(None)]

    def answer_dialog(self, yes: bool) -> list[LoadState]:
        """The person says yes or no; nothing happens when no dialog is shown."""
        if not self.dialog_open:
            return []
        return [self._switch() if yes else self._fail(LoadRefused("declined", CODE_DECLINED))]

    # --- what the server says -----------------------------------------------------------------------------------

    def begin(self, begin: LoadBegin) -> RegisterMessage:
        """The answer to `load_begin`."""
        held = self.shelf.held
        if (begin.exchange, begin.base_hash) == (held.exchange, held.base_hash):
            return self._applied_before(begin)
        intake = self.intake
        if intake is None or begin.restart or not intake.load.same_bytes(begin):
            if self._mode() == "sales":
                return LoadBegun(id=begin.id, handle=begin.handle, state="waiting", reason="sales_mode")
            refused = self._refusal(begin)
            if refused is not None:
                return error_answer(begin.id, refused)
            intake = self._start_intake(begin)
        elif intake.load.exchange != begin.exchange:
            # Another order of the same bytes: the switch has to be ordered for it anew.
            intake.change(exchange=begin.exchange, ordered=False)
        self._handle = begin.handle
        self._faults.step("begin")
        return LoadBegun(
            id=begin.id,
            handle=begin.handle,
            state="ready",
            received=intake.received,
            prefix_sha256=intake.prefix_sha256 if intake.received else None,
        )

    def chunk(self, chunk: Chunk) -> list[RegisterMessage]:
        """A binary frame. One of another load is dropped; one out of its turn is answered by where we are."""
        intake = self.intake
        if intake is None or chunk.handle != self._handle or intake.load.buffered:
            return []
        if chunk.number == intake.received + 1:
            fits = intake.size + len(chunk.lines) <= intake.load.bytes
            if not fits or not self._faults.has_room_for(chunk.number):
                return [self._fail(LoadRefused("memory_full", CODE_MEMORY))]
            intake.add(self._faults.spoilt(chunk.number, chunk.lines))
            self._faults.step("chunk")
        return [ChunkAck(handle=chunk.handle, received=intake.received)]

    def end(self, end: LoadEnd) -> RegisterMessage:
        """The answer to `load_end`."""
        intake = self.intake
        if intake is None or end.handle != self._handle:
            return RegisterError(id=end.id, code="load_unknown")
        load = intake.load
        if intake.received < load.chunks:
            return RegisterError(id=end.id, code="load_incomplete")
        if intake.prefix_sha256 != load.sha256 or intake.size != load.bytes:
            self._empty_buffer()
            self.journal.write("hash_wrong", self._clock(), exchange=load.exchange)
            return LoadEnded(id=end.id, handle=end.handle, result="hash_wrong")
        try:
            self._built = self._build(intake)
        except LoadRefused as refused:
            self._fail(refused)
            return error_answer(end.id, refused)
        if not load.buffered:
            intake.change(buffered=True)
            self._announce("show", "ДАННЫЕ В БУФЕРЕ")
        self._faults.step("end")
        return LoadEnded(id=end.id, handle=end.handle, result="buffered")

    def apply(self, apply: LoadApply) -> RegisterMessage:
        """The answer to `load_apply`."""
        intake = self.intake
        if intake is not None and intake.load.exchange == apply.exchange and intake.load.buffered:
            if not intake.load.ordered:
                intake.change(ordered=True)
            return self._switch_if_possible(apply.id)
        if self.shelf.held.exchange == apply.exchange:
            self.verify()
            return self._applied(apply.id)
        return RegisterError(id=apply.id, code="load_unknown")

    def abort(self, abort: LoadAbort) -> RegisterMessage:
        """The answer to `load_abort`."""
        if self.shelf.held.exchange == abort.exchange:
            return RegisterError(id=abort.id, code="already_applied")
        if self.intake is not None and self.intake.load.exchange == abort.exchange:
            self._empty_buffer()
            self.journal.write("aborted", self._clock(), exchange=abort.exchange)
            self._announce("show", "ОБМЕН ОТМЕНЕН")
        return Done(id=abort.id)

    # --- inside -------------------------------------------------------------------------------------------------

    def _applied_before(self, begin: LoadBegin) -> LoadBegun:
        self.verify()
        state = self.goods_state()
        return LoadBegun(
            id=begin.id,
            handle=begin.handle,
            state="applied",
            revision=state.revision,
            base_hash=state.base_hash,
            count=state.count,
        )

    def _refusal(self, begin: LoadBegin) -> LoadRefused | None:
        if begin.base is not None and begin.base.base_hash != self._reckoned.base_hash:
            return LoadRefused("base_mismatch", CODE_BASE)
        if begin.kind == "full" and begin.records > self._identity.capacity:
            return LoadRefused("over_capacity", CODE_FULL)
        if begin.bytes > MAX_LOAD_BYTES or not self._faults.has_room_for(1):
            return LoadRefused("memory_full", CODE_MEMORY)
        return None

    def _start_intake(self, begin: LoadBegin) -> Intake:
        self._built = None
        self.intake = Intake.create(self._storage, begin)
        self._announce("beep", "")
        self._announce("show", "ОБМЕН")
        self.journal.write("begun", self._clock(), exchange=begin.exchange, revision=begin.revision)
        return self.intake

    def _build(self, intake: Intake) -> Base:
        """The base that the buffer makes; refused unless it is exactly the one that was announced."""
        lines, rules, capacity = intake.lines(), self._identity.rules, self._identity.capacity
        refused = self._faults.refuses(lines)
        if refused is not None:
            raise LoadRefused("record_refused", CODE_STRUCTURE, refused)
        if intake.load.base is None:
            base = self._workshop.full(lines, rules, capacity)
        elif intake.load.base.base_hash != self._reckoned.base_hash:
            raise LoadRefused("base_mismatch", CODE_BASE)
        else:
            base = self._workshop.delta(self.shelf.lines(), lines, rules, capacity)
        if base.base_hash != intake.load.base_hash:
            raise LoadRefused("base_hash_wrong", CODE_BASE)
        return base

    def _waits_for(self) -> WaitReason | None:
        """Why the ordered switch is not made now; None also when none is ordered."""
        if self.intake is None or not self.intake.load.ordered:
            return None
        mode = self._mode()
        if mode != "menu":
            return "sales_mode" if mode == "sales" else "main_menu"
        return "dialog" if self._confirm == "manual" else None

    def _switch_if_possible(self, request_id: int | None) -> LoadState:
        reason = self._waits_for()
        if reason is not None and self.intake is not None:
            if reason == "dialog":
                self._announce("dialog", "ЗАГРУЗИТЬ ТОВАРЫ?")
            load = self.intake.load
            return LoadState(id=request_id, exchange=load.exchange, load=load.sha256, state="waiting", reason=reason)
        if self._confirm == "decline":
            return self._fail(LoadRefused("declined", CODE_DECLINED), request_id)
        return self._switch(request_id)

    def _switch(self, request_id: int | None = None) -> LoadState:
        if self.intake is None:
            raise RuntimeError("nothing in the buffer to switch to")
        load = self.intake.load
        try:
            base = self._built or self._build(self.intake)
            self.shelf.prepare(base)
            self._faults.step("apply")
            held = self.shelf.switch(base, load.revision, load.exchange, load.sha256, self._clock())
        except LoadRefused as refused:
            return self._fail(refused, request_id)
        except OSError:
            return self._fail(LoadRefused("storage_failed", CODE_STORAGE), request_id)
        self._faults.step("switched")
        self._log_switch()
        self._faults.step("logged")
        self._empty_buffer()
        self.shelf.tidy()
        self.verify()
        self._announce("show", f"ЗАГРУЖЕНО: {held.count}")
        return self._applied(request_id)

    def _applied(self, request_id: int | None) -> LoadState:
        held, state = self.shelf.held, self.goods_state()
        return LoadState(
            id=request_id,
            exchange=held.exchange or "",
            load=held.load or "",
            state="applied",
            revision=state.revision,
            base_hash=state.base_hash,
            count=state.count,
        )

    def _fail(self, refused: LoadRefused, request_id: int | None = None) -> LoadState:
        """The load ends without effect, and that is remembered until another one ends."""
        if self.intake is None:
            raise RuntimeError("nothing in the buffer to fail")
        load = self.intake.load
        state = LoadState(
            id=request_id,
            exchange=load.exchange,
            load=load.sha256,
            state="failed",
            code=refused.code,
            register_code=refused.register_code,
            record=refused.record,
            field=refused.field,
        )
        keep_failure(self._storage, state, self._clock(), self.shelf.held.number)
        self._empty_buffer()
        self.journal.write("failed", self._clock(), exchange=state.exchange, code=state.code, record=state.record)
        self._announce("show", f"ОШИБКА {refused.register_code or refused.code}")
        return state

    def _log_switch(self) -> None:
        held = self.shelf.held
        self.journal.write(
            "applied",
            held.at or self._clock(),
            number=held.number,
            exchange=held.exchange,
            revision=held.revision,
            base_hash=held.base_hash,
            count=held.count,
        )

    def _empty_buffer(self) -> None:
        drop(self._storage)
        self.intake = None
        self._built = None
        self._handle = None


def error_answer(request_id: int, refused: LoadRefused) -> RegisterError:
    """A refusal as the answer to a request."""
    return RegisterError(
        id=request_id,
        code=refused.code,
        register_code=refused.register_code,
        record=refused.record,
        field=refused.field,
    )

"""The server's side of one load on one link, until all of it is in the register's buffer. A state object without I/O.

    beginning ──ready──► checking ──prefix right──► sending ──all acknowledged──► ending ──► buffered
        │  ▲                 └──prefix wrong──► beginning (restart)                 │
        │  └────────── mode changed, hash wrong, deadline passed ◄──────────────────┘
        └─waiting──► held

What must hold: never more than `window` chunks sent and unacknowledged or asked for; chunks are sent in order, only
behind what the register itself said it has; whatever the register owes has a deadline (what the driver owes, a prefix
or a chunk, has none here, and `held` lasts as long as it lasts); every retry has a bound.
"""

from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Final

from msgspec import Struct

from services.device_gateway.protocol.frames import Chunk, encode_chunk
from services.device_gateway.protocol.messages import encode
from services.device_gateway.protocol.outputs import (
    LoadApplied,
    LoadBegan,
    LoadBuffered,
    LoadFailed,
    LoadOutput,
    LoadProgress,
    LoadRestarted,
    LoadWaiting,
    NeedChunk,
    NeedPrefix,
    Send,
)
from services.device_gateway.protocol.register_messages import ChunkAck, LoadBegun, LoadEnded, RegisterError
from services.device_gateway.protocol.server_messages import BaseRef, LoadBegin, LoadEnd
from services.device_gateway.protocol.timings import Timings
from services.device_gateway.protocol.values import LoadKind, Mode

EMPTY_SHA256: Final = sha256().hexdigest()


class LoadPlan(Struct, frozen=True, kw_only=True):
    """One load as it was decided: the same bytes and target for every try and every gateway.

    `records` counts the lines of the load (for a delta: upserts and deletions); `base_hash` is the target's.
    """

    exchange: str
    handle: int
    revision: int
    kind: LoadKind
    chunks: int
    records: int
    bytes: int
    sha256: str
    base_hash: str
    base: BaseRef | None = None


class Phase(StrEnum):
    """Where a load stands."""

    BEGINNING = "beginning"
    HELD = "held"
    CHECKING = "checking"
    SENDING = "sending"
    ENDING = "ending"
    BUFFERED = "buffered"
    OVER = "over"


class LoadSender:
    """Sends one load. `next_id` gives the link's request ids."""

    def __init__(self, plan: LoadPlan, timings: Timings, next_id: Callable[[], int]) -> None:
        self.plan = plan
        self.phase = Phase.BEGINNING
        self.deadline: float | None = None
        # The request whose answer this load waits for, if it does.
        self.request_id: int | None = None
        # Chunks that the register acknowledged.
        self.received = 0
        self._timings = timings
        self._next_id = next_id
        self._sent = 0
        self._asked = 0
        self._claimed: tuple[int, str] | None = None
        # Chunks fetched out of order; at most a window of them.
        self._ready: dict[int, bytes] = {}
        # Starts at chunk 1 because of a wrong hash of the whole, and because of a wrong prefix.
        self._hash_failures = 0
        self._prefix_failures = 0
        # Deadlines missed since the register last had more chunks than ever before.
        self._stalls = 0
        self._best = 0
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """Chunks sent and not acknowledged."""
        return self._sent - self.received if self.phase is Phase.SENDING else 0

    # --- what the driver does -----------------------------------------------------------------------------------

    def begin(self, now: float, *, restart: bool = False) -> list[LoadOutput]:
        """Offer the load (again). Everything of an earlier offer is forgotten."""
        self._ready.clear()
        self._claimed = None
        self.received = self._sent = self._asked = 0
        plan = self.plan
        request = LoadBegin(
            id=self._new_request(Phase.BEGINNING, now + self._timings.load_begin),
            handle=plan.handle,
            exchange=plan.exchange,
            revision=plan.revision,
            kind=plan.kind,
            chunks=plan.chunks,
            records=plan.records,
            bytes=plan.bytes,
            sha256=plan.sha256,
            base_hash=plan.base_hash,
            base=plan.base,
            restart=restart,
        )
        return [Send(encode(request))]

    def prefix_ready(self, count: int, prefix_sha256: str, now: float) -> list[LoadOutput]:
        """The driver's answer to `NeedPrefix`."""
        if self.phase is not Phase.CHECKING or self._claimed is None or self._claimed[0] != count:
            return []
        if self._claimed[1] != prefix_sha256:
            return self._prefix_wrong(now)
        return self._go_on_behind(count, now)

    def chunk_ready(self, number: int, lines: bytes, now: float) -> list[LoadOutput]:
        """The driver's answer to `NeedChunk`. An answer that nobody waits for any more is dropped."""
        if self.phase is not Phase.SENDING or not self._sent < number <= self._asked or self._stopping:
            return []
        self._ready[number] = lines
        outputs: list[LoadOutput] = []
        while (ready := self._ready.pop(self._sent + 1, None)) is not None:  # ends: at most a window is ready
            self._sent += 1
            outputs.append(Send(encode_chunk(Chunk(self.plan.handle, self._sent, ready))))
        if outputs and self.deadline is None:
            self.deadline = now + self._timings.chunk_ack
        return outputs

    def stop_sending(self) -> None:
        """The server is about to stop: nothing is sent after the chunks in flight."""
        self._stopping = True
        self._ready.clear()

    def close(self) -> None:
        """The load is over for this link; nothing that still arrives counts."""
        self.phase = Phase.OVER
        self._answered()
        self._ready.clear()

    # --- what the register says ---------------------------------------------------------------------------------

    def begun(self, answer: LoadBegun, now: float) -> list[LoadOutput]:
        """The answer to `load_begin`."""
        if self.phase is not Phase.BEGINNING:
            return []
        self._answered()
        if answer.state == "waiting":
            self.phase = Phase.HELD
            return [LoadWaiting(self.plan.exchange, answer.reason or "busy")]
        if answer.state == "applied":
            # This very exchange: its outcome got lost on the way.
            self.close()
            revision, count = answer.revision or 0, answer.count or 0
            return [LoadApplied(self.plan.exchange, revision, answer.base_hash or "", count)]
        return self._check_prefix(answer, now)

    def acknowledged(self, ack: ChunkAck, now: float) -> list[LoadOutput]:
        """A cumulative acknowledgement; one of another load or of an unsent chunk changes nothing."""
        if self.phase is not Phase.SENDING or ack.handle != self.plan.handle:
            return []
        if not self.received < ack.received <= self._sent:
            return []
        self.received = ack.received
        self._note_progress()
        self.deadline = now + self._timings.chunk_ack if self._sent > self.received else None
        progress = LoadProgress(self.plan.exchange, self.received, self.plan.chunks)
        return [progress, *self._fill_window(now)]

    def ended(self, answer: LoadEnded, now: float) -> list[LoadOutput]:
        """The answer to `load_end`."""
        if self.phase is not Phase.ENDING:
            return []
        self._answered()
        if answer.result == "buffered":
            self.phase = Phase.BUFFERED
            return [LoadBuffered(self.plan.exchange)]
        self._hash_failures += 1
        if self._hash_failures >= self._timings.hash_tries:
            return self._failed("hash_wrong")
        return self._start_over("hash_wrong", now)

    def refused(self, error: RegisterError, now: float) -> list[LoadOutput]:
        """An `error` as the answer to `load_begin` or `load_end`."""
        self._answered()
        if error.code in ("load_unknown", "load_incomplete"):
            # The register lost its place: find it again.
            return self._stalled(now)
        self.close()
        return [LoadFailed(self.plan.exchange, error.code, error.register_code, error.record, error.field)]

    def mode_is(self, mode: Mode, now: float) -> list[LoadOutput]:
        """A load held by the sales mode is offered again as soon as the register is out of it."""
        if self.phase is Phase.HELD and mode != "sales" and not self._stopping:
            return self.begin(now)
        return []

    def tick(self, now: float) -> list[LoadOutput]:
        """Time has passed."""
        if self.deadline is None or now < self.deadline:
            return []
        return self._stalled(now)

    # --- inside -------------------------------------------------------------------------------------------------

    def _check_prefix(self, answer: LoadBegun, now: float) -> list[LoadOutput]:
        count, claimed = answer.received, answer.prefix_sha256
        if count == 0:
            return self._go_on_behind(0, now)
        if count > self.plan.chunks or claimed is None:
            return self._prefix_wrong(now)
        self._claimed = (count, claimed)
        self.phase = Phase.CHECKING
        if count == self.plan.chunks:
            return self.prefix_ready(count, self.plan.sha256, now)
        return [NeedPrefix(self.plan.exchange, count)]

    def _go_on_behind(self, count: int, now: float) -> list[LoadOutput]:
        self._claimed = None
        self.phase = Phase.SENDING
        self.received = self._sent = self._asked = count
        self._note_progress()
        return [LoadBegan(self.plan.exchange, count, self.plan.chunks), *self._fill_window(now)]

    def _fill_window(self, now: float) -> list[LoadOutput]:
        if self._stopping:
            return []
        if self.received == self.plan.chunks:
            request_id = self._new_request(Phase.ENDING, now + self._timings.load_end)
            return [Send(encode(LoadEnd(id=request_id, handle=self.plan.handle)))]
        last = min(self.plan.chunks, self.received + self._timings.window)
        wanted = range(self._asked + 1, last + 1)
        self._asked = max(self._asked, last)
        return [NeedChunk(self.plan.exchange, number) for number in wanted]

    def _prefix_wrong(self, now: float) -> list[LoadOutput]:
        self._prefix_failures += 1
        if self._prefix_failures >= self._timings.hash_tries:
            return self._failed("resume_mismatch")
        return self._start_over("resume_mismatch", now)

    def _start_over(self, reason: str, now: float) -> list[LoadOutput]:
        self._best = 0
        return [LoadRestarted(self.plan.exchange, reason), *self.begin(now, restart=True)]

    def _stalled(self, now: float) -> list[LoadOutput]:
        """No answer in time, or the register lost its place: ask it where it stands, a bounded number of times."""
        self._stalls += 1
        if self._stalls >= self._timings.stall_tries:
            return self._failed("register_silent")
        return self.begin(now)

    def _note_progress(self) -> None:
        if self.received > self._best:
            self._best = self.received
            self._stalls = 0

    def _new_request(self, phase: Phase, deadline: float) -> int:
        self.phase = phase
        self.deadline = deadline
        self.request_id = self._next_id()
        return self.request_id

    def _answered(self) -> None:
        self.request_id = None
        self.deadline = None

    def _failed(self, code: str) -> list[LoadOutput]:
        self.close()
        return [LoadFailed(self.plan.exchange, code)]

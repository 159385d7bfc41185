"""What a session asks its driver to do or to know. Plain values: the driver matches on their types.

To the socket: `Send`, `Close`. To be fetched: `NeedPrefix`, `NeedChunk`. To be told to the core: all others.
"""

from msgspec import Struct

from services.device_gateway.protocol.errors import CloseReason
from services.device_gateway.protocol.register_messages import (
    Answer,
    Beat,
    Hello,
    ModeChanged,
)
from services.device_gateway.protocol.values import WaitReason


class Send(Struct, frozen=True):
    """Put this on the socket: `str` as a text frame, `bytes` as a binary one."""

    data: str | bytes


class Close(Struct, frozen=True):
    """Close the socket, after everything that was sent. No output follows this one."""

    reason: CloseReason
    detail: str = ""

    @property
    def text(self) -> str:
        """The reason as it stands on the wire, at most 123 bytes: the name and, where it helps, what was wrong."""
        return f"{self.reason.name}: {self.detail}" if self.detail else self.reason.name


class HelloReceived(Struct, frozen=True):
    """A well-formed hello with a well-formed register ID: ask the core, then `admit` or `refuse`."""

    hello: Hello


class BeatReceived(Struct, frozen=True):
    """What the register says it is and holds now."""

    beat: Beat


class ModeReceived(Struct, frozen=True):
    """The register's mode, at the moment it changed."""

    change: ModeChanged


class Answered(Struct, frozen=True):
    """The one answer to a request made by `Identified.ask`."""

    id: int
    answer: Answer


class RequestFailed(Struct, frozen=True):
    """The register refused the request, or its deadline passed (`code` is then `deadline`)."""

    id: int
    code: str
    register_code: str | None = None
    field: str | None = None


class NeedPrefix(Struct, frozen=True):
    """Give the SHA-256 (hex) of the lines of the first `count` chunks: `Identified.prefix_ready`."""

    exchange: str
    count: int


class NeedChunk(Struct, frozen=True):
    """Give the lines of this chunk: `Identified.chunk_ready`. At most a window of them is asked for at once."""

    exchange: str
    number: int


class LoadBegan(Struct, frozen=True):
    """The register took the load and goes on behind chunk `received` (0: from the start)."""

    exchange: str
    received: int
    chunks: int


class LoadRestarted(Struct, frozen=True):
    """What the buffer holds is wrong (`hash_wrong`, `resume_mismatch`): the load starts again at chunk 1."""

    exchange: str
    reason: str


class LoadProgress(Struct, frozen=True):
    """So many of the load's chunks are in the register's buffer."""

    exchange: str
    received: int
    chunks: int


class LoadWaiting(Struct, frozen=True):
    """The register waits, and will go on by itself (or the session will, when the mode changes)."""

    exchange: str
    reason: WaitReason


class LoadBuffered(Struct, frozen=True):
    """All is in the buffer with the right hash. Nothing changes until `Identified.apply_load`."""

    exchange: str


class LoadApplied(Struct, frozen=True):
    """The register switched, and this is what it now holds by its own reckoning. The load is over."""

    exchange: str
    revision: int
    base_hash: str
    count: int


class LoadFailed(Struct, frozen=True):
    """The load is over without effect: the register holds what it held before."""

    exchange: str
    code: str
    register_code: str | None = None
    record: int | None = None
    field: str | None = None


class LoadAborted(Struct, frozen=True):
    """The register has forgotten the load, as it was told."""

    exchange: str


LoadOutput = (
    Send
    | NeedPrefix
    | NeedChunk
    | LoadBegan
    | LoadRestarted
    | LoadProgress
    | LoadWaiting
    | LoadBuffered
    | LoadApplied
    | LoadFailed
    | LoadAborted
)
Output = LoadOutput | Close | HelloReceived | BeatReceived | ModeReceived | Answered | RequestFailed

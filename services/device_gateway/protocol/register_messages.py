"""Messages that a register sends. The tag of each is its `type` on the wire; docs/register-link.md explains each."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from services.device_gateway.protocol.values import (
    BaseVersion,
    BootId,
    BufferState,
    Code,
    Count,
    ExchangeName,
    Ffd,
    Handle,
    Hex256,
    Instant,
    ItemCode,
    LongText,
    Mode,
    RecordPage,
    RegisterCode,
    RequestId,
    SerialNumber,
    SettingMap,
    ShortText,
    TypedKktId,
    WaitReason,
    Whole,
)

# A clock whose battery is dead begins at 1970; beyond these years somebody plays, and conversions overflow.
_YEARS = range(1970, 2200)


def _check_years(**instants: datetime | None) -> None:
    """Refuse times that no register has, naming the field."""
    for name, instant in instants.items():
        if instant is not None and instant.year not in _YEARS:
            raise ValueError(f"implausible value in field `{name}`")


class GoodsState(Struct, frozen=True, kw_only=True):
    """The goods base that the register holds, the hash as it computed it itself. `revision` is null before any load."""

    revision: Whole | None
    base_hash: Hex256
    count: Count
    capacity: Count


class BufferReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The load in the register's buffer: `load` is its SHA-256, `received` and `prefix_sha256` where it stands."""

    state: BufferState
    load: Hex256 | None = None
    exchange: ExchangeName | None = None
    received: Count = 0
    prefix_sha256: Hex256 | None = None


class LastLoad(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the last load ended at the register, kept so that an outcome which no link carried is still told."""

    exchange: ExchangeName
    load: Hex256
    state: Literal["applied", "failed"]
    at: Instant
    code: Code | None = None
    register_code: RegisterCode | None = None
    record: ItemCode | None = None

    def __post_init__(self) -> None:
        """A time that can be."""
        _check_years(at=self.at)


class Hello(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="hello"):
    """The first message of every link: who speaks, with which key, and what it holds."""

    protocol: ShortText
    kkt_id: TypedKktId
    key: Hex256
    serial_number: SerialNumber
    model: ShortText
    firmware: ShortText
    ffd: Ffd
    base_version: BaseVersion
    boot_id: BootId
    mode: Mode
    mode_since: Instant
    goods: GoodsState
    buffer: BufferReport
    clock: Instant | None = None
    last_load: LastLoad | None = None

    def __post_init__(self) -> None:
        """Times that can be."""
        _check_years(mode_since=self.mode_since, clock=self.clock)

    def __repr__(self) -> str:
        """Without the key: this object may end up in a log line."""
        return f"Hello(kkt_id={self.kkt_id!r}, serial_number={self.serial_number!r})"


class Beat(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="beat"):
    """The heartbeat: says that the register lives and what it holds now."""

    mode: Mode
    mode_since: Instant
    goods: GoodsState
    buffer: BufferReport
    clock: Instant | None = None

    def __post_init__(self) -> None:
        """Times that can be."""
        _check_years(mode_since=self.mode_since, clock=self.clock)


class ModeChanged(Struct, frozen=True, kw_only=True, tag="mode_changed"):
    """Somebody turned the register to another mode."""

    mode: Mode
    since: Instant

    def __post_init__(self) -> None:
        """A time that can be."""
        _check_years(since=self.since)


class LoadBegun(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="load_begun"):
    """Answer to `load_begin`: go on behind chunk `received`, or wait, or this very exchange is applied already.

    `applied` carries what the register holds, recomputed, as `load_state` does.
    """

    id: RequestId
    handle: Handle
    state: Literal["ready", "waiting", "applied"]
    received: Count = 0
    prefix_sha256: Hex256 | None = None
    reason: WaitReason | None = None
    revision: Whole | None = None
    base_hash: Hex256 | None = None
    count: Count | None = None

    def __post_init__(self) -> None:
        """Each state comes with what makes it worth telling; a place behind chunk 1 with the hash that proves it."""
        if self.state == "applied" and None in (self.revision, self.base_hash, self.count):
            raise ValueError("missing required field `base_hash`")
        if self.state == "waiting" and self.reason is None:
            raise ValueError("missing required field `reason`")
        if self.received and self.prefix_sha256 is None:
            raise ValueError("missing required field `prefix_sha256`")


class ChunkAck(Struct, frozen=True, kw_only=True, tag="chunk_ack"):
    """All chunks up to and including number `received` are in the buffer."""

    handle: Handle
    received: Count


class LoadEnded(Struct, frozen=True, kw_only=True, tag="load_ended"):
    """Answer to `load_end`: the bytes have the announced hash, or have not (the buffer is empty again then)."""

    id: RequestId
    handle: Handle
    result: Literal["buffered", "hash_wrong"]


class LoadState(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="load_state"):
    """Answer to `load_apply` (with `id`), and the report that the register sends by itself when that changes.

    `applied` carries what the register now holds, recomputed; `waiting` a reason; `failed` a code and, where known,
    the register's own three-digit code and the goods record at fault.
    """

    exchange: ExchangeName
    load: Hex256
    state: Literal["applied", "waiting", "failed"]
    id: RequestId | None = None
    reason: WaitReason | None = None
    revision: Whole | None = None
    base_hash: Hex256 | None = None
    count: Count | None = None
    code: Code | None = None
    register_code: RegisterCode | None = None
    record: ItemCode | None = None
    field: ShortText | None = None

    def __post_init__(self) -> None:
        """Each state comes with what makes it worth telling."""
        if self.state == "applied" and None in (self.revision, self.base_hash, self.count):
            raise ValueError("missing required field `base_hash`")
        if self.state == "waiting" and self.reason is None:
            raise ValueError("missing required field `reason`")
        if self.state == "failed" and self.code is None:
            raise ValueError("missing required field `code`")


class GoodsPage(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="goods_page"):
    """Answer to `read_goods`: records in the order of their codes; `next` is the code to ask
    `after`, and absent at the end.
    """

    id: RequestId
    revision: Whole | None
    base_hash: Hex256
    count: Count
    records: RecordPage
    next: ItemCode | None = None


class Settings(Struct, frozen=True, kw_only=True, tag="settings"):
    """Answer to `read_settings` and `write_settings`: all settings as they now are."""

    id: RequestId
    settings: SettingMap


class ConnectionTested(Struct, frozen=True, kw_only=True, tag="test_done"):
    """Answer to `test`: the register has beeped and sends the text back."""

    id: RequestId
    text: ShortText
    clock: Instant

    def __post_init__(self) -> None:
        """A time that can be."""
        _check_years(clock=self.clock)


class ClockState(Struct, frozen=True, kw_only=True, tag="clock_state"):
    """Answer to `clock`: the register's time before and after, and whether it was set."""

    id: RequestId
    before: Instant
    after: Instant
    changed: bool

    def __post_init__(self) -> None:
        """Times that can be."""
        _check_years(before=self.before, after=self.after)


class Done(Struct, frozen=True, kw_only=True, tag="done"):
    """Answer to a request that has nothing to tell back (`load_abort`)."""

    id: RequestId


class RegisterError(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="error"):
    """With `id`: the answer to a request that failed. Without: a complaint about a message that is no request."""

    code: Code
    id: RequestId | None = None
    about: ShortText | None = None
    register_code: RegisterCode | None = None
    record: ItemCode | None = None
    field: ShortText | None = None
    detail: LongText | None = None


Answer = LoadBegun | LoadEnded | GoodsPage | Settings | ConnectionTested | ClockState | Done
RegisterMessage = Hello | Beat | ModeChanged | ChunkAck | LoadState | RegisterError | Answer

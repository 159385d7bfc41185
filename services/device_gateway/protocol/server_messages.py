"""Messages that the server sends. The tag of each is its `type` on the wire; docs/register-link.md explains each."""

from typing import Annotated

from msgspec import Meta, Struct

from services.device_gateway.protocol.values import (
    MAX_PAGE_RECORDS,
    Code,
    Count,
    ExchangeName,
    Handle,
    Hex256,
    Instant,
    ItemCode,
    LoadKind,
    LongText,
    RefusalCode,
    RequestId,
    Seconds,
    SettingMap,
    ShortText,
    Whole,
)


class Welcome(Struct, frozen=True, kw_only=True, tag="welcome"):
    """The register is let in. `epoch` numbers its links: only the link with the newest one counts."""

    server_time: Instant
    heartbeat_seconds: Annotated[int, Meta(ge=1, le=3600)]
    epoch: Whole


class Refused(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="refused"):
    """The register is not let in. `retry_after` (seconds) comes with `busy_server` and `too_many_attempts`."""

    code: RefusalCode
    retry_after: Seconds | None = None
    detail: LongText | None = None


class ReconnectAfter(Struct, frozen=True, kw_only=True, tag="reconnect_after"):
    """This server process is about to stop: close, and come back after so many seconds."""

    seconds: Seconds


class BaseRef(Struct, frozen=True, kw_only=True):
    """The base that a delta starts from, as the register confirmed it."""

    revision: Whole
    base_hash: Hex256


class LoadBegin(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="load_begin"):
    """A load is offered. Answered by `load_begun`.

    `bytes` and `sha256` are those of all lines together; `base_hash` is what the register must hold afterwards.
    `restart` tells the register to forget what it has of this load.
    """

    id: RequestId
    handle: Handle
    exchange: ExchangeName
    revision: Whole
    kind: LoadKind
    chunks: Count
    records: Count
    bytes: Whole
    sha256: Hex256
    base_hash: Hex256
    base: BaseRef | None = None
    restart: bool = False

    def __post_init__(self) -> None:
        """A delta names what it starts from; a full load starts from nothing."""
        if (self.kind == "delta") is (self.base is None):
            raise ValueError("missing required field `base`")


class LoadEnd(Struct, frozen=True, kw_only=True, tag="load_end"):
    """All chunks are acknowledged: check them. Answered by `load_ended`."""

    id: RequestId
    handle: Handle


class LoadApply(Struct, frozen=True, kw_only=True, tag="load_apply"):
    """Switch to the base that is in the buffer, now or as soon as it may be done. Answered by `load_state`."""

    id: RequestId
    exchange: ExchangeName


class LoadAbort(Struct, frozen=True, kw_only=True, tag="load_abort"):
    """Forget the load of this exchange, if it is still in the buffer. Answered by `done`."""

    id: RequestId
    exchange: ExchangeName


class ReadGoods(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="read_goods"):
    """Send records with codes above `after`. Answered by `goods_page`."""

    id: RequestId
    after: ItemCode | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE_RECORDS)] = MAX_PAGE_RECORDS


class ReadSettings(Struct, frozen=True, kw_only=True, tag="read_settings"):
    """Send all settings. Answered by `settings`."""

    id: RequestId


class WriteSettings(Struct, frozen=True, kw_only=True, tag="write_settings"):
    """Change the named settings, all or none. Answered by `settings`."""

    id: RequestId
    settings: SettingMap


class ConnectionTest(Struct, frozen=True, kw_only=True, tag="test"):
    """Beep and send the text back. Answered by `test_done`."""

    id: RequestId
    text: ShortText


class Clock(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="clock"):
    """Tell your time; with `set_to`, set it first (refused while a shift is open). Answered by `clock_state`."""

    id: RequestId
    set_to: Instant | None = None


class ServerError(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="error"):
    """A message of the register could not be used; the link stays."""

    code: Code
    id: RequestId | None = None
    about: ShortText | None = None
    detail: LongText | None = None


Request = (
    LoadBegin | LoadEnd | LoadApply | LoadAbort | ReadGoods | ReadSettings | WriteSettings | ConnectionTest | Clock
)
ServerMessage = Welcome | Refused | ReconnectAfter | ServerError | Request

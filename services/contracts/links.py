"""What the registers room promises to the device gateways."""

from datetime import datetime
from typing import ClassVar, Protocol

import msgspec

from services.contracts.refusals import Conflict, Refusal
from services.contracts.registers import RegisterMode
from services.contracts.rpc import writes
from services.contracts.values import ExchangeId, Json, RegisterActor, RegisterId, SystemActor
from services.contracts.work import ProgressNote, Report, Work

HEARTBEAT_SECONDS = 30
SILENT_BEATS = 2.5  # a link silent for so many beats is dead
MAX_BATCH = 500  # beats or progress notes in one call


class GoodsHeld(msgspec.Struct, frozen=True):
    """The goods base as the register holds it, recomputed by the register itself."""

    revision: int | None
    base_hash: str
    count: int
    capacity: int


class BufferHeld(msgspec.Struct, frozen=True):
    """The load in the register's buffer, as the register tells it in its hello."""

    exchange: ExchangeId
    complete: bool  # all of it is there (it waits for the switch or for a person)


class LastLoad(msgspec.Struct, frozen=True):
    """How the register's last load ended, told again in its hello: an outcome that no link carried is still told."""

    exchange: ExchangeId
    failed: str | None  # the code of the failure; None: applied (what it holds stands in `goods`)
    register_code: str | None = None
    item_code: int | None = None


class Hello(msgspec.Struct, frozen=True):
    """What a register says of itself at the start of a link, checked for form by the gateway.

    `key_hash` is SHA-256 of the register's 256-bit key, in hexadecimal digits: the key itself goes no further than
    the gateway. `buffer` and `last_load` are left out where the register names an exchange that is no UUID.
    """

    kkt_id: str
    key_hash: str
    serial_number: str
    model: str
    firmware: str
    ffd: str
    base_version: str
    boot_id: str
    mode: RegisterMode
    goods: GoodsHeld
    mode_since: datetime | None = None
    buffer: BufferHeld | None = None
    last_load: LastLoad | None = None


class LinkOpened(msgspec.Struct, frozen=True):
    actor: RegisterActor
    heartbeat_seconds: int
    first_contact: bool  # this hello bound the ID
    work: Work | None  # the first thing to do; the same as `due` would say


class Beat(msgspec.Struct, frozen=True):
    """One heartbeat, told in batches."""

    register: RegisterId
    account: str
    epoch: int
    at: datetime
    base_hash: str


class LinkRefused(Refusal):
    """The hello is refused with this code on the link; `retry_after` in seconds where it helps."""

    code: ClassVar[str] = "link_refused"


class UnknownId(LinkRefused):
    code = "unknown_id"


class BoundToAnother(LinkRefused):
    code = "bound_to_another"


class KeyWrong(LinkRefused):
    code = "key_wrong"


class LinkDisabled(LinkRefused):
    code = "disabled"


class TooManyAttempts(LinkRefused):
    code = "too_many_attempts"


class TooManyLinks(LinkRefused):
    """So many registers of the account are connected as may be, in `limit`. The link says `busy_server`."""

    code = "too_many_links"


class EpochOver(Conflict):
    """A newer link of this register is open; what this one says counts no more."""

    code = "epoch_over"


class LinksRpc(Protocol):
    """Doors for device gateways; the service's name on the bus is that of the registers room."""

    @writes
    def open_link(self, actor: SystemActor, hello: Hello, link: str, gateway: str, address: str) -> LinkOpened:
        """Let a register in: bind at first contact, check serial and key, take the next epoch.

        Idempotent by `link` (UUID text made by the gateway): the same link gets the same epoch. A hello whose base
        hash is the target of a load under way completes it. Refuses with the LinkRefused family.
        """
        ...

    def close_link(self, actor: RegisterActor, link: str) -> None:
        """The link is gone; changes nothing if a newer one is open."""
        ...

    def beats(self, actor: SystemActor, beats: tuple[Beat, ...]) -> tuple[RegisterId, ...]:
        """Still there. Returns the registers whose link is over (their gateway closes it)."""
        ...

    def mode_changed(self, actor: RegisterActor, mode: RegisterMode) -> Work | None:
        """The register changed its mode; returns what is to be done now. Refuses with EpochOver."""
        ...

    def due(self, actor: RegisterActor) -> Work | None:
        """What is to be done with this register now. Asking again returns the same until it is reported on.

        So the answer may be the work that the gateway has in hand already (same exchange, same type): then it simply
        goes on. None means that nothing new is to be begun; what the register was told goes on too. AbortLoad is told
        once. Refuses with EpochOver, also when the register was removed.
        """
        ...

    @writes
    def report(self, actor: RegisterActor, exchange: ExchangeId, report: Report) -> Work | None:
        """What became of the work; returns what is to be done next. Refuses with EpochOver, CannotCancel never.

        For a report on an exchange that was cancelled or superseded meanwhile the answer is AbortLoad. After Begun,
        Restarted, Waiting and ApplySent the answer is otherwise None: go on with what is in hand (ApplySent: send
        `load_apply` now). A Waiting load is offered again by `due` after a while, or when the mode changes; one that
        waits after `load_apply` goes on by itself. Outcomes (Applied, Failed, Answered) of the newest epoch count also
        after its link was closed: a register may hang up right behind them.
        """
        ...

    def note_progress(self, actor: SystemActor, notes: tuple[ProgressNote, ...]) -> None:
        """Stored for the screen; lossy."""
        ...

    @writes
    def settings_read(self, actor: RegisterActor, exchange: ExchangeId | None, settings: dict[str, Json]) -> None:
        """The register told its settings."""
        ...

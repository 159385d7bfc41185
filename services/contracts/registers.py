"""What the registers room promises to people: registers, their groups and settings, exchanges."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from services.contracts.kkt_id import KktId
from services.contracts.recipe import ItemFilters, PriceListRef, Recipe
from services.contracts.refusals import Conflict, NotFound, TooMany
from services.contracts.rpc import writes
from services.contracts.values import (
    DEFAULT_PAGE,
    Cursor,
    ExchangeId,
    ItemGroupId,
    Json,
    Page,
    RegisterGroupId,
    RegisterId,
    SystemActor,
    UserActor,
    UserId,
)


class RegisterMode(StrEnum):
    """Where the register is in its own menus."""

    SALES = "sales"
    MENU = "menu"
    PROGRAMMING = "programming"
    REPORTS = "reports"


class RegisterState(StrEnum):
    """The life of a register record."""

    UNBOUND = "unbound"  # the ID was made, no register has come with it yet
    ID_EXPIRED = "id_expired"  # 30 days unbound: renew to go on
    BOUND = "bound"
    REPLACED = "replaced"  # the same serial number came with a newer ID of this account («ID заменён»)
    DISABLED = "disabled"


class ExchangeKind(StrEnum):
    LOAD_GOODS = "load_goods"
    READ_SETTINGS = "read_settings"
    TEST = "test"


class ExchangeState(StrEnum):
    QUEUED = "queued"  # В очереди
    WAITING = "waiting"  # Ждёт кассу
    SENDING = "sending"  # ОБМЕН
    BUFFERED = "buffered"  # В буфере
    APPLIED = "applied"  # Загружено / Выполнено
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class RegisterGroupView(msgspec.Struct, frozen=True):
    id: RegisterGroupId
    name: str
    registers: int  # how many are in it
    version: int


class GoodsVersion(msgspec.Struct, frozen=True):
    """A goods base at one moment. `at` is when it became so, where known."""

    revision: int
    base_hash: str
    count: int
    at: datetime | None = None


class GoodsTruth(msgspec.Struct, frozen=True):
    """Price truth: what the base is, what was asked for, what the register itself confirmed.

    `in_sync` compares confirmed with desired. `reason` says why not: "never_loaded", "loading", "offline",
    "sales_mode", "dialog", "failed:<code>", "drift"; None when in sync. `unsent` tells that the account's base
    (or this register's own filter, percentage, rounding) is newer than what was asked for.
    """

    latest: int  # revision of the account's goods base now
    desired: GoodsVersion | None
    confirmed: GoodsVersion | None
    in_sync: bool
    reason: str | None
    unsent: bool


class ExchangeBrief(msgspec.Struct, frozen=True):
    """Enough of an exchange for a list of registers."""

    id: ExchangeId
    kind: ExchangeKind
    state: ExchangeState
    done: int
    total: int
    reason: str | None
    created_at: datetime
    finished_at: datetime | None


class RegisterView(msgspec.Struct, frozen=True):
    """A register as its account sees it."""

    id: RegisterId
    kkt_id: KktId
    name: str
    state: RegisterState
    groups: tuple[RegisterGroupId, ...]
    version: int
    created_at: datetime
    first_contact_at: datetime | None
    kkt_id_expires_at: datetime | None  # while unbound
    rebinding_until: datetime | None  # «Разрешить повторную привязку» holds until then
    # as told beforehand or reported by the register
    serial_number: str | None
    model: str | None
    firmware: str | None
    ffd: str | None
    base_version: str | None
    capacity: int | None
    # live
    online: bool
    last_seen: datetime | None
    mode: RegisterMode | None
    mode_since: datetime | None
    alarm: str | None  # "bound_to_another", "key_wrong", "drift"; None: nothing wrong
    alarm_at: datetime | None
    # goods
    item_groups: tuple[ItemGroupId, ...]
    price_percent: int
    price_rounding: int  # kopecks
    auto_load: bool
    recipe: Recipe
    goods: GoodsTruth
    exchange: ExchangeBrief | None  # under way, else the last one


class RegisterQuery(msgspec.Struct, frozen=True):
    """`q` finds by name, ID (with or without spaces) or serial number. `sync`: "in_sync", "stale"."""

    q: str = ""
    group: RegisterGroupId | None = None
    online: bool | None = None
    sync: str | None = None
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class FleetSummary(msgspec.Struct, frozen=True):
    """The answer to «всё ли в порядке?»."""

    registers: int
    online: int
    in_sync: int
    unsent: int
    under_way: int
    failed: int
    alarms: int
    never_contacted: int


class RegistersUsage(msgspec.Struct, frozen=True):
    """How much of AccountLimits the registers room counts as used."""

    registers: int
    links: int  # registers connected now


class NewRegister(msgspec.Struct, frozen=True):
    name: str
    groups: tuple[RegisterGroupId, ...] = ()
    serial_number: str | None = None  # told beforehand: only this one will be bound


class RegisterChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fields left UNSET stay as they are."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    groups: tuple[RegisterGroupId, ...] | msgspec.UnsetType = msgspec.UNSET
    item_groups: tuple[ItemGroupId, ...] | msgspec.UnsetType = msgspec.UNSET
    price_percent: int | msgspec.UnsetType = msgspec.UNSET
    price_rounding: int | msgspec.UnsetType = msgspec.UNSET
    auto_load: bool | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET


class SettingsView(msgspec.Struct, frozen=True):
    """The register's own settings, as it reported them."""

    reported_at: datetime
    settings: dict[str, Json]


class TimelineEntry(msgspec.Struct, frozen=True):
    """One step of an exchange. `what` is an exchange_words.Step; `params` fill its text."""

    at: datetime
    what: str
    params: dict[str, str | int] = {}


class ExchangeView(msgspec.Struct, frozen=True):
    id: ExchangeId
    register_id: RegisterId
    register_name: str
    kind: ExchangeKind
    state: ExchangeState
    done: int  # chunks
    total: int
    reason: str | None  # a stable code: "offline", "sales_mode", "dialog", "declined", "capacity", "hash_wrong", …
    register_code: str | None  # the register's own three digits
    item_code: int | None  # the record that the register refused
    target: PriceListRef | None  # of a load, once the price list is built
    problems: int  # items of the base that this list could not carry
    answer: dict[str, Json] | None  # of a test
    by: str  # who asked for it; "": the server itself (auto load, first contact)
    created_at: datetime
    finished_at: datetime | None
    timeline: tuple[TimelineEntry, ...]


class ExchangeQuery(msgspec.Struct, frozen=True):
    register_id: RegisterId | None = None
    under_way: bool | None = None
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class NewExchange(msgspec.Struct, frozen=True):
    kind: ExchangeKind
    mode: str = "auto"  # of a load: "auto" or "full"


class NotReported(Conflict):
    """The register has not told its data yet (guide: G5)."""

    code = "not_reported"


class GroupNameTaken(Conflict):
    code = "group_name_taken"


class CannotCancel(Conflict):
    """The exchange is over, or the register was already told to switch."""

    code = "cannot_cancel"


class RegisterDisabled(Conflict):
    code = "register_disabled"


class AlreadyBound(Conflict):
    """The ID is bound; renewing is for unbound ones."""

    code = "already_bound"


class TooManyRegisters(TooMany):
    """The account's limit of registers, in `limit`."""

    code = "too_many_registers"


class UnknownItemGroup(NotFound):
    code = "unknown_item_group"


class RegistersRpc(Protocol):
    """Doors for people."""

    def page_registers(self, actor: UserActor, query: RegisterQuery) -> Page[RegisterView]: ...

    def get_register(self, actor: UserActor, register: RegisterId) -> RegisterView: ...

    def fleet_summary(self, actor: UserActor) -> FleetSummary: ...

    def get_usage(self, actor: UserActor) -> RegistersUsage:
        """This room's part of the limits in use, for everybody who may see the account."""
        ...

    @writes
    def add_register(self, actor: UserActor, new: NewRegister) -> RegisterView:
        """Makes the register ID (G3). Refuses with Invalid, NotFound (a group), TooManyRegisters."""
        ...

    @writes
    def change_register(
        self, actor: UserActor, register: RegisterId, changes: RegisterChanges, version: int | None
    ) -> RegisterView:
        """Refuses with Invalid, Stale, NotFound, UnknownItemGroup."""
        ...

    @writes
    def remove_register(self, actor: UserActor, register: RegisterId) -> None:
        """The record goes; its register ID is never given out again."""
        ...

    @writes
    def renew_kkt_id(self, actor: UserActor, register: RegisterId) -> RegisterView:
        """Another 30 days for an unbound ID, with a new number if it had expired. Refuses with AlreadyBound."""
        ...

    @writes
    def allow_rebinding(self, actor: UserActor, register: RegisterId) -> RegisterView:
        """For one hour the next register with this ID is bound anew, whatever its serial number and key."""
        ...

    def list_groups(self, actor: UserActor) -> tuple[RegisterGroupView, ...]:
        """All register groups of the account by name (at most 500)."""
        ...

    @writes
    def add_group(self, actor: UserActor, name: str) -> RegisterGroupView: ...

    @writes
    def rename_group(
        self, actor: UserActor, group: RegisterGroupId, name: str, version: int | None
    ) -> RegisterGroupView: ...

    @writes
    def remove_group(self, actor: UserActor, group: RegisterGroupId) -> None:
        """Its registers stay."""
        ...

    def get_settings(self, actor: UserActor, register: RegisterId) -> SettingsView:
        """Refuses with NotReported before the register told them."""
        ...

    @writes
    def start_exchange(self, actor: UserActor, register: RegisterId, new: NewExchange) -> ExchangeView:
        """Promise an exchange; it goes when the register can. Refuses with RegisterDisabled, AccountNotActive,
        NotFound."""
        ...

    @writes
    def cancel_exchange(self, actor: UserActor, exchange: ExchangeId) -> ExchangeView:
        """Refuses with CannotCancel, NotFound."""
        ...

    def get_exchange(self, actor: UserActor, exchange: ExchangeId) -> ExchangeView: ...

    def page_exchanges(self, actor: UserActor, query: ExchangeQuery) -> Page[ExchangeView]:
        """Newest first. In a page the timelines are empty."""
        ...

    def item_filters(self, actor: UserActor) -> ItemFilters:
        """Which goods the registers of the account take at all."""
        ...

    def registers_filtering_by(
        self, actor: UserActor | SystemActor, account: str, item_group: ItemGroupId
    ) -> tuple[str, ...]:
        """Names of the registers (at most 20) that filter by this item group; for the catalog room."""
        ...


class RegisterChangedEvent(msgspec.Struct, frozen=True, tag="register_changed"):
    register: RegisterId
    what: str  # "added", "changed", "removed", "bound", "online", "offline", "mode", "goods", "alarm", "settings"
    alarm: str | None = None  # of "alarm": the one that was raised, as in RegisterView; None: one that ended
    name: str = ""  # of "alarm": the register's


class RegisterGroupChangedEvent(msgspec.Struct, frozen=True, tag="register_group_changed"):
    group: RegisterGroupId
    what: str  # "added", "changed", "removed"


class ExchangeChangedEvent(msgspec.Struct, frozen=True, tag="exchange_changed"):
    exchange: ExchangeId
    register: RegisterId
    kind: ExchangeKind
    state: ExchangeState
    reason: str | None
    asked_by: UserId | None = None  # None: the server itself
    register_name: str = ""


class PriceListWantedEvent(msgspec.Struct, frozen=True, tag="price_list_wanted"):
    """`catalog` builds the list for the base as it is when it gets to it, and answers with PriceListBuiltEvent."""

    recipe_id: str
    recipe: Recipe
    revision: int  # at least this one
    delta_from: GoodsVersion | None = None  # what the register confirmed, if a delta from it would be welcome


RegistersEvent = RegisterChangedEvent | RegisterGroupChangedEvent | ExchangeChangedEvent | PriceListWantedEvent

"""How a register looks on the wire."""

from datetime import datetime

from msgspec import Struct

from gateway_http.api.wire import Progress
from services.contracts.registers import (
    ExchangeBrief,
    ExchangeKind,
    ExchangeState,
    GoodsTruth,
    GoodsVersion,
    RegisterMode,
    RegisterState,
    RegisterView,
)
from services.contracts.values import Json


class GoodsVersionOut(Struct, frozen=True):
    """A goods base at one moment; `base_hash` is defined in the description of the register link."""

    revision: int
    base_hash: str
    count: int
    at: datetime | None


class GoodsTruthOut(Struct, frozen=True):
    """Price truth: the account's base now, what was last asked for, what the register itself confirmed.

    `in_sync` compares `confirmed` with `desired`; `reason` says why not; `unsent` tells that the base (or this
    register's own filter, percentage or rounding) is newer than what was asked for.
    """

    latest: int
    desired: GoodsVersionOut | None
    confirmed: GoodsVersionOut | None
    in_sync: bool
    reason: str | None
    unsent: bool


class ExchangeBriefOut(Struct, frozen=True):
    id: str
    kind: ExchangeKind
    state: ExchangeState
    progress: Progress
    reason: str | None
    created_at: datetime
    finished_at: datetime | None


class RegisterOut(Struct, frozen=True):
    """A register. `kkt_id` is what a person types into it; `id` names it in this API."""

    id: str
    kkt_id: str
    name: str
    state: RegisterState
    groups: tuple[str, ...]
    item_groups: tuple[str, ...]
    price_percent: int
    price_rounding: int
    auto_load: bool
    online: bool
    mode: RegisterMode | None
    mode_since: datetime | None
    last_seen: datetime | None
    serial_number: str | None
    model: str | None
    firmware: str | None
    ffd: str | None
    base_version: str | None
    capacity: int | None
    alarm: str | None
    alarm_at: datetime | None
    goods: GoodsTruthOut
    exchange: ExchangeBriefOut | None
    created_at: datetime
    first_contact_at: datetime | None
    kkt_id_expires_at: datetime | None
    rebinding_until: datetime | None
    version: int


class SettingsOut(Struct, frozen=True):
    reported_at: datetime
    settings: dict[str, Json]


def goods_version_out(view: GoodsVersion | None) -> GoodsVersionOut | None:
    return None if view is None else GoodsVersionOut(view.revision, view.base_hash, view.count, view.at)


def goods_out(view: GoodsTruth) -> GoodsTruthOut:
    return GoodsTruthOut(
        latest=view.latest,
        desired=goods_version_out(view.desired),
        confirmed=goods_version_out(view.confirmed),
        in_sync=view.in_sync,
        reason=view.reason,
        unsent=view.unsent,
    )


def exchange_brief_out(view: ExchangeBrief | None) -> ExchangeBriefOut | None:
    if view is None:
        return None
    return ExchangeBriefOut(
        id=view.id,
        kind=view.kind,
        state=view.state,
        progress=Progress(view.done, view.total),
        reason=view.reason,
        created_at=view.created_at,
        finished_at=view.finished_at,
    )


def register_out(view: RegisterView) -> RegisterOut:
    return RegisterOut(
        id=view.id,
        kkt_id=view.kkt_id,
        name=view.name,
        state=view.state,
        groups=view.groups,
        item_groups=view.item_groups,
        price_percent=view.price_percent,
        price_rounding=view.price_rounding,
        auto_load=view.auto_load,
        online=view.online,
        mode=view.mode,
        mode_since=view.mode_since,
        last_seen=view.last_seen,
        serial_number=view.serial_number,
        model=view.model,
        firmware=view.firmware,
        ffd=view.ffd,
        base_version=view.base_version,
        capacity=view.capacity,
        alarm=view.alarm,
        alarm_at=view.alarm_at,
        goods=goods_out(view.goods),
        exchange=exchange_brief_out(view.exchange),
        created_at=view.created_at,
        first_contact_at=view.first_contact_at,
        kkt_id_expires_at=view.kkt_id_expires_at,
        rebinding_until=view.rebinding_until,
        version=view.version,
    )

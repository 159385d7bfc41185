"""How registers and exchanges look to people."""

from datetime import datetime

from services.contracts.kkt_id import KktId
from services.contracts.registers import (
    ExchangeBrief,
    ExchangeKind,
    ExchangeState,
    ExchangeView,
    GoodsTruth,
    RegisterMode,
    RegisterView,
    TimelineEntry,
)
from services.contracts.values import ExchangeId, ItemGroupId, RegisterGroupId, RegisterId
from services.registers.domain.exchange_states import LIVE
from services.registers.domain.kkt_ids import Binding, register_state
from services.registers.domain.truth import GoodsFacts, LoadFacts, goods_truth
from services.registers.models import Exchange
from services.registers.repository.register_rows import ExchangeFacts, RegisterRow
from services.registers.use_cases.price_lists import confirmed_goods, desired_goods, recipe_of, target_of
from services.registers.use_cases.steps import timeline_of


def register_view(row: RegisterRow, now: datetime) -> RegisterView:
    """A register as its account sees it."""
    register, link = row.register, row.link
    alarm_at = register.alarm_at if register.alarm is not None else register.drift_since
    binding = Binding(register.binding)
    shown = row.under_way or row.last
    return RegisterView(
        id=RegisterId(register.register_id),
        kkt_id=KktId(register.kkt_id),
        name=register.name,
        state=register_state(binding, register.disabled, register.kkt_id_expires_at, now),
        groups=tuple(RegisterGroupId(group) for group in sorted(row.groups)),
        version=register.version,
        created_at=register.created_at,
        first_contact_at=register.first_contact_at,
        kkt_id_expires_at=register.kkt_id_expires_at,
        rebinding_until=_still(register.rebinding_until, now),
        serial_number=register.serial_number,
        model=register.model,
        firmware=register.firmware,
        ffd=register.ffd,
        base_version=register.base_version,
        capacity=register.capacity,
        online=link.is_on(now),
        last_seen=link.last_seen,
        mode=RegisterMode(link.mode) if link.mode is not None else None,
        mode_since=link.mode_since,
        alarm=register.alarm or ("drift" if register.drift_since is not None else None),
        alarm_at=alarm_at,
        item_groups=tuple(ItemGroupId(str(group)) for group in register.item_groups),
        price_percent=register.price_percent,
        price_rounding=register.price_rounding,
        auto_load=register.auto_load,
        recipe=recipe_of(register),
        goods=truth_of(row),
        exchange=_brief(shown) if shown is not None else None,
    )


def truth_of(row: RegisterRow) -> GoodsTruth:
    """The price truth of a register."""
    register, load, first = row.register, row.load, row.under_way
    other = first is not None and load is not None and _is_load(first) and first.exchange_id != load.exchange_id
    return goods_truth(
        GoodsFacts(
            latest=row.latest,
            recipe_id=register.recipe_id,
            desired=desired_goods(register),
            desired_recipe_id=register.desired_recipe_id,
            confirmed=confirmed_goods(register),
            drift=register.drift_since is not None,
            load=_load_facts(load) if load is not None else None,
            other_under_way=other,
        )
    )


def exchange_view(exchange: Exchange, register_name: str, with_timeline: bool = True) -> ExchangeView:
    """An exchange as people see it; in lists without its timeline."""
    timeline: tuple[TimelineEntry, ...] = timeline_of(exchange) if with_timeline else ()
    return ExchangeView(
        id=ExchangeId(exchange.exchange_id),
        register_id=RegisterId(exchange.register_id),
        register_name=register_name,
        kind=ExchangeKind(exchange.kind),
        state=exchange.state_word,
        done=exchange.done,
        total=exchange.total,
        reason=exchange.reason,
        register_code=exchange.register_code,
        item_code=exchange.item_code,
        target=target_of(exchange),
        problems=exchange.problems,
        answer=exchange.answer,
        by=exchange.asked_by,
        created_at=exchange.created_at,
        finished_at=exchange.finished_at,
        timeline=timeline,
    )


def _brief(facts: ExchangeFacts) -> ExchangeBrief:
    return ExchangeBrief(
        id=ExchangeId(str(facts.exchange_id)),
        kind=ExchangeKind(facts.kind),
        state=ExchangeState(facts.state),
        done=facts.done,
        total=facts.total,
        reason=facts.reason,
        created_at=facts.created_at,
        finished_at=facts.finished_at,
    )


def _load_facts(facts: ExchangeFacts) -> LoadFacts:
    return LoadFacts(
        state=ExchangeState(facts.state),
        reason=facts.reason,
        recipe_id=facts.recipe_id or "",
        base_hash=facts.target_base_hash,
        revision=facts.target_revision,
    )


def _is_load(facts: ExchangeFacts) -> bool:
    return facts.kind == ExchangeKind.LOAD_GOODS.value and ExchangeState(facts.state) in LIVE


def _still(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and until > now else None

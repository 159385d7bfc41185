"""Registers as people keep them."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from services.chassis import event_log
from services.chassis.account_terms import standing_terms
from services.chassis.poke import poke_after_commit
from services.contracts.kkt_id import KktId, new_kkt_id
from services.contracts.links import HEARTBEAT_SECONDS
from services.contracts.recipe import ItemFilters
from services.contracts.refusals import FieldError, Invalid, NotFound, Stale
from services.contracts.registers import (
    AlreadyBound,
    FleetSummary,
    NewRegister,
    RegisterChangedEvent,
    RegisterChanges,
    RegisterQuery,
    RegisterView,
    TooManyRegisters,
    UnknownItemGroup,
)
from services.contracts.values import MAX_PAGE, AccountId, ItemGroupId, Page, RegisterGroupId, RegisterId
from services.registers.domain import register_rules as rules
from services.registers.domain.cursors import AfterName, encode_cursor
from services.registers.domain.ids import is_id, must_be_id
from services.registers.domain.kkt_ids import Binding, expiry_of_new_id, has_expired
from services.registers.domain.link_rules import REBINDING_LASTS
from services.registers.models import Link, Register
from services.registers.repository import groups, register_rows, registers
from services.registers.use_cases.base_facts import QUIET
from services.registers.use_cases.liveness import go_off
from services.registers.use_cases.price_lists import renew_recipe_id
from services.registers.use_cases.told_values import settable_values, whole_values
from services.registers.use_cases.turn import Turn, take_turn
from services.registers.use_cases.views import register_view

ID_TRIES: Final = 20  # one of 90 milliards is free at the first try, practically always
SYNC_WORDS: Final = ("in_sync", "stale")
NAMES_TOLD: Final = 20  # of registers that filter by an item group


def page_registers(session: Session, account: AccountId, query: RegisterQuery, now: datetime) -> Page[RegisterView]:
    """Registers by name. Raises Invalid."""
    errors: list[FieldError] = []
    if not 1 <= query.limit <= MAX_PAGE:
        errors.append(FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}))
    if query.sync is not None and query.sync not in SYNC_WORDS:
        errors.append(FieldError("sync", "not_one_of", {"allowed": ", ".join(SYNC_WORDS)}))
    if errors:
        raise Invalid(tuple(errors))
    if query.group is not None and not is_id(query.group):
        return Page(())
    rows = register_rows.page_registers(session, account, query, now)
    views = tuple(register_view(row, now) for row in rows[: query.limit])
    if len(rows) <= query.limit:
        return Page(views)
    last = rows[query.limit - 1].register
    return Page(views, encode_cursor(AfterName.of(last.sort_key, last.register_id)))


def get_register(session: Session, account: AccountId, register: RegisterId, now: datetime) -> RegisterView:
    """One register. Raises NotFound."""
    must_be_id(register)
    row = register_rows.register_row(session, account, register)
    if row is None:
        raise NotFound()
    return register_view(row, now)


def fleet_summary(session: Session, account: AccountId, now: datetime) -> FleetSummary:
    """«Всё ли в порядке?»"""
    return register_rows.fleet_summary(session, account, now)


def add_register(session: Session, account: AccountId, new: NewRegister, now: datetime) -> RegisterView:
    """A new register with an ID of its own (G3).

    Raises Invalid, NotFound (a group), TooManyRegisters.
    """
    name = rules.clean_name(new.name)
    chosen = _groups(new.groups)
    errors = rules.name_errors(name) + rules.serial_errors(new.serial_number)
    errors += rules.amount_errors("groups", len(chosen), rules.MAX_GROUPS_OF_REGISTER)
    if errors:
        raise Invalid(errors)
    registers.lock_account(session, account)
    limit = standing_terms(session, account).limits.registers
    if registers.count_registers(session, account) >= limit:
        raise TooManyRegisters(limit=limit)
    register = _new_register(account, name, _new_kkt_id(session, now), new.serial_number, now)
    renew_recipe_id(register)
    session.add(register)
    session.flush()
    link = Link(
        account_id=account, register_id=register.register_id, epoch=0, silent=False, heartbeat_seconds=HEARTBEAT_SECONDS
    )
    session.add(link)
    session.flush()
    turn = Turn(session, register, link, now)
    _put_in_groups(turn, chosen)
    turn.tell("added")
    turn.changed(None, whole_values(turn))
    return get_register(session, account, turn.id, now)


def change_register(
    session: Session,
    account: AccountId,
    register_id: RegisterId,
    changes: RegisterChanges,
    version: int | None,
    known_item_groups: frozenset[ItemGroupId],
    now: datetime,
) -> RegisterView:
    """Change what people set. `known_item_groups` are those of the account (asked of the catalog room).

    Raises Invalid, Stale, NotFound, UnknownItemGroup.
    """
    turn = take_turn(session, account, register_id, now)
    register = turn.register
    if version is not None and version != register.version:
        raise Stale()
    _check_changes(changes, known_item_groups)
    with_groups = isinstance(changes.groups, tuple)
    before = settable_values(turn, with_groups)
    if isinstance(changes.name, str):
        _name(register, rules.clean_name(changes.name))
    if isinstance(changes.groups, tuple):
        _put_in_groups(turn, _groups(changes.groups))
    if isinstance(changes.item_groups, tuple):
        register.item_groups = sorted(set(changes.item_groups))
    if isinstance(changes.price_percent, int):
        register.price_percent = changes.price_percent
    if isinstance(changes.price_rounding, int):
        register.price_rounding = changes.price_rounding
    if isinstance(changes.disabled, bool):
        _disable(turn, changes.disabled)
    other_recipe = renew_recipe_id(register)
    _set_auto_load(turn, changes, other_recipe)
    register.version += 1
    turn.tell("changed")
    turn.changed(before, settable_values(turn, with_groups))
    return get_register(session, account, turn.id, now)


def remove_register(session: Session, account: AccountId, register: RegisterId, now: datetime) -> None:
    """The record goes; its ID is never given out again, its link is over. Raises NotFound."""
    turn = take_turn(session, account, register, now)
    turn.changed(whole_values(turn), None)
    registers.remove(session, account, turn.id)
    event_log.record(session, account, RegisterChangedEvent(register=turn.id, what="removed"))
    poke_after_commit(session, turn.id)


def renew_kkt_id(session: Session, account: AccountId, register: RegisterId, now: datetime) -> RegisterView:
    """Another 30 days for an unbound ID; a new number if it had expired. Raises NotFound, AlreadyBound."""
    turn = take_turn(session, account, register, now)
    row = turn.register
    if row.binding != Binding.UNBOUND:
        raise AlreadyBound()
    before = {"kkt_id": row.kkt_id, "kkt_id_expires_at": row.kkt_id_expires_at}
    if has_expired(Binding.UNBOUND, row.kkt_id_expires_at, now):
        row.kkt_id = _new_kkt_id(session, now)
    row.kkt_id_expires_at = expiry_of_new_id(now)
    row.version += 1
    turn.tell("changed")
    turn.changed(before, {"kkt_id": row.kkt_id, "kkt_id_expires_at": row.kkt_id_expires_at})
    return get_register(session, account, turn.id, now)


def allow_rebinding(session: Session, account: AccountId, register: RegisterId, now: datetime) -> RegisterView:
    """For one hour the next register with this ID is bound anew. An unbound ID needs no leave. Raises NotFound."""
    turn = take_turn(session, account, register, now)
    row = turn.register
    before = {"rebinding_until": row.rebinding_until, "alarm": row.alarm}
    if row.binding != Binding.UNBOUND:
        row.rebinding_until = now + REBINDING_LASTS
    row.alarm = row.alarm_at = None
    row.version += 1
    turn.tell("changed")
    turn.changed(before, {"rebinding_until": row.rebinding_until, "alarm": None})
    return get_register(session, account, turn.id, now)


def item_filters(session: Session, account: AccountId) -> ItemFilters:
    """Which goods the registers take together."""
    count, unfiltered, groups = registers.filters_of(session, account)
    return ItemFilters(count, unfiltered, tuple(ItemGroupId(group) for group in groups))


def registers_filtering_by(session: Session, account: AccountId, item_group: ItemGroupId) -> tuple[str, ...]:
    """Names of the registers, at most NAMES_TOLD, that get only goods of certain groups, this one among them."""
    if not is_id(item_group) or not is_id(account):
        return ()
    return registers.names_filtering_by(session, account, item_group, NAMES_TOLD)


def _new_register(account: AccountId, name: str, kkt_id: KktId, serial_number: str | None, now: datetime) -> Register:
    register = Register(
        account_id=account,
        register_id=str(uuid.uuid4()),
        version=1,
        created_at=now,
        disabled=False,
        kkt_id=kkt_id,
        binding=Binding.UNBOUND.value,
        kkt_id_expires_at=expiry_of_new_id(now),
        serial_number=serial_number,
        item_groups=[],
        price_percent=100,
        price_rounding=1,
        recipe_id="",
        auto_load=False,
    )
    _name(register, name)
    return register


def _name(register: Register, name: str) -> None:
    register.name, register.search_key, register.sort_key = name, rules.search_key(name), rules.sort_key(name)


def _new_kkt_id(session: Session, now: datetime) -> KktId:
    for _ in range(ID_TRIES):
        kkt_id = new_kkt_id()
        if registers.note_kkt_id(session, kkt_id, now):
            return kkt_id
    raise RuntimeError("no free register ID was found")


def _groups(ids: tuple[RegisterGroupId, ...]) -> frozenset[RegisterGroupId]:
    for group in ids:
        must_be_id(group)
    return frozenset(ids)


def _put_in_groups(turn: Turn, chosen: frozenset[RegisterGroupId]) -> None:
    if chosen and groups.known_groups(turn.session, turn.account, chosen) != chosen:
        raise NotFound()
    groups.put_in_groups(turn.session, turn.account, turn.id, chosen)


def _check_changes(changes: RegisterChanges, known_item_groups: frozenset[ItemGroupId]) -> None:
    errors: tuple[FieldError, ...] = ()
    if isinstance(changes.name, str):
        errors += rules.name_errors(rules.clean_name(changes.name))
    if isinstance(changes.groups, tuple):
        errors += rules.amount_errors("groups", len(set(changes.groups)), rules.MAX_GROUPS_OF_REGISTER)
    if isinstance(changes.item_groups, tuple):
        most = rules.MAX_ITEM_GROUPS_OF_REGISTER
        errors += rules.amount_errors("item_groups", len(set(changes.item_groups)), most)
    if isinstance(changes.price_percent, int):
        errors += rules.percent_errors(changes.price_percent)
    if isinstance(changes.price_rounding, int):
        errors += rules.rounding_errors(changes.price_rounding)
    if errors:
        raise Invalid(errors)
    if isinstance(changes.item_groups, tuple) and not known_item_groups.issuperset(changes.item_groups):
        raise UnknownItemGroup()


def _disable(turn: Turn, disabled: bool) -> None:
    if disabled and not turn.register.disabled and turn.link.link_id is not None:
        go_off(turn)
        turn.link.epoch += 1
        poke_after_commit(turn.session, turn.id)
    turn.register.disabled = disabled


def _set_auto_load(turn: Turn, changes: RegisterChanges, other_recipe: bool) -> None:
    register = turn.register
    switched_on = changes.auto_load is True and not register.auto_load
    if isinstance(changes.auto_load, bool):
        register.auto_load = changes.auto_load
    if not register.auto_load:
        register.auto_due_at = None
    elif switched_on or other_recipe:
        register.auto_due_at = turn.now + QUIET

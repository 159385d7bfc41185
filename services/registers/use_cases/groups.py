"""Register groups (G6): flat; a register may be in many."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from services.chassis import event_log
from services.chassis.account_terms import standing_terms
from services.chassis.journal import changed
from services.contracts.refusals import Invalid, NotFound, Stale, TooMany
from services.contracts.registers import GroupNameTaken, RegisterGroupChangedEvent, RegisterGroupView
from services.contracts.values import AccountId, RegisterGroupId
from services.registers.domain import register_rules as rules
from services.registers.domain.ids import must_be_id
from services.registers.models import RegisterGroup
from services.registers.repository import groups, registers


def list_groups(session: Session, account: AccountId) -> tuple[RegisterGroupView, ...]:
    """All groups by name: no account has more than MAX_GROUPS."""
    return groups.list_groups(session, account, rules.MAX_GROUPS)


def add_group(session: Session, account: AccountId, name: str, now: datetime) -> RegisterGroupView:
    """A new, empty group. Raises Invalid, GroupNameTaken, TooMany, NotFound (the account)."""
    clean = _checked(name)
    registers.lock_account(session, account)
    standing_terms(session, account)
    if groups.count_groups(session, account) >= rules.MAX_GROUPS:
        raise TooMany(limit=rules.MAX_GROUPS)
    if groups.name_taken(session, account, rules.search_key(clean), None):
        raise GroupNameTaken()
    group = RegisterGroup(account_id=account, group_id=str(uuid.uuid4()), version=1, created_at=now)
    _name(group, clean)
    session.add(group)
    session.flush()
    _tell(session, account, group, "added")
    changed(session, account, "register_group", group.group_id, clean, None, {"name": clean})
    return groups.view_of(session, account, group)


def rename_group(
    session: Session, account: AccountId, group_id: RegisterGroupId, name: str, version: int | None
) -> RegisterGroupView:
    """Give a group another name. Raises Invalid, NotFound, Stale, GroupNameTaken."""
    clean = _checked(name)
    registers.lock_account(session, account)
    group = _get(session, account, group_id)
    if version is not None and version != group.version:
        raise Stale()
    if groups.name_taken(session, account, rules.search_key(clean), group_id):
        raise GroupNameTaken()
    before = group.name
    _name(group, clean)
    group.version += 1
    session.flush()
    _tell(session, account, group, "changed")
    changed(session, account, "register_group", group.group_id, before, {"name": before}, {"name": clean})
    return groups.view_of(session, account, group)


def remove_group(session: Session, account: AccountId, group_id: RegisterGroupId) -> None:
    """The group goes; its registers stay. Raises NotFound."""
    group = _get(session, account, group_id)
    registers_in_it = groups.view_of(session, account, group).registers
    groups.remove_group(session, account, group_id)
    _tell(session, account, group, "removed")
    before = {"name": group.name, "registers": registers_in_it}
    changed(session, account, "register_group", group.group_id, group.name, before, None)


def _get(session: Session, account: AccountId, group_id: RegisterGroupId) -> RegisterGroup:
    must_be_id(group_id)
    group = groups.get_group(session, account, group_id)
    if group is None:
        raise NotFound()
    return group


def _checked(name: str) -> str:
    clean = rules.clean_name(name)
    errors = rules.name_errors(clean)
    if errors:
        raise Invalid(errors)
    return clean


def _name(group: RegisterGroup, name: str) -> None:
    group.name, group.search_key, group.sort_key = name, rules.search_key(name), rules.sort_key(name)


def _tell(session: Session, account: AccountId, group: RegisterGroup, what: str) -> None:
    event = RegisterGroupChangedEvent(group=RegisterGroupId(group.group_id), what=what)
    event_log.record(session, account, event)

"""Item groups: a tree whose names are unique side by side. Membership is the items' own."""

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from services.catalog.domain.group_paths import ACCOUNT_GROUPS_MAX, GROUP_DEPTH_MAX
from services.catalog.domain.group_tree import depth_of, items_in, with_descendants, would_circle
from services.catalog.domain.item_rules import check_group_name
from services.catalog.domain.names import folded
from services.catalog.models import ItemGroup
from services.catalog.repository.groups import all_groups, memberships, take_items_out, touch_items_in
from services.catalog.use_cases.base_changes import BaseChange
from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.catalog import ItemGroupChangedEvent, ItemGroupInUse, ItemGroupNameTaken, ItemGroupView
from services.contracts.refusals import FieldError, Invalid, NotFound, Stale, TooMany
from services.contracts.values import AccountId, ItemGroupId


def list_groups(account: AccountId, session: Session) -> tuple[ItemGroupView, ...]:
    """All groups by name, with the items in each and in what stands inside it."""
    groups = all_groups(account, session)
    counts = items_in({row.group_id: row.parent_id for row in groups}, memberships(account, session))
    return tuple(_view(row, counts[row.group_id]) for row in groups)


def add_group(
    account: AccountId, session: Session, author: str, name: str, parent: ItemGroupId | None, now: datetime
) -> ItemGroupView:
    """A new group. Refuses with Invalid, ItemGroupNameTaken, NotFound (the parent), TooMany."""
    clean = check_group_name(name)
    change = BaseChange(account, session, author, now)  # for its lock: no item changes, so it is never closed
    groups = {row.group_id: row for row in all_groups(account, session)}
    if len(groups) >= ACCOUNT_GROUPS_MAX:
        raise TooMany(limit=ACCOUNT_GROUPS_MAX)
    _check_place(groups, None, clean, parent)
    row = ItemGroup(
        account_id=account, group_id=str(uuid.uuid4()), parent_id=parent, name=clean, name_key=folded(clean), version=1
    )
    change.session.add(row)
    change.session.flush()
    record(session, account, ItemGroupChangedEvent(group=ItemGroupId(row.group_id), what="added"))
    changed(session, account, "item_group", row.group_id, clean, None, _values(groups, row))
    return _view(row, 0)


def change_group(
    account: AccountId,
    session: Session,
    author: str,
    group: ItemGroupId,
    name: str,
    parent: ItemGroupId | None,
    version: int | None,
    now: datetime,
) -> ItemGroupView:
    """Rename or move a group. A move changes what filters by the groups above let in: its items count as changed."""
    clean = check_group_name(name)
    change = BaseChange(account, session, author, now)
    groups = {row.group_id: row for row in all_groups(account, session)}
    row = _existing(groups, group)
    if version is not None and version != row.version:
        raise Stale(version=row.version)
    _check_place(groups, row, clean, parent)
    name_before, before = row.name, _values(groups, row)
    moved = row.parent_id != parent
    if moved or row.name != clean:
        row.name, row.name_key, row.parent_id = clean, folded(clean), parent
        row.version += 1
        session.flush()
        record(session, account, ItemGroupChangedEvent(group=group, what="changed"))
        changed(session, account, "item_group", row.group_id, name_before, before, _values(groups, row))
    if moved:
        inside = with_descendants(_parents(groups), [row.group_id])
        touched = touch_items_in(account, session, sorted(inside), change.revision)
        if touched:
            change.close("groups", changed=touched, search_codes=set())
    counts = items_in(_parents(groups), memberships(account, session))
    return _view(row, counts[row.group_id])


def remove_group(
    account: AccountId,
    session: Session,
    author: str,
    group: ItemGroupId,
    registers_filtering_by: Callable[[ItemGroupId], tuple[str, ...]],
    now: datetime,
) -> None:
    """Remove a group: its items stay, the groups inside it move up. Refuses with ItemGroupInUse, NotFound."""
    registers = registers_filtering_by(group)
    if registers:
        raise ItemGroupInUse(registers=", ".join(registers))
    change = BaseChange(account, session, author, now)
    groups = {row.group_id: row for row in all_groups(account, session)}
    row = _existing(groups, group)
    above = {other.name_key for other in groups.values() if other.parent_id == row.parent_id and other is not row}
    for child in groups.values():
        if child.parent_id == row.group_id:
            if child.name_key in above:
                raise ItemGroupNameTaken(name=child.name)
            before = _values(groups, child)
            child.parent_id = row.parent_id
            child.version += 1
            changed(session, account, "item_group", child.group_id, child.name, before, _values(groups, child))
    session.flush()
    taken_out = take_items_out(account, session, row.group_id, change.revision)
    session.delete(row)
    session.flush()
    record(session, account, ItemGroupChangedEvent(group=group, what="removed"))
    gone = {**_values(groups, row), "items": taken_out}
    changed(session, account, "item_group", group, row.name, gone, None)
    if taken_out:
        change.close("groups", changed=taken_out, search_codes=set())


def _check_place(groups: dict[str, ItemGroup], row: ItemGroup | None, name: str, parent: str | None) -> None:
    parents = _parents(groups)
    if parent is not None:
        if parent not in groups:
            raise NotFound(group=parent[:36])
        if row is not None and would_circle(parents, row.group_id, parent):
            raise Invalid((FieldError("parent", "circle"),))
        if depth_of(parents, parent) >= GROUP_DEPTH_MAX:
            raise Invalid((FieldError("parent", "too_deep", {"limit": GROUP_DEPTH_MAX}),))
    for other in groups.values():
        if other is not row and other.parent_id == parent and other.name_key == folded(name):
            raise ItemGroupNameTaken(name=name)


def _existing(groups: dict[str, ItemGroup], group: str) -> ItemGroup:
    row = groups.get(group)
    if row is None:
        raise NotFound(group=group[:36])
    return row


def _values(groups: dict[str, ItemGroup], row: ItemGroup) -> dict[str, str | None]:
    """What the journal is told of a group."""
    return {"name": row.name, "parent": None if row.parent_id is None else groups[row.parent_id].name}


def _parents(groups: dict[str, ItemGroup]) -> dict[str, str | None]:
    return {group: row.parent_id for group, row in groups.items()}


def _view(row: ItemGroup, items: int) -> ItemGroupView:
    parent = None if row.parent_id is None else ItemGroupId(row.parent_id)
    return ItemGroupView(ItemGroupId(row.group_id), row.name, parent, items, row.version)

# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Item groups of one account."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.models import Item, ItemGroup
from services.catalog.repository.history import BEFORE
from services.contracts.values import AccountId


def all_groups(account: AccountId, session: Session) -> list[ItemGroup]:
    """Every item group, by name (at most ACCOUNT_GROUPS_MAX)."""
    return list(
        session.scalars(
            sa.select(ItemGroup).where(ItemGroup.account_id == account).order_by(ItemGroup.name_key, ItemGroup.group_id)
        )
    )


def memberships(account: AccountId, session: Session) -> list[tuple[tuple[str, ...], int]]:
    """How many items are in each combination of groups that occurs."""
    rows = session.execute(
        sa.select(Item.groups, sa.func.count())
        .where(Item.account_id == account, sa.func.cardinality(Item.groups) > 0)
        .group_by(Item.groups)
    )
    return [(tuple(groups), count) for groups, count in rows]


def touch_items_in(account: AccountId, session: Session, groups: Sequence[str], revision: int) -> int:
    """Mark the items in any of these groups as changed at `revision`; returns how many."""
    touched = session.execute(
        sa.update(Item)
        .where(Item.account_id == account, Item.groups.overlap(groups))
        .values(changed_revision=revision)
        .returning(Item.code)
    )
    return len(touched.all())


def take_items_out(account: AccountId, session: Session, group: str, revision: int) -> int:
    """Take all items out of a group, and keep how they were; returns how many were in it."""
    session.execute(
        sa.text(
            "INSERT INTO catalog.item_history (account_id, revision, code, before)"
            f" SELECT :account, :revision, i.code, {BEFORE} FROM catalog.item i"
            " WHERE i.account_id = :account AND i.groups && ARRAY[CAST(:group AS uuid)]"
        ),
        {"account": account, "revision": revision, "group": group},
    )
    taken = session.execute(
        sa.update(Item)
        .where(Item.account_id == account, Item.groups.overlap([group]))
        .values(
            groups=sa.func.array_remove(Item.groups, sa.cast(group, sa.Uuid(as_uuid=False))),
            changed_revision=revision,
            version=Item.version + 1,
        )
        .returning(Item.code)
    )
    return len(taken.all())

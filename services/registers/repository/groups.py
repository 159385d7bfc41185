"""Register groups and who is in them."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.registers import RegisterGroupView
from services.contracts.values import AccountId, RegisterGroupId, RegisterId
from services.registers.models import RegisterGroup, RegisterInGroup


def list_groups(session: Session, account: AccountId, limit: int) -> tuple[RegisterGroupView, ...]:
    """The groups by name, each with its number of registers."""
    members = (
        sa.select(RegisterInGroup.group_id, sa.func.count().label("registers"))
        .where(RegisterInGroup.account_id == account)
        .group_by(RegisterInGroup.group_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(RegisterGroup, sa.func.coalesce(members.c.registers, 0))
        .outerjoin(members, members.c.group_id == RegisterGroup.group_id)
        .where(RegisterGroup.account_id == account)
        .order_by(RegisterGroup.sort_key, RegisterGroup.group_id)
        .limit(limit)
    )
    return tuple(_view(group, registers) for group, registers in rows)


def get_group(session: Session, account: AccountId, group: RegisterGroupId) -> RegisterGroup | None:
    """One group, locked to commit."""
    return session.scalars(
        sa.select(RegisterGroup)
        .where(RegisterGroup.account_id == account, RegisterGroup.group_id == group)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def view_of(session: Session, account: AccountId, group: RegisterGroup) -> RegisterGroupView:
    """The group as people see it."""
    registers = session.scalar(
        sa.select(sa.func.count()).where(
            RegisterInGroup.account_id == account, RegisterInGroup.group_id == group.group_id
        )
    )
    return _view(group, registers or 0)


def name_taken(session: Session, account: AccountId, search_key: str, besides: RegisterGroupId | None) -> bool:
    """Whether another group has this name."""
    found = sa.select(RegisterGroup.group_id).where(
        RegisterGroup.account_id == account, RegisterGroup.search_key == search_key
    )
    if besides is not None:
        found = found.where(RegisterGroup.group_id != besides)
    return session.scalar(found.limit(1)) is not None


def count_groups(session: Session, account: AccountId) -> int:
    """How many groups the account has."""
    return session.scalar(sa.select(sa.func.count()).where(RegisterGroup.account_id == account)) or 0


def remove_group(session: Session, account: AccountId, group: RegisterGroupId) -> None:
    """The group goes; its registers stay."""
    session.execute(
        sa.delete(RegisterGroup)
        .where(RegisterGroup.account_id == account, RegisterGroup.group_id == group)
        .execution_options(synchronize_session=False)
    )


def known_groups(session: Session, account: AccountId, ids: Collection[RegisterGroupId]) -> frozenset[RegisterGroupId]:
    """Those of the groups that exist in the account; until commit they cannot be removed."""
    found = session.scalars(
        sa.select(RegisterGroup.group_id)
        .where(RegisterGroup.account_id == account, RegisterGroup.group_id.in_(ids))
        .order_by(RegisterGroup.group_id)
        .with_for_update(read=True, key_share=True)
    )
    return frozenset(RegisterGroupId(one) for one in found)


def groups_of(session: Session, account: AccountId, register: RegisterId) -> frozenset[RegisterGroupId]:
    """The groups that the register is in."""
    found = session.scalars(
        sa.select(RegisterInGroup.group_id).where(
            RegisterInGroup.account_id == account, RegisterInGroup.register_id == register
        )
    )
    return frozenset(RegisterGroupId(one) for one in found)


def names_of(session: Session, account: AccountId, register: RegisterId) -> tuple[str, ...]:
    """The names of the groups that the register is in."""
    found = session.scalars(
        sa.select(RegisterGroup.name)
        .join(
            RegisterInGroup,
            (RegisterInGroup.account_id == RegisterGroup.account_id)
            & (RegisterInGroup.group_id == RegisterGroup.group_id),
        )
        .where(RegisterInGroup.account_id == account, RegisterInGroup.register_id == register)
        .order_by(RegisterGroup.sort_key, RegisterGroup.group_id)
    )
    return tuple(found)


def put_in_groups(
    session: Session, account: AccountId, register: RegisterId, groups: Collection[RegisterGroupId]
) -> None:
    """From now on the register is in these groups and no others."""
    session.execute(
        sa.delete(RegisterInGroup)
        .where(
            RegisterInGroup.account_id == account,
            RegisterInGroup.register_id == register,
            RegisterInGroup.group_id.not_in(groups),
        )
        .execution_options(synchronize_session=False)
    )
    new = set(groups) - groups_of(session, account, register)
    if new:
        rows = [{"account_id": account, "register_id": register, "group_id": group} for group in sorted(new)]
        session.execute(sa.insert(RegisterInGroup), rows)


def _view(group: RegisterGroup, registers: int) -> RegisterGroupView:
    return RegisterGroupView(
        id=RegisterGroupId(group.group_id), name=group.name, registers=registers, version=group.version
    )

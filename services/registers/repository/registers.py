"""Registers: one at a time, and the locks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.contracts.kkt_id import KktId
from services.contracts.values import AccountId, ItemGroupId, RegisterId
from services.registers.domain.kkt_ids import Binding
from services.registers.models import AccountBase, IssuedKktId, Link, Register


def note_kkt_id(session: Session, kkt_id: KktId, now: datetime) -> bool:
    """Give out a register ID, for ever. False when it was given out before. (IDs belong to no account.)"""
    # By row count: the account's role may not read the row back. SQLAlchemy keeps it for an INSERT only when told.
    statement = insert(IssuedKktId).values(kkt_id=kkt_id, issued_at=now).on_conflict_do_nothing()
    noted = session.execute(statement.execution_options(preserve_rowcount=True))
    return cast(sa.CursorResult[Any], noted).rowcount == 1


def lock_account(session: Session, account: AccountId) -> AccountBase:
    """The account's row, locked to commit: adding registers and groups is serial, so their limits hold."""
    session.execute(insert(AccountBase).values(account_id=account, revision=0).on_conflict_do_nothing())
    return session.scalars(
        sa.select(AccountBase)
        .where(AccountBase.account_id == account)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def latest_revision(session: Session, account: AccountId) -> int:
    """The newest revision of the account's goods base that was heard of; 0 before any."""
    found = session.scalar(sa.select(AccountBase.revision).where(AccountBase.account_id == account))
    return found or 0


def base_moved(session: Session, account: AccountId, revision: int, auto_due_at: datetime) -> None:
    """The base has a new revision: remember it, and let the registers that load by themselves do so then."""
    statement = insert(AccountBase).values(account_id=account, revision=revision)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[AccountBase.account_id],
            set_={"revision": sa.func.greatest(AccountBase.revision, statement.excluded.revision)},
        )
    )
    ids = sa.select(Register.register_id).where(Register.account_id == account, Register.auto_load)
    locked = session.scalars(ids.order_by(Register.register_id).with_for_update()).all()
    session.execute(
        sa.update(Register)
        .where(Register.account_id == account, Register.register_id.in_(locked))
        .values(auto_due_at=auto_due_at)
        .execution_options(synchronize_session=False)
    )


def count_registers(session: Session, account: AccountId) -> int:
    """How many registers the account has."""
    return session.scalar(sa.select(sa.func.count()).where(Register.account_id == account)) or 0


def count_links(session: Session, account: AccountId, but: RegisterId | None = None) -> int:
    """How many registers of the account are connected, leaving one out."""
    connected = sa.select(sa.func.count()).where(Link.account_id == account, Link.link_id.is_not(None), ~Link.silent)
    return session.scalar(connected if but is None else connected.where(Link.register_id != but)) or 0


def lock_registers(session: Session, account: AccountId, ids: Iterable[RegisterId]) -> dict[RegisterId, Register]:
    """Those of the registers that exist, locked to commit in the order of their ids, as they are now."""
    rows = session.scalars(
        sa.select(Register)
        .where(Register.account_id == account, Register.register_id.in_(sorted(ids)))
        .order_by(Register.register_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {RegisterId(row.register_id): row for row in rows}


def links_of(session: Session, account: AccountId, ids: Iterable[RegisterId]) -> dict[RegisterId, Link]:
    """The live sides of registers. Read them after the registers were locked."""
    rows = session.scalars(
        sa.select(Link)
        .where(Link.account_id == account, Link.register_id.in_(list(ids)))
        .execution_options(populate_existing=True)
    )
    return {RegisterId(row.register_id): row for row in rows}


def bound_to_serial(session: Session, account: AccountId, serial_number: str) -> tuple[RegisterId, ...]:
    """The registers of the account that are bound to this serial number: one at most."""
    found = session.scalars(
        sa.select(Register.register_id).where(
            Register.account_id == account,
            Register.serial_number == serial_number,
            Register.binding == Binding.BOUND.value,
        )
    )
    return tuple(RegisterId(one) for one in found)


def names_filtering_by(session: Session, account: AccountId, item_group: ItemGroupId, limit: int) -> tuple[str, ...]:
    """Names of the registers that get only goods of certain groups, this one among them."""
    found = session.scalars(
        sa.select(Register.name)
        .where(Register.account_id == account, Register.item_groups.any_() == item_group)
        .order_by(Register.sort_key)
        .limit(limit)
    )
    return tuple(found)


def filters_of(session: Session, account: AccountId) -> tuple[int, bool, list[str]]:
    """How many registers there are, whether one of them takes all goods, and the item groups of the others."""
    mine = Register.account_id == account
    count, unfiltered = session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(sa.func.cardinality(Register.item_groups) == 0))
        .select_from(Register)
        .where(mine)
    ).one()
    groups = session.scalars(sa.select(sa.func.unnest(Register.item_groups)).where(mine).distinct())
    return count, unfiltered > 0, sorted(map(str, groups))


def remove(session: Session, account: AccountId, register: RegisterId) -> None:
    """The register goes, with its link, settings and exchanges; its ID stays given out."""
    session.execute(
        sa.delete(Register)
        .where(Register.account_id == account, Register.register_id == register)
        .execution_options(synchronize_session=False)
    )

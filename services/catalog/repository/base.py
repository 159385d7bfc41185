"""The goods base as a whole: its lock, its revision, its counts."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.catalog.models import GoodsBase, ItemGroup, Revision
from services.contracts.refusals import Busy
from services.contracts.values import AccountId

CALL_LOCK_MS = 1_000  # that a call waits for the base; the merge of a large file holds it for longer
LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE
RETRY_SECONDS = 2


def lock_base_for_call(account: AccountId, session: Session) -> GoodsBase:
    """`lock_base` for whoever answers a call: a worker of all accounts must not wait long. Refuses with Busy."""
    session.execute(sa.text(f"SET LOCAL lock_timeout = {CALL_LOCK_MS}"))
    try:
        base = lock_base(account, session)
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise Busy(retry_after=RETRY_SECONDS) from None
        raise
    session.execute(sa.text("SET LOCAL lock_timeout TO DEFAULT"))
    return base


def lock_base(account: AccountId, session: Session) -> GoodsBase:
    """The base's row, held to the end of the transaction: order of revisions is order of commits."""
    first = insert(GoodsBase).values(account_id=account, revision=0, search_revision=0, items=0, no_price=0)
    session.execute(first.on_conflict_do_nothing())
    return session.scalars(
        sa.select(GoodsBase)
        .where(GoodsBase.account_id == account)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def get_base(account: AccountId, session: Session) -> GoodsBase | None:
    """The base's row, unlocked; None before the first change."""
    return session.scalars(
        sa.select(GoodsBase).where(GoodsBase.account_id == account).execution_options(populate_existing=True)
    ).one_or_none()


def count_groups(account: AccountId, session: Session) -> int:
    """How many item groups the account has."""
    counted = sa.select(sa.func.count()).select_from(ItemGroup).where(ItemGroup.account_id == account)
    return session.execute(counted).scalar_one()


def add_revision(account: AccountId, session: Session, base: GoodsBase, made: dict[str, Any]) -> None:
    """Write the change set that `base` was just moved to."""
    base.changed_at = made["at"]
    session.add(Revision(account_id=account, revision=base.revision, **made))
    session.flush()

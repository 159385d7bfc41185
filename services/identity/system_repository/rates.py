"""Counting the requests of each account: one row an account, shared by all replicas."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.contracts.values import AccountId
from services.identity.models import RequestRate


def let_in(session: Session, account: AccountId, price: timedelta, furthest: timedelta, now: datetime) -> bool:
    """Count one request if it may come now (domain/rates.py); in one statement, so that replicas count exactly."""
    new = insert(RequestRate).values(account_id=account, paid_until=now + price)
    moved = sa.func.greatest(RequestRate.paid_until, now) + sa.literal(price, sa.Interval)
    counted = session.scalar(
        new.on_conflict_do_update(
            index_elements=[RequestRate.account_id], set_={"paid_until": moved}, where=moved <= now + furthest
        ).returning(RequestRate.paid_until)
    )
    return counted is not None


def paid_until(session: Session, account: AccountId) -> datetime | None:
    """Until when the account has paid for the requests that were let in."""
    return session.scalar(sa.select(RequestRate.paid_until).where(RequestRate.account_id == account))


def commit_without_waiting(session: Session) -> None:
    """Let the commit of this transaction not wait for the disk: a crash may forget it."""
    session.execute(sa.text("SET LOCAL synchronous_commit = off"))

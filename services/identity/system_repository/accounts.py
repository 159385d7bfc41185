"""Accounts are made, numbered and named over all accounts."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.identity.models import CLIENT_NUMBER_SEQUENCE, Account

# Any number that nothing else in the database uses: two accounts are never being created at the same moment.
_CREATION_LOCK = 5_403_101


def lock_account_creation(session: Session) -> None:
    """Hold off other creations of accounts until this transaction ends, so that names are suggested without a race."""
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))


def any_account(session: Session) -> bool:
    """Whether there is an account at all."""
    return bool(session.scalar(sa.select(sa.exists().select_from(Account))))


def next_client_number(session: Session) -> int:
    """A client number never given before."""
    return int(session.scalar(sa.select(CLIENT_NUMBER_SEQUENCE.next_value())) or 0)


def taken_sign_in_keys(session: Session, keys: Collection[str]) -> frozenset[str]:
    """Which of the keys belong to an account."""
    return frozenset(session.scalars(sa.select(Account.sign_in_key).where(Account.sign_in_key.in_(keys))))

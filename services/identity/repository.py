"""What this room asks of the database inside one account's walls."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.contracts.values import AccountId, SessionId, UserId
from services.identity.models import Account, LiveSession, User


def get_account(account: AccountId, session: Session, *, lock: bool = False) -> Account | None:
    """The account itself; `lock` holds its row until the end of the transaction."""
    question = sa.select(Account).where(Account.account_id == account)
    return session.scalar(question.with_for_update() if lock else question)


def get_user(account: AccountId, session: Session, user: UserId) -> User | None:
    """One user of the account, its row held until the end of the transaction."""
    return session.scalar(
        sa.select(User).where(User.account_id == account, User.user_id == user).with_for_update(of=User)
    )


def end_live_session(
    account: AccountId, session: Session, user: UserId, ended: SessionId, reason: str, now: datetime
) -> bool:
    """End one live session of that user; False when there is none."""
    found = session.scalar(
        sa.update(LiveSession)
        .where(
            LiveSession.account_id == account,
            LiveSession.user_id == user,
            LiveSession.session_id == ended,
            LiveSession.ended_at.is_(None),
        )
        .values(ended_at=now, end_reason=reason)
        .returning(LiveSession.session_id)
    )
    return found is not None


def save_account(account: AccountId, session: Session, row: Account) -> bool:
    """Write the changed row; False when its sign-in name belongs to somebody else, whom these walls hide.

    After False the transaction is broken and has to be rolled back.
    """
    if row.account_id != account:
        raise ValueError("a row of another account")
    try:
        session.flush()
    except IntegrityError as error:
        if "uq_account_sign_in_key" not in str(error.orig):
            raise
        return False
    return True

"""Questions about the sessions of one account's users."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.values import AccountId, SessionId, UserId
from services.identity.models import Account, LiveSession, SignInTicket, User


def find_own_session(
    account: AccountId, session: Session, user: UserId, live: SessionId
) -> tuple[LiveSession, User, Account] | None:
    """One session of that user, live or ended, with its user and account."""
    found = session.execute(
        sa.select(LiveSession, User, Account)
        .join(User, sa.and_(User.account_id == LiveSession.account_id, User.user_id == LiveSession.user_id))
        .join(Account, Account.account_id == LiveSession.account_id)
        .where(LiveSession.account_id == account, LiveSession.user_id == user, LiveSession.session_id == live)
    ).first()
    return None if found is None else (found[0], found[1], found[2])


def login_of(account: AccountId, session: Session, user: UserId) -> str | None:
    """The login of that user, for the journal; its row is not held."""
    return session.scalar(sa.select(User.login).where(User.account_id == account, User.user_id == user))


def live_sessions(account: AccountId, session: Session, user: UserId, limit: int) -> Sequence[LiveSession]:
    """That user's sessions that were not ended, the one used last first."""
    return session.scalars(
        sa.select(LiveSession)
        .where(LiveSession.account_id == account, LiveSession.user_id == user, LiveSession.ended_at.is_(None))
        .order_by(LiveSession.last_seen_at.desc(), LiveSession.session_id)
        .limit(limit)
    ).all()


def end_live_session(
    account: AccountId, session: Session, user: UserId, ended: SessionId, reason: str, now: datetime
) -> LiveSession | None:
    """End one live session of that user; None when there is none."""
    return session.scalar(
        sa.update(LiveSession)
        .where(
            LiveSession.account_id == account,
            LiveSession.user_id == user,
            LiveSession.session_id == ended,
            LiveSession.ended_at.is_(None),
        )
        .values(ended_at=now, end_reason=reason)
        .returning(LiveSession)
    )


def end_live_sessions(
    account: AccountId, session: Session, user: UserId, reason: str, now: datetime, but: SessionId | None
) -> Sequence[LiveSession]:
    """End the live sessions of that user, except `but`; returns those that ended."""
    others = [LiveSession.session_id != but] if but is not None else []
    return session.scalars(
        sa.update(LiveSession)
        .where(LiveSession.account_id == account, LiveSession.user_id == user, LiveSession.ended_at.is_(None), *others)
        .values(ended_at=now, end_reason=reason)
        .returning(LiveSession)
    ).all()


def void_tickets(account: AccountId, session: Session, user: UserId) -> None:
    """Whoever told that user's password and not yet the code has to begin anew."""
    session.execute(sa.delete(SignInTicket).where(SignInTicket.account_id == account, SignInTicket.user_id == user))


def forget_dealer(account: AccountId, session: Session, user: UserId) -> None:
    """The flag was taken away: should it be given back, it counts after signing in again, in older sessions too."""
    session.execute(
        sa.update(LiveSession)
        .where(LiveSession.account_id == account, LiveSession.user_id == user, LiveSession.dealer)
        .values(dealer=False)
    )

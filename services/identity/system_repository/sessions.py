"""Sessions by their tokens, which come without their account, and the sweep over all of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.identity.models import Account, LiveSession, User


def find_session(session: Session, token_hash: bytes) -> tuple[LiveSession, User, Account] | None:
    """The session of a token, live or ended, with its user and account."""
    found = session.execute(
        sa.select(LiveSession, User, Account)
        .join(User, sa.and_(User.account_id == LiveSession.account_id, User.user_id == LiveSession.user_id))
        .join(Account, Account.account_id == LiveSession.account_id)
        .where(LiveSession.token_hash == token_hash)
    ).first()
    return None if found is None else (found[0], found[1], found[2])


def touch_session(session: Session, live: LiveSession, now: datetime) -> None:
    """Move the idle limit on; never back, and never for a session that has ended meanwhile."""
    session.execute(
        sa.update(LiveSession)
        .where(
            LiveSession.account_id == live.account_id,
            LiveSession.session_id == live.session_id,
            LiveSession.ended_at.is_(None),
            LiveSession.last_seen_at < now,
        )
        .values(last_seen_at=now)
    )


def end_oldest_sessions(session: Session, user: User, keep: int, now: datetime) -> Sequence[LiveSession]:
    """End the user's live sessions but the `keep` used last; returns those that ended."""
    oldest = (
        sa.select(LiveSession.session_id)
        .where(
            LiveSession.account_id == user.account_id,
            LiveSession.user_id == user.user_id,
            LiveSession.ended_at.is_(None),
        )
        .order_by(LiveSession.last_seen_at.desc())
        .offset(keep)
    )
    return session.scalars(
        sa.update(LiveSession)
        .where(LiveSession.account_id == user.account_id, LiveSession.session_id.in_(oldest))
        .values(ended_at=now, end_reason="ended")
        .returning(LiveSession)
        .execution_options(synchronize_session=False)
    ).all()


def end_expired_sessions(session: Session, now: datetime, limit: int) -> list[tuple[LiveSession, str]]:
    """End at most `limit` sessions whose limits have passed; returns each with the login of its user."""
    idle_until = LiveSession.last_seen_at + Account.idle_minutes * sa.literal(timedelta(minutes=1))
    over = (
        sa.select(LiveSession.session_id)
        .join(Account, Account.account_id == LiveSession.account_id)
        .where(LiveSession.ended_at.is_(None), sa.or_(LiveSession.expires_at <= now, idle_until <= now))
        .limit(limit)
        .with_for_update(of=LiveSession, skip_locked=True)
    )
    ended = session.execute(
        sa.update(LiveSession)
        .where(
            LiveSession.session_id.in_(over),
            User.account_id == LiveSession.account_id,
            User.user_id == LiveSession.user_id,
        )
        .values(ended_at=now, end_reason="expired")
        .returning(LiveSession, User.login)
        .execution_options(synchronize_session=False)
    )
    return [(live, login) for live, login in ended]


def forget_ended_sessions(session: Session, before: datetime) -> None:
    """Delete sessions that ended before that moment."""
    session.execute(sa.delete(LiveSession).where(LiveSession.ended_at < before))

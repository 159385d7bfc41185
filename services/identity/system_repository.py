"""The few questions that come before an account is known, or go over all accounts. They run in the system role.

Each function is listed with its reason in tests/services/identity/test_walls.py.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.domain.throttle import FORGET_AFTER, WrongTries
from services.identity.models import (
    CLIENT_NUMBER_SEQUENCE,
    Account,
    KnownPlace,
    LiveSession,
    SignInFailure,
    User,
)

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


def find_user(session: Session, number: int | None, sign_in_key: str, login_key: str) -> tuple[Account, User] | None:
    """The user who would sign in with these; one and the same query whether account and user exist or not."""
    client = Account.number == number if number is not None else Account.sign_in_key == sign_in_key
    found = session.execute(
        sa.select(Account, User)
        .join(User, User.account_id == Account.account_id)
        .where(client, User.login_key == login_key)
    ).first()
    return None if found is None else (found[0], found[1])


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


def end_session(session: Session, live: LiveSession, reason: str, now: datetime) -> bool:
    """End a live session; False if it had ended already."""
    found = session.scalar(
        sa.update(LiveSession)
        .where(
            LiveSession.account_id == live.account_id,
            LiveSession.session_id == live.session_id,
            LiveSession.ended_at.is_(None),
        )
        .values(ended_at=now, end_reason=reason)
        .returning(LiveSession.session_id)
    )
    return found is not None


def end_oldest_sessions(session: Session, user: User, keep: int, now: datetime) -> tuple[str, ...]:
    """End the user's live sessions but the `keep` used last; returns their ids."""
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
    ended = session.scalars(
        sa.update(LiveSession)
        .where(LiveSession.account_id == user.account_id, LiveSession.session_id.in_(oldest))
        .values(ended_at=now, end_reason="ended")
        .returning(LiveSession.session_id)
        .execution_options(synchronize_session=False)
    )
    return tuple(ended)


def end_expired_sessions(session: Session, now: datetime, limit: int) -> tuple[tuple[str, str], ...]:
    """End at most `limit` sessions whose limits have passed; returns (account, session) of each."""
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
        .where(LiveSession.session_id.in_(over))
        .values(ended_at=now, end_reason="expired")
        .returning(LiveSession.account_id, LiveSession.session_id)
        .execution_options(synchronize_session=False)
    )
    return tuple((account, ended_session) for account, ended_session in ended)


def forget_ended_sessions(session: Session, before: datetime) -> None:
    """Delete sessions that ended before that moment."""
    session.execute(sa.delete(LiveSession).where(LiveSession.ended_at < before))


def forget_failures(session: Session, before: datetime) -> None:
    """Delete counts of wrong sign-ins whose last one was before that moment."""
    session.execute(sa.delete(SignInFailure).where(SignInFailure.last_at < before))


def forget_places(session: Session, before: datetime) -> None:
    """Delete places from which the user has not signed in since that moment."""
    session.execute(sa.delete(KnownPlace).where(KnownPlace.last_at < before))


def wrong_tries(session: Session, subject: bytes) -> WrongTries | None:
    """The count of wrong sign-ins kept for a subject."""
    found = session.get(SignInFailure, subject)
    return None if found is None else WrongTries(count=found.count, last_at=found.last_at)


def count_wrong_try(session: Session, subject: bytes, now: datetime) -> None:
    """One more wrong sign-in of the subject; counted in one statement, so that replicas never lose one."""
    new = insert(SignInFailure).values(subject=subject, count=1, last_at=now)
    forgotten = SignInFailure.last_at <= now - FORGET_AFTER
    session.execute(
        new.on_conflict_do_update(
            index_elements=[SignInFailure.subject],
            set_={"count": sa.case((forgotten, 1), else_=SignInFailure.count + 1), "last_at": now},
        )
    )


def forget_wrong_tries(session: Session, subject: bytes) -> None:
    """The right password came: the count begins anew."""
    session.execute(sa.delete(SignInFailure).where(SignInFailure.subject == subject))


def knows_place(session: Session, user: User, place: str) -> bool:
    """Whether the user has signed in rightly from there."""
    return session.get(KnownPlace, (user.account_id, user.user_id, place)) is not None


def remember_place(session: Session, user: User, place: str, now: datetime) -> None:
    """The user signed in rightly from there."""
    new = insert(KnownPlace).values(account_id=user.account_id, user_id=user.user_id, place=place, last_at=now)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[KnownPlace.account_id, KnownPlace.user_id, KnownPlace.place], set_={"last_at": now}
        )
    )

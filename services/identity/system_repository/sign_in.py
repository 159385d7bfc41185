"""Signing in: before it nobody knows the account."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.domain.throttle import FORGET_AFTER, WrongTries
from services.identity.models import Account, KnownPlace, SignInFailure, User


def find_user(session: Session, number: int | None, sign_in_key: str, login_key: str) -> tuple[Account, User] | None:
    """The user who would sign in with these; one and the same query whether account and user exist or not."""
    client = Account.number == number if number is not None else Account.sign_in_key == sign_in_key
    found = session.execute(
        sa.select(Account, User)
        .join(User, User.account_id == Account.account_id)
        .where(client, User.login_key == login_key)
    ).first()
    return None if found is None else (found[0], found[1])


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


def forget_failures(session: Session, before: datetime) -> None:
    """Delete counts of wrong sign-ins whose last one was before that moment."""
    session.execute(sa.delete(SignInFailure).where(SignInFailure.last_at < before))


def forget_places(session: Session, before: datetime) -> None:
    """Delete places from which the user has not signed in since that moment."""
    session.execute(sa.delete(KnownPlace).where(KnownPlace.last_at < before))

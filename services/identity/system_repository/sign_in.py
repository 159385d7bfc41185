"""Signing in: before it nobody knows the account."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.domain.throttle import FORGET_AFTER, WrongTries
from services.identity.models import Account, KnownPlace, SignInFailure, SignInTicket, User

_NOBODY = "00000000-0000-0000-0000-000000000000"


def find_user(session: Session, number: int | None, sign_in_key: str, login_key: str) -> tuple[Account, User] | None:
    """The user who would sign in with these; one and the same query whether account and user exist or not."""
    client = Account.number == number if number is not None else Account.sign_in_key == sign_in_key
    found = session.execute(
        sa.select(Account, User)
        .join(User, User.account_id == Account.account_id)
        .where(client, User.login_key == login_key)
    ).first()
    return None if found is None else (found[0], found[1])


def lock_user(session: Session, user: User) -> tuple[Account, User] | None:
    """The user as it is by now, with its account; both rows are held."""
    found = session.execute(
        sa.select(Account, User)
        .join(User, User.account_id == Account.account_id)
        .where(User.account_id == user.account_id, User.user_id == user.user_id)
        .with_for_update(of=[Account, User], key_share=True)
    ).first()
    return None if found is None else (found[0], found[1])


def add_ticket(session: Session, ticket: SignInTicket, keep: int) -> None:
    """A password was right and waits for its code; of the user's tickets the newest `keep` stay."""
    session.add(ticket)
    session.flush()
    oldest = (
        sa.select(SignInTicket.ticket_hash)
        .where(SignInTicket.account_id == ticket.account_id, SignInTicket.user_id == ticket.user_id)
        .order_by(SignInTicket.expires_at.desc())
        .offset(keep)
    )
    session.execute(
        sa.delete(SignInTicket).where(SignInTicket.ticket_hash.in_(oldest)).execution_options(synchronize_session=False)
    )


def lock_ticket(session: Session, ticket_hash: bytes) -> tuple[Account, User, SignInTicket] | None:
    """A ticket with whom it is for; all rows are held, so that two codes are never looked at side by side."""
    found = session.execute(
        sa.select(Account, User, SignInTicket)
        .join(User, User.account_id == Account.account_id)
        .join(
            SignInTicket,
            sa.and_(SignInTicket.account_id == User.account_id, SignInTicket.user_id == User.user_id),
        )
        .where(SignInTicket.ticket_hash == ticket_hash)
        .with_for_update(of=[Account, User, SignInTicket], key_share=True)
    ).first()
    return None if found is None else (found[0], found[1], found[2])


def forget_tickets(session: Session, before: datetime) -> None:
    """Delete tickets that ran out before that moment."""
    session.execute(sa.delete(SignInTicket).where(SignInTicket.expires_at < before))


def wrong_tries(session: Session, subjects: Sequence[bytes]) -> list[WrongTries | None]:
    """The counts of wrong sign-ins kept for each of the subjects, in their order."""
    rows = session.scalars(sa.select(SignInFailure).where(SignInFailure.subject.in_(subjects)))
    found = {row.subject: WrongTries(count=row.count, last_at=row.last_at) for row in rows}
    return [found.get(subject) for subject in subjects]


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


def knows_place(session: Session, user: User | None, place: str) -> bool:
    """Whether the user has signed in rightly from there; nobody has, in the same time."""
    account_id, user_id = (_NOBODY, _NOBODY) if user is None else (user.account_id, user.user_id)
    return session.get(KnownPlace, (account_id, user_id, place)) is not None


def knows_any_place(session: Session, user: User) -> bool:
    """Whether the user has signed in rightly from anywhere (lately)."""
    places = sa.select(KnownPlace).where(KnownPlace.account_id == user.account_id, KnownPlace.user_id == user.user_id)
    return bool(session.scalar(sa.select(places.exists())))


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

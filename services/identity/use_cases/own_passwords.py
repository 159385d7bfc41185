"""A user's own password: proving that one knows it, and choosing another.

Whoever holds a session (a thief, too) has to tell the present password for what would outlive that session. Wrong
ones count like wrong sign-ins, and for the session as well. The check takes no connection while it is slow.
"""

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.identity import SignedIn
from services.contracts.own_sign_in import PasswordWrong
from services.contracts.refusals import FieldError, Invalid, Unauthenticated
from services.contracts.users import UserChangedEvent
from services.contracts.values import UserActor
from services.identity import views
from services.identity.domain import passwords
from services.identity.models import User
from services.identity.password_hashing import PasswordHasher
from services.identity.repository import accounts as accounts_repository
from services.identity.repository import sessions as sessions_repository
from services.identity.repository import users as users_repository
from services.identity.use_cases import wrong_tries
from services.identity.use_cases.sessions import end_all, refuse_keys
from services.identity.use_cases.tokens import new_token, token_hash
from services.identity.use_cases.user_fields import check_password


class Known(msgspec.Struct, frozen=True):
    """Whose password or code is asked for, and what counts a wrong one."""

    user: User
    subjects: wrong_tries.Subjects


class Proven(msgspec.Struct, frozen=True):
    """The actor told the password of this hash."""

    password_hash: str


def look_up(db: Database, actor: UserActor, now: datetime) -> Known:
    """Refuses with KeyNotAllowed, TooManySignIns, Unauthenticated."""
    refuse_keys(actor)
    with db.system(actor) as session:
        user = users_repository.get_user(actor.account, session, actor.user)
        if user is None:
            raise Unauthenticated()
        subjects = wrong_tries.subjects_of(actor.account, user.login_key, actor.address, actor.session)
        wrong_tries.refuse_if_throttled(session, subjects, user, now)
    return Known(user, subjects)


def count_wrong(db: Database, actor: UserActor, known: Known, now: datetime) -> None:
    """One more wrong password or code."""
    with db.system(actor) as session:
        wrong_tries.count(session, known.subjects, now)


def forget_wrong(db: Database, actor: UserActor, known: Known) -> None:
    """It was right."""
    with db.system(actor) as session:
        wrong_tries.forget(session, known.subjects)


def prove(db: Database, hasher: PasswordHasher, actor: UserActor, typed: str, now: datetime) -> Proven:
    """Check the present password. Refuses with PasswordWrong, KeyNotAllowed, TooManySignIns, Unauthenticated."""
    known = look_up(db, actor, now)
    if not hasher.verify(known.user.password_hash, typed):
        count_wrong(db, actor, known, now)
        raise PasswordWrong()
    forget_wrong(db, actor, known)
    return Proven(known.user.password_hash)


def refuse_if_changed(user: User, proven: Proven) -> None:
    """Refuses with PasswordWrong when the password is another one by now."""
    if user.password_hash != proven.password_hash:
        raise PasswordWrong()


def change_own_password(
    actor: UserActor, session: Session, db: Database, hasher: PasswordHasher, present: str, new: str, now: datetime
) -> SignedIn:
    """Another password: the other sessions end, this one gets another token, a one-time password has been changed.

    Refuses with PasswordWrong, Invalid (too weak, the same), KeyNotAllowed, TooManySignIns, Unauthenticated.
    """
    proven = prove(db, hasher, actor, present, now)
    new = passwords.normalise(new[: 4 * passwords.PASSWORD_MAX])
    with db.account(actor.account, actor) as reading:
        _check_new(actor, reading, new, passwords.normalise(present))
    new_hash = hasher.hash(new)
    user = users_repository.get_user(actor.account, session, actor.user)
    found = sessions_repository.find_own_session(actor.account, session, actor.user, actor.session)
    if found is None or found[0].ended_at is not None or user is None:
        raise Unauthenticated()
    refuse_if_changed(user, proven)
    live, _, account = found
    before = {"password": user.password_hash, "must_change_password": user.must_change_password}
    after = {"password": new_hash, "must_change_password": False}
    user.password_hash, user.must_change_password, user.password_until = new_hash, False, None
    user.totp_offer = None
    user.version += 1
    token = new_token()
    live.token_hash = token_hash(token)
    changed(session, actor.account, "user", user.user_id, user.login, before, after)
    record(session, actor.account, UserChangedEvent(user=actor.user, what="password"))
    end_all(actor.account, session, user, "password", now, but=actor.session)
    return SignedIn(token=token, session=views.session_view(live, user, account, actor.address))


def _check_new(actor: UserActor, session: Session, new: str, present: str) -> None:
    user = users_repository.get_user(actor.account, session, actor.user)
    account = accounts_repository.get_account(actor.account, session)
    if user is None or account is None:
        raise Unauthenticated()
    wrong = check_password(new, account, user.login, user.name, user.email)
    if wrong is None and new == present:
        wrong = FieldError("password", "password_same")
    if wrong is not None:
        raise Invalid((msgspec.structs.replace(wrong, path="new"),))

"""What administrators do with the users of their account.

Slow hashes are made before any row is held: what was asked for is checked first, hashed, and checked again under the
account's lock, where everything that could break a rule between two users is done one by one.
"""

import uuid
from datetime import datetime

import msgspec
from msgspec import UNSET
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.identity import UserView
from services.contracts.refusals import FieldError, Invalid, NotFound, Stale
from services.contracts.users import (
    LoginTaken,
    NewUser,
    TooManyUsers,
    UserChangedEvent,
    UserChanges,
    UserQuery,
    UserWithPassword,
)
from services.contracts.values import MAX_PAGE, Page, UserActor, UserId
from services.identity import views
from services.identity.domain import logins
from services.identity.domain.account_limits import limits_of
from services.identity.domain.ids import must_be_id
from services.identity.domain.login_cursors import encode_cursor
from services.identity.models import Account, User
from services.identity.password_hashing import PasswordHasher
from services.identity.repository import accounts as accounts_repository
from services.identity.repository import sessions as sessions_repository
from services.identity.repository import users as repository
from services.identity.use_cases import one_time_passwords, second_factor, user_fields
from services.identity.use_cases.held_users import (
    hold,
    is_administrator,
    look_up,
    refuse_last_administrator,
    refuse_oneself,
)
from services.identity.use_cases.letters import Post
from services.identity.use_cases.sessions import end_all
from services.identity.use_cases.user_fields import Fields

_RIGHTS = frozenset({"roles", "dealer", "disabled"})  # fields that decide what a user may do


def page_users(actor: UserActor, session: Session, query: UserQuery) -> Page[UserView]:
    """A page of users by login. Refuses with Invalid."""
    if not 1 <= query.limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))
    rows = repository.page_users(actor.account, session, query)
    shown = rows[: query.limit]
    further = encode_cursor(shown[-1].login_key) if len(rows) > query.limit else None
    return Page(tuple(views.user_view(row) for row in shown), further)


def get_user(actor: UserActor, session: Session, user: UserId) -> UserView:
    """Refuses with NotFound."""
    must_be_id(user)
    row = repository.find_user(actor.account, session, user)
    if row is None:
        raise NotFound()
    return views.user_view(row)


def add_user(
    actor: UserActor, session: Session, db: Database, hasher: PasswordHasher, new: NewUser, now: datetime, post: Post
) -> UserWithPassword:
    """A user more; without a password it gets a one-time one, by e-mail too where that can be.

    Refuses with Invalid, LoginTaken, TooManyUsers.
    """
    password = user_fields.typed_password(new)
    with db.account(actor.account, actor) as reading:
        _check_new(actor, reading, accounts_repository.get_account(actor.account, reading), new)
    made = one_time_passwords.make(hasher, now) if password is None else None
    password_hash = hasher.hash(password) if password is not None else ""
    account = accounts_repository.get_account(actor.account, session, lock=True)
    user = User(
        account_id=actor.account,
        user_id=str(uuid.uuid4()),
        version=1,
        last_sign_in_at=None,
        password_hash=made.password_hash if made else password_hash,
        must_change_password=new.must_change or made is not None,
        password_until=made.until if made else None,
        totp=None,
        totp_enabled_at=None,
        totp_last_step=None,
        totp_offer=None,
        created_at=now,
    )
    user_fields.put(user, _check_new(actor, session, account, new))
    session.add(user)
    session.flush()
    changed(session, actor.account, "user", user.user_id, user.login, None, user_fields.told(user))
    record(session, actor.account, UserChangedEvent(user=UserId(user.user_id), what="added"))
    if made is None:
        return UserWithPassword(views.user_view(user), None, None)
    mailed = account is not None and post.one_time_password(session, account, user, made.password, now)
    return UserWithPassword(views.user_view(user), made.password, made.until, mailed)


def change_user(
    actor: UserActor,
    session: Session,
    db: Database,
    hasher: PasswordHasher,
    user: UserId,
    changes: UserChanges,
    version: int | None,
    now: datetime,
) -> UserView:
    """Change the fields that are set; the same values again change nothing, not even the version.

    `version` is the one that was read (None: whatever it is). A new password, or being disabled, ends the user's
    sessions. Refuses with Invalid, Stale, NotFound, LoginTaken, LastAdministrator, NotYourself, KeyNotAllowed.
    """
    password, password_hash = user_fields.typed_password(changes), None
    if password is not None:
        with db.account(actor.account, actor) as reading:
            _check_changes(actor, reading, *look_up(actor, reading, user), changes, version)
        password_hash = hasher.hash(password)
    account, row = hold(actor, session, user)
    fields = _check_changes(actor, session, account, row, changes, version)
    if fields or password_hash is not None:
        _change(actor, session, row, fields, password_hash, now)
    return views.user_view(row)


def remove_user(actor: UserActor, session: Session, user: UserId, version: int | None, now: datetime) -> None:
    """The user goes, with its sessions. Refuses with NotFound, Stale, LastAdministrator, NotYourself, KeyNotAllowed."""
    _, row = hold(actor, session, user)
    _refuse_stale(row, version)
    refuse_oneself(actor, user)
    refuse_last_administrator(actor, session, row)
    changed(session, actor.account, "user", row.user_id, row.login, user_fields.told(row), None)
    record(session, actor.account, UserChangedEvent(user=user, what="removed"))
    end_all(actor.account, session, row, "disabled", now)
    repository.remove_user(actor.account, session, user)


def remove_second_factor(actor: UserActor, session: Session, user: UserId, now: datetime) -> UserView:
    """The user lost its device; without a second factor nothing changes.

    Refuses with NotFound, NotYourself, KeyNotAllowed.
    """
    _, row = hold(actor, session, user)
    refuse_oneself(actor, user)
    if row.totp_enabled_at is not None:
        second_factor.take_away(session, row, actor.name, now)
    return views.user_view(row)


def end_sessions_of(actor: UserActor, session: Session, user: UserId, now: datetime) -> int:
    """End all sessions of a user; returns how many there were. Refuses with NotFound, KeyNotAllowed."""
    _, row = hold(actor, session, user)
    return end_all(actor.account, session, row, "ended", now)


def _check_new(actor: UserActor, session: Session, account: Account | None, new: NewUser) -> Fields:
    """The fields of a new user, if there may be such a one. Refuses with Invalid, LoginTaken, TooManyUsers."""
    if account is None:
        raise NotFound()
    named = new if new.name.strip() else _named_by_login(new)
    fields, wrong = user_fields.checked(named, _may_operate(actor, account))
    if named is not new:
        wrong = [error for error in wrong if error.path != "name"]  # the login in its stead is told of by itself
    _refuse_wrong(account, fields, wrong, user_fields.typed_password(new))
    limit = limits_of(account.limits).users
    if repository.count_users(actor.account, session) >= limit:
        raise TooManyUsers(limit=limit)
    _refuse_taken(actor, session, fields["login"], None)
    return fields


def _check_changes(
    actor: UserActor, session: Session, account: Account, row: User, changes: UserChanges, version: int | None
) -> Fields:
    """The fields that are to become others, if they may. See change_user for the refusals."""
    _refuse_stale(row, version)
    if changes.password is not UNSET or (changes.disabled is True and not row.disabled):
        refuse_oneself(actor, UserId(row.user_id))
    fields, wrong = user_fields.checked(changes, _may_operate(actor, account))
    after = {**user_fields.told(row), **fields}
    _refuse_wrong(account, after, wrong, user_fields.typed_password(changes))
    if logins.login_key(after["login"]) != row.login_key:
        _refuse_taken(actor, session, after["login"], UserId(row.user_id))
    if not is_administrator(after["roles"], after["disabled"]):
        refuse_last_administrator(actor, session, row)
    return user_fields.differing(row, fields)


def _change(
    actor: UserActor, session: Session, row: User, fields: Fields, password_hash: str | None, now: datetime
) -> None:
    before, user = user_fields.told(row), UserId(row.user_id)
    user_fields.put(row, fields)
    if password_hash is not None:
        row.password_hash, row.must_change_password, row.password_until = password_hash, False, None
        row.totp_offer = None
    row.version += 1
    session.flush()
    changed(session, actor.account, "user", row.user_id, row.login, before, user_fields.told(row))
    what = "rights" if _RIGHTS & fields.keys() else "changed" if password_hash is None else "password"
    record(session, actor.account, UserChangedEvent(user=user, what=what))
    if fields.get("dealer") is False:
        sessions_repository.forget_dealer(actor.account, session, user)
    if fields.get("disabled"):
        end_all(actor.account, session, row, "disabled", now)
    elif password_hash is not None:
        end_all(actor.account, session, row, "password", now)


def _may_operate(actor: UserActor, account: Account) -> bool:
    """The operator's role is given in its own account, by people: no API key has its rights, or may get at them."""
    return account.operator and actor.key is None


def _refuse_stale(row: User, version: int | None) -> None:
    if version is not None and version != row.version:
        raise Stale(version=row.version)


def _refuse_wrong(account: Account, fields: Fields, wrong: list[FieldError], password: str | None) -> None:
    if password is not None:
        weak = user_fields.check_password(password, account, fields["login"], fields["name"], fields["email"])
        wrong = wrong if weak is None else [*wrong, weak]
    if wrong:
        raise Invalid(tuple(wrong))


def _refuse_taken(actor: UserActor, session: Session, login: str, besides: UserId | None) -> None:
    login_key, look_key = logins.login_key(login), logins.look_key(login)
    if repository.login_taken(actor.account, session, login_key, look_key, besides):
        raise LoginTaken((FieldError("login", "login_taken"),))


def _named_by_login(new: NewUser) -> NewUser:
    return msgspec.structs.replace(new, name=new.login)

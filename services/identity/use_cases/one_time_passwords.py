"""«Выдать одноразовый пароль»: a password that the server makes, told once, to be changed at the next sign-in."""

import secrets
import uuid
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.notifications import NotificationKind
from services.contracts.users import ONE_TIME_PASSWORD_HOURS, UserChangedEvent, UserWithPassword
from services.contracts.values import AccountId, UserActor, UserId
from services.identity import views
from services.identity.domain import one_time_passwords as rules
from services.identity.models import Account, User
from services.identity.password_hashing import PasswordHasher
from services.identity.use_cases import notifying, user_fields
from services.identity.use_cases.held_users import hold, look_up, refuse_oneself
from services.identity.use_cases.letters import Post
from services.identity.use_cases.sessions import end_all

LINK = "/me/password"


class OneTimePassword(msgspec.Struct, frozen=True):
    """A password that was made and hashed and is not in force yet."""

    password: str
    password_hash: str
    until: datetime


def make(hasher: PasswordHasher, now: datetime) -> OneTimePassword:
    """A new one. Slow: to be made while no row is held."""
    password = rules.one_time_password(secrets.token_bytes(rules.RANDOM_BYTES))
    return OneTimePassword(password, hasher.hash(password), now + timedelta(hours=ONE_TIME_PASSWORD_HOURS))


def issue(
    actor: UserActor,
    session: Session,
    db: Database,
    hasher: PasswordHasher,
    user: UserId,
    now: datetime,
    post: Post,
) -> UserWithPassword:
    """Give a user of the actor's account a one-time password, by e-mail too where that can be.

    Refuses with NotFound, NotYourself, KeyNotAllowed.
    """
    with db.account(actor.account, actor) as reading:
        look_up(actor, reading, user)
    refuse_oneself(actor, user)
    made = make(hasher, now)
    account, row = hold(actor, session, user)
    told = put_in_force(session, account, row, made, actor.name, now)
    return msgspec.structs.replace(told, mailed=post.one_time_password(session, account, row, made.password, now))


def put_in_force(
    session: Session, account: Account, user: User, made: OneTimePassword, by: str, now: datetime
) -> UserWithPassword:
    """From now on it is the user's password; its sessions end, and it is told who did it (`by`: a name).

    Both rows are held. Works in sessions of an account and in those of the room itself. The second factor stays.
    """
    account_id, user_id = AccountId(account.account_id), UserId(user.user_id)
    before = user_fields.told(user)
    user.password_hash, user.must_change_password, user.password_until = made.password_hash, True, made.until
    user.totp_offer = None
    user.version += 1
    session.flush()
    changed(session, account_id, "user", user.user_id, user.login, before, user_fields.told(user))
    record(session, account_id, UserChangedEvent(user=user_id, what="password"))
    end_all(account_id, session, user, "password", now)
    params: notifying.Params = {"by": by, "until": made.until.isoformat()}
    source = f"one_time_password:{uuid.uuid4()}"
    notifying.notify_user(session, account_id, user_id, NotificationKind.ONE_TIME_PASSWORD, source, params, LINK, now)
    return UserWithPassword(user=views.user_view(user), password=made.password, valid_until=made.until)

"""The second factor of a user: setting it up, giving it up, and taking its codes."""

import secrets
import uuid
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.event_log import record
from services.chassis.journal import changed
from services.chassis.seal import Sealer
from services.contracts.notifications import NotificationKind
from services.contracts.own_sign_in import (
    RECOVERY_CODES,
    CodeWrong,
    RecoveryCodes,
    SecondFactorOffer,
    SecondFactorRequired,
    SecondFactorState,
    SecondFactorView,
)
from services.contracts.permissions import Role
from services.contracts.refusals import Unauthenticated
from services.contracts.users import UserChangedEvent
from services.contracts.values import AccountId, UserActor, UserId
from services.identity import views
from services.identity.domain import second_factor as rules
from services.identity.models import Account, User
from services.identity.repository import accounts as accounts_repository
from services.identity.repository import second_factor as repository
from services.identity.repository import users as users_repository
from services.identity.use_cases import notifying, own_passwords
from services.identity.use_cases.own_passwords import Proven
from services.identity.use_cases.sessions import end_all, refuse_keys

LINK = "/me/second-factor"


def get_second_factor(actor: UserActor, session: Session) -> SecondFactorView:
    """How it stands. Refuses with KeyNotAllowed, Unauthenticated."""
    refuse_keys(actor)
    user, account = _own(actor, session)
    left = repository.count_recovery_codes(actor.account, session, actor.user)
    return views.second_factor_view(user, account, left)


def offer_second_factor(actor: UserActor, session: Session, proven: Proven, sealer: Sealer) -> SecondFactorOffer:
    """A new secret that takes the place of an earlier offer. Refuses with SecondFactorState, PasswordWrong."""
    user, account = _own(actor, session)
    own_passwords.refuse_if_changed(user, proven)
    if user.totp_enabled_at is not None:
        raise SecondFactorState()
    secret = pyotp.random_base32()
    user.totp_offer = sealer.seal(secret)
    return SecondFactorOffer(secret=secret, uri=rules.provisioning_uri(secret, user.login, account.number))


def confirm_second_factor(
    actor: UserActor, session: Session, db: Database, code: str, sealer: Sealer, now: datetime
) -> RecoveryCodes:
    """Put the offer in force; the user's other sessions end.

    Refuses with CodeWrong, SecondFactorState, KeyNotAllowed, TooManySignIns.
    """
    known = own_passwords.look_up(db, actor, now)
    user, _ = _own(actor, session)
    secret = None if user.totp_offer is None else sealer.open(user.totp_offer)
    if user.totp_enabled_at is not None or secret is None:
        raise SecondFactorState()
    step = rules.matching_step(secret, rules.clean_code(code), now, None)
    if step is None:
        session.rollback()  # gives its connection back before another one is taken
        own_passwords.count_wrong(db, actor, known, now)
        raise CodeWrong()
    own_passwords.forget_wrong(db, actor, known)
    user.totp, user.totp_offer = user.totp_offer, None
    user.totp_enabled_at, user.totp_last_step = now, step
    user.version += 1
    _tell(session, user, actor.name, now, on=True)
    end_all(actor.account, session, user, "ended", now, but=actor.session)
    return _new_codes(actor, session)


def renew_recovery_codes(actor: UserActor, session: Session, proven: Proven) -> RecoveryCodes:
    """New codes in the place of the old ones. Refuses with SecondFactorState, PasswordWrong."""
    user, _ = _own(actor, session)
    own_passwords.refuse_if_changed(user, proven)
    if user.totp_enabled_at is None:
        raise SecondFactorState()
    left = repository.count_recovery_codes(actor.account, session, actor.user)
    before, after = {"recovery_codes": left}, {"recovery_codes": RECOVERY_CODES, "recovery_codes_renewed": True}
    changed(session, actor.account, "user", user.user_id, user.login, before, after)
    return _new_codes(actor, session)


def give_up_second_factor(actor: UserActor, session: Session, proven: Proven, now: datetime) -> SecondFactorView:
    """Do without. Refuses with SecondFactorState, SecondFactorRequired, PasswordWrong."""
    user, account = _own(actor, session)
    own_passwords.refuse_if_changed(user, proven)
    if user.totp_enabled_at is None:
        raise SecondFactorState()
    roles = tuple(Role(role) for role in user.roles)
    if rules.is_required(account.second_factor_required, roles, user.dealer):
        raise SecondFactorRequired()
    take_away(session, user, actor.name, now)
    return views.second_factor_view(user, account, 0)


def take_away(session: Session, user: User, by: str, now: datetime) -> None:
    """The user has no second factor any more, and is told so; `by` is who did it."""
    user.totp = user.totp_offer = user.totp_enabled_at = user.totp_last_step = None
    user.version += 1
    repository.replace_recovery_codes(AccountId(user.account_id), session, UserId(user.user_id), ())
    _tell(session, user, by, now, on=False)


def take_code(session: Session, user: User, typed: str, sealer: Sealer, now: datetime) -> bool:
    """Whether this is a code of the user's second factor; it is good this once. The user's row is held."""
    code = rules.clean_code(typed)
    if not rules.is_time_code(code):
        return _take_recovery_code(session, user, code, now)
    secret = None if user.totp is None else sealer.open(user.totp)
    step = None if secret is None else rules.matching_step(secret, code, now, user.totp_last_step)
    if step is None:
        return False
    user.totp_last_step = step
    return True


def _take_recovery_code(session: Session, user: User, code: str, now: datetime) -> bool:
    account, user_id = AccountId(user.account_id), UserId(user.user_id)
    if not repository.take_recovery_code(account, session, user_id, rules.recovery_hash(code)):
        return False
    left = repository.count_recovery_codes(account, session, user_id)
    before, after = {"recovery_codes": left + 1}, {"recovery_codes": left}
    changed(session, account, "user", user.user_id, user.login, before, after)
    _notify(session, user, "recovery_code_used", user.name, now)
    return True


def _own(actor: UserActor, session: Session) -> tuple[User, Account]:
    """The actor's user, its row held, and its account."""
    user = users_repository.get_user(actor.account, session, actor.user)
    account = accounts_repository.get_account(actor.account, session)
    if user is None or account is None:
        raise Unauthenticated()
    return user, account


def _new_codes(actor: UserActor, session: Session) -> RecoveryCodes:
    codes = tuple(rules.recovery_code(secrets.token_bytes(rules.RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))
    hashes = [rules.recovery_hash(rules.clean_code(code)) for code in codes]
    repository.replace_recovery_codes(actor.account, session, actor.user, hashes)
    return RecoveryCodes(codes=codes)


def _tell(session: Session, user: User, by: str, now: datetime, *, on: bool) -> None:
    account = AccountId(user.account_id)
    before, after = {"second_factor": not on}, {"second_factor": on}
    changed(session, account, "user", user.user_id, user.login, before, after)
    record(session, account, UserChangedEvent(user=UserId(user.user_id), what="changed"))
    _notify(session, user, "set_up" if on else "taken_away", by, now)


def _notify(session: Session, user: User, what: str, by: str, now: datetime) -> None:
    account, source = AccountId(user.account_id), f"second_factor:{uuid.uuid4()}"
    params: notifying.Params = {"what": what, "by": by}
    notifying.notify_user(session, account, user.user_id, NotificationKind.SECOND_FACTOR, source, params, LINK, now)

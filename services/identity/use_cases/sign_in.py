"""Signing in, in two transactions with the slow check of the password between them.

`look_up` reads; the caller checks the password without holding a connection; `conclude` writes. Tries that overlap may
thus exceed a limit of the throttle by the number of calls that one process serves at once; each of them is counted.
A right password of a user with a second factor gets a ticket, which `complete` takes with the code.
"""

import uuid
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from services.chassis.journal import acting_as, changed
from services.chassis.logs import get_logger
from services.chassis.seal import Sealer
from services.contracts.identity import (
    TICKET_MINUTES,
    AccountSuspended,
    CodeRefused,
    OneTimePasswordExpired,
    SecondFactorNeeded,
    SignedIn,
    SignInForm,
    SignInRefused,
)
from services.contracts.limits import AccountState
from services.contracts.notifications import NotificationKind
from services.contracts.values import AccountId
from services.identity import views
from services.identity.domain import client_names, logins, session_limits
from services.identity.models import Account, LiveSession, SignInTicket, User
from services.identity.system_repository import sign_in as system_repository
from services.identity.use_cases import notifying, wrong_tries
from services.identity.use_cases.second_factor import take_code
from services.identity.use_cases.sessions import end_oldest
from services.identity.use_cases.tokens import new_token, token_hash

TICKETS_PER_USER = 10  # passwords that wait for their code
WRONG_PER_TICKET = 5  # codes; then the ticket is void
_FIELD_MAX = 256  # characters of what is typed that are looked at
_ADDRESS_MAX = 64  # characters of an address that are kept
_AGENT_MAX = 256  # characters of a User-Agent that are kept

log = get_logger(__name__)


class Caller(msgspec.Struct, frozen=True):
    """From where somebody signs in, and what counts it when it is wrong."""

    subjects: wrong_tries.Subjects
    address: str
    agent: str


class Attempt(msgspec.Struct, frozen=True):
    """A try to sign in: who it would be, if anybody."""

    account: Account | None
    user: User | None
    caller: Caller
    code: str

    @property
    def password_hash(self) -> str | None:
        """What the password is checked against; None: there is no such user, and the check fails as slowly."""
        return None if self.user is None else self.user.password_hash


def look_up(session: Session, form: SignInForm, now: datetime) -> Attempt:
    """Find the user whom the form names. Refuses with TooManySignIns while the next try has to wait."""
    client, login = form.client[:_FIELD_MAX], logins.login_key(form.user[:_FIELD_MAX])
    sign_in_key = client_names.sign_in_key(client)
    found = system_repository.find_user(session, client_names.client_number(client), sign_in_key, login)
    account, user = found or (None, None)
    caller = _caller(sign_in_key if account is None else account.account_id, login, form.address, form.agent)
    wrong_tries.refuse_if_throttled(session, caller.subjects, user, now)
    return Attempt(account=account, user=user, caller=caller, code=form.code)


def conclude(
    session: Session, attempt: Attempt, right: bool, sealer: Sealer, now: datetime
) -> SignedIn | SignInRefused | SecondFactorNeeded | CodeRefused:
    """Open the session, or count the wrong try; what is written is to be committed in either case.

    The right password may be refused with AccountSuspended, OneTimePasswordExpired.
    """
    found = None
    if right and attempt.user is not None and not attempt.user.disabled:
        found = system_repository.lock_user(session, attempt.user)
    # What was looked up may have changed while the password was checked.
    if found is None or found[1].disabled or found[1].password_hash != attempt.password_hash:
        wrong_tries.count(session, attempt.caller.subjects, now)
        log.info("sign_in_refused", subject=attempt.caller.subjects.login.hex()[:16])
        return SignInRefused()
    account, user = found
    _refuse_if_suspended(account)
    if user.must_change_password and user.password_until is not None and user.password_until <= now:
        raise OneTimePasswordExpired()
    if user.totp_enabled_at is None:
        return _open(session, account, user, attempt.caller, now)
    if not attempt.code:
        return SecondFactorNeeded(ticket=_new_ticket(session, user, now))
    if not take_code(session, user, attempt.code, sealer, now):
        wrong_tries.count(session, attempt.caller.subjects, now)
        return CodeRefused()
    return _open(session, account, user, attempt.caller, now)


def complete(
    session: Session, ticket: str, code: str, address: str, agent: str, sealer: Sealer, now: datetime
) -> SignedIn | CodeRefused:
    """The second step: open the session, or count the wrong code; what is written is to be committed in either case.

    Refuses with CodeRefused, TooManySignIns, AccountSuspended. One transaction: codes of one user are looked at one by
    one.
    """
    found = system_repository.lock_ticket(session, token_hash(ticket))
    if found is None:
        return CodeRefused()
    account, user, waiting = found
    if waiting.expires_at <= now or user.disabled or user.totp_enabled_at is None:
        return CodeRefused()
    _refuse_if_suspended(account)
    caller = _caller(account.account_id, user.login_key, address, agent)
    wrong_tries.refuse_if_throttled(session, caller.subjects, user, now)
    if not take_code(session, user, code, sealer, now):
        wrong_tries.count(session, caller.subjects, now)
        waiting.wrong += 1
        if waiting.wrong >= WRONG_PER_TICKET:
            session.delete(waiting)
        return CodeRefused()
    session.delete(waiting)
    return _open(session, account, user, caller, now)


def _caller(client: str, login: str, address: str, agent: str) -> Caller:
    return Caller(
        subjects=wrong_tries.subjects_of(client, login, address),
        address=wrong_tries.printable(address[:_ADDRESS_MAX]),
        agent=wrong_tries.printable(agent[:_AGENT_MAX]),
    )


def _refuse_if_suspended(account: Account) -> None:
    if account.state == AccountState.SUSPENDED:
        raise AccountSuspended()


def _new_ticket(session: Session, user: User, now: datetime) -> str:
    ticket = new_token()
    waiting = SignInTicket(
        ticket_hash=token_hash(ticket),
        account_id=user.account_id,
        user_id=user.user_id,
        expires_at=now + timedelta(minutes=TICKET_MINUTES),
        wrong=0,
    )
    system_repository.add_ticket(session, waiting, TICKETS_PER_USER)
    return ticket


def _open(session: Session, account: Account, user: User, caller: Caller, now: datetime) -> SignedIn:
    """Open a session of the user, always with a token of its own. Sessions that live are left alone."""
    wrong_tries.forget(session, caller.subjects)
    place = caller.subjects.place
    elsewhere = system_repository.knows_any_place(session, user)
    new_place = elsewhere and not system_repository.knows_place(session, user, place)
    system_repository.remember_place(session, user, place, now)
    user.last_sign_in_at = account.last_sign_in_at = now
    token = new_token()
    live = LiveSession(
        account_id=user.account_id,
        session_id=str(uuid.uuid4()),
        user_id=user.user_id,
        token_hash=token_hash(token),
        dealer=user.dealer,
        address=caller.address,
        agent=caller.agent,
        created_at=now,
        last_seen_at=now,
        expires_at=session_limits.absolute_limit(now),
        ended_at=None,
        end_reason=None,
    )
    view = views.session_view(live, user, account, caller.address)
    # Called by a process, for somebody who is known only now: in the journal it is the user's own deed.
    with acting_as(session, view.actor, "sign_in"):
        end_oldest(session, user, now)
        session.add(live)
        session.flush()
        _tell(session, live, user, new_place, now)
    return SignedIn(token=token, session=view)


def _tell(session: Session, live: LiveSession, user: User, new_place: bool, now: datetime) -> None:
    account = AccountId(live.account_id)
    told = {"address": live.address, "agent": live.agent, "new_place": new_place}
    changed(session, account, "session", live.session_id, user.login, None, told)
    if new_place:
        source = f"session:{live.session_id}"
        params: notifying.Params = {"address": live.address, "agent": live.agent}
        notifying.notify_user(
            session, account, user.user_id, NotificationKind.NEW_PLACE, source, params, "/me/sessions", now
        )

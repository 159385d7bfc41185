"""Signing in, in two transactions with the slow check of the password between them.

`look_up` reads; the caller checks the password without holding a connection; `conclude` writes. Tries that overlap may
thus exceed a limit of the throttle by the number of calls that one process serves at once; each of them is counted.
"""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.contracts.identity import (
    SessionEndedEvent,
    SignedIn,
    SignInForm,
    SignInRefused,
    TooManySignIns,
)
from services.contracts.values import AccountId, SessionId
from services.identity import views
from services.identity.domain import client_names, logins, session_limits, throttle
from services.identity.models import Account, LiveSession, User
from services.identity.system_repository import sign_in as system_repository
from services.identity.system_repository.sessions import end_oldest_sessions

TOKEN_BYTES = 32
SESSIONS_PER_USER = 100  # live ones; signing in once more ends the one unused for longest
_FIELD_MAX = 256  # characters of what is typed that are looked at
_ADDRESS_MAX = 64  # characters of an address that are kept
_AGENT_MAX = 256  # characters of a User-Agent that are kept


class Attempt(msgspec.Struct, frozen=True):
    """A try to sign in: who it would be, if anybody, and what counts it when it is wrong."""

    account: Account | None
    user: User | None
    login_subject: bytes
    address_subject: bytes
    place: str
    address: str
    agent: str

    @property
    def password_hash(self) -> str | None:
        """What the password is checked against; None: there is no such user, and the check fails as slowly."""
        return None if self.user is None else self.user.password_hash


def token_hash(token: str) -> bytes:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def look_up(session: Session, form: SignInForm, now: datetime) -> Attempt:
    """Find the user whom the form names. Refuses with TooManySignIns while the next try has to wait."""
    client, login = form.client[:_FIELD_MAX], logins.login_key(form.user[:_FIELD_MAX])
    place = throttle.place_of(_printable(form.address[:_ADDRESS_MAX]))
    found = system_repository.find_user(
        session, client_names.client_number(client), client_names.sign_in_key(client), login
    )
    account, user = found or (None, None)
    typed = client_names.sign_in_key(client) if account is None else account.account_id
    attempt = Attempt(
        account=account,
        user=user,
        login_subject=_subject("login", typed, login, place),
        address_subject=_subject("address", place),
        place=place,
        address=_printable(form.address[:_ADDRESS_MAX]),
        agent=_printable(form.agent[:_AGENT_MAX]),
    )
    _refuse_if_throttled(session, attempt, now)
    return attempt


def conclude(session: Session, attempt: Attempt, right: bool, now: datetime) -> SignedIn | SignInRefused:
    """Open the session, or count the wrong try; what is written is to be committed in either case."""
    account, user = attempt.account, attempt.user
    if not right or account is None or user is None:
        system_repository.count_wrong_try(session, attempt.login_subject, now)
        system_repository.count_wrong_try(session, attempt.address_subject, now)
        return SignInRefused()
    system_repository.forget_wrong_tries(session, attempt.login_subject)
    system_repository.remember_place(session, user, attempt.place, now)
    for ended in end_oldest_sessions(session, user, SESSIONS_PER_USER - 1, now):
        account_id = AccountId(user.account_id)
        record(session, account_id, SessionEndedEvent(account=account_id, session=SessionId(ended), reason="ended"))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    live = LiveSession(
        account_id=user.account_id,
        session_id=str(uuid.uuid4()),
        user_id=user.user_id,
        token_hash=token_hash(token),
        dealer=user.dealer,
        address=attempt.address,
        agent=attempt.agent,
        created_at=now,
        last_seen_at=now,
        expires_at=session_limits.absolute_limit(now),
        ended_at=None,
        end_reason=None,
    )
    session.add(live)
    session.flush()
    return SignedIn(token=token, session=views.session_view(live, user, account, attempt.address))


def _refuse_if_throttled(session: Session, attempt: Attempt, now: datetime) -> None:
    tries = system_repository.wrong_tries(session, attempt.login_subject)
    wait = throttle.wait_before_next(tries, throttle.WRONG_PER_LOGIN, now)
    # What strangers do at an address holds up those who have never signed in from there.
    if attempt.user is None or not system_repository.knows_place(session, attempt.user, attempt.place):
        tries = system_repository.wrong_tries(session, attempt.address_subject)
        wait = max(wait, throttle.wait_before_next(tries, throttle.WRONG_PER_ADDRESS, now))
    if wait > timedelta(0):
        raise TooManySignIns(retry_after=int(wait.total_seconds()) + 1)


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def _subject(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).digest()

"""Who acts with a token; the ends of sessions."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.api_keys import API_KEY_PREFIX
from services.contracts.identity import SessionEndedEvent, SessionExpired, SessionView
from services.contracts.limits import AccountState
from services.contracts.own_sign_in import KeyNotAllowed, OwnSession
from services.contracts.refusals import NotFound, Unauthenticated
from services.contracts.values import AccountId, SessionId, UserActor, UserId
from services.identity import views
from services.identity.domain import session_limits
from services.identity.models import Account, ApiKey, LiveSession, User
from services.identity.repository import sessions as repository
from services.identity.repository import users as users_repository
from services.identity.system_repository import api_keys as keys_repository
from services.identity.system_repository import rates as rates_repository
from services.identity.system_repository import sessions as system_repository
from services.identity.system_repository import sign_in as sign_in_repository
from services.identity.use_cases.request_rates import count_request
from services.identity.use_cases.tokens import token_hash

SESSIONS_PER_USER = 100  # live ones; signing in once more ends the one unused for longest
ENDED_KEPT = timedelta(days=7)  # so that Monday's first request still learns that Friday's session ran out
FAILURES_KEPT = timedelta(days=1)
PLACES_KEPT = timedelta(days=180)
SWEEP_MAX = 500  # sessions ended in one sweep; the rest waits for the next


def authenticate(session: Session, token: str, address: str, now: datetime) -> SessionView | SessionExpired:
    """Who acts with this token; moves the idle limit on and counts a request.

    Refuses with Unauthenticated, TooManyRequests. SessionExpired is returned, not raised: the end that it noticed is
    written and has to be committed. System session.
    """
    # Nothing that anybody was promised is written here: a crash forgets a minute of activity, or an end that the next
    # request notices again.
    rates_repository.commit_without_waiting(session)
    return _whose(session, token, address, now, acts=True)


def peek_session(session: Session, token: str, address: str, now: datetime) -> SessionView | SessionExpired:
    """As `authenticate`, without moving the idle limit and without counting."""
    return _whose(session, token, address, now, acts=False)


def sign_out(actor: UserActor, session: Session, now: datetime) -> None:
    """End the session in which the actor acts; nothing happens if it has ended already. Refuses with KeyNotAllowed."""
    refuse_keys(actor)
    ended = repository.end_live_session(actor.account, session, actor.user, actor.session, "sign_out", now)
    if ended is not None:
        _tell_ends(session, actor.account, _login_of(actor, session), [ended], "sign_out")


def end_session(actor: UserActor, session: Session, wanted: SessionId, now: datetime) -> None:
    """End one of the actor's own live sessions. Refuses with NotFound, KeyNotAllowed."""
    refuse_keys(actor)
    if not _is_uuid(wanted):
        raise NotFound()
    ended = repository.end_live_session(actor.account, session, actor.user, wanted, "ended", now)
    if ended is None:
        raise NotFound()
    _tell_ends(session, actor.account, _login_of(actor, session), [ended], "ended")


def end_other_sessions(actor: UserActor, session: Session, now: datetime) -> int:
    """End all of the actor's sessions but this one; returns how many. Refuses with KeyNotAllowed."""
    refuse_keys(actor)
    user = users_repository.get_user(actor.account, session, actor.user)
    return 0 if user is None else end_all(actor.account, session, user, "ended", now, but=actor.session)


def end_all(
    account: AccountId, session: Session, user: User, reason: str, now: datetime, but: SessionId | None = None
) -> int:
    """End the user's sessions, except `but`, and what it began to sign in with; returns how many sessions there were.

    `reason` is one of SessionEndedEvent.
    """
    user_id = UserId(user.user_id)
    ended = repository.end_live_sessions(account, session, user_id, reason, now, but)
    repository.void_tickets(account, session, user_id)
    _tell_ends(session, account, user.login, ended, reason)
    return len(ended)


def end_oldest(session: Session, user: User, now: datetime) -> None:
    """Make room for one more session of the user. System session."""
    ended = system_repository.end_oldest_sessions(session, user, SESSIONS_PER_USER - 1, now)
    _tell_ends(session, AccountId(user.account_id), user.login, ended, "ended")


def list_own_sessions(actor: UserActor, session: Session, now: datetime) -> tuple[OwnSession, ...]:
    """The actor's live sessions, the one used last first. Refuses with KeyNotAllowed, Unauthenticated."""
    refuse_keys(actor)
    found = repository.find_own_session(actor.account, session, actor.user, actor.session)
    if found is None:
        raise Unauthenticated()
    idle_minutes = found[2].idle_minutes
    return tuple(
        views.own_session(live, actor.session)
        for live in repository.live_sessions(actor.account, session, actor.user, SESSIONS_PER_USER)
        if not session_limits.is_over(live.last_seen_at, live.expires_at, idle_minutes, now)
    )


def renew_session(actor: UserActor, session: Session, now: datetime) -> SessionView | SessionExpired:
    """Move the idle limit on, never past the absolute limit. Refuses with KeyNotAllowed, Unauthenticated.

    SessionExpired is returned: the end that it noticed has to be committed.
    """
    refuse_keys(actor)
    found = repository.find_own_session(actor.account, session, actor.user, actor.session)
    if found is None:
        raise Unauthenticated()
    live, user, account = found
    if (over := _expired(session, live, user, account, now)) is not None:
        return over
    live.last_seen_at = max(live.last_seen_at, now)
    return views.session_view(live, user, account, actor.address)


def refuse_keys(actor: UserActor) -> None:
    """Refuses programs with KeyNotAllowed: sessions, passwords and second factors belong to people."""
    if actor.key is not None:
        raise KeyNotAllowed()


def sweep(session: Session, now: datetime) -> None:
    """End what ran out unnoticed, and forget what is old. System session."""
    for live, login in system_repository.end_expired_sessions(session, now, SWEEP_MAX):
        _tell_ends(session, AccountId(live.account_id), login, [live], "expired")
    system_repository.forget_ended_sessions(session, now - ENDED_KEPT)
    sign_in_repository.forget_failures(session, now - FAILURES_KEPT)
    sign_in_repository.forget_places(session, now - PLACES_KEPT)
    sign_in_repository.forget_tickets(session, now)


def _whose(session: Session, token: str, address: str, now: datetime, *, acts: bool) -> SessionView | SessionExpired:
    if token.startswith(API_KEY_PREFIX):
        return _key_of(session, token, address, now, acts=acts)
    found = system_repository.find_session(session, token_hash(token))
    if found is None:
        raise Unauthenticated()
    live, user, account = found
    if user.disabled or account.state == AccountState.SUSPENDED:
        raise Unauthenticated()
    if (over := _expired(session, live, user, account, now)) is not None:
        return over
    if acts:
        count_request(session, account, now)
        if session_limits.should_touch(live.last_seen_at, now):
            system_repository.touch_session(session, live, now)
    return views.session_view(live, user, account, address)


def _expired(session: Session, live: LiveSession, user: User, account: Account, now: datetime) -> SessionExpired | None:
    """SessionExpired if either limit has passed; the end is written. Refuses with Unauthenticated if it ended else."""
    if live.ended_at is not None:
        if live.end_reason == "expired":
            return SessionExpired()
        raise Unauthenticated()
    if not session_limits.is_over(live.last_seen_at, live.expires_at, account.idle_minutes, now):
        return None
    account_id, live_id = AccountId(live.account_id), SessionId(live.session_id)
    ended = repository.end_live_session(account_id, session, UserId(live.user_id), live_id, "expired", now)
    if ended is not None:
        _tell_ends(session, account_id, user.login, [ended], "expired")
    return SessionExpired()


def _key_of(session: Session, token: str, address: str, now: datetime, *, acts: bool) -> SessionView:
    found = keys_repository.find_key(session, token_hash(token))
    if found is None:
        raise Unauthenticated()
    key, account = found
    if not _is_good(key, now) or account.state != AccountState.ACTIVE:
        raise Unauthenticated()
    if acts:
        count_request(session, account, now)
        if key.last_used_at is None or session_limits.should_touch(key.last_used_at, now):
            keys_repository.touch_key(session, key, address, now, session_limits.TOUCH_EVERY)
    return views.key_view(key, account, address)


def _is_good(key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and now < key.expires_at


def _login_of(actor: UserActor, session: Session) -> str:
    return repository.login_of(actor.account, session, actor.user) or actor.name


def _tell_ends(session: Session, account: AccountId, login: str, ended: Collection[LiveSession], reason: str) -> None:
    for live in ended:
        event = SessionEndedEvent(account=account, session=SessionId(live.session_id), reason=reason)
        record(session, account, event)
        last = {"address": live.address, "agent": live.agent, "reason": reason}
        changed(session, account, "session", live.session_id, login, last, None)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True

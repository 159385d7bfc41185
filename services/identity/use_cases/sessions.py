"""Who acts with a token; the ends of sessions."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.contracts.identity import SessionEndedEvent, SessionExpired, SessionView
from services.contracts.refusals import NotFound, Unauthenticated
from services.contracts.values import AccountId, SessionId, UserActor
from services.identity import views
from services.identity.domain import session_limits
from services.identity.repository import sessions as repository
from services.identity.system_repository import sessions as system_repository
from services.identity.system_repository import sign_in as sign_in_repository
from services.identity.use_cases.sign_in import token_hash

ENDED_KEPT = timedelta(days=7)  # so that Monday's first request still learns that Friday's session ran out
FAILURES_KEPT = timedelta(days=1)
PLACES_KEPT = timedelta(days=180)
SWEEP_MAX = 500  # sessions ended in one sweep; the rest waits for the next


def authenticate(session: Session, token: str, address: str, now: datetime) -> SessionView | SessionExpired:
    """Who acts with this token; moves the idle limit on. Refuses with Unauthenticated.

    SessionExpired is returned, not raised: the end that it noticed is written and has to be committed.
    """
    return _session_of(session, token, address, now, touch=True)


def peek_session(session: Session, token: str, address: str, now: datetime) -> SessionView | SessionExpired:
    """As `authenticate`, without moving the idle limit."""
    return _session_of(session, token, address, now, touch=False)


def sign_out(actor: UserActor, session: Session, now: datetime) -> None:
    """End the session in which the actor acts; nothing happens if it has ended already."""
    if repository.end_live_session(actor.account, session, actor.user, actor.session, "sign_out", now):
        _tell_end(session, actor.account, actor.session, "sign_out")


def end_session(actor: UserActor, session: Session, ended: SessionId, now: datetime) -> None:
    """End one of the actor's own live sessions. Refuses with NotFound."""
    if not _is_uuid(ended) or not repository.end_live_session(actor.account, session, actor.user, ended, "ended", now):
        raise NotFound()
    _tell_end(session, actor.account, ended, "ended")


def sweep(session: Session, now: datetime) -> None:
    """End what ran out unnoticed, and forget what is old. System session."""
    for account, ended in system_repository.end_expired_sessions(session, now, SWEEP_MAX):
        _tell_end(session, AccountId(account), SessionId(ended), "expired")
    system_repository.forget_ended_sessions(session, now - ENDED_KEPT)
    sign_in_repository.forget_failures(session, now - FAILURES_KEPT)
    sign_in_repository.forget_places(session, now - PLACES_KEPT)


def _session_of(
    session: Session, token: str, address: str, now: datetime, *, touch: bool
) -> SessionView | SessionExpired:
    found = system_repository.find_session(session, token_hash(token))
    if found is None:
        raise Unauthenticated()
    live, user, account = found
    if live.ended_at is not None:
        if live.end_reason == "expired":
            return SessionExpired()
        raise Unauthenticated()
    if session_limits.is_over(live.last_seen_at, live.expires_at, account.idle_minutes, now):
        if system_repository.end_session(session, live, "expired", now):
            _tell_end(session, AccountId(live.account_id), SessionId(live.session_id), "expired")
        return SessionExpired()
    if touch and session_limits.should_touch(live.last_seen_at, now):
        system_repository.touch_session(session, live, now)
    return views.session_view(live, user, account, address)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _tell_end(session: Session, account: AccountId, ended: SessionId, reason: str) -> None:
    record(session, account, SessionEndedEvent(account=account, session=ended, reason=reason))

"""Who acts with a token, and how sessions end."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.contracts.identity import SessionExpired
from services.contracts.permissions import Role
from services.contracts.refusals import Invalid, NotFound, Unauthenticated
from services.contracts.values import SessionId
from services.identity.models import Account, LiveSession, SignInFailure, User
from services.identity.use_cases import sessions, users
from tests.services.identity.identity_house import IdentityHouse, Opened


def test_each_request_moves_the_idle_limit_on(identity: IdentityHouse, alice: Opened) -> None:
    start = identity.now
    for _ in range(4):
        identity.later(minutes=29)
        view = identity.authenticate(alice.token)
        assert view.idle_until == identity.now + timedelta(minutes=30)
    assert view.created_at == start
    assert view.expires_at == start + timedelta(hours=12)
    assert view.idle_timeout == 1800
    identity.later(minutes=30)
    with pytest.raises(SessionExpired):
        identity.authenticate(alice.token)


def test_the_moment_told_is_the_moment_it_ends(identity: IdentityHouse, alice: Opened) -> None:
    identity.later(seconds=59)
    told = identity.authenticate(alice.token).idle_until
    identity.now = told - timedelta(microseconds=1)
    assert identity.peek(alice.token).idle_until == told
    identity.now = told
    with pytest.raises(SessionExpired):
        identity.peek(alice.token)


def test_writes_at_most_once_a_minute(identity: IdentityHouse, alice: Opened) -> None:
    def seen() -> object:
        with identity.db.system() as session:
            return session.scalar(sa.select(LiveSession.last_seen_at))

    at_first = seen()
    identity.later(seconds=59)
    identity.authenticate(alice.token)
    assert seen() == at_first
    identity.later(seconds=1)
    identity.authenticate(alice.token)
    assert seen() == identity.now


def test_peeking_never_keeps_a_session_alive(identity: IdentityHouse, alice: Opened) -> None:
    for _ in range(5):
        identity.later(minutes=5)
        identity.peek(alice.token)
    identity.later(minutes=5)
    with pytest.raises(SessionExpired):
        identity.peek(alice.token)


def test_a_busy_session_ends_after_twelve_hours(identity: IdentityHouse, alice: Opened) -> None:
    for _ in range(12 * 4 - 1):
        identity.later(minutes=15)
        view = identity.authenticate(alice.token)
    assert view.idle_until == view.expires_at == identity.now + timedelta(minutes=15)
    identity.later(minutes=15)
    with pytest.raises(SessionExpired):
        identity.authenticate(alice.token)


def test_an_expired_session_stays_expired_and_is_told_once(identity: IdentityHouse, alice: Opened) -> None:
    identity.later(minutes=31)
    for _ in range(3):
        with pytest.raises(SessionExpired):
            identity.authenticate(alice.token)
    with identity.db.system() as session:
        session.execute(sa.update(Account).values(idle_minutes=480))
    with pytest.raises(SessionExpired):
        identity.authenticate(alice.token)
    assert identity.events("session_ended") == [
        {
            "type": "session_ended",
            "account": alice.actor.account,
            "session": alice.actor.session,
            "reason": "expired",
        }
    ]


@pytest.mark.parametrize("token", ["", "nonsense", "\x00", "\ud800", "x" * 10_000])
def test_an_unknown_token(identity: IdentityHouse, alice: Opened, token: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        identity.authenticate(token)
    assert refused.type is Unauthenticated


def test_signing_out_ends_the_session_for_good(identity: IdentityHouse, alice: Opened) -> None:
    for _ in range(2):
        with identity.db.account(alice.actor.account, alice.actor) as session:
            sessions.sign_out(alice.actor, session, identity.now)
    with pytest.raises(Unauthenticated) as refused:
        identity.authenticate(alice.token)
    assert refused.type is Unauthenticated
    assert [event["reason"] for event in identity.events("session_ended")] == ["sign_out"]


def test_one_ends_ones_own_other_session(identity: IdentityHouse, alice: Opened) -> None:
    other = identity.sign_in("100001", "alice", alice.password)
    with identity.db.account(alice.actor.account, alice.actor) as session:
        sessions.end_session(alice.actor, session, other.session.id, identity.now)
    with pytest.raises(Unauthenticated):
        identity.authenticate(other.token)
    assert identity.authenticate(alice.token).actor == alice.actor
    with identity.db.account(alice.actor.account, alice.actor) as session, pytest.raises(NotFound):
        sessions.end_session(alice.actor, session, other.session.id, identity.now)


@pytest.mark.parametrize("nonsense", ["", "7", "00000000-0000-0000-0000-00000000000g", "\x00", "x" * 5000])
def test_a_session_id_that_is_none(identity: IdentityHouse, alice: Opened, nonsense: str) -> None:
    with identity.db.account(alice.actor.account, alice.actor) as session, pytest.raises(NotFound):
        sessions.end_session(alice.actor, session, SessionId(nonsense), identity.now)


def test_nobody_ends_the_session_of_another(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    identity.add_user(alice, "bob")
    bob = identity.sign_in("100001", "bob", alice.password).session.actor
    for stranger in (bob, charlie.actor):
        with identity.db.account(stranger.account, stranger) as session, pytest.raises(NotFound):
            sessions.end_session(stranger, session, SessionId(alice.actor.session), identity.now)
    assert identity.authenticate(alice.token).actor == alice.actor


def test_a_right_taken_away_counts_at_the_next_request(identity: IdentityHouse, alice: Opened) -> None:
    with identity.db.system() as session:
        session.execute(sa.update(User).values(roles=[Role.VIEWER.value]))
    assert identity.authenticate(alice.token).actor.roles == (Role.VIEWER,)


def test_the_sweep_ends_what_ran_out_and_forgets_what_is_old(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    identity.try_sign_in("100001", "nobody", "не тот")
    identity.later(minutes=29)
    identity.authenticate(charlie.token)
    identity.later(minutes=2)
    for _ in range(2):
        with identity.db.system() as session:
            sessions.sweep(session, identity.now)
    assert [event["session"] for event in identity.events("session_ended")] == [alice.actor.session]
    with pytest.raises(SessionExpired):
        identity.authenticate(alice.token)
    assert identity.authenticate(charlie.token).actor == charlie.actor
    identity.later(days=8)
    with identity.db.system() as session:
        sessions.sweep(session, identity.now)
        assert session.scalar(sa.select(sa.func.count()).select_from(SignInFailure)) == 0
    with pytest.raises(Unauthenticated) as refused:
        identity.authenticate(alice.token)
    assert refused.type is Unauthenticated


def test_one_changes_ones_own_name_and_language(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    with identity.db.account(alice.actor.account, alice.actor) as session:
        view = users.change_me(alice.actor, session, " Алиса   Селезнёва ", "en")
    assert (view.name, view.language, view.login) == ("Алиса Селезнёва", "en", "alice")
    seen = identity.authenticate(alice.token)
    assert (seen.actor.name, seen.user.language) == ("Алиса Селезнёва", "en")
    with identity.db.account(alice.actor.account, alice.actor) as session, pytest.raises(Invalid) as refused:
        users.change_me(alice.actor, session, "", "de")
    assert [error.path for error in refused.value.errors] == ["name", "language"]
    assert identity.authenticate(charlie.token).user.name == "charlie"

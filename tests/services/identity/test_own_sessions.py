"""One's own sessions: the list, ending the others, moving the idle limit on by a click."""

from datetime import timedelta

import msgspec
import pytest

from services.contracts.identity import SessionExpired
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.refusals import Unauthenticated
from services.contracts.values import ApiKeyId, SessionId
from services.identity.use_cases import sessions
from tests.services.identity.identity_house import ADDRESS, AGENT, ELSEWHERE, IdentityHouse, Opened
from tests.services.identity.own_sign_in import OwnSignIn


@pytest.fixture
def own(identity: IdentityHouse, alice: Opened) -> OwnSignIn:
    return OwnSignIn(identity, alice.actor)


def test_the_list_has_ones_live_sessions_the_one_used_last_first(
    identity: IdentityHouse, alice: Opened, charlie: Opened, own: OwnSignIn
) -> None:
    identity.add_user(alice, "bob")
    identity.sign_in("100001", "bob", alice.password)
    identity.later(minutes=10)
    other = identity.sign_in("100001", "alice", alice.password, ELSEWHERE)
    over = identity.sign_in("100001", "alice", alice.password)
    OwnSignIn(identity, over.session.actor).sign_out()
    listed = own.list()
    assert [(one.id, one.current) for one in listed] == [(other.session.id, False), (alice.actor.session, True)]
    assert [one.address for one in listed] == [ELSEWHERE, ADDRESS]
    assert (listed[0].agent, listed[0].created_at, listed[0].last_seen_at) == (AGENT, identity.now, identity.now)
    assert listed[0].expires_at == identity.now + timedelta(hours=12)
    identity.later(minutes=25)
    identity.authenticate(other.token)
    assert [one.id for one in own.list()] == [other.session.id], "what ran out and was not noticed yet is left out"


def test_ending_the_others_leaves_this_one_and_those_of_other_users(
    identity: IdentityHouse, alice: Opened, charlie: Opened, own: OwnSignIn
) -> None:
    identity.add_user(alice, "bob")
    bob = identity.sign_in("100001", "bob", alice.password)
    others = [identity.sign_in("100001", "alice", alice.password) for _ in range(3)]
    assert own.end_others() == 3
    assert own.end_others() == 0
    for other in others:
        with pytest.raises(Unauthenticated):
            identity.authenticate(other.token)
    for token in (alice.token, bob.token, charlie.token):
        identity.authenticate(token)
    ended = identity.events("session_ended")
    assert {event["session"] for event in ended} == {other.session.id for other in others}
    assert {event["reason"] for event in ended} == {"ended"}


def test_the_ends_of_sessions_stand_in_the_journal(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    other = identity.sign_in("100001", "alice", alice.password, ELSEWHERE)
    own.end_others()
    own.sign_out()
    last = identity.sign_in("100001", "alice", alice.password)
    identity.later(minutes=31)
    with identity.db.system() as session:
        sessions.sweep(session, identity.now)
    ends = [change for change in identity.told("session") if change["after"] is None]
    assert [(end["id"], end["name"], end["before"]["reason"]) for end in ends] == [
        (other.session.id, "alice", "ended"),
        (alice.actor.session, "alice", "sign_out"),
        (last.session.id, "alice", "expired"),
    ]
    assert ends[0]["before"]["address"] == ELSEWHERE


def test_renewing_moves_the_idle_limit_on_even_within_a_minute(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    identity.later(seconds=20)
    view = own.renew()
    assert view.idle_until == identity.now + timedelta(minutes=30)
    assert (view.id, view.actor) == (alice.actor.session, alice.actor)
    assert identity.peek(alice.token).idle_until == view.idle_until


def test_renewing_does_not_go_past_the_absolute_limit(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    end = identity.now + timedelta(hours=12)
    while end - identity.now > timedelta(minutes=20):
        identity.later(minutes=20)
        view = own.renew()
    assert view.idle_until == view.expires_at == end
    identity.now = end
    with pytest.raises(SessionExpired):
        own.renew()


def test_a_session_that_is_over_cannot_be_renewed(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    identity.later(minutes=30)
    for _ in range(2):
        with pytest.raises(SessionExpired):
            own.renew()
    assert [event["reason"] for event in identity.events("session_ended")] == ["expired"]
    own.actor = identity.sign_in("100001", "alice", alice.password).session.actor
    own.sign_out()
    with pytest.raises(Unauthenticated) as refused:
        own.renew()
    assert refused.type is Unauthenticated


def test_a_stranger_neither_sees_nor_renews_the_session_of_another(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    mixed = OwnSignIn(identity, msgspec.structs.replace(charlie.actor, session=alice.actor.session))
    for ask in (mixed.renew, mixed.list):
        with pytest.raises(Unauthenticated):
            ask()
    mixed.sign_out()
    assert [one.id for one in OwnSignIn(identity, charlie.actor).list()] == [charlie.actor.session]
    identity.authenticate(alice.token)


def test_programs_have_no_sessions(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    key = ApiKeyId("00000000-0000-0000-0000-000000000e77")
    own.actor = msgspec.structs.replace(own.actor, key=key, session=SessionId(key))
    for ask in (own.list, own.end_others, own.renew, own.sign_out):
        with pytest.raises(KeyNotAllowed):
            ask()
    with own.session() as session, pytest.raises(KeyNotAllowed):
        sessions.end_session(own.actor, session, alice.actor.session, identity.now)
    identity.authenticate(alice.token)

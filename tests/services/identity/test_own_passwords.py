"""Changing one's own password."""

import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from services.contracts.identity import Restriction, SignedIn, SignInRefused, TooManySignIns
from services.contracts.own_sign_in import KeyNotAllowed, PasswordWrong, SecondFactorState
from services.contracts.refusals import Invalid, Refusal, Unauthenticated
from services.contracts.values import ApiKeyId
from tests.services.identity.identity_house import ELSEWHERE, IdentityHouse, Opened
from tests.services.identity.own_sign_in import OwnSignIn

NEW = "жёлтый трамвай 17"


@pytest.fixture
def own(identity: IdentityHouse, alice: Opened) -> OwnSignIn:
    return OwnSignIn(identity, alice.actor)


def test_the_session_goes_on_with_another_token_and_all_others_end(
    identity: IdentityHouse, alice: Opened, charlie: Opened, own: OwnSignIn
) -> None:
    other = identity.sign_in("100001", "alice", alice.password, ELSEWHERE)
    signed = own.change_password(alice.password, NEW)
    assert signed.session.id == alice.actor.session and signed.token != alice.token
    assert identity.authenticate(signed.token).actor == alice.actor
    for token in (alice.token, other.token):
        with pytest.raises(Unauthenticated):
            identity.authenticate(token)
    assert [(event["session"], event["reason"]) for event in identity.events("session_ended")] == [
        (other.session.id, "password")
    ]
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignInRefused)
    assert isinstance(identity.try_sign_in("100001", "alice", NEW), SignedIn)
    identity.authenticate(charlie.token)


def test_it_stands_in_the_journal_without_the_password(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    own.change_password(alice.password, NEW)
    (change,) = identity.told("user")
    assert (change["before"], change["after"]) == ({"password": "•••"}, {"password": "•••"})
    told = str(identity.events("written"))
    assert "argon2" not in told and NEW not in told and alice.password not in told
    assert identity.events("user_changed") == [{"type": "user_changed", "user": alice.actor.user, "what": "password"}]


def test_a_one_time_password_is_changed_for_good(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    identity.set_user(alice.actor, must_change_password=True, password_until=identity.now)
    assert identity.authenticate(alice.token).restriction is Restriction.PASSWORD
    signed = own.change_password(alice.password, NEW)
    assert signed.session.restriction is None and signed.session.actor.roles
    assert not signed.session.user.must_change_password
    identity.later(days=30)
    assert isinstance(identity.try_sign_in("100001", "alice", NEW), SignedIn)


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("короче", "too_short"),
        ("я" * 129, "too_long"),
        ("я" * 100_000, "too_long"),
        ("12345678", "password_common"),
        ("зелёный чайник", "password_same"),
        ("зеле\u0308ный чайник", "password_same"),  # other bytes, the same letters
    ],
)
def test_a_new_password_that_is_no_good(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn, new: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        own.change_password(alice.password, new)
    assert [(error.path, error.code) for error in refused.value.errors] == [("new", code)]
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignedIn)
    identity.authenticate(alice.token)


def test_a_thief_of_a_session_cannot_guess_the_password(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    for number in range(5):
        own.actor = msgspec.structs.replace(own.actor, address=f"203.0.113.{number}")
        with pytest.raises(PasswordWrong):
            own.change_password("не тот", NEW)
    own.actor = msgspec.structs.replace(own.actor, address="203.0.113.77")
    with pytest.raises(TooManySignIns) as refused:
        own.change_password(alice.password, NEW)
    assert refused.value.params["retry_after"] == 31
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignedIn), "the user is not held up"
    identity.later(seconds=31)
    own.change_password(alice.password, NEW)


def test_wrong_ones_count_as_wrong_sign_ins_from_there(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    for _ in range(3):
        with pytest.raises(PasswordWrong):
            own.change_password("не тот", NEW)
    for _ in range(2):
        assert isinstance(identity.try_sign_in("100001", "alice", "не тот"), SignInRefused)
    with pytest.raises(TooManySignIns):
        own.change_password(alice.password, NEW)
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("100001", "alice", alice.password)


def test_a_session_that_has_ended_changes_nothing(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    own.sign_out()
    with pytest.raises(Unauthenticated):
        own.change_password(alice.password, NEW)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignedIn)


def test_a_stranger_changes_nobody_elses(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    for mixed in (
        msgspec.structs.replace(charlie.actor, user=alice.actor.user),
        msgspec.structs.replace(charlie.actor, session=alice.actor.session),
    ):
        with pytest.raises(Unauthenticated):
            OwnSignIn(identity, mixed).change_password(charlie.password, NEW)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignedIn)
    assert isinstance(identity.try_sign_in("100002", "charlie", charlie.password), SignedIn)


def test_an_offered_second_factor_goes_with_the_old_password(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    secret = own.offer(alice.password).secret
    own.change_password(alice.password, NEW)
    with pytest.raises(SecondFactorState):
        own.confirm(own.code(secret))


def test_programs_have_no_password(alice: Opened, own: OwnSignIn) -> None:
    own.actor = msgspec.structs.replace(own.actor, key=ApiKeyId(alice.actor.user))
    with pytest.raises(KeyNotAllowed):
        own.change_password(alice.password, NEW)


def test_of_two_changes_at_the_same_moment_one_counts(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    other = OwnSignIn(identity, identity.sign_in("100001", "alice", alice.password).session.actor)
    ready = threading.Barrier(2)

    def change(who: OwnSignIn, new: str) -> SignedIn | Refusal:
        ready.wait()
        try:
            return who.change_password(alice.password, new)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(change, (own, other), (NEW, f"{NEW} б")))
    (signed,) = [one for one in told if isinstance(one, SignedIn)]
    (refused,) = [one for one in told if isinstance(one, Refusal)]
    assert isinstance(refused, Unauthenticated | PasswordWrong)
    assert identity.authenticate(signed.token).id == signed.session.id
    assert len(OwnSignIn(identity, signed.session.actor).list()) == 1

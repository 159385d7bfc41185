"""Strangers at many addresses who try to sign in as somebody: they get little, and the user is not kept out."""

import pytest

from services.contracts.identity import SignedIn, SignInRefused, TooManySignIns
from tests.services.identity.identity_house import ADDRESS, ELSEWHERE, IdentityHouse, Opened

STRANGERS = [f"203.0.113.{number}" for number in range(1, 201)]


ENOUGH = STRANGERS[:21]  # to be noticed: more than a hundred wrong tries, five each


def besiege(identity: IdentityHouse, strangers: list[str], logins: tuple[str, ...] = ("alice",)) -> int:
    """Each stranger tries as often as it is let, at most six times; returns how many tries were let through."""
    through = 0
    for address in strangers:
        for number in range(6):
            try:
                outcome = identity.try_sign_in("100001", logins[number % len(logins)], "не тот", address)
            except TooManySignIns:
                break
            assert isinstance(outcome, SignInRefused)
            through += 1
    return through


@pytest.mark.parametrize("logins", [("alice",), ("alice", "bob", "carol", "dave", "erin", "frank")])
def test_strangers_at_two_hundred_addresses_get_one_try_each_once_they_are_noticed(
    identity: IdentityHouse, alice: Opened, logins: tuple[str, ...]
) -> None:
    # Five or six each until more than a hundred were wrong, then one each.
    at_most = 101 + 5 + len(STRANGERS)
    assert besiege(identity, STRANGERS, logins) <= at_most
    identity.later(seconds=31)
    # The wait of the first one is over; each further one is one try more, and doubles it.
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("100001", "alice", "не тот", STRANGERS[0])
    assert isinstance(identity.try_sign_in("100001", "alice", "не тот", STRANGERS[-1]), SignInRefused)
    with pytest.raises(TooManySignIns) as refused:
        identity.try_sign_in("100001", "alice", "не тот", STRANGERS[-1])
    assert int(refused.value.params["retry_after"]) > 45


def test_the_user_signs_in_from_its_known_place_all_the_while(identity: IdentityHouse, alice: Opened) -> None:
    besiege(identity, ENOUGH)
    for _ in range(4):
        assert isinstance(identity.try_sign_in("100001", "alice", "опечатка", ADDRESS), SignInRefused)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, ADDRESS), SignedIn)


def test_the_user_signs_in_from_a_new_place_too(identity: IdentityHouse, alice: Opened) -> None:
    besiege(identity, ENOUGH)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, ELSEWHERE), SignedIn)


def test_a_typing_error_at_a_new_place_costs_half_a_minute(identity: IdentityHouse, alice: Opened) -> None:
    besiege(identity, ENOUGH)
    assert isinstance(identity.try_sign_in("100001", "alice", "опечатка", ELSEWHERE), SignInRefused)
    with pytest.raises(TooManySignIns) as refused:
        identity.try_sign_in("100001", "alice", alice.password, ELSEWHERE)
    assert refused.value.params["retry_after"] == 31
    identity.later(seconds=31)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, ELSEWHERE), SignedIn)


def test_other_accounts_do_not_notice(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    besiege(identity, ENOUGH)
    for _ in range(4):
        assert isinstance(identity.try_sign_in("100002", "charlie", "опечатка", ELSEWHERE), SignInRefused)
    assert isinstance(identity.try_sign_in("100002", "charlie", charlie.password, ELSEWHERE), SignedIn)


def test_a_siege_is_forgotten_after_half_an_hour(identity: IdentityHouse, alice: Opened) -> None:
    besiege(identity, ENOUGH)
    identity.later(minutes=30)
    for _ in range(4):
        assert isinstance(identity.try_sign_in("100001", "alice", "опечатка", ELSEWHERE), SignInRefused)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, ELSEWHERE), SignedIn)


def test_an_unknown_client_is_beset_like_a_known_one(identity: IdentityHouse, alice: Opened) -> None:
    for address in STRANGERS[:101]:
        identity.try_sign_in("Нет такой", "alice", "не тот", address)
    identity.try_sign_in("Нет такой", "alice", "не тот", ELSEWHERE)
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("нет «такой»", "alice", "не тот", ELSEWHERE)

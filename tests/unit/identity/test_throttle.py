"""How wrong sign-ins slow the next ones down."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.throttle import (
    FORGET_AFTER,
    LONGEST_WAIT,
    WRONG_PER_LOGIN,
    Tries,
    WrongTries,
    place_of,
    quarter_of,
    wait_before_next,
    wait_of,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def waits(count: int, ago: timedelta = timedelta(0)) -> timedelta:
    return wait_before_next(WrongTries(count=count, last_at=NOW - ago), WRONG_PER_LOGIN, NOW)


def test_nobody_waits_before_the_limit() -> None:
    assert wait_before_next(None, WRONG_PER_LOGIN, NOW) == timedelta(0)
    assert waits(4) == timedelta(0)


def test_each_further_try_waits_twice_as_long() -> None:
    assert [waits(count).total_seconds() for count in range(5, 12)] == [30, 60, 120, 240, 480, 900, 900]


def test_the_wait_runs_out_and_the_count_is_forgotten() -> None:
    assert waits(5, timedelta(seconds=29)) == timedelta(seconds=1)
    assert waits(5, timedelta(seconds=30)) <= timedelta(0)
    assert waits(1_000_000, FORGET_AFTER) == timedelta(0)


@given(st.integers(0, 2**31), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2)))
def test_nobody_is_shut_out_for_longer_than_the_longest_wait(count: int, ago: timedelta) -> None:
    assert waits(count, ago) <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unix socket", "unix socket"),
        ("x" * 500, "x" * 64),
    ],
)
def test_the_place_of_an_address(address: str, place: str) -> None:
    assert place_of(address) == place


def held_up(
    login: int = 0, address: int = 0, client: tuple[int, int] = (0, 0), *, known: bool = False, ago: int = 0
) -> bool:
    last = NOW - timedelta(seconds=ago)
    tries = Tries(WrongTries(login, last) if login else None, WrongTries(address, last) if address else None, client)
    return wait_of(tries, known, NOW) > timedelta(0)


def test_an_address_holds_up_those_alone_who_never_signed_in_from_there() -> None:
    assert held_up(address=50)
    assert not held_up(address=49)
    assert not held_up(address=1_000_000, known=True)


@pytest.mark.parametrize("client", [(101, 0), (0, 101), (10_000, 10_000)])
def test_a_client_that_is_beset_leaves_one_free_try_to_an_address_that_is_new_to_the_user(
    client: tuple[int, int],
) -> None:
    assert not held_up(client=client)
    assert held_up(login=1, address=1, client=client)
    assert held_up(address=1, client=client), "whatever login was tried there"
    assert not held_up(login=1, address=1, client=client, ago=30)
    assert not held_up(login=4, address=49, client=client, known=True)


def test_a_hundred_wrong_tries_of_a_client_are_no_siege() -> None:
    assert not held_up(login=4, address=4, client=(100, 100))


def test_quarters_of_an_hour_follow_one_another() -> None:
    assert quarter_of(NOW + timedelta(minutes=15)) == quarter_of(NOW) + 1
    assert quarter_of(NOW + timedelta(minutes=14, seconds=59)) == quarter_of(NOW)

"""How wrong sign-ins slow the next ones down."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.throttle import (
    FORGET_AFTER,
    LONGEST_WAIT,
    WRONG_PER_LOGIN,
    WrongTries,
    place_of,
    wait_before_next,
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

"""How many requests of an account are let in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.limits import LIMIT_BOUNDS
from services.identity.domain.rates import burst, furthest, price, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RATES = st.integers(*LIMIT_BOUNDS["api_per_minute"])


@pytest.mark.parametrize(("per_minute", "at_once"), [(60, 60), (600, 60), (601, 60), (1200, 120), (100_000, 10_000)])
def test_a_tenth_of_the_minute_but_sixty_at_least_may_come_at_once(per_minute: int, at_once: int) -> None:
    assert burst(per_minute) == at_once


def let_in(per_minute: int, moments: list[datetime]) -> list[bool]:
    """What the statement in system_repository/rates.py does, in words."""
    paid_until, answers = NOW, []
    for now in moments:
        moved = max(paid_until, now) + price(per_minute)
        answers.append(moved <= now + furthest(per_minute))
        if answers[-1]:
            paid_until = moved
    return answers


@given(RATES)
def test_the_burst_then_nothing_then_the_steady_rate(per_minute: int) -> None:
    assert sum(let_in(per_minute, [NOW] * (burst(per_minute) + 3))) == burst(per_minute)
    later = NOW + price(per_minute) * 5 + timedelta(microseconds=1)
    answers = let_in(per_minute, [NOW] * burst(per_minute) + [later] * 9)
    assert sum(answers[burst(per_minute) :]) == 5


@given(RATES, st.timedeltas(min_value=timedelta(0), max_value=timedelta(minutes=2)))
def test_who_comes_again_when_told_is_let_in(per_minute: int, ahead: timedelta) -> None:
    paid_until = NOW + ahead
    wait = retry_after(paid_until, per_minute, NOW)
    assert wait >= 1
    then = NOW + timedelta(seconds=wait)
    assert max(paid_until, then) + price(per_minute) <= then + furthest(per_minute)

"""New prices of a bulk change: whole kopecks, half up, never 0, never above what can be held."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.price_rules import (
    ABOVE_LIMIT,
    BELOW_ZERO,
    FREE_PRICE,
    NO_PRICE,
    PriceRule,
    check_price_change,
    price_after,
    rule_of,
    set_price,
)
from services.contracts.bulk_changes import PERCENT_MAX, PERCENT_MIN, PriceChange, PriceChangeKind, PriceRounding
from services.contracts.catalog import PRICE_MAX
from services.contracts.refusals import Invalid

PERCENT, SUM, SET = PriceChangeKind
NONE, TEN, ROUBLE, NINETY = PriceRounding
PRICES = st.integers(1, PRICE_MAX)
PERCENTS = st.integers(PERCENT_MIN, PERCENT_MAX)
SUMS = st.integers(-PRICE_MAX, PRICE_MAX)
ROUNDINGS = st.sampled_from(PriceRounding)


def rule(how: PriceChangeKind, amount: int, rounding: PriceRounding = NONE) -> PriceRule:
    change = PriceChange(how, amount, rounding)
    check_price_change(change)
    return rule_of(change)


def stands(price: int, rounding: PriceRounding) -> bool:
    """Whether a price is one of those that the rounding leads to."""
    return {NONE: True, TEN: price % 10 == 0, ROUBLE: price % 100 == 0, NINETY: price % 100 == 90}[rounding]


@pytest.mark.parametrize(
    ("how", "amount", "rounding", "price", "fresh"),
    [
        (PERCENT, 500, NONE, 10_000, 10_500),
        (PERCENT, 250, NONE, 9_990, 10_240),  # 102.3975 roubles
        (PERCENT, 50, NONE, 100, 101),  # 100.5 kopecks: half up
        (PERCENT, -5_000, NONE, 1, 1),  # 0.5 kopecks
        (PERCENT, -9_999, NONE, 10, 1),
        (PERCENT, 0, ROUBLE, 150, 200),
        (PERCENT, 0, ROUBLE, 149, 100),
        (PERCENT, 0, ROUBLE, 3, 100),
        (PERCENT, 0, TEN, 4, 10),
        (PERCENT, 0, TEN, 115, 120),
        (PERCENT, 0, NINETY, 140, 190),  # as near to 0.90 as to 1.90
        (PERCENT, 0, NINETY, 139, 90),
        (PERCENT, 0, NINETY, 5, 90),
        (PERCENT, 500, NINETY, 9_900, 10_390),
        (SUM, 150, NONE, 100, 250),
        (SUM, -99, NONE, 100, 1),
        (SUM, -99, ROUBLE, 100, 100),
        (SUM, -100, ROUBLE, 100, BELOW_ZERO),
        (SUM, -200, NINETY, 100, BELOW_ZERO),
        (SUM, 1, NONE, PRICE_MAX, ABOVE_LIMIT),
        (PERCENT, 1, NONE, PRICE_MAX, ABOVE_LIMIT),
        (SUM, 500, NONE, 0, FREE_PRICE),
        (SUM, 500, NONE, None, NO_PRICE),
    ],
)
def test_examples(
    how: PriceChangeKind, amount: int, rounding: PriceRounding, price: int | None, fresh: int | str
) -> None:
    assert price_after(rule(how, amount, rounding), price) == fresh


@given(PRICES, PERCENTS, ROUNDINGS)
def test_a_percentage_is_exact_to_half_a_step_and_never_gives_a_price_away(
    price: int, percent: int, rounding: PriceRounding
) -> None:
    fresh = price_after(rule(PERCENT, percent, rounding), price)
    meant = Fraction(price * (10_000 + percent), 10_000)
    step = {NONE: 1, TEN: 10}.get(rounding, 100)
    if isinstance(fresh, str):
        assert fresh == ABOVE_LIMIT and meant > PRICE_MAX - step
        return
    assert 0 < fresh <= PRICE_MAX and stands(fresh, rounding)
    assert abs(fresh - meant) <= Fraction(step, 2) + Fraction(1, 2) or fresh == {NINETY: 90}.get(rounding, step)


@given(PRICES, SUMS, ROUNDINGS)
def test_a_sum_is_added_whole_or_not_at_all(price: int, added: int, rounding: PriceRounding) -> None:
    fresh = price_after(rule(SUM, added, rounding), price)
    if price + added <= 0:
        assert fresh == BELOW_ZERO
    elif isinstance(fresh, int):
        assert 0 < fresh <= PRICE_MAX and stands(fresh, rounding)
        assert rounding is not NONE or fresh == price + added
    else:
        assert fresh == ABOVE_LIMIT and price + added > PRICE_MAX - 100


@given(PRICES, ROUNDINGS)
def test_rounding_twice_is_rounding_once(price: int, rounding: PriceRounding) -> None:
    once = price_after(rule(PERCENT, 0, rounding), price)
    if isinstance(once, int):
        assert price_after(rule(PERCENT, 0, rounding), once) == once


@given(PRICES, PRICES, PERCENTS, ROUNDINGS)
def test_what_was_dearer_is_not_cheaper_after(one: int, other: int, percent: int, rounding: PriceRounding) -> None:
    wanted = rule(PERCENT, percent, rounding)
    low, high = price_after(wanted, min(one, other)), price_after(wanted, max(one, other))
    if isinstance(high, int):
        assert isinstance(low, int) and low <= high


@given(st.integers(0, PRICE_MAX), ROUNDINGS)
def test_a_set_price_is_rounded_too_and_a_free_one_stays_free(price: int, rounding: PriceRounding) -> None:
    change = PriceChange(SET, price, rounding)
    try:
        check_price_change(change)
    except Invalid:
        assert price > PRICE_MAX - 100
        return
    fresh = set_price(change)
    assert fresh == 0 if price == 0 else (0 < fresh <= PRICE_MAX and stands(fresh, rounding))


@pytest.mark.parametrize(
    ("how", "amount"),
    [(PERCENT, -10_000), (PERCENT, PERCENT_MAX + 1), (SUM, -PRICE_MAX - 1), (SUM, PRICE_MAX + 1), (SET, -1)],
)
def test_absurd_changes_are_refused(how: PriceChangeKind, amount: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_price_change(PriceChange(how, amount))
    assert refused.value.errors[0].path == "amount"

"""How a bulk change makes a new price of an old one. Whole kopecks, exact; what is halfway goes up.

`price_after` says the rule; services/catalog/repository/bulk_changes.py says the same to the database for all items at
once, and a test holds the one against the other.
"""

import msgspec

from services.contracts.bulk_changes import PERCENT_MAX, PERCENT_MIN, PriceChange, PriceChangeKind, PriceRounding
from services.contracts.catalog import PRICE_MAX
from services.contracts.refusals import FieldError, Invalid

WHOLE = 10_000  # hundredths of a per cent in one

NO_PRICE, FREE_PRICE = "no_price", "free_price"
ABOVE_LIMIT, BELOW_ZERO = "price_above_limit", "price_below_zero"

# Kind of rounding → distance of the prices in kopecks, and the lowest of them that is not 0.
_STEPS: dict[PriceRounding, tuple[int, int]] = {
    PriceRounding.NONE: (1, 1),
    PriceRounding.TEN_KOPECKS: (10, 10),
    PriceRounding.ROUBLE: (100, 100),
    PriceRounding.NINETY: (100, 90),
}


class PriceRule(msgspec.Struct, frozen=True):
    """price × `factor` / WHOLE + `added`, then to the nearest of `lowest`, `lowest` + `step`, `lowest` + 2 `step`, …"""

    factor: int
    added: int
    step: int
    lowest: int


def check_price_change(change: PriceChange) -> None:
    """Raises Invalid for a percentage that leaves nothing or is absurd, a sum or a price beyond all prices."""
    low, high = -PRICE_MAX, PRICE_MAX
    if change.how is PriceChangeKind.PERCENT:
        low, high = PERCENT_MIN, PERCENT_MAX
    elif change.how is PriceChangeKind.SET:
        low = 0
    if not low <= change.amount <= high:
        raise Invalid((FieldError("amount", "out_of_range", {"min": low, "max": high}),))
    if change.how is PriceChangeKind.SET and set_price(change) > PRICE_MAX:
        raise Invalid((FieldError("amount", "above_limit", {"limit": PRICE_MAX}),))


def set_price(change: PriceChange) -> int:
    """The price that a change sets: 0 (free price) stays 0."""
    step, lowest = _STEPS[change.rounding]
    return rounded(change.amount, step, lowest) if change.amount else 0


def rule_of(change: PriceChange) -> PriceRule:
    """The rule of a change by a percentage or a sum."""
    step, lowest = _STEPS[change.rounding]
    if change.how is PriceChangeKind.PERCENT:
        return PriceRule(WHOLE + change.amount, 0, step, lowest)
    return PriceRule(WHOLE, change.amount, step, lowest)


def price_after(rule: PriceRule, price: int | None) -> int | str:
    """The new price, or the reason why the item stays as it is. A positive price never becomes 0."""
    if price is None:
        return NO_PRICE
    if price == 0:
        return FREE_PRICE
    raw = (price * rule.factor + WHOLE // 2) // WHOLE + rule.added
    if rule.added < 0 and raw <= 0:
        return BELOW_ZERO
    fresh = rounded(raw, rule.step, rule.lowest)
    return fresh if fresh <= PRICE_MAX else ABOVE_LIMIT


def rounded(price: int, step: int, lowest: int) -> int:
    """The nearest of `lowest`, `lowest` + `step`, …; of two as near the higher one."""
    return max(lowest + (price - lowest + step // 2) // step * step, lowest)

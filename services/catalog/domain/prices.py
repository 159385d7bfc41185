"""Prices: read from a cell, and made for one register's list. Always whole kopecks, never floats."""

import re
from collections.abc import Sequence

from services.catalog.domain.cells import DIGIT_SPACES, CellError, shown
from services.contracts.catalog import PRICE_MAX
from services.contracts.import_codes import RowCode

_SIMPLE = re.compile(r"([0-9]{1,9})(?:[.,]([0-9][0-9]?))?")
_SIMPLE_LINES = re.compile(r"(?:[0-9]{1,9}(?:[.,][0-9]{1,2})?\n)+")
_SIMPLE_LINE = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?\n")
_KOPECKS_LINES = re.compile(r"(?:[0-9]{1,9}[.,][0-9]{2}\n)+")
_CURRENCY = re.compile(r"(?:₽|руб(?:лей|ля|ль)?\.?|р\.|р|rub|rur)$", re.IGNORECASE)
_PLAIN = re.compile(r"([+-]?)([0-9]{1,15})(?:[.,]([0-9]{0,12}))?")
_COMMA_THOUSANDS = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{0,12})")
_POINT_THOUSANDS = re.compile(r"([+-]?)([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{0,12})")
_DASHES = frozenset({"-", "–", "—", "−"})


def parse_price(text: str) -> int | None:
    """Kopecks from a price in roubles ("1 234,56", "1234.5", "1 234,56 ₽"); None: the cell is empty (no price).

    Raises CellError for what is no price, a negative one, one above PRICE_MAX, and for more than two decimals.
    """
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        roubles, rest = simple.groups()
        kopecks = int(roubles) * 100 + (int(rest) * (10 if len(rest) == 1 else 1) if rest else 0)
        if kopecks <= PRICE_MAX:
            return kopecks
    return _parse_unusual(text)


def simple_prices(texts: Sequence[str]) -> list[int] | None:
    """`parse_price` of each of many, if all of them are written simply («1234,5»); else None."""
    lines = "\n".join(texts) + "\n"
    if _KOPECKS_LINES.fullmatch(lines):
        prices = list(map(int, lines.replace(",", "").replace(".", "").split()))
    elif _SIMPLE_LINES.fullmatch(lines):
        prices = [int(roubles + (rest + "00")[:2]) for roubles, rest in _SIMPLE_LINE.findall(lines)]
    else:
        return None
    return prices if len(prices) == len(texts) and max(prices) <= PRICE_MAX else None


def _parse_unusual(text: str) -> int | None:
    bare = text.translate(DIGIT_SPACES).replace("−", "-")
    if not bare or bare in _DASHES:
        return None
    bare = _CURRENCY.sub("", bare)
    match = _PLAIN.fullmatch(bare) or _COMMA_THOUSANDS.fullmatch(bare) or _POINT_THOUSANDS.fullmatch(bare)
    if match is None:
        raise CellError("price", RowCode.PRICE_NOT_A_NUMBER, value=shown(text))
    sign, whole, decimals = match[1], match[2].replace(",", "").replace(".", ""), match[3] or ""
    if len(decimals) == 3 or decimals[2:].strip("0"):
        # "1,000" may be one rouble or a thousand; "12.345" is no sum of money. Four zeros ("100.0000") are 1C's habit.
        raise CellError("price", RowCode.PRICE_DECIMALS, value=shown(text))
    kopecks = int(whole) * 100 + int((decimals + "00")[:2])
    if sign == "-" and kopecks:
        raise CellError("price", RowCode.PRICE_NEGATIVE, value=shown(text))
    if kopecks > PRICE_MAX:
        raise CellError("price", RowCode.PRICE_TOO_LARGE, value=shown(text), max=PRICE_MAX)
    return kopecks


def check_kopecks(kopecks: int) -> int:
    """A price already in kopecks (of a JSON record). Raises CellError when it is out of range."""
    if kopecks < 0:
        raise CellError("price", RowCode.PRICE_NEGATIVE, value=str(kopecks)[:32])
    if kopecks > PRICE_MAX:
        raise CellError("price", RowCode.PRICE_TOO_LARGE, value=str(kopecks)[:32], max=PRICE_MAX)
    return kopecks


def prices_for_register(prices: Sequence[int], percent: int, rounding: int) -> Sequence[int]:
    """`price_for_register` of each."""
    if percent == 100 and rounding <= 1:
        return prices
    step = max(rounding, 1)
    half = step // 2
    return [max(((price * percent + 50) // 100 + half) // step * step, step) if price else 0 for price in prices]


def price_for_register(price: int, percent: int, rounding: int) -> int:
    """The price that a register gets, in kopecks: the percentage first, then the rounding step, nearest, half up.

    0 (free price) stays 0, and a positive price never becomes 0: it is one step at least.
    """
    return prices_for_register((price,), percent, rounding)[0]

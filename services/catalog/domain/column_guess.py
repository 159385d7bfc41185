"""What the columns of a table without a header hold, guessed from their cells."""

import re
from collections.abc import Callable

from services.catalog.domain import column_words as words
from services.catalog.domain.cells import CellError, parse_flag, parse_whole_number, unwrap
from services.catalog.domain.prices import parse_price

# The sheet of one dealer's program for «Меркурий», which has no header; the number of the row is the code.
DEALER_SHEET = (
    words.NAME, words.BARCODE, words.MARKED, words.PRICE, words.SECTION, words.TYPE, words.TAX_CODE,
    words.UNDIVIDED, words.TAX_SYSTEM,
)  # fmt: skip
_DEALER_WIDTHS = range(7, 11)

Likeness = Callable[[list[str]], float]  # 0 … 1: how much a column's cells are like a field

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_BARCODE = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_DECIMAL = re.compile(r"[0-9][0-9 \u00a0]*[.,][0-9]{1,2}")
_RATE = re.compile(r"(?:ндс\s*)?(?:0|5|7|10|18|20|22)\s*%|без ндс", re.IGNORECASE)


def looks_like_section(values: list[str]) -> bool:
    """Whether a column holds section numbers of a register rather than names of groups."""
    filled = [value for value in values if value.strip()]
    return bool(filled) and all((parse_whole_number(value) or 0) in range(1, 17) for value in filled)


def looks_like_countries(values: list[str]) -> bool:
    """Whether a column holds the numbers of OKSM rather than names of countries."""
    return all(re.fullmatch(r"[0-9]{1,3}", value.strip()) for value in values if value.strip())


def looks_like_flags(values: list[str]) -> bool:
    """Whether a column says yes and no rather than of what kind."""
    return 2 * _share(values, _is_flag) >= 1 or not any(value.strip() for value in values)


def _is_flag(text: str) -> bool:
    try:
        return parse_flag("", text) is not None
    except CellError:
        return False


def looks_like_foreign_codes(values: list[str]) -> bool:
    """Whether a column of codes holds another program's («НФ-00000012»), not numbers that a register may have."""
    filled = [value for value in values if value.strip()]
    foreign = sum(parse_whole_number(unwrap(value)) is None for value in filled)
    return 2 * foreign > len(filled)


def guess_fields(rows: list[list[str]]) -> tuple[list[str | None], bool]:
    """A field for each column, and whether the number of the row is the item's code."""
    if not rows:
        return [], False
    if _is_dealer_sheet(rows):
        return list(DEALER_SHEET[: len(rows[0])]), True
    width = max(len(row) for row in rows)
    columns = [[row[index].strip() for row in rows if index < len(row)] for index in range(width)]
    fields: list[str | None] = [None] * width
    _take(fields, columns, words.BARCODE, lambda values: _share(values, _BARCODE.fullmatch))
    _take(fields, columns, words.TAX, lambda values: _share(values, _RATE.fullmatch))
    _take(fields, columns, words.NAME, _likeness_of_names)
    _take(fields, columns, words.PRICE, lambda values: _share(values, _DECIMAL.fullmatch))
    if words.PRICE not in fields:
        # Whole prices: the code, if there is one, stands before the name.
        name_at = fields.index(words.NAME) if words.NAME in fields else -1
        _take(fields, columns, words.PRICE, lambda values: _share(values, _is_price), after=name_at)
    _take(fields, columns, words.CODE, _likeness_of_codes)
    if words.NAME not in fields or not {words.PRICE, words.BARCODE, words.CODE} & set(fields):
        return [None] * width, False  # too little to go by: a person must say
    return fields, False


def _take(fields: list[str | None], columns: list[list[str]], field: str, likeness: Likeness, after: int = -1) -> None:
    best, best_score = -1, 0.6
    for index, values in enumerate(columns):
        if fields[index] is None and index > after and any(values):
            score = likeness(values)
            if score > best_score:
                best, best_score = index, score
    if best >= 0:
        fields[best] = field


def _share(values: list[str], fits: Callable[[str], object]) -> float:
    filled = [value for value in values if value]
    return sum(bool(fits(value)) for value in filled) / len(filled) if filled else 0.0


def _is_price(value: str) -> bool:
    try:
        return parse_price(value) is not None
    except CellError:
        return False


def _likeness_of_names(values: list[str]) -> float:
    """Texts with letters; of several such columns the one with the most different and the longest texts."""
    share = _share(values, _LETTERS.search)
    if share <= 0.6:
        return 0.0
    filled = [value for value in values if value]
    length = sum(map(len, filled)) / len(filled)
    return 0.7 + 0.2 * len(set(filled)) / len(filled) + 0.1 * min(length, 40) / 40


def _likeness_of_codes(values: list[str]) -> float:
    numbers = [parse_whole_number(value) for value in values]
    good = [number for number in numbers if number is not None and 0 < number <= 2_147_483_647]
    return len(set(good)) / len(values) if values else 0.0


def _is_dealer_sheet(rows: list[list[str]]) -> bool:
    fitting = sum(_fits_dealer_sheet(row) for row in rows)
    return fitting * 10 >= len(rows) * 8


def _fits_dealer_sheet(row: list[str]) -> bool:
    if len(row) not in _DEALER_WIDTHS or not _LETTERS.search(row[0]):
        return False
    barcode, marked, price, section, type_code, tax_code = (cell.strip() for cell in row[1:7])
    try:
        if parse_flag(words.MARKED, marked) is None or parse_price(price) is None:
            return False
    except CellError:
        return False
    return (
        (not barcode or barcode.isdigit())
        and (parse_whole_number(section) or 0) in range(17)
        and (parse_whole_number(type_code) or 0) in range(1, 34)
        and (parse_whole_number(tax_code) or 0) in range(1, 13)
    )

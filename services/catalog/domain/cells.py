"""The text of one cell of a goods file: what every field's parser has in common."""

import re
from collections.abc import Iterable

from services.contracts.import_codes import RowCode
from services.contracts.spreadsheets import FORMULA_STARTS, SHEET_ERRORS

# What spreadsheets and 1C put between digits: space, no-break space, thin and narrow ones, figure space, apostrophe.
DIGIT_SPACES = str.maketrans("", "", " \u00a0\u2009\u202f\u2007\u2006\u2005\u2008\u200a\t'’`")

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufff9-\uffff]+")
_UNHOLDABLE = re.compile("[\ud800-\udfff\ufffd]")
_SPACES = re.compile(r"\s{2,}|[^\S ]")
# What wants a closer look: all but letters, signs and the plain space.
_ODD = re.compile("[^ -~\u0410-\u044f\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff]")

_WORDS_TRUE = frozenset({"1", "да", "д", "+", "истина", "true", "yes", "y", "v", "x", "х", "есть", "on"})
_WORDS_FALSE = frozenset({"0", "нет", "н", "-", "ложь", "false", "no", "n", "off", "–", "—"})

PARAM_MAX = 64  # characters of a cell's text that a problem repeats


class CellError(Exception):
    """A cell that cannot be taken; the row is refused. `params` fill the text for people."""

    def __init__(self, field: str, code: RowCode, **params: str | int) -> None:
        super().__init__(code)
        self.field = field
        self.code = code
        self.params: dict[str, str | int] = params


def shown(text: str) -> str:
    """A cell's text as a problem may repeat it: bounded, and of characters that storage and JSON can hold."""
    return clean_text(_UNHOLDABLE.sub("?", text))[:PARAM_MAX]


def is_clean(text: str) -> bool:
    """Whether cleaning would leave a text as it is."""
    return _ODD.search(text) is None and "  " not in text and text == text.strip()


def are_clean(texts: Iterable[str]) -> bool:
    """Whether all of them are; they must have no white space at their ends."""
    whole = "|".join(texts)
    return _ODD.search(whole) is None and "  " not in whole


def clean_text(text: str) -> str:
    """Text on one line: control characters gone, runs of white space made one space, ends trimmed."""
    if is_clean(text):
        return text
    return _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()


def clean_or_refuse(field: str, text: str) -> str:
    """As `clean_text`; raises CellError for characters that the file's encoding could not tell."""
    if is_clean(text):
        return text
    if _UNHOLDABLE.search(text):
        raise CellError(field, RowCode.BAD_CHARACTERS)
    return clean_text(text)


def has_unholdable(text: str) -> bool:
    """Whether the text has characters that its encoding could not tell, or halves of a surrogate pair."""
    return _UNHOLDABLE.search(text) is not None


def unwrap(text: str) -> str:
    """A cell without the marks by which spreadsheets force text: `="0460"` and a leading apostrophe."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip()
    return text[1:].strip() if text.startswith("'") else text


def without_guard(text: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it, or us from taking it for an error.

    Our own downloads are full of them.
    """
    guarded = text.startswith("'") and (text[1:].lstrip(" ").startswith(FORMULA_STARTS) or text[1:] in SHEET_ERRORS)
    return text[1:] if guarded else text


def parse_flag(field: str, text: str) -> bool | None:
    """Yes or no in the words that people use; None when the cell is empty. Raises CellError."""
    word = text.strip().casefold()
    if not word:
        return None
    if word in _WORDS_TRUE:
        return True
    if word in _WORDS_FALSE:
        return False
    raise CellError(field, RowCode.FLAG_UNKNOWN, value=shown(text))


def parse_whole_number(text: str) -> int | None:
    """A whole number of at most 18 digits as a spreadsheet may write it ("12", "12.0", "0012"); None: it is none."""
    digits = text.translate(DIGIT_SPACES)
    head, point, tail = digits.replace(",", ".").partition(".")
    if point and tail.strip("0"):
        return None
    sign = 1
    if head.startswith("-"):
        sign, head = -1, head[1:]
    if not head.isascii() or not head.isdigit() or len(head.lstrip("0")) > 18:
        return None
    return sign * int(head)

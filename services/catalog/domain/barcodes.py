"""Barcodes: strings that a register takes as numbers."""

import re
from collections.abc import Sequence

from services.catalog.domain.cells import CellError, clean_text, shown, unwrap
from services.contracts.barcodes import REGISTER_DIGITS_MAX
from services.contracts.catalog import BARCODES_MAX
from services.contracts.import_codes import RowCode

BARCODE_TEXT_MAX = 64  # characters that we keep; the longest that people use is GS1-128 with 48

_PLAIN = re.compile(r"[0-9]{8,14}")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eEеЕ]\+?[0-9]+")
_SEPARATORS = re.compile(r"[,;|\n\r\t]+")
_FLOAT_TAIL = re.compile(r"([0-9]+)[.,]0+")
_DIGIT_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))


def barcode_key(barcode: str) -> str:
    """What two barcodes are compared by: the number that a register would see; else the text, case aside."""
    if barcode.isascii() and barcode.isdigit() and len(barcode) <= REGISTER_DIGITS_MAX:
        return barcode.lstrip("0") or "0"
    return barcode.upper()


def barcode_keys(barcodes: Sequence[str]) -> Sequence[str]:
    """`barcode_key` of each of many; that of an empty one is empty."""
    whole = "".join(barcodes)
    plain = whole.isascii() and whole.isdigit() and max(map(len, barcodes)) <= REGISTER_DIGITS_MAX
    if plain and not any(barcode.startswith("0") for barcode in barcodes):
        return barcodes
    return [barcode and barcode_key(barcode) for barcode in barcodes]


def register_number(barcode: str) -> int | None:
    """The number for the register's record; None if the barcode has letters or more than 18 digits."""
    if barcode.isascii() and barcode.isdigit() and len(barcode) <= REGISTER_DIGITS_MAX:
        return int(barcode)
    return None


def check_digits_ok(barcodes: Sequence[str]) -> list[bool]:
    """`check_digit_ok` of many barcodes of one of CHECKED_LENGTHS, all of them digits."""
    length, count = len(barcodes[0]), len(barcodes)
    digits = "".join(barcodes).encode().translate(_DIGIT_VALUES)
    # The digits of one place of all barcodes are the bytes of one large number, so one addition adds them all. No byte
    # runs over: 14 digits come to 7 * 9 + 3 * 7 * 9 = 252 at most.
    total = sum(
        (1 if place % 2 else 3) * int.from_bytes(digits[length - place :: length], "big")
        for place in range(1, length + 1)
    )
    return [weighed % 10 == 0 for weighed in total.to_bytes(count, "big")]


def parse_barcodes(text: str) -> tuple[str, ...]:
    """The barcodes of a cell: several may stand there, separated by comma, semicolon, bar, line break or space.

    "0" and an empty cell mean none. Raises CellError when a spreadsheet destroyed the digits ("4,6E+12"), for
    absurd lengths and for more than BARCODES_MAX.
    """
    if _PLAIN.fullmatch(text):
        return (text,) if text.strip("0") else ()
    if not text or text == "0":
        return ()
    found: list[str] = []
    if _SCIENTIFIC.fullmatch(unwrap(text).replace(" ", "")):
        raise CellError("barcode", RowCode.BARCODE_SCIENTIFIC, value=shown(text))
    whole = _FLOAT_TAIL.fullmatch(unwrap(text))
    for part in (whole[1],) if whole else _SEPARATORS.split(unwrap(text)):
        for barcode in _split_at_spaces(clean_text(unwrap(part))):
            _check_one(barcode)
            if barcode not in found:
                found.append(barcode)
    if len(found) > BARCODES_MAX:
        raise CellError("barcode", RowCode.TOO_MANY_BARCODES, limit=BARCODES_MAX)
    return tuple(found)


def _split_at_spaces(part: str) -> list[str]:
    """Pieces that are barcodes by themselves are several; else the space is a typist's ("4600 0000 00015")."""
    pieces = part.split()
    if len(pieces) > 1:
        joined = "".join(pieces)
        all_barcodes = all(_PLAIN.fullmatch(piece) for piece in pieces)
        if not all_barcodes and len(joined) <= REGISTER_DIGITS_MAX:
            pieces = [joined]
    return [piece for piece in pieces if piece.strip("0-–—")]


def _check_one(barcode: str) -> None:
    if len(barcode) > BARCODE_TEXT_MAX:
        raise CellError("barcode", RowCode.BARCODE_LENGTH, value=shown(barcode), limit=BARCODE_TEXT_MAX)
    if _SCIENTIFIC.fullmatch(barcode):
        raise CellError("barcode", RowCode.BARCODE_SCIENTIFIC, value=shown(barcode))

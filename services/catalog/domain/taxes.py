"""VAT: the words of files → codes of FFD tag 1199 (order ЕД-7-20/1050@ added 11 and 12 for 22 %)."""

import re

from services.catalog.domain.cells import CellError, parse_whole_number, shown
from services.contracts.import_codes import RowCode

TAX_CODES = frozenset(range(1, 13))
LEGACY_TAX_CODES = frozenset({1, 3})  # 20 % and 20/120: obsolete for new sales since 2026-01-01

_BY_RATE = {"22": 11, "22/122": 12, "20": 1, "20/120": 3, "10": 2, "10/110": 4, "0": 5, "5": 7, "7": 8}
_BY_RATE |= {"5/105": 9, "7/107": 10}
_BY_FRACTION = {"0.22": 11, "0.2": 1, "0.20": 1, "0.1": 2, "0.10": 2, "0.05": 7, "0.07": 8, "0.18": 18}
_NO_VAT = frozenset(
    {
        "без ндс", "без", "нет", "-", "–", "—", "не облагается", "ндс не облагается", "необлагается", "без налога",
        "без налога (ндс)", "освобожден", "не является плательщиком", "none", "no", "no vat", "no_vat", "novat",
        "vat_none", "без%",
    }
)  # fmt: skip
_NO_VAT_CODE = 6
_REMARK = re.compile(r"(?<=[0-9%])\s*\([^()]*\)$")  # "НДС 20 % (до 2026 года)"
_NOISE = re.compile(r"(?:ставка|налог|ндс|nds|vat|tax|rate)[\s_:]*")


def parse_tax(text: str) -> int | None:
    """Tag 1199 from a rate in words or figures ("22", "НДС 22%", "0.22", "22/122", "без НДС"); None: empty cell.

    Raises CellError: 18 % has no code today (`tax_18`), and what is no rate.
    """
    word = " ".join(text.casefold().replace("\u00a0", " ").replace("ё", "е").split())
    if not word:
        return None
    if word in _NO_VAT:
        return _NO_VAT_CODE
    rate = _NOISE.sub("", _REMARK.sub("", word)).replace("%", "").replace(" ", "").replace(",", ".").strip("().;:_")
    rate = re.sub(r"^(\d+)_(\d+)$", r"\1/\2", rate)
    if rate in ("18", "18/118", "0.18"):
        raise CellError("tax", RowCode.TAX_18, value=shown(text))
    code = _BY_RATE.get(_plain(rate)) or _BY_FRACTION.get(rate)
    if code is None:
        raise CellError("tax", RowCode.TAX_UNKNOWN, value=shown(text))
    return code


def _plain(rate: str) -> str:
    """ "22.00" → "22"; other texts as they are."""
    head, point, tail = rate.partition(".")
    return head if point and not tail.strip("0") and head != "0" else rate.removesuffix(".0").removesuffix(".00")


def parse_tax_code(text: str) -> int | None:
    """Tag 1199 from a column that holds its codes; None: empty cell. Raises CellError."""
    if not text.strip():
        return None
    code = parse_whole_number(text)
    if code not in TAX_CODES:
        raise CellError("tax", RowCode.TAX_UNKNOWN, value=shown(text))
    return code

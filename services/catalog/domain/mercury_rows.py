"""Records of the «Меркурий» JSON goods base → what they say about goods, with the quirks seen in real files.

Prices are kopecks, as numbers or as strings; barcodes are numbers or strings, 0 is none; one dealer's program writes
the key `taxCode` with a Cyrillic «С». What the record has besides is kept as it is.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from services.catalog.domain import column_words as words
from services.catalog.domain.barcodes import parse_barcodes
from services.catalog.domain.cells import CellError, has_unholdable, parse_flag, parse_whole_number, shown
from services.catalog.domain.fiscal_words import (
    AGENTS,
    parse_measure,
    parse_payment_method,
    parse_section,
    parse_tax_system,
    parse_type,
)
from services.catalog.domain.further_fields import (
    parse_country,
    parse_customs_declaration,
    parse_excise,
    parse_note,
    parse_volume,
)
from services.catalog.domain.goods_reader import Fields, GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import parse_groups
from services.catalog.domain.marking_words import parse_marking
from services.catalog.domain.names import parse_article, parse_name, parse_short_name
from services.catalog.domain.prices import check_kopecks
from services.catalog.domain.table_rows import parse_code
from services.catalog.domain.taxes import parse_tax_code
from services.contracts.import_codes import RowCode

EXTRA_MAX = 4_096  # characters of JSON that an item's foreign attributes may take
KEYS_MAX = 64  # keys of one record

_DECIMALS = re.compile(r"-?[0-9]+[.,][0-9]+")  # kopecks are whole

# Cyrillic letters that look like Latin ones in a key.
_LATIN = str.maketrans("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")


def _text(value: Any) -> str:
    """A scalar as the cell parsers take it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _line(field: str, value: Any) -> str:
    """A text that people read. Raises CellError for a list or an object, which would be taken with its brackets."""
    if isinstance(value, list | dict):
        raise CellError(field, RowCode.WRONG_TYPE, value=shown(_text(value)))
    return _text(value)


def parse_kopecks(value: Any) -> int | None:
    """A price in kopecks, number or string; None when there is none. Raises CellError."""
    text = _text(value).strip()
    if not text:
        return None
    kopecks = parse_whole_number(text)
    if kopecks is None or isinstance(value, bool):
        code = RowCode.PRICE_DECIMALS if _DECIMALS.fullmatch(text) else RowCode.PRICE_NOT_A_NUMBER
        raise CellError("price", code, value=shown(text))
    return check_kopecks(kopecks)


def _barcodes(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return parse_barcodes("\n".join(_line("barcode", one) for one in value))
    return parse_barcodes(_line("barcode", value).strip())


def _tax(value: Any) -> int | None:
    return None if _text(value).strip() == "0" else parse_tax_code(_text(value))


def _number(value: Any, field: str, code: RowCode) -> int | None:
    """A whole number, as a number or as a string; None when there is none. Raises CellError."""
    text = _line(field, value).strip()
    number = parse_whole_number(text)
    if text and number is None:
        raise CellError(field, code, value=shown(text))
    return number


def _agent(value: Any) -> int | None:
    number = _number(value, "agent", RowCode.AGENT_UNKNOWN)
    if number is not None and number != -1 and number not in AGENTS:
        raise CellError("agent", RowCode.AGENT_UNKNOWN, value=shown(_text(value)))
    return None if number == -1 else number


def _groups(value: Any) -> Any:
    texts = value if isinstance(value, list) else [value]
    return parse_groups("\n".join(_line("group", text) for text in texts))


_PARSERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "code": ("code", lambda value: parse_code(_text(value).strip())),
    "name": ("name", lambda value: parse_name(_line("name", value))),
    "shortname": ("short_name", lambda value: parse_short_name(_line("short_name", value))),
    "price": ("price", parse_kopecks),
    "barcode": ("barcodes", _barcodes),
    "barcodes": ("barcodes", _barcodes),
    "article": ("article", lambda value: parse_article(_line("article", value))),
    "groups": ("groups", _groups),
    "taxcode": ("tax_code", _tax),
    "typecode": ("type_code", lambda value: parse_type(_text(value))),
    "measureunit": ("measure", lambda value: parse_measure(_text(value))),
    "section": ("section", lambda value: parse_section(_text(value))),
    "marked": ("marked", lambda value: parse_flag(words.MARKED, _text(value))),
    "undivided": ("undivided", lambda value: parse_flag(words.UNDIVIDED, _text(value))),
    "taxsystem": ("tax_system", lambda value: parse_tax_system(_text(value))),
    "agentnum": ("agent", _agent),
    "agent": ("agent", _agent),
    "exciseamount": ("excise", lambda value: parse_excise(_number(value, "excise", RowCode.EXCISE_NOT_A_NUMBER))),
    "countryoforigin": ("country", lambda value: parse_country(_line("country", value))),
    "customsdeclaration": (
        "customs_declaration",
        lambda value: parse_customs_declaration(_line("customs_declaration", value)),
    ),
    "alcohol": ("alcohol", lambda value: parse_flag("alcohol", _text(value))),
    "volume": ("volume_ml", lambda value: parse_volume(_number(value, "volume_ml", RowCode.VOLUME_NOT_A_NUMBER))),
    "blocked": ("blocked", lambda value: parse_flag(words.BLOCKED, _text(value))),
    # Fields that the record of a register lacks; our own downloads have them.
    "paymentmethod": ("payment_method", lambda value: parse_payment_method(_text(value))),
    "marking": ("marking", lambda value: parse_marking(_line("marking", value))),
    "note": ("note", lambda value: parse_note(_line("note", value)) or None),
}


class MercuryRowReader:
    """Reads the records of one JSON file into a GoodsReader."""

    def __init__(self, goods: GoodsReader) -> None:
        self._goods = goods
        self._seen = 0

    def read(self, record: Any) -> GoodsRow | None:
        """The record for staging; None when it was refused (the GoodsReader has the reasons)."""
        self._seen += 1
        text = json.dumps(record, ensure_ascii=False)
        if not isinstance(record, dict) or len(record) > KEYS_MAX:
            self._goods.refuse(self._seen, text, [CellError("", RowCode.NOT_AN_OBJECT)])
            return None
        fields = Fields(self._seen)
        errors: list[CellError] = []
        extra: dict[str, Any] = {}
        for key, value in record.items():
            known = _PARSERS.get(key.translate(_LATIN).lower().replace("_", ""))
            if known is None:
                extra[key] = value
                continue
            try:
                setattr(fields, known[0], known[1](value))
                self._mark_given(fields, known[0])
            except CellError as error:
                errors.append(error)
        try:
            fields.extra = storable(extra) if extra else None
        except CellError as error:
            errors.append(error)
        if errors:
            self._goods.refuse(self._seen, text, errors)
            return None
        return self._goods.take(fields, text)

    @staticmethod
    def _mark_given(fields: Fields, attribute: str) -> None:
        if attribute == "price":
            fields.price_given = True
        elif attribute == "tax_system":
            fields.tax_system_given = True


def storable(extra: dict[str, Any]) -> dict[str, Any]:
    """Foreign attributes as they can be stored. Raises CellError when they are too long or cannot be stored."""
    try:
        text = json.dumps(extra, ensure_ascii=False, allow_nan=False)
    except ValueError:  # 1e999 is infinity
        raise CellError("", RowCode.BAD_CHARACTERS) from None
    if len(text) > EXTRA_MAX:
        raise CellError("", RowCode.LINE_TOO_LONG, limit=EXTRA_MAX)
    if "\\u0000" in text or has_unholdable(text):
        raise CellError("", RowCode.BAD_CHARACTERS)
    return extra

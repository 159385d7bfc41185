"""Which goods records the register takes: its fields by base version and their ranges.

Fields and ranges are those of the «Меркурий» JSON goods record; docs/register-link.md, «Goods record», has the table.
The three-digit codes are the register's own (its error table).
"""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from services.contracts.goods_record import JsonScalar, Record
from services.device_gateway.protocol.values import BaseVersion, Ffd

# The largest number of 32 signed bits, in which the register keeps codes and amounts.
MAX_NUMBER: Final = 2_147_483_647
# Kopecks; the register keeps prices in 32 signed bits.
MAX_PRICE: Final = 2_147_483_600
# ASCII and the Cyrillic of windows-1251, as far as the printer and the display have signs for them.
_NAME: Final = re.compile(r"^[ -~А-Яа-яЁё№]{1,56}\Z")
_COUNTRY: Final = re.compile(r"^[0-9]{3}\Z")
_MEASURES: Final = frozenset(
    (0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255)
)

CODE_STRUCTURE: Final = "094"
CODE_TAX: Final = "071"
CODE_TYPE: Final = "906"
CODE_SECTION: Final = "062"
CODE_TOO_MUCH: Final = "057"


class LoadRefused(Exception):
    """The register does not take this load; the base stays as it was.

    `code` is the protocol's, `register_code` the register's own, `record` the code of the goods record at fault.
    """

    def __init__(
        self, code: str, register_code: str | None = None, record: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(code, register_code, record, field)
        self.code = code
        self.register_code = register_code
        self.record = record
        self.field = field


class RecordRules(Struct, frozen=True):
    """What this register knows: its base version and fiscal format decide about fields and codes."""

    base_version: BaseVersion
    ffd: Ffd


def _whole(low: int, high: int) -> Callable[[JsonScalar], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _text(pattern: re.Pattern[str]) -> Callable[[JsonScalar], bool]:
    return lambda value: isinstance(value, str) and pattern.match(value) is not None


def _truth(value: JsonScalar) -> bool:
    return isinstance(value, bool)


class _Field(Struct, frozen=True):
    since: str
    takes: Callable[[JsonScalar], bool]
    register_code: str = CODE_STRUCTURE


_FIELDS: Final[dict[str, _Field]] = {
    "code": _Field("0.1", _whole(1, MAX_NUMBER)),
    "barcode": _Field("0.1", _whole(0, 10**18 - 1)),
    "name": _Field("0.1", _text(_NAME)),
    "price": _Field("0.1", _whole(0, MAX_PRICE), CODE_TOO_MUCH),
    "section": _Field("0.1", _whole(0, 16), CODE_SECTION),
    "typeCode": _Field("0.1", lambda value: type(value) is int and (1 <= value <= 27 or 30 <= value <= 33), CODE_TYPE),
    "undivided": _Field("0.1", _truth),
    "taxSystem": _Field("0.1", lambda value: type(value) is int and value in (-1, 0, 1, 2, 4, 5)),
    "taxCode": _Field("0.1", _whole(1, 12), CODE_TAX),
    "agentNum": _Field("0.1", _whole(0, 6)),
    "marked": _Field("0.2", _truth),
    "exciseAmount": _Field("0.3", _whole(0, MAX_NUMBER), CODE_TOO_MUCH),
    "countryOfOrigin": _Field("0.3", _text(_COUNTRY)),
    "customsDeclaration": _Field("0.3", _text(re.compile(r"^[ -~А-Яа-яЁё№]{0,32}\Z"))),
    "measureUnit": _Field("0.4", lambda value: type(value) is int and value in _MEASURES),
    "partsCount": _Field("0.4", _whole(0, MAX_NUMBER)),
    "partPrice": _Field("0.4", _whole(0, MAX_NUMBER), CODE_TOO_MUCH),
    "blocked": _Field("0.4", _truth),
    "alcohol": _Field("0.5", _truth),
    "volume": _Field("0.5", _whole(0, MAX_NUMBER)),
    "jewelry": _Field("0.6", _truth),
}
_REQUIRED: Final = ("code", "name", "price")


def check_record(record: Record, rules: RecordRules) -> None:
    """Raise `LoadRefused` (`record_refused`) naming the first field that this register does not take."""
    code = record.get("code")
    number = code if type(code) is int and code >= 0 else None
    for name in _REQUIRED:
        if name not in record:
            raise LoadRefused("record_refused", CODE_STRUCTURE, number, name)
    for name, value in record.items():
        field = _FIELDS.get(name)
        if field is None or field.since > rules.base_version:
            raise LoadRefused("record_refused", CODE_STRUCTURE, number, name[:40])
        if not field.takes(value):
            raise LoadRefused("record_refused", field.register_code, number, name)
    if rules.ffd != "1.2" and int(record.get("typeCode", 1)) >= 30:
        raise LoadRefused("record_refused", CODE_TYPE, number, "typeCode")
    if record.get("alcohol") is True and "volume" not in record:
        raise LoadRefused("record_refused", CODE_STRUCTURE, number, "volume")
    if record.get("alcohol") is True and record.get("jewelry") is True:
        raise LoadRefused("record_refused", CODE_STRUCTURE, number, "jewelry")

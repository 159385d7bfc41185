"""An item → the goods record of one register, and what of the item the register will not get.

A record depends on its item and on the recipe alone, never on other items; that is what makes deltas true.
"""

import json
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from services.catalog.domain.barcodes import register_number
from services.catalog.domain.model_profiles import Profile
from services.catalog.domain.names import in_register_alphabet
from services.catalog.domain.prices import price_for_register, prices_for_register
from services.contracts.barcodes import REGISTER_DIGITS_MAX
from services.contracts.catalog import CUSTOMS_DECLARATION_MAX, RecordProblem
from services.contracts.goods_record import Record, canonical_line
from services.contracts.import_codes import RecordCode
from services.contracts.marking import MarkingType
from services.contracts.values import ItemCode

# Foreign attributes of an item that are fields of the «Меркурий» record. Their values are checked as strictly as a
# register does: it refuses a whole load for one wrong value.
EXTRA_NUMBERS = {"partsCount": 2_147_483_647, "partPrice": 2_147_483_647}


MOULDS_KEPT = 4_096  # different kinds of items that are remembered


#: A `ListItem` as the database gives it: to name the fields of thousands costs a tenth of their way into a list.
ListRow = tuple[Any, ...]
KIND = slice(5, 20)  # of a row


class ListItem(NamedTuple):
    """What of an item goes into price lists, in the order in which the database gives it."""

    code: int
    name: str
    short_name: str
    price: int | None  # kopecks
    barcodes: str  # separated by a space
    tax_code: int
    type_code: int
    measure_unit: int
    section: int
    marked: bool
    undivided: bool
    tax_system: int | None
    blocked: bool
    agent: int | None
    excise: int | None
    country: str
    customs_declaration: str
    marking: str
    alcohol: bool
    volume_ml: int | None
    extra: dict[str, Any] | None
    changed_revision: int

    @property
    def kind(self) -> tuple[Any, ...]:
        """All that many items have in common: from `tax_code` to `volume_ml`."""
        return tuple(self)[KIND]

    @property
    def is_plain(self) -> bool:
        """Whether nothing is told of it that few items have."""
        return not (
            self.extra
            or self.agent
            or self.excise
            or self.country
            or self.customs_declaration
            or self.alcohol
            or self.marking == MarkingType.JEWELRY
        )


class Mould(NamedTuple):
    """The texts between the values of a plain item's canonical line: the same for all items of its kind."""

    before_code: str
    before_name: str
    before_section: str


class RecordMaker:
    """Makes the canonical lines of one price list; collects what could not be carried."""

    def __init__(self, profile: Profile, percent: int, rounding: int) -> None:
        self._profile = profile
        self._percent = percent
        self._rounding = rounding
        self._marked_known = "marked" in profile.fields
        self._measure_known = "measureUnit" in profile.fields
        self._takes_measures = profile.measures and self._measure_known
        self._blocked_known = "blocked" in profile.fields
        self._numbers: dict[int, int] = {}  # barcode as the register sees it → item code
        self._moulds: dict[tuple[Any, ...], Mould | None] = {}  # by kind; None: such items go the long way
        self.problems: list[RecordProblem] = []  # of the item made last

    def line(self, item: ListItem) -> bytes | None:
        """The item's canonical line, None if the register does not get it. `problems` has what was left out."""
        if self.problems:
            self.problems = []
        if item.price is None:
            self._leave_out(item, RecordCode.NO_PRICE)
            return None
        price = price_for_register(item.price, self._percent, self._rounding)
        mould = self._mould(item) if item.extra is None else None
        if (
            mould is None
            or price > self._profile.price_max
            or item.code > self._profile.code_max
            or not item.short_name
        ):
            return self._long_way(item, price)
        barcode = self._barcode(item) if item.barcodes else None
        start = "{" if barcode is None else f'{{"barcode":{barcode},'
        # Written out, for a list has thousands of them; tests hold it to `canonical_line`.
        return (
            f'{start}{mould.before_code}{item.code}{mould.before_name}{encode_basestring(item.short_name)},"price":{price}'
            f"{mould.before_section}"
        ).encode()

    def usual_lines(self, rows: Sequence[ListRow]) -> list[bytes] | None:
        """As `line` for each of several items, if there is nothing to tell of any of them; else None."""
        columns = tuple(zip(*rows, strict=True))
        codes, _, names, prices, barcodes, *_, extras, _ = columns
        if None in prices or extras.count(None) < len(extras) or "" in names or max(codes) > self._profile.code_max:
            return None
        sent = prices_for_register(prices, self._percent, self._rounding)
        kinds = tuple(zip(*columns[KIND], strict=True))
        for kind in set(kinds) - self._moulds.keys():
            self._mould(ListItem._make(rows[kinds.index(kind)]))
        moulds = list(map(self._moulds.get, kinds))
        if None in moulds or max(sent) > self._profile.price_max or not self._takes_barcodes(codes, barcodes):
            return None
        quoted = map(encode_basestring, names)
        starts = [f'{{"barcode":{barcode.lstrip("0")},' if barcode else "{" for barcode in barcodes]
        text = "\n".join(
            f'{start}{mould.before_code}{code}{mould.before_name}{name},"price":{price}{mould.before_section}'
            for start, mould, code, name, price in zip(starts, moulds, codes, quoted, sent, strict=True)
            if mould is not None  # none is, as was seen
        )
        return text.encode().split(b"\n")  # a line feed in a name is escaped

    def _takes_barcodes(self, codes: Sequence[int], barcodes: Sequence[str]) -> bool:
        """Whether each item has one barcode at most, a number that the list has not yet; then they are remembered."""
        if "" in barcodes:
            codes = [code for code, barcode in zip(codes, barcodes, strict=True) if barcode]
            barcodes = [barcode for barcode in barcodes if barcode]
        if not barcodes:
            return True
        whole = "".join(barcodes)
        if not (whole.isascii() and whole.isdigit()) or max(map(len, barcodes)) > REGISTER_DIGITS_MAX:
            return False
        numbers = dict(zip(map(int, barcodes), codes, strict=True))
        if 0 in numbers or len(numbers) < len(barcodes) or not self._numbers.keys().isdisjoint(numbers):
            return False
        self._numbers.update(numbers)
        return True

    def _long_way(self, item: ListItem, price: int) -> bytes | None:
        """As `line`, for the few items of which something must be told, or that have more than most."""
        if not self._fits(item, price):
            return None
        barcode = self._barcode(item) if item.barcodes else None
        measure = item.measure_unit
        if measure and not self._takes_measures:
            self._part(item, RecordCode.MEASURE_UNSUPPORTED, measure_unit=measure, ffd=self._profile.ffd)
            measure = 0
        return canonical_line(self._whole_record(item, price, barcode, measure))

    def _mould(self, item: ListItem) -> Mould | None:
        try:
            return self._moulds[item.kind]
        except KeyError:
            if len(self._moulds) >= MOULDS_KEPT:
                self._moulds.clear()
            mould = self._moulds[item.kind] = self._new_mould(item)
            return mould

    def _new_mould(self, item: ListItem) -> Mould | None:
        unheld = item.measure_unit and not self._takes_measures
        if unheld or not item.is_plain or self._unfit_kind(item) is not None:
            return None
        middle = ""
        if self._marked_known:
            middle = '"marked":true,' if item.marked else '"marked":false,'
        if self._measure_known:
            middle += f'"measureUnit":{item.measure_unit},'
        tax_system = "" if item.tax_system is None else f'"taxSystem":{item.tax_system},'
        return Mould(
            before_code='"blocked":true,"code":' if item.blocked else '"code":',
            before_name=f',{middle}"name":',
            before_section=f',"section":{item.section},"taxCode":{item.tax_code},{tax_system}'
            f'"typeCode":{item.type_code},"undivided":{"true" if item.undivided else "false"}}}',
        )

    def _whole_record(self, item: ListItem, price: int, barcode: int | None, measure: int) -> Record:
        """The record as a dict, with the foreign attributes that this register knows."""
        record: Record = {
            "code": item.code,
            "name": item.short_name,
            "price": price,
            "section": item.section,
            "taxCode": item.tax_code,
            "typeCode": item.type_code,
            "undivided": item.undivided,
        }
        if barcode is not None:
            record["barcode"] = barcode
        if item.blocked:
            record["blocked"] = True
        if self._marked_known:
            record["marked"] = item.marked
        if self._measure_known:
            record["measureUnit"] = measure
        if item.tax_system is not None:
            record["taxSystem"] = item.tax_system
        record.update(self._further(item))
        return record

    def _further(self, item: ListItem) -> Record:
        """What few items have, as far as this register knows it; what is at its default (0, "", false) is left out."""
        alcohol = item.alcohol and bool(item.volume_ml)  # a register wants the volume of alcohol
        told: dict[str, str | int | bool | None] = {
            "agentNum": item.agent,
            "exciseAmount": item.excise,
            "countryOfOrigin": item.country,
            "customsDeclaration": in_register_alphabet(item.customs_declaration)[:CUSTOMS_DECLARATION_MAX],
            "alcohol": alcohol,
            "volume": item.volume_ml if alcohol else None,
            "jewelry": item.marking == MarkingType.JEWELRY and not alcohol,
            **{field: _known_number(field, value) for field, value in (item.extra or {}).items()},
        }
        known = self._profile.fields
        return {field: value for field, value in told.items() if value and (field == "agentNum" or field in known)}

    def _fits(self, item: ListItem, price: int) -> bool:
        """Whether the register can have the item at all; tells why not."""
        profile = self._profile
        if price > profile.price_max:
            self._leave_out(item, RecordCode.PRICE_ABOVE_LIMIT, price=price, max=profile.price_max)
        elif item.code > profile.code_max:
            self._leave_out(item, RecordCode.CODE_OUT_OF_RANGE, max=profile.code_max)
        elif (unfit := self._unfit_kind(item)) is not None:
            code, params = unfit
            self._leave_out(item, code, **params)
        elif not item.short_name:
            self._leave_out(item, RecordCode.NAME_EMPTY)
        else:
            return True
        return False

    def _unfit_kind(self, item: ListItem) -> tuple[RecordCode, dict[str, str | int]] | None:
        """Why the register can have no item of this kind; None: it can."""
        profile = self._profile
        if item.tax_code not in profile.tax_codes:
            return RecordCode.TAX_CODE_UNKNOWN, {"tax_code": item.tax_code}
        if item.type_code not in profile.type_codes:
            return RecordCode.TYPE_CODE_UNKNOWN, {"type_code": item.type_code, "ffd": profile.ffd}
        if item.marked and not self._marked_known:
            return RecordCode.MARKED_UNSUPPORTED, {"base_version": profile.base_version}
        if item.blocked and not self._blocked_known:
            return RecordCode.BLOCKED_UNSUPPORTED, {"base_version": profile.base_version}
        return None

    def _barcode(self, item: ListItem) -> int | None:
        """The one barcode of the record: the item's first, if it is a number that no record before has."""
        first = item.barcodes
        if " " in first:
            first, *further = first.split(" ")
            for barcode in further:
                self._part(item, RecordCode.EXTRA_BARCODE, barcode=barcode)
        number = register_number(first)
        if number is None:
            numeric = first.isascii() and first.isdigit()
            self._part(item, RecordCode.BARCODE_TOO_LONG if numeric else RecordCode.BARCODE_NOT_NUMERIC, barcode=first)
            return None
        if number == 0:
            return None
        other = self._numbers.setdefault(number, item.code)
        if other != item.code:
            # The base keeps barcodes unique as numbers, so this is a belt beside the braces.
            self._part(item, RecordCode.BARCODE_DUPLICATE, barcode=first, other=other)
            return None
        return number

    def _leave_out(self, item: ListItem, code: RecordCode, **params: str | int) -> None:
        self.problems.append(RecordProblem(ItemCode(item.code), item.name, code.value, True, params))

    def _part(self, item: ListItem, code: RecordCode, **params: str | int) -> None:
        self.problems.append(RecordProblem(ItemCode(item.code), item.name, code.value, False, params))


def _known_number(field: str, value: Any) -> int | None:
    """A foreign attribute as the record holds it; None if it is none of the record's, or not what it must be."""
    most = EXTRA_NUMBERS.get(field)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if most is not None and is_number and 0 < value <= most else None


def parsed_record(line: bytes) -> Record:
    """A canonical line as the record that it is."""
    record: Record = json.loads(line)
    return record

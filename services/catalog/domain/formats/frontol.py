"""Frontol (АТОЛ): `##@@&&`, a line with the mark of the reader, then commands `$$$…` with rows below them.

Rows of goods have up to 33 fields in Frontol 4 and 5 (many programs write 17 to 24) and 68 in Frontol 6; where the two
forms differ, the number of fields tells. What is no command of goods, groups, barcodes and taxes is passed over.

Facts: the integrator's guide of Frontol 6 as github.com/RadchenkoMaxim/FrontolRazborFile has it (f293fb9c), and what
github.com/papyrussolution/OpenPapyrus and 1C write.
"""

from collections.abc import Callable, Iterable, Iterator

from services.catalog.domain.cells import CellError, clean_or_refuse, parse_whole_number, shown
from services.catalog.domain.csv_reader import LINE_MAX
from services.catalog.domain.fiscal_words import MARKED_TYPES
from services.catalog.domain.formats.coded_rows import GROUPS_MAX, Groups, Said, Taking, first_lines, is_pack, twice
from services.catalog.domain.further_fields import parse_country, parse_customs_declaration, parse_excise
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.names import parse_article
from services.catalog.domain.prices import parse_price
from services.catalog.domain.taxes import parse_tax
from services.contracts.catalog import NOTE_MAX
from services.contracts.import_codes import RowCode
from services.contracts.marking import MarkingType

HEAD = "##@@&&"
GOODS = frozenset({"ADDQUANTITY", "REPLACEQUANTITY", "REPLACEQUANTITYWITHOUTSALE"})
WHOLE = "DELETEALLWARES"
REMOVE = "DELETEWARESBYWARECODE"
BARCODES = "ADDBARCODES"
TAX_RATES, TAX_GROUPS, TAX_GROUP_RATES = "ADDTAXRATES", "ADDTAXGROUPS", "ADDTAXGROUPRATES"

_NEW_FORM = 50  # fields from which on a row is one of Frontol 6
_BARCODES_AT = 1
PACKS_MAX = 20  # barcodes of packs in one row

# Their own numbers → FFD tag 1199 (field 6 of a tax rate), 1212 (13), 1214 (58), 2108 (66).
_TAX_OF_REGISTER = {1: 5, 2: 2, 3: 1, 4: 6, 5: 4, 6: 3, 7: 7, 8: 8, 9: 9, 10: 10, 11: 11, 12: 12}
_SUBJECTS = {1: 1, 2: 2, 3: 3, 4: 4, 6: 13, 7: 10, 8: 11, 9: 7, 10: 9, 11: 12, 12: 18, 13: 27}
_METHODS = {1: 3, 2: 4}
_MEASURES = (
    0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255,
)  # fmt: skip
_MARKING = {
    1: MarkingType.ALCOHOL, 2: MarkingType.FUR, 3: MarkingType.MEDICINE, 4: MarkingType.TOBACCO, 5: MarkingType.SHOES,
    6: MarkingType.LOTTERY, 7: MarkingType.OTHER, 8: MarkingType.PHOTO, 9: MarkingType.PERFUME, 10: MarkingType.TYRES,
    11: MarkingType.CLOTHES, 12: MarkingType.OTHER_TOBACCO, 13: MarkingType.DAIRY, 14: MarkingType.JEWELRY,
    15: MarkingType.WATER, 16: MarkingType.NICOTINE, 17: MarkingType.BEER, 18: MarkingType.DRAUGHT_BEER,
    19: MarkingType.SUPPLEMENTS, 20: MarkingType.ANTISEPTICS, 21: MarkingType.MEDICAL_DEVICES,
    22: MarkingType.WHEELCHAIRS, 23: MarkingType.SOFT_DRINKS, 24: MarkingType.REHABILITATION,
    25: MarkingType.NON_ALCOHOLIC_BEER, 26: MarkingType.SEAFOOD, 27: MarkingType.BICYCLES, 28: MarkingType.VETERINARY,
    29: MarkingType.PET_FOOD, 30: MarkingType.OILS, 31: MarkingType.LOW_ALCOHOL, 32: MarkingType.CANNED_FOOD,
    33: MarkingType.GROCERIES, 34: MarkingType.MOTOR_OILS, 35: MarkingType.SPORTS_NUTRITION, 36: MarkingType.CHILDREN,
}  # fmt: skip
# Kinds without a marking code that a register asks for: excise stamps, tickets, hallmarks.
_WITHOUT_CODE = frozenset({MarkingType.ALCOHOL, MarkingType.LOTTERY, MarkingType.JEWELRY})
_ALCOHOL = frozenset({1, 17, 18, 31})


def looks_like(start: bytes) -> bool:
    """Whether a file that begins so is one of Frontol."""
    head = next(iter(first_lines(start)), "").strip()
    return head == HEAD or (head.startswith("$$$") and head[3:].isascii() and head[3:].isalpha())


def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of a file. Raises FileRefused for too many."""
    with twice(parts, encoding) as lines:
        file = _File(goods)
        for _place, command, line in _commanded(lines()):
            file.learn(command, line)
        goods.is_whole = file.is_whole
        for place, command, line in _commanded(lines()):
            if (taking := file.taking(place, command, line)) is not None:
                yield taking.finish(goods, line)


def _commanded(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """The rows with their place in the file and the command above each; a command comes with an empty row.

    1C's driver writes goods right below the commands that delete all.
    """
    command = ""
    for place, line in enumerate(lines, start=1):
        bare = line.strip()
        if bare.startswith("$$$"):
            command = bare[3:].strip().upper()
            yield place, command, ""
            if command.startswith("DELETEALL"):
                command = "ADDQUANTITY"
        elif bare and bare not in (HEAD, "#", "@"):
            yield place, command, line


class _File:
    """What a file says, row by row."""

    def __init__(self, goods: GoodsReader) -> None:
        self._goods = goods
        self._said = Said()
        self._groups = Groups()
        self._taxes = _Taxes()
        self.is_whole: bool | None = None

    def learn(self, command: str, line: str) -> None:
        """The first reading."""
        if not line:
            if command == WHOLE:
                self.is_whole = True
            elif command in GOODS or command == REMOVE:
                self.is_whole = self.is_whole or False
            return
        cells = line[: LINE_MAX + 1].split(";")
        code = cells[0].strip()
        if command in GOODS:
            if _cell(cells, 17) == "0":
                self._groups.learn(code, _cell(cells, 3) or _cell(cells, 4), _cell(cells, 16))
            else:
                if is_pack(_cell(cells, 14)):
                    self._learn_packs(code, cells)
                self._said.learn_row(code, cells)
        elif command == REMOVE:
            self._said.learn_removal(code)
        elif command == BARCODES and len(cells) > 1:
            learn = self._said.learn_pack if is_pack(_cell(cells, 4)) else self._said.learn_barcode
            learn(cells[1].strip(), code)
        else:
            self._taxes.learn(command, cells)

    def _learn_packs(self, code: str, cells: list[str]) -> None:
        """The barcodes of a row sell several at once."""
        for barcode in _cell(cells, 2).split(",")[:PACKS_MAX]:
            self._said.learn_pack(code, barcode.strip())
        cells[_BARCODES_AT] = ""

    def taking(self, place: int, command: str, line: str) -> Taking | None:
        """The second reading: an item as the whole file says it; None where a row gives none."""
        if not line or command not in (*GOODS, REMOVE):
            return None
        cells = line[: LINE_MAX + 1].split(";")
        code = cells[0].strip()
        if command == REMOVE:
            if not self._said.take_removal(code):
                return None
            taking = Taking(place)
            taking.code(code)
            taking.fields.removed = True
            return taking
        if _cell(cells, 17) == "0":
            return None
        if is_pack(_cell(cells, 14)):
            cells[_BARCODES_AT] = ""
        told = self._said.take(code, cells, _BARCODES_AT)
        if told is None:
            return None
        return self._item(place, told)

    def _item(self, place: int, cells: list[str]) -> Taking:
        taking = Taking(place)
        taking.code(cells[0])
        taking.names(_cell(cells, 3) or _cell(cells, 4), _cell(cells, 4))
        taking.price(_cell(cells, 5))
        taking.barcodes(_cell(cells, 2).replace(",", "\n"))
        taking.pack_barcodes(self._said.packs_of(cells[0].strip()))
        taking.take("article", parse_article, _cell(cells, 26))
        taking.section(_cell(cells, 37))
        groups = self._groups.path(_cell(cells, 16))
        taking.fields.groups = groups or None
        self._taxes.put(taking, _cell(cells, 23))
        _flags(taking, _cell(cells, 8))
        description = _cell(cells, 32)
        taking.take("note", lambda text: clean_or_refuse("note", text)[:NOTE_MAX] or None, description)
        taking.put("min_price", _cell(cells, 9).strip("0,."))
        taking.put("scale_code", _cell(cells, 25).lstrip("0"))
        if len(cells) >= _NEW_FORM:
            _new_form(taking, cells)
        else:
            taking.take("customs_declaration", parse_customs_declaration, _cell(cells, 38)[:32])
        return taking


def _cell(cells: list[str], number: int) -> str:
    """A field by the number that the format gives it, from 1."""
    return cells[number - 1].strip() if number <= len(cells) else ""


def _flags(taking: Taking, text: str) -> None:
    """Sold in parts; for sale at all; the others are of no use here."""
    flags = [flag.strip() for flag in text.split(",")]
    if flags[0] in ("0", "1"):
        taking.fields.undivided = flags[0] == "0"
    if len(flags) > 1 and flags[1] in ("0", "1"):
        taking.fields.blocked = flags[1] == "0"


def _new_form(taking: Taking, cells: list[str]) -> None:
    """The fields that Frontol 6 has."""
    fields = taking.fields
    fields.type_code = _SUBJECTS.get(_number(cells, 13))
    fields.payment_method = _METHODS.get(_number(cells, 58))
    measure = _number(cells, 66)
    if 0 <= measure < len(_MEASURES):
        fields.measure = _MEASURES[measure]
    taking.take("excise", _excise, _cell(cells, 60))
    taking.take("country", parse_country, _cell(cells, 61).strip("0") and _cell(cells, 61).zfill(3))
    declaration = _cell(cells, 62) or _cell(cells, 38)
    taking.take("customs_declaration", parse_customs_declaration, declaration)
    taking.put("agent_requisites", _cell(cells, 59).lstrip("0"))
    taking.put("classification_code", _cell(cells, 64))
    kind = _number(cells, 55)
    if kind > 0:
        _marked(taking, kind, cells)
    elif kind == 0:
        fields.marked, fields.marking, fields.alcohol = False, "", False


def mark(taking: Taking, kind: int) -> None:
    """Marking by its number in Frontol (field 55)."""
    fields = taking.fields
    known = _MARKING.get(kind, MarkingType.OTHER)
    if kind not in _MARKING:
        taking.doubts.append(("marking", RowCode.MARKING_UNKNOWN, str(kind)))
    fields.marking = known.value
    fields.marked = known not in _WITHOUT_CODE
    if fields.marked:
        fields.type_code = MARKED_TYPES.get(fields.type_code or 1, 33)
    fields.alcohol = kind in _ALCOHOL


def _marked(taking: Taking, kind: int, cells: list[str]) -> None:
    fields = taking.fields
    mark(taking, kind)
    if fields.alcohol:
        taking.take("volume_ml", millilitres, _cell(cells, 54))
        taking.put("alcohol_kind", _cell(cells, 53))
        taking.put("alcohol_strength", _cell(cells, 57))
        if kind == 1:
            taking.extra["excise_mark"] = _cell(cells, 56) != "1"


def _number(cells: list[str], field: int) -> int:
    """A whole number, −1 if there is none."""
    number = parse_whole_number(_cell(cells, field))
    return -1 if number is None else number


def _excise(text: str) -> int | None:
    try:
        return parse_excise(parse_price(text))
    except CellError:
        raise CellError("excise", RowCode.EXCISE_NOT_A_NUMBER, value=shown(text)) from None


def millilitres(text: str) -> int | None:
    """From litres with up to six decimals. Raises CellError."""
    whole, _, decimals = text.replace(",", ".").partition(".")
    digits = whole + (decimals + "000")[:3]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise CellError("volume_ml", RowCode.VOLUME_NOT_A_NUMBER, value=shown(text))
    return int(digits) or None


class _Taxes:
    """The taxes of a file: a group has rates, a rate a name, a value and the number that a register has it under."""

    def __init__(self) -> None:
        self._rates: dict[str, tuple[str, str, str]] = {}
        self._groups: dict[str, str] = {}
        self._rates_of: dict[str, list[str]] = {}

    def learn(self, command: str, cells: list[str]) -> None:
        """A row below a command of taxes; others say nothing here."""
        if max(len(self._rates), len(self._groups), len(self._rates_of)) >= GROUPS_MAX:
            return
        if command == TAX_RATES:
            name = _cell(cells, 2) or _cell(cells, 3)
            self._rates[_cell(cells, 1)] = (name, _cell(cells, 5), _cell(cells, 6))
        elif command == TAX_GROUPS:
            self._groups[_cell(cells, 1)] = _cell(cells, 2) or _cell(cells, 3)
        elif command == TAX_GROUP_RATES:
            rates = self._rates_of.setdefault(_cell(cells, 2), [])
            if len(rates) < 16:  # a register holds six
                rates.append(_cell(cells, 3))

    def put(self, taking: Taking, group: str) -> None:
        """The tax of an item by the code of its tax group; kept as a foreign attribute if the file does not tell."""
        if not group:
            return
        candidates: list[Callable[[], int | None]] = []
        for rate in self._rates_of.get(group, ()):
            if rate in self._rates:
                name, value, number = self._rates[rate]
                candidates += [_parsing(name), _of_register(number), _parsing(value.strip("0,.") and value)]
        candidates.append(_parsing(self._groups.get(group, "")))
        for candidate in candidates:
            try:
                code = candidate()
            except CellError as error:
                if error.code is RowCode.TAX_18:
                    taking.errors.append(error)
                    return
                continue
            if code is not None:
                taking.fields.tax_code = code
                return
        taking.put("tax_group", group)


def _of_register(number: str) -> Callable[[], int | None]:
    return lambda: _TAX_OF_REGISTER.get(parse_whole_number(number) or 0)


def _parsing(text: str) -> Callable[[], int | None]:
    return lambda: parse_tax(text)

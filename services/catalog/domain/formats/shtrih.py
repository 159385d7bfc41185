"""Штрих-М «Кассир»: `##@@&&` with its command in the first line, then rows of up to 30 fields.

Lines that begin with `#` are further units of an item: one of the same price and of no other number is a further
barcode. Lines of `<goods_attr …>` are attributes of alcohol. What tax groups mean is not published: they are kept as
a foreign attribute, so the account's own VAT holds for new items.

Facts: 1C's exchange with this program («Управление торговлей» 11.5); wiki.ilexx.ru, «Кассир 5», exchange formats, for
units; the exporter for MyPOS in a repository with `put_gwares`, and files of students' tasks, for attributes.
"""

import re
from collections.abc import Iterable, Iterator

from services.catalog.domain.cells import parse_whole_number
from services.catalog.domain.csv_reader import LINE_MAX
from services.catalog.domain.fiscal_words import MARKED_TYPES, MEASURES, TYPE_CODES
from services.catalog.domain.formats.coded_rows import Groups, Said, Taking, first_lines, plain_number, twice
from services.catalog.domain.formats.frontol import millilitres
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.names import parse_article
from services.contracts.import_codes import RowCode
from services.contracts.imports import IMPORT_ROWS_MAX
from services.contracts.marking import MarkingType

HEAD = "##@@&&$$$"
WHOLE = "CLR"  # the base is cleared first
_BARCODES_AT = 1
_EXCISABLE = {1: 2, 33: 31}  # FFD tag 1212
_ATTRIBUTE = re.compile(r'<goods_attr id="([^"]{1,64})" attr_id="([0-9]{1,4})">([^<]{1,500})</goods_attr>')
_ALCOHOL_KIND, _LITRES, _STRENGTH = "22", "23", "27"
_KEPT = {_ALCOHOL_KIND: "alcohol_kind", _STRENGTH: "alcohol_strength", "30": "alcohol_code"}
_MARKING = {
    "0002": MarkingType.FUR, "0003": MarkingType.MEDICINE, "0004": MarkingType.CLOTHES, "0005": MarkingType.TOBACCO,
    "1520": MarkingType.SHOES, "0006": MarkingType.PERFUME, "0007": MarkingType.TYRES, "0008": MarkingType.PHOTO,
    "0009": MarkingType.DAIRY, "0012": MarkingType.WATER, "0013": MarkingType.DRAUGHT_BEER,
    "0014": MarkingType.OTHER_TOBACCO, "0015": MarkingType.NICOTINE, "0016": MarkingType.SUPPLEMENTS,
    "0021": MarkingType.SOFT_DRINKS, "0023": MarkingType.BEER,
}  # fmt: skip


def looks_like(start: bytes) -> bool:
    """Whether a file that begins so is one of this program."""
    return next(iter(first_lines(start)), "").strip().startswith(HEAD)


def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of a file. Raises FileRefused for too many."""
    with twice(parts, encoding) as lines:
        file = _File(goods)
        for line in lines():
            file.learn(line)
        for place, line in enumerate(lines(), start=1):
            if (taking := file.taking(place, line)) is not None:
                yield taking.finish(goods, line)


class _File:
    """What a file says, row by row."""

    def __init__(self, goods: GoodsReader) -> None:
        self._goods = goods
        self._said = Said()
        self._groups = Groups()
        self._prices: dict[str, str] = {}  # of items above, as they are written
        self._attributes: dict[str, dict[str, str]] = {}

    def learn(self, line: str) -> None:
        """The first reading."""
        bare = line.strip()
        if bare.startswith(HEAD):
            self._goods.is_whole = WHOLE in bare
        elif bare.startswith("#") and len(bare) > 1:
            self._learn_unit([cell.strip() for cell in bare[1 : LINE_MAX + 1].split(";")])
        elif (attribute := _ATTRIBUTE.fullmatch(bare)) is not None:
            self._learn_attribute(*attribute.groups())
        elif (cells := _cells(line)) is not None:
            if _cell(cells, 17) == "0":
                self._groups.learn(_cell(cells, 1), _cell(cells, 3) or _cell(cells, 4), _cell(cells, 16))
            else:
                self._prices[_cell(cells, 1)] = _cell(cells, 5)
                self._said.learn_row(_cell(cells, 1), cells)

    def _learn_unit(self, cells: list[str]) -> None:
        """A barcode beside the code of an item that stands above; programs differ in the order."""
        if len(cells) < 2:
            return
        code, barcode = cells[:2] if cells[0] in self._prices else (cells[1], cells[0])
        if not code or code not in self._prices or not barcode:
            return
        price = plain_number(self._prices[code])
        numbers = [number for number in map(plain_number, cells[2:]) if number is not None]
        is_one = all(number in ("0", "1", price) for number in numbers)
        (self._said.learn_barcode if is_one else self._said.learn_pack)(code, barcode)

    def _learn_attribute(self, code: str, number: str, text: str) -> None:
        if number in (*_KEPT, _LITRES) and len(self._attributes) < IMPORT_ROWS_MAX:
            self._attributes.setdefault(code, {})[number] = text.strip()

    def taking(self, place: int, line: str) -> Taking | None:
        """The second reading: an item as the whole file says it; None where a line gives none."""
        cells = _cells(line)
        if cells is None or _cell(cells, 17) == "0":
            return None
        told = self._said.take(_cell(cells, 1), cells, _BARCODES_AT)
        if told is None:
            return None
        return self._item(place, told)

    def _item(self, place: int, cells: list[str]) -> Taking:
        taking = Taking(place)
        taking.code(_cell(cells, 1))
        taking.names(_cell(cells, 3) or _cell(cells, 4), _cell(cells, 4))
        taking.price(_cell(cells, 5))
        taking.barcodes(_cell(cells, 2))
        taking.pack_barcodes(self._said.packs_of(_cell(cells, 1)))
        taking.take("article", parse_article, _cell(cells, 12))
        taking.section(_cell(cells, 9))
        taking.fields.groups = self._groups.path(_cell(cells, 16)) or None
        if _cell(cells, 8) in ("0", "1"):
            taking.fields.undivided = _cell(cells, 8) == "0"
        taking.put("tax_group", _cell(cells, 11))
        measure = parse_whole_number(_cell(cells, 29))
        taking.fields.measure = measure if measure in MEASURES else None
        _subject(taking, cells)
        _alcohol(taking, self._attributes.get(_cell(cells, 1), {}))
        return taking


def _cells(line: str) -> list[str] | None:
    """The fields of a row of goods; None for lines of another kind."""
    bare = line.strip()
    if not bare or bare == "@" or bare[0] in "#*+<" or bare.startswith("$$$"):
        return None
    return line[: LINE_MAX + 1].split(";")


def _cell(cells: list[str], number: int) -> str:
    """A field by the number that the format gives it, from 1."""
    return cells[number - 1].strip() if number <= len(cells) else ""


def _alcohol(taking: Taking, attributes: dict[str, str]) -> None:
    for number, key in _KEPT.items():
        taking.put(key, attributes.get(number, ""))
    if attributes.get(_ALCOHOL_KIND, "").strip("0"):
        taking.fields.alcohol = True
    taking.take("volume_ml", millilitres, attributes.get(_LITRES, ""))


def _subject(taking: Taking, cells: list[str]) -> None:
    fields = taking.fields
    subject = parse_whole_number(_cell(cells, 26))
    fields.type_code = subject if subject in TYPE_CODES else None
    if _cell(cells, 19) == "1":
        fields.type_code = _EXCISABLE.get(fields.type_code or 1, fields.type_code)
    kind = _cell(cells, 28)
    if not kind.strip("0"):
        return
    known = _MARKING.get(kind.zfill(4))
    if known is None:
        taking.doubts.append(("marking", RowCode.MARKING_UNKNOWN, kind[:32]))
    fields.marking = (known or MarkingType.OTHER).value
    fields.marked = True
    fields.type_code = MARKED_TYPES.get(fields.type_code or 1, fields.type_code)
    fields.alcohol = True if known in (MarkingType.BEER, MarkingType.DRAUGHT_BEER) else None

"""Rows of a table read column by column: most rows of most files have nothing that needs a closer look.

A cell that cannot be taken as it stands is UNUSUAL, and its row goes the long way: to TableRowReader, which knows every
case and tells what is wrong. Both ways must come to the same rows; tests hold them to each other.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, repeat
from typing import Any

from services.catalog.domain import column_words as words
from services.catalog.domain.barcodes import CHECKED_LENGTHS, barcode_key, barcode_warning, check_digits_ok
from services.catalog.domain.cells import CellError, are_clean, is_clean
from services.catalog.domain.columns import TableLayout
from services.catalog.domain.csv_reader import TableRow
from services.catalog.domain.fiscal_words import measure_is_known
from services.catalog.domain.goods_reader import MEMO_MAX, GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import parse_groups, paths_to_key
from services.catalog.domain.marking_words import marking_is_known
from services.catalog.domain.names import ARTICLE_MAX, short_names_of
from services.catalog.domain.prices import parse_price
from services.catalog.domain.table_rows import SINGLE_COLUMNS, TableRowReader
from services.catalog.domain.taxes import LEGACY_TAX_CODES
from services.contracts.catalog import NAME_MAX

BLOCK_ROWS = 128  # of at most LINE_MAX characters each
UNUSUAL: Any = object()

ReadColumn = Callable[[Sequence[str]], Sequence[Any]]  # stripped cells → what they say, or UNUSUAL

_CODE = re.compile(r"[1-9][0-9]{0,8}")
_ONE_BARCODE = re.compile(r"[0-9]{8,14}")
_PLACES = {name: place for place, name in enumerate(GoodsRow._fields)}
_PLACES["measure"] = _PLACES["measure_unit"]


class TableBlocks:
    """Reads the rows of one table into a GoodsReader, BLOCK_ROWS at a time."""

    def __init__(self, layout: TableLayout, goods: GoodsReader) -> None:
        self._goods = goods
        self._long_way = TableRowReader(layout, goods)
        self._width = len(layout.columns)
        self._price_given = words.PRICE in layout.fields
        self._tax_system_given = words.TAX_SYSTEM in layout.fields
        self._columns = [
            (layout.indexes(field)[0], _PLACES[attribute], _column_reader(field, parse, repeats, layout))
            for field, (attribute, parse, repeats) in SINGLE_COLUMNS.items()
            if layout.indexes(field)
        ]
        self._barcodes = layout.indexes(words.BARCODE)
        self._groups = layout.indexes(words.GROUP)
        self._group_key = _Remembered(lambda text: paths_to_key(parse_groups(text)))
        self._never = layout.row_is_code or len(self._barcodes) > 1 or len(self._groups) > 1

    def read(self, rows: Iterable[TableRow]) -> Iterator[GoodsRow | None]:
        """Each row for staging in its turn; None for one that was refused (the GoodsReader has the reasons)."""
        if self._never:
            yield from map(self._long_way.read, rows)
            return
        source = iter(rows)
        while block := list(islice(source, BLOCK_ROWS)):
            unusual: set[int] = set()
            for place, (row, made) in enumerate(zip(block, self._usual(block, unusual), strict=True)):
                if place not in unusual and self._goods.take_usual(made):
                    yield made
                else:
                    yield self._long_way.read(row)

    def _usual(self, block: list[TableRow], unusual: set[int]) -> Iterator[GoodsRow]:
        """What the rows say; those whose places are put into `unusual` say something else."""
        cells = list(zip(*self._cells(block, unusual), strict=True))
        said: list[Iterable[Any]] = [repeat(None)] * len(GoodsRow._fields)

        def put(place: int, values: Sequence[Any]) -> None:
            if UNUSUAL in values:
                unusual.update(index for index, value in enumerate(values) if value is UNUSUAL)
            said[place] = values

        for index, place, read in self._columns:
            put(place, read(tuple(map(str.strip, cells[index]))))
        if self._barcodes:
            barcodes = usual_barcodes(tuple(map(str.strip, cells[self._barcodes[0]])))
            put(_PLACES["barcodes"], barcodes)
            said[_PLACES["keys"]] = [barcode_key(one) if one and one is not UNUSUAL else one for one in barcodes]
        if self._groups:
            put(_PLACES["groups"], self._group_key(cells[self._groups[0]]))
        self._name_shortly(said)
        said[_PLACES["line"]] = [row.line for row in block]
        said[_PLACES["price_given"]] = repeat(self._price_given)
        said[_PLACES["tax_system_given"]] = repeat(self._tax_system_given)
        return map(GoodsRow._make, zip(*said, strict=False))

    def _cells(self, block: list[TableRow], unusual: set[int]) -> Iterator[list[str]]:
        """The cells of each row, as many as there are columns; empty ones of a row that must go the long way."""
        for place, row in enumerate(block):
            if row.error is not None or len(row.cells) > self._width or "'" in row.text:
                unusual.add(place)
                yield [""] * self._width
            else:
                yield row.cells + [""] * (self._width - len(row.cells))

    @staticmethod
    def _name_shortly(said: list[Iterable[Any]]) -> None:
        """Short names: as given, else made from the names."""
        names, given = said[_PLACES["name"]], said[_PLACES["short_name"]]
        made: Iterable[Any] = repeat(None)
        if isinstance(names, Sequence):
            made = short_names_of(["" if name is UNUSUAL else name for name in names])
        own: Iterable[bool] = repeat(False)
        if isinstance(given, Sequence):
            own = [one is not None for one in given]
            made = [name if one is None else one for one, name in zip(given, made, strict=False)]
        said[_PLACES["short_name"]], said[_PLACES["short_name_given"]] = made, own


class _Remembered:
    """Reads a column whose texts repeat from row to row; `usual` says of which values nothing has to be told."""

    def __init__(
        self, parse: Callable[[str], Any], usual: Callable[[str, Any], bool] = lambda text, value: True
    ) -> None:
        self._parse = parse
        self._is_usual = usual
        self._known: dict[str, Any] = {}

    def __call__(self, texts: Sequence[str]) -> list[Any]:
        try:
            return [self._known[text] for text in texts]
        except KeyError:
            if len(self._known) >= MEMO_MAX:
                self._known.clear()
            for text in set(texts).difference(self._known):
                self._known[text] = self._value(text)
            return [self._known[text] for text in texts]

    def _value(self, text: str) -> Any:
        try:
            value = self._parse(text)
        except CellError:
            return UNUSUAL
        return value if self._is_usual(text, value) else UNUSUAL


def usual_codes(texts: Sequence[str]) -> list[Any]:
    """Item codes of one to nine digits; None for an empty cell."""
    fullmatch = _CODE.fullmatch
    return [int(text) if fullmatch(text) else UNUSUAL if text else None for text in texts]


def usual_texts(texts: Sequence[str], least: int, most: int) -> Sequence[Any]:
    """Texts of that many characters that need no cleaning."""
    if are_clean(texts) and min(map(len, texts)) >= least and max(map(len, texts)) <= most:
        return texts
    return [text if least <= len(text) <= most and is_clean(text) else UNUSUAL for text in texts]


def usual_prices(texts: Sequence[str]) -> list[Any]:
    """Kopecks; None for an empty cell. A free price is told of, so it is no usual one."""
    return [price if price != 0 else UNUSUAL for price in _each(parse_price, texts)]


def usual_barcodes(texts: Sequence[str]) -> list[Any]:
    """One barcode of which nothing has to be told, or "" for none."""
    length = len(texts[0])
    whole = "".join(texts)
    if length in CHECKED_LENGTHS and all(len(text) == length for text in texts) and whole.isascii() and whole.isdigit():
        right = check_digits_ok(texts)
        # A cell of zeros means none, and an inner barcode is told of.
        return [
            text if ok and text[0] != "2" and text.strip("0") else UNUSUAL
            for text, ok in zip(texts, right, strict=True)
        ]
    return [
        text if not text or (_ONE_BARCODE.fullmatch(text) and text.strip("0") and barcode_warning(text) is None)
        else UNUSUAL
        for text in texts
    ]  # fmt: skip


def _each(parse: Callable[[str], Any], texts: Sequence[str]) -> list[Any]:
    try:
        return list(map(parse, texts))
    except CellError:
        return [_or_unusual(parse, text) for text in texts]


def _or_unusual(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except CellError:
        return UNUSUAL


def _column_reader(field: str, parse: Callable[[str], Any], repeats: bool, layout: TableLayout) -> ReadColumn:
    """How a column of this field is read; `parse` is what the long way has for its cells."""
    special: dict[str, ReadColumn] = {
        words.CODE: usual_codes,
        words.NAME: lambda texts: usual_texts(texts, 1, NAME_MAX),
        words.ARTICLE: lambda texts: usual_texts(texts, 0, ARTICLE_MAX),
        words.PRICE: usual_prices,
    }
    if field in special:
        return special[field]
    if not repeats:
        return lambda texts: _each(parse, texts)
    # Of what the long way tells something, or changes something else in the row.
    told: dict[str, Callable[[str, Any], bool]] = {
        words.TAX: lambda text, value: value not in LEGACY_TAX_CODES,
        words.TAX_CODE: lambda text, value: value not in LEGACY_TAX_CODES,
        words.MEASURE: lambda text, value: measure_is_known(text),
        words.MARKING: lambda text, value: marking_is_known(text),
        words.MARKED: lambda text, value: not value or words.TYPE not in layout.fields,
    }
    return _Remembered(parse, told.get(field, lambda text, value: True))

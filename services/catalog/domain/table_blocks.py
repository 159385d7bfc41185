"""Rows of a table read column by column: most rows of most files have nothing that needs a closer look.

A cell that cannot be taken as it stands is UNUSUAL, and its row goes the long way: to TableRowReader, which knows every
case and tells what is wrong. Both ways must come to the same rows; tests hold them to each other.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from services.catalog.domain import column_words as words
from services.catalog.domain.barcodes import barcode_key, barcode_keys, check_digits_ok
from services.catalog.domain.cells import CellError, are_clean, is_clean
from services.catalog.domain.columns import TableLayout
from services.catalog.domain.csv_reader import TableRow
from services.catalog.domain.fiscal_words import measure_is_known
from services.catalog.domain.goods_block import GoodsBlock
from services.catalog.domain.goods_reader import MEMO_MAX, GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import parse_groups, paths_to_key
from services.catalog.domain.marking_words import marking_is_known
from services.catalog.domain.names import ARTICLE_MAX, short_names_of
from services.catalog.domain.prices import parse_price, simple_prices
from services.catalog.domain.table_columns import RowBlock, TableColumns, rows_in
from services.catalog.domain.table_rows import SINGLE_COLUMNS, TableRowReader
from services.catalog.domain.taxes import LEGACY_TAX_CODES
from services.contracts.barcodes import CHECKED_LENGTHS, barcode_warning
from services.contracts.catalog import NAME_MAX


class _Unusual:
    """Of a cell that goes the long way."""


UNUSUAL: Any = _Unusual()

# Attributes of what the long way reads into → fields of GoodsRow, where they differ.
_FIELDS = {"measure": "measure_unit"}

ReadColumn = Callable[[Sequence[str]], Sequence[Any]]  # stripped cells → what they say, or UNUSUAL

CODE_DIGITS = 9  # any number of so many is a code
_CODE = re.compile(r"[1-9][0-9]{0,8}")
_ONE_BARCODE = re.compile(r"[0-9]{8,14}")


class TableBlocks:
    """Reads the rows of one table into a GoodsReader, a block at a time."""

    def __init__(self, layout: TableLayout, goods: GoodsReader) -> None:
        self._goods = goods
        self._long_way = TableRowReader(layout, goods)
        self._width = len(layout.columns)
        self._price_given = words.PRICE in layout.fields
        self._tax_system_given = words.TAX_SYSTEM in layout.fields
        self._columns = [
            (layout.indexes(field)[0], _FIELDS.get(attribute, attribute), _column_reader(field, parse, repeats, layout))
            for field, (attribute, parse, repeats) in SINGLE_COLUMNS.items()
            if layout.indexes(field)
        ]
        self._barcodes = layout.indexes(words.BARCODE)
        self._groups = layout.indexes(words.GROUP)
        self._group_key = _Remembered(lambda text: paths_to_key(parse_groups(text)))
        self._never = layout.row_is_code or len(self._barcodes) > 1 or len(self._groups) > 1

    def read(self, blocks: Iterable[RowBlock]) -> Iterator[GoodsBlock]:
        """The rows for staging, without those that were refused (the GoodsReader has the reasons)."""
        for some in blocks:
            if self._never or not len(some):
                yield GoodsBlock.of([row for row in map(self._long_way.read, rows_in(some)) if row is not None])
                continue
            unusual: set[int] = set()
            block = self._usual(some, unusual)
            if not unusual and self._goods.take_block(block):
                yield block
            else:
                yield GoodsBlock.of(list(self._one_by_one(rows_in(some), block, unusual)))

    def _one_by_one(self, some: list[TableRow], block: GoodsBlock, unusual: set[int]) -> Iterator[GoodsRow]:
        for place, (row, usual) in enumerate(zip(some, block.rows(), strict=True)):
            if place not in unusual and self._goods.take_usual(usual):
                yield usual
                continue
            made = self._long_way.read(row)
            if made is not None:
                yield made

    def _usual(self, some: RowBlock, unusual: set[int]) -> GoodsBlock:
        """What the rows say; those whose places are put into `unusual` say something else."""
        lines, cells = self._cells(some, unusual)
        said: dict[str, Sequence[Any]] = {}

        def column(index: int) -> Sequence[str]:
            texts = cells[index]
            whole = "".join(texts)
            if "'" in whole or "#" in whole:  # it may guard a text that a spreadsheet would run, or be its error
                unusual.update(place for place, text in enumerate(texts) if text.lstrip().startswith(("'", "#")))
            return texts

        def put(name: str, values: Sequence[Any]) -> None:
            if _Unusual in set(map(type, values)):
                unusual.update(place for place, value in enumerate(values) if value is UNUSUAL)
            said[name] = values

        for index, name, read in self._columns:
            put(name, read(tuple(map(str.strip, column(index)))))
        if self._barcodes:
            put("barcodes", usual_barcodes(tuple(map(str.strip, column(self._barcodes[0])))))
            said["keys"] = usual_keys(said["barcodes"])
        if self._groups:
            put("groups", self._group_key(column(self._groups[0])))
        self._name_shortly(said, len(some))
        said["line"] = lines
        said["price_given"] = (self._price_given,) * len(some)
        said["tax_system_given"] = (self._tax_system_given,) * len(some)
        return GoodsBlock(len(some), said)

    def _cells(self, some: RowBlock, unusual: set[int]) -> tuple[Sequence[int], Sequence[Sequence[str]]]:
        """The rows' lines and columns, as many as the table has; of rows that must go the long way empty cells."""
        if isinstance(some, TableColumns) and len(some.columns) <= self._width:
            missing = [[""] * len(some)] * (self._width - len(some.columns))
            return some.lines, [*some.cells(), *missing]
        some = rows_in(some)
        lines, cells, _, errors = zip(*some, strict=True)
        if any(errors) or set(map(len, cells)) != {self._width}:
            unusual.update(
                place for place, row in enumerate(some) if row.error is not None or len(row.cells) > self._width
            )
            fitting = ([] if place in unusual else row.cells for place, row in enumerate(some))
            cells = tuple(row + [""] * (self._width - len(row)) for row in fitting)
        return lines, list(zip(*cells, strict=True))

    @staticmethod
    def _name_shortly(said: dict[str, Sequence[Any]], count: int) -> None:
        """Short names: as given, else made from the names."""
        names, given = said.get("name"), said.get("short_name")
        made: Sequence[Any] = (None,) * count
        if names is not None:
            made = short_names_of(["" if name is UNUSUAL else name for name in names] if UNUSUAL in names else names)
        said["short_name_given"] = (False,) * count
        if given is not None:
            said["short_name_given"] = [one is not None for one in given]
            made = [name if one is None else one for one, name in zip(given, made, strict=True)]
        said["short_name"] = made


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
            return list(map(self._known.__getitem__, texts))
        except KeyError:
            if len(self._known) >= MEMO_MAX:
                self._known.clear()
            for text in set(texts).difference(self._known):
                self._known[text] = self._value(text)
            return list(map(self._known.__getitem__, texts))

    def _value(self, text: str) -> Any:
        try:
            value = self._parse(text)
        except CellError:
            return UNUSUAL
        return value if self._is_usual(text, value) else UNUSUAL


def usual_codes(texts: Sequence[str]) -> list[Any]:
    """Item codes of one to nine digits; None for an empty cell."""
    whole = "".join(texts)
    starts = {text[:1] for text in texts}
    if whole.isascii() and whole.isdigit() and max(map(len, texts)) <= CODE_DIGITS and starts.isdisjoint(("", "0")):
        return list(map(int, texts))
    return [int(text) if _CODE.fullmatch(text) else UNUSUAL if text else None for text in texts]


def usual_texts(texts: Sequence[str], least: int, most: int) -> Sequence[Any]:
    """Texts of that many characters that need no cleaning."""
    if are_clean(texts) and min(map(len, texts)) >= least and max(map(len, texts)) <= most:
        return texts
    return [text if least <= len(text) <= most and is_clean(text) else UNUSUAL for text in texts]


def usual_prices(texts: Sequence[str]) -> list[Any]:
    """Kopecks; None for an empty cell. A free price is told of, so it is no usual one."""
    prices = simple_prices(texts) or _each(parse_price, texts)
    return [price if price != 0 else UNUSUAL for price in prices] if 0 in prices else prices


def usual_barcodes(texts: Sequence[str]) -> Sequence[Any]:
    """One barcode of which nothing has to be told, or "" for none."""
    whole, length = "".join(texts), len(texts[0])
    if length in CHECKED_LENGTHS and set(map(len, texts)) == {length} and whole.isascii() and whole.isdigit():
        right = check_digits_ok(texts)
        # A cell of zeros means none, and an inner barcode is told of.
        if False not in right and {text[0] for text in texts}.isdisjoint(("0", "2")):
            return texts
        return [
            text if ok and text[0] != "2" and text.strip("0") else UNUSUAL
            for text, ok in zip(texts, right, strict=True)
        ]
    return [
        text if not text or (_ONE_BARCODE.fullmatch(text) and text.strip("0") and barcode_warning(text) is None)
        else UNUSUAL
        for text in texts
    ]  # fmt: skip


def usual_keys(barcodes: Sequence[Any]) -> Sequence[Any]:
    """What usual barcodes are compared by."""
    if UNUSUAL in barcodes:
        return [barcode_key(one) if one and one is not UNUSUAL else one for one in barcodes]
    return barcode_keys(barcodes)


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

"""Rows of a table → what they say about goods."""

from collections.abc import Callable
from functools import partial
from typing import Any

from services.catalog.domain import column_words as words
from services.catalog.domain.barcodes import parse_barcodes
from services.catalog.domain.cells import (
    CellError,
    clean_or_refuse,
    parse_flag,
    parse_whole_number,
    shown,
    unwrap,
    without_guard,
)
from services.catalog.domain.columns import TableLayout
from services.catalog.domain.csv_reader import LINE_MAX, TableRow
from services.catalog.domain.fiscal_words import (
    measure_is_known,
    parse_agent,
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
from services.catalog.domain.goods_reader import FOREIGN_ID_MAX, Fields, GoodsReader, Memo
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import GroupPath, parse_groups
from services.catalog.domain.marking_words import marking_is_known, parse_marking
from services.catalog.domain.names import parse_article, parse_name, parse_short_name
from services.catalog.domain.prices import parse_price
from services.catalog.domain.taxes import parse_tax, parse_tax_code
from services.contracts.import_codes import RowCode
from services.contracts.spreadsheets import SHEET_ERRORS

CODE_MAX = 2_147_483_647


def parse_code(text: str) -> int | None:
    """An item code, 1 … CODE_MAX; None: empty cell. Raises CellError."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        code: int | None = int(text)
    else:
        text = unwrap(text)
        if not text:
            return None
        code = parse_whole_number(text)
    if code is None:
        raise CellError("code", RowCode.CODE_NOT_A_NUMBER, value=shown(text))
    if not 1 <= code <= CODE_MAX:
        raise CellError("code", RowCode.CODE_OUT_OF_RANGE, value=shown(text), max=CODE_MAX)
    return code


def parse_foreign_id(text: str) -> str | None:
    """What another program knows the item by; None: empty cell. Raises CellError."""
    known = clean_or_refuse("code", unwrap(text))
    if len(known) > FOREIGN_ID_MAX:
        raise CellError("code", RowCode.FOREIGN_ID_TOO_LONG, limit=FOREIGN_ID_MAX)
    return known or None


def _excise(text: str) -> int | None:
    try:
        return parse_excise(parse_price(text))
    except CellError:
        raise CellError("excise", RowCode.EXCISE_NOT_A_NUMBER, value=shown(text)) from None


def _country(text: str) -> str | None:
    digits = text.strip()
    return parse_country(digits.zfill(3) if digits.isdecimal() else digits) or None


def _volume(text: str) -> int | None:
    if not text.strip():
        return None
    volume = parse_whole_number(text)
    if volume is None:
        raise CellError("volume_ml", RowCode.VOLUME_NOT_A_NUMBER, value=shown(text))
    return parse_volume(volume)


# Field of a column → attribute of Fields and the parser of its cells. Barcodes and groups, which several columns may
# hold, are apart.
SINGLE_COLUMNS: dict[str, tuple[str, Callable[[str], Any], bool]] = {
    words.CODE: ("code", parse_code, False),
    words.NAME: ("name", parse_name, False),
    words.SHORT_NAME: ("short_name", parse_short_name, False),
    words.PRICE: ("price", parse_price, False),
    words.ARTICLE: ("article", parse_article, False),
    words.TAX: ("tax_code", parse_tax, True),
    words.TAX_CODE: ("tax_code", parse_tax_code, True),
    words.TYPE: ("type_code", parse_type, True),
    words.MEASURE: ("measure", parse_measure, True),
    words.SECTION: ("section", parse_section, True),
    words.MARKED: ("marked", partial(parse_flag, words.MARKED), True),
    words.UNDIVIDED: ("undivided", partial(parse_flag, words.UNDIVIDED), True),
    words.TAX_SYSTEM: ("tax_system", parse_tax_system, True),
    words.BLOCKED: ("blocked", partial(parse_flag, words.BLOCKED), True),
    words.PAYMENT_METHOD: ("payment_method", parse_payment_method, True),
    words.AGENT: ("agent", parse_agent, True),
    words.EXCISE: ("excise", _excise, True),
    words.COUNTRY: ("country", _country, True),
    words.CUSTOMS_DECLARATION: ("customs_declaration", lambda text: parse_customs_declaration(text) or None, True),
    words.MARKING: ("marking", parse_marking, True),
    words.ALCOHOL: ("alcohol", partial(parse_flag, words.ALCOHOL), True),
    words.VOLUME: ("volume_ml", _volume, True),
    words.NOTE: ("note", lambda text: parse_note(text) or None, False),
    words.FOREIGN_ID: ("foreign_id", parse_foreign_id, False),
}


class TableRowReader:
    """Reads the rows of one table into a GoodsReader."""

    def __init__(self, layout: TableLayout, goods: GoodsReader) -> None:
        self._goods = goods
        self._row_is_code = layout.row_is_code
        self._width = len(layout.columns)
        self._fields = [(column.index, column.field) for column in layout.columns if column.field is not None]
        self._barcodes = layout.indexes(words.BARCODE)
        self._groups = layout.indexes(words.GROUP)
        self._parse_groups = Memo(parse_groups)
        self._measure_known = Memo(measure_is_known)
        self._measure = next(iter(layout.indexes(words.MEASURE)), -1)
        self._marking_known = Memo(marking_is_known)
        self._marking = next(iter(layout.indexes(words.MARKING)), -1)
        self._price_given = words.PRICE in layout.fields
        self._tax_system_given = words.TAX_SYSTEM in layout.fields
        self._single = [
            (layout.indexes(field)[0], attribute, Memo(parse) if repeats else parse)
            for field, (attribute, parse, repeats) in SINGLE_COLUMNS.items()
            if layout.indexes(field)
        ]
        self._seen = 0

    def read(self, row: TableRow) -> GoodsRow | None:
        """The row for staging; None when it was refused (the GoodsReader has the reasons)."""
        self._seen += 1
        if row.error is not None:
            limit = {"limit": LINE_MAX} if row.error is RowCode.LINE_TOO_LONG else {}
            self._goods.refuse(row.line, row.text, [CellError("", row.error, **limit)])
            return None
        cells = row.cells
        if len(cells) != self._width and not self._fit(row):
            return None
        errors = self._sheet_errors(cells) if "#" in row.text else []
        if errors:  # what stands beside them may come of the same fault
            self._goods.refuse(row.line, row.text, errors)
            return None
        if "'" in row.text:
            cells = [without_guard(cell) for cell in cells]
        fields = Fields(row.line)
        said = vars(fields)  # setattr in this loop would be a tenth of an import's time
        for index, attribute, parse in self._single:
            try:
                said[attribute] = parse(cells[index].strip())
            except CellError as error:
                errors.append(error)
        try:
            self._read_several(fields, cells)
        except CellError as error:
            errors.append(error)
        if errors:
            self._goods.refuse(row.line, row.text, errors)
            return None
        fields.price_given = self._price_given
        fields.tax_system_given = self._tax_system_given
        if self._row_is_code:
            fields.code = self._seen
        taken = self._goods.take(fields, row.text)
        if taken is not None and self._measure >= 0 and not self._measure_known(cells[self._measure].strip()):
            value = shown(cells[self._measure])
            self._goods.warn(row.line, row.text, words.MEASURE, RowCode.MEASURE_UNKNOWN, value=value)
        if taken is not None and self._marking >= 0 and not self._marking_known(cells[self._marking].strip()):
            value = shown(cells[self._marking])
            self._goods.warn(row.line, row.text, words.MARKING, RowCode.MARKING_UNKNOWN, value=value)
        return taken

    def _sheet_errors(self, cells: list[str]) -> list[CellError]:
        """Cells of known columns in which a formula failed: read as empty, they would take an item's price away."""
        return [
            CellError(field, RowCode.CELL_ERROR, value=shown(cells[index]))
            for index, field in self._fields
            if cells[index].strip() in SHEET_ERRORS
        ]

    def _fit(self, row: TableRow) -> bool:
        """Missing cells are empty ones; further ones must be empty, else the columns may have slipped."""
        cells = row.cells
        if any(cell.strip() for cell in cells[self._width :]):
            slipped = CellError("", RowCode.TOO_MANY_CELLS, expected=self._width, found=len(cells))
            self._goods.refuse(row.line, row.text, [slipped])
            return False
        cells.extend([""] * (self._width - len(cells)))
        return True

    def _read_several(self, fields: Fields, cells: list[str]) -> None:
        if len(self._barcodes) == 1:
            fields.barcodes = parse_barcodes(cells[self._barcodes[0]].strip())
        elif self._barcodes:
            fields.barcodes = parse_barcodes("\n".join(cells[index] for index in self._barcodes))
        if len(self._groups) == 1:
            fields.groups = self._parse_groups(cells[self._groups[0]])
        elif self._groups:
            levels: list[tuple[GroupPath, ...]] = [self._parse_groups(cells[index]) for index in self._groups]
            fields.groups = _nested(levels)


def _nested(levels: list[tuple[GroupPath, ...]]) -> tuple[GroupPath, ...]:
    """Several group columns are levels, the outermost first (Группа, Подгруппа), as long as each names one group."""
    filled = [level for level in levels if level]
    if all(len(level) == 1 for level in filled):
        return (tuple(name for level in filled for name in level[0]),) if filled else ()
    return tuple(dict.fromkeys(path for level in filled for path in level))

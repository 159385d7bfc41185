"""What all goods files have in common once cut into fields: checks within a row and among the rows of one file."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from services.catalog.domain.barcodes import barcode_key
from services.catalog.domain.cells import CellError, shown
from services.catalog.domain.fiscal_words import MARKED_TYPES, TYPES_OF_MARKED
from services.catalog.domain.goods_block import GoodsBlock
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import GroupPath, paths_to_key
from services.catalog.domain.names import folded, short_name_of
from services.catalog.domain.taxes import LEGACY_TAX_CODES
from services.contracts.barcodes import barcode_warning
from services.contracts.import_codes import RowCode
from services.contracts.imports import PROBLEMS_KEPT, ImportProblem

FOREIGN_ID_MAX = 200
TEXT_SHOWN = 200  # characters of a row's own text in a problem
MEMO_MAX = 4_096  # different texts of one column that are remembered

ERROR, WARNING = "error", "warning"


class Memo:
    """A cell parser that remembers: groups, rates and units repeat from row to row."""

    def __init__(self, parse: Callable[[str], Any]) -> None:
        self._parse = parse
        self._known: dict[str, Any] = {}

    def __call__(self, text: str) -> Any:
        try:
            return self._known[text]
        except KeyError:
            value = self._parse(text)
            if len(self._known) >= MEMO_MAX:
                self._known.clear()
            self._known[text] = value
            return value


class Fields:
    """What one row says, by field; the attributes mean what those of GoodsRow mean."""

    # Unsaid until a parser sets it; on the class, so that a row costs only what it says.
    code: int | None = None
    name: str | None = None
    short_name: str | None = None
    price: int | None = None
    price_given = False
    barcodes: tuple[str, ...] | None = None
    groups: tuple[GroupPath, ...] | None = None
    article: str | None = None
    tax_code: int | None = None
    type_code: int | None = None
    measure: int | None = None
    section: int | None = None
    marked: bool | None = None
    undivided: bool | None = None
    tax_system: int | None = None
    tax_system_given = False
    blocked: bool | None = None
    payment_method: int | None = None  # FFD tag 1214
    agent: int | None = None  # 0 … 6, the number of the bit of FFD tag 1057
    excise: int | None = None  # kopecks, FFD tag 1229
    country: str | None = None  # three digits of OKSM, FFD tag 1230
    customs_declaration: str | None = None  # FFD tag 1231
    marking: str | None = None  # a MarkingType
    alcohol: bool | None = None
    volume_ml: int | None = None
    note: str | None = None
    removed: bool | None = None  # the file says that this item is no more
    foreign_id: str | None = None  # what the other system knows the item by, at most FOREIGN_ID_MAX characters
    extra: dict[str, Any] | None = None

    def __init__(self, line: int) -> None:
        self.line = line


class GoodsReader:
    """Takes the rows of one file in turn; collects what is wrong with them and how many there were.

    Problems are kept up to PROBLEMS_KEPT, the counts go on. What it remembers of a row (its code, its barcodes) is
    bounded by IMPORT_ROWS_MAX rows.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.failed = 0
        self.warnings = 0
        self.legacy_tax_rows = 0
        self.codeless = 0  # good rows without a code
        self.nameless = 0  # good rows without a name
        self.is_whole: bool | None = None  # the file says that it has all goods, or that it has changes only
        self.price_kinds: tuple[str, ...] = ()  # names of the kinds of prices that the file has
        self.price_kind: str | None = None  # the one of them that was taken
        self.problems: list[ImportProblem] = []
        self._codes: dict[int, int] = {}  # → line
        self._barcodes: dict[str, int] = {}
        self._foreign_ids: dict[str, int] = {}
        self._names: dict[tuple[str, str], int] = {}  # of rows without code and barcode

    def refuse(self, line: int, text: str, errors: list[CellError]) -> None:
        """Count a row that cannot go in, with every reason."""
        self.rows += 1
        self.failed += 1
        if any(error.code is RowCode.TAX_18 for error in errors):
            self.legacy_tax_rows += 1
        for error in errors:
            self._tell(line, error.field or None, error.code, error.params, ERROR, text)

    def warn(self, line: int, text: str, field: str, code: RowCode, **params: str | int) -> None:
        """Tell a doubt about a row that goes in."""
        self.warnings += 1
        self._tell(line, field, code, params, WARNING, text)

    def _tell(
        self, line: int, field: str | None, code: RowCode, params: dict[str, str | int], severity: str, text: str
    ) -> None:
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(ImportProblem(line, field, code.value, params, severity, shown_row(text)))

    def take(self, fields: Fields, text: str) -> GoodsRow | None:
        """The row for staging, or None when another row of the file already says it."""
        keys = tuple(map(barcode_key, fields.barcodes)) if fields.barcodes else ()
        clash = self._clash(fields, keys)
        if clash is not None:
            self.refuse(fields.line, text, [clash])
            return None
        self.rows += 1
        self._remember(fields, keys)
        self._doubts(fields, text)
        groups = None if fields.groups is None else paths_to_key(fields.groups)
        name = fields.name
        return GoodsRow(
            fields.line,
            fields.code,
            name,
            fields.short_name or (short_name_of(name) if name is not None else None),
            fields.short_name is not None,
            fields.price,
            fields.price_given,
            None if fields.barcodes is None else " ".join(fields.barcodes),
            None if fields.barcodes is None else " ".join(keys),
            groups,
            fields.article,
            fields.tax_code,
            fields.type_code,
            fields.measure,
            fields.section,
            fields.marked,
            fields.undivided,
            fields.tax_system,
            fields.tax_system_given,
            fields.blocked,
            json.dumps(fields.extra, ensure_ascii=False, sort_keys=True) if fields.extra else None,
            fields.payment_method,
            fields.agent,
            fields.excise,
            fields.country,
            fields.customs_declaration,
            fields.marking,
            fields.alcohol,
            fields.volume_ml,
            fields.note,
            fields.removed,
            fields.foreign_id,
        )

    def take_block(self, block: GoodsBlock) -> bool:
        """As `take_usual` of each row, if it holds of all and all are known by the same; False: nothing was taken."""
        said = block.columns
        keys: Sequence[Any] = said.get("keys", ())
        if None in keys or "" in keys:
            keys = [key for key in keys if key]
        if not _all_new(keys, self._barcodes):
            return False
        for field, known in (("code", self._codes), ("foreign_id", self._foreign_ids)):
            known_by: Sequence[Any] = said.get(field, ())
            if known_by:
                if None in known_by or not _all_new(known_by, known):
                    return False
                known.update(zip(known_by, said["line"], strict=True))
                break
        else:
            if len(keys) < block.count:
                return False
        self._barcodes.update((key, line) for key, line in zip(said.get("keys", ()), said["line"], strict=False) if key)
        self.rows += block.count
        self.codeless += 0 if "code" in said else block.count
        self.nameless += said["name"].count(None) if "name" in said else block.count
        return True

    def take_usual(self, row: GoodsRow) -> bool:
        """As `take`, for a row with at most one barcode of which nothing has to be told.

        False if it is none: another row of the file says it already, or it has nothing but a name to be known by.
        """
        code, key, foreign_id = row.code, row.keys, row.foreign_id
        if key and key in self._barcodes:
            return False
        if code is not None:
            if code in self._codes:
                return False
            self._codes[code] = row.line
        elif foreign_id is not None:
            if foreign_id in self._foreign_ids:
                return False
            self._foreign_ids[foreign_id] = row.line
            self.codeless += 1
        elif key:
            self.codeless += 1
        else:
            return False
        if key:
            self._barcodes[key] = row.line
        self.rows += 1
        self.nameless += row.name is None
        return True

    def _clash(self, fields: Fields, keys: tuple[str, ...]) -> CellError | None:
        if fields.code is not None:
            first = self._codes.get(fields.code)
            if first is not None:
                return CellError("code", RowCode.CODE_DUPLICATE, value=fields.code, first_line=first)
        elif fields.foreign_id is not None:
            first = self._foreign_ids.get(fields.foreign_id)
            if first is not None:
                return CellError("code", RowCode.ITEM_DUPLICATE, value=shown(fields.foreign_id), first_line=first)
        elif not keys:
            if fields.name is None:
                return CellError("name", RowCode.NAME_REQUIRED)
            first = self._names.get((folded(fields.name), folded(fields.article or "")))
            if first is not None:
                return CellError("name", RowCode.ITEM_DUPLICATE, value=shown(fields.name), first_line=first)
        for key, barcode in zip(keys, fields.barcodes or (), strict=False):
            first = self._barcodes.get(key)
            if first is not None:
                return CellError("barcode", RowCode.BARCODE_DUPLICATE, value=barcode, first_line=first)
        return None

    def _remember(self, fields: Fields, keys: tuple[str, ...]) -> None:
        self.nameless += fields.name is None
        if fields.code is not None:
            self._codes[fields.code] = fields.line
        else:
            self.codeless += 1
            if fields.foreign_id is not None:
                self._foreign_ids[fields.foreign_id] = fields.line
            elif not keys and fields.name is not None:
                self._names[folded(fields.name), folded(fields.article or "")] = fields.line
        for key in keys:
            self._barcodes[key] = fields.line

    def _doubts(self, fields: Fields, text: str) -> None:
        line = fields.line
        for barcode in fields.barcodes or ():
            doubt = barcode_warning(barcode)
            if doubt is not None:
                self.warn(line, text, "barcode", doubt, value=barcode)
        if fields.price == 0 and fields.price_given:
            self.warn(line, text, "price", RowCode.PRICE_FREE)
        if fields.tax_code in LEGACY_TAX_CODES:
            self.legacy_tax_rows += 1
            self.warn(line, text, "tax", RowCode.TAX_20)
        if fields.marked and fields.type_code is not None and fields.type_code not in TYPES_OF_MARKED:
            fields.type_code = MARKED_TYPES.get(fields.type_code, 33)
            self.warn(line, text, "type", RowCode.MARKED_TYPE, type_code=fields.type_code)


def _all_new(values: Sequence[Any], known: dict[Any, int]) -> bool:
    """Whether these values are all different, and none of them is known."""
    return len(set(values)) == len(values) and known.keys().isdisjoint(values)


def shown_row(text: str) -> str:
    """A row's own text as a problem repeats it: one line, bounded, of characters that can be stored."""
    return "".join(
        letter if letter >= " " and not "\ud800" <= letter <= "\udfff" else " " for letter in text[:TEXT_SHOWN]
    )

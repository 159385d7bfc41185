"""What each column of a table holds: by its header, by a person's map, or guessed from what stands in it."""

from functools import cache

import msgspec

from services.catalog.domain import column_words as words
from services.catalog.domain.cells import clean_text
from services.catalog.domain.column_guess import (
    guess_fields,
    looks_like_countries,
    looks_like_flags,
    looks_like_foreign_codes,
    looks_like_section,
)
from services.catalog.domain.csv_reader import TableRow
from services.contracts.imports import ColumnFound

HEADER_SEARCH_ROWS = 20  # a price list may begin with a few lines of title and address
SAMPLE_ROWS = 200  # rows that recognition looks at
SAMPLES_SHOWN = 5
SAMPLE_TEXT = 60  # characters of one shown sample
COLUMNS_MAX = 200  # of one table; a wider one is no price list


class TableLayout(msgspec.Struct, frozen=True):
    """How to read a table. `header_line` is the line of the header row, 0 when there is none.

    `row_is_code` means that the number of the row is the item's code (the dealers' sheet without a header).
    """

    delimiter: str
    header_line: int
    columns: tuple[ColumnFound, ...]
    row_is_code: bool = False

    def indexes(self, field: str) -> list[int]:
        """Where a field stands; several places for barcodes and groups."""
        return [column.index for column in self.columns if column.field == field]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the table has."""
        return frozenset(column.field for column in self.columns if column.field)

    @property
    def is_usable(self) -> bool:
        """Whether a row of it can mean an item."""
        return bool(self.fields & {words.NAME, words.CODE, words.BARCODE})


@cache
def _known_headers() -> dict[str, str]:
    return words.words_to_fields()


def header_key(header: list[str]) -> str:
    """By what a saved column map is found again."""
    return "\n".join(words.plain_header(cell) for cell in header)


def recognise_table(rows: list[TableRow], delimiter: str) -> TableLayout:
    """The layout of a table from its first rows (at most HEADER_SEARCH_ROWS + SAMPLE_ROWS)."""
    good = [row for row in rows if row.error is None]
    at = _find_header(good)
    if at is None:
        below = good[:SAMPLE_ROWS]
        fields, row_is_code = guess_fields([row.cells for row in below])
        return TableLayout(delimiter, 0, _columns([], below, fields), row_is_code)
    header, below = good[at], good[at + 1 : at + 1 + SAMPLE_ROWS]
    return TableLayout(delimiter, header.line, _columns(header.cells, below, _fields_of(header.cells, below)))


def _find_header(rows: list[TableRow]) -> int | None:
    """The row with the most known headers among the first ones; one is enough only if nothing else stands there."""
    best, best_known = None, 0
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        filled = [cell for cell in row.cells if cell.strip()]
        known = len({_field_of(cell) for cell in filled} - {None})
        enough = known >= 2 or (known == 1 and len(filled) == 1 and index == 0 and len(row.cells) == 1)
        if enough and known > best_known and known * 3 >= len(filled):
            best, best_known = index, known
    return best


def _field_of(header: str) -> str | None:
    plain = words.plain_header(header)
    if not plain or len(plain) > 80:
        return None
    if plain in words.SECTION_OR_GROUP:
        return words.GROUP
    known = _known_headers()
    return known.get(plain) or known.get(plain.removeprefix(words.OF_ITEM)) or words.field_by_beginning(plain)


def _fields_of(header: list[str], below: list[TableRow]) -> list[str | None]:
    """A field for each column; exact headers win over those known by their beginning, the first over later ones."""
    fields: list[str | None] = [None] * len(header)
    exact = _known_headers()
    order = sorted(range(len(header)), key=lambda index: words.plain_header(header[index]) not in exact)
    for index in order:
        field = _field_of(header[index])
        values = [row.cells[index] for row in below if index < len(row.cells)]
        if field == words.GROUP and words.plain_header(header[index]) in words.SECTION_OR_GROUP:
            field = words.SECTION if looks_like_section(values) else words.GROUP
        if field == words.CODE and looks_like_foreign_codes(
            [row.cells[index] for row in below if index < len(row.cells)]
        ):
            field = words.FOREIGN_ID
        if field == words.COUNTRY and not looks_like_countries(values):
            field = None  # names of countries: our records have their numbers
        if field == words.MARKED and not looks_like_flags(values):
            field = words.MARKING
        if field in fields and field not in words.SEVERAL:
            field = None
        fields[index] = field
    return fields


def _columns(header: list[str], below: list[TableRow], fields: list[str | None]) -> tuple[ColumnFound, ...]:
    width = min(max([len(header), *(len(row.cells) for row in below)], default=0), COLUMNS_MAX)
    if header:
        width = min(len(header), COLUMNS_MAX)
    found = []
    for index in range(width):
        values = (clean_text(row.cells[index])[:SAMPLE_TEXT] for row in below if index < len(row.cells))
        samples = tuple(value for value in values if value)[:SAMPLES_SHOWN]
        title = clean_text(header[index])[:SAMPLE_TEXT] if header else str(index + 1)
        found.append(ColumnFound(index, title, fields[index] if index < len(fields) else None, samples))
    return tuple(found)


def first_row(rows: list[TableRow], layout: TableLayout) -> TableRow | None:
    """The header, or the first row where there is none: what a saved column map is found by."""
    good = (row for row in rows if row.error is None and row.line >= layout.header_line)
    return next(good, None)


def with_map(layout: TableLayout, column_map: dict[str, str], first: TableRow | None) -> TableLayout:
    """The layout with a person's map (column index as text → field, "" or "-" for unused) instead of what was found."""
    columns = tuple(
        msgspec.structs.replace(column, field=_mapped(column_map.get(str(column.index)))) for column in layout.columns
    )
    mapped = msgspec.structs.replace(layout, columns=columns, row_is_code=False)
    if layout.header_line == 0 and first is not None and _heads(first, mapped):
        mapped = msgspec.structs.replace(mapped, header_line=first.line)
    return mapped


def _heads(first: TableRow, layout: TableLayout) -> bool:
    """Whether a first row of unknown words is a header: no figures where figures must stand."""
    numeric = [*layout.indexes(words.PRICE), *layout.indexes(words.CODE), *layout.indexes(words.BARCODE)]
    cells = [first.cells[index] for index in numeric if index < len(first.cells)]
    return bool(cells) and not any(letter.isdigit() for cell in cells for letter in cell)


def _mapped(field: str | None) -> str | None:
    return field if field in words.FIELDS else None


def map_errors(column_map: dict[str, str]) -> list[str]:
    """The indexes whose field is unknown, or given twice where only one column may have it."""
    wrong = []
    taken: set[str] = set()
    for index, field in column_map.items():
        if field in ("", "-"):
            continue
        if field not in words.FIELDS or not index.isdigit() or (field in taken and field not in words.SEVERAL):
            wrong.append(index)
        taken.add(field)
    return wrong

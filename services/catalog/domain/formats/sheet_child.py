"""The process in which a spreadsheet is opened: `python -I sheet_child.py DESCRIPTOR ROW_CHARACTERS HEAD_ROWS`.

A spreadsheet of a few kilobytes can claim a cell in the last row and column, and the library would then ask for
hundreds of gigabytes and take its process down with it. So it has a process of its own, with little memory and little
time, that knows neither our modules nor our settings. It answers in JSON: a line with the names of the sheets; then of
each sheet that it is asked for its first rows (HEAD) or all of them (ALL), cut to so many columns, lines of several
rows, column by column where that can be, and null after them.
"""

import datetime
import gc
import itertools
import math
import resource
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_MAX = 1536 * 1024 * 1024  # bytes of address space; 500,000 rows of 20 cells take a good half of it
CPU_SECONDS_MAX = 120
HEAD, ALL = "head", "all"
TOO_LONG = "line_too_long"  # what the reader of rows calls it
ROWS_AT_ONCE = 256  # in one line of the answer, fewer of long ones
CHARACTERS_AT_ONCE = 256 * 1024

_EXACT_MAX = 2**53  # from here on a floating point number skips whole ones


class SheetName(msgspec.Struct, array_like=True):
    """`visible` is false for what a person does not see, and for charts."""

    name: str
    visible: bool


class SheetRow(msgspec.Struct, array_like=True, gc=False):
    """One row that has anything in it, in the form of csv_reader.TableRow. `line`: as the sheet numbers it, from 1."""

    line: int
    cells: list[str]
    own_text: None = None
    error: str | None = None  # TOO_LONG, and then no cells


class SheetColumns(msgspec.Struct):
    """Several rows in the form of table_columns.TableColumns: far fewer texts to write and read."""

    lines: list[int]
    columns: list[str]


def packed(rows: list[SheetRow]) -> SheetColumns | list[SheetRow]:
    """Rows by columns, unless one of them is too long or has a cell of several lines."""
    columns = ["\n".join(cells) for cells in itertools.zip_longest(*(row.cells for row in rows), fillvalue="")]
    if any(row.error for row in rows) or any(column.count("\n") >= len(rows) for column in columns):
        return rows
    return SheetColumns([row.line for row in rows], columns)


def cell_text(value: Any) -> str:
    """A cell as a person would type it."""
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime.datetime):
        return value.strftime("%d.%m.%Y %H:%M:%S" if value.second else "%d.%m.%Y %H:%M")
    if isinstance(value, datetime.date):
        return value.strftime("%d.%m.%Y")
    return str(value)


def _number_text(number: float) -> str:
    """Whole numbers digit by digit, others with the 15 digits that spreadsheets show."""
    if number.is_integer() and -_EXACT_MAX < number < _EXACT_MAX:
        return str(int(number))
    if not math.isfinite(number):
        return ""
    text = f"{number:.15g}"
    # Of a large number digits are lost for good; its exponent tells so to whoever takes it for a barcode.
    return format(Decimal(text), "f") if "e-" in text else text


def sheet_rows(sheet: CalamineSheet, columns_max: int, row_characters_max: int) -> Iterator[tuple[int, SheetRow]]:
    """The rows of a sheet, each after its number of characters.

    Left out are empty rows, and titles: a lone text in cells that are merged across the columns.
    """
    if sheet.start is None:
        return
    indent = [""] * sheet.start[1]
    titles: dict[int, set[int]] = {}
    for (row, column), (_, last) in sheet.merged_cell_ranges or ():
        if last > column:
            titles.setdefault(row + 1, set()).add(column)
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = indent + [value if type(value) is str else cell_text(value) for value in values]
        last = len(cells)
        while last and (not cells[last - 1] or cells[last - 1].isspace()):
            last -= 1
        if not last or (number in titles and last - 1 in titles[number] and not "".join(cells[: last - 1]).strip()):
            continue
        del cells[min(last, columns_max) :]
        characters = sum(map(len, cells)) + len(cells)
        if characters > row_characters_max:
            yield 0, SheetRow(number, [], error=TOO_LONG)
        elif last <= columns_max or "".join(cells).strip():
            yield characters, SheetRow(number, cells)


def batches(rows: Iterator[tuple[int, SheetRow]]) -> Iterator[list[SheetRow]]:
    """Rows in bundles of at most ROWS_AT_ONCE, closed by the row with which they have CHARACTERS_AT_ONCE."""
    bundle: list[SheetRow] = []
    total = 0
    for characters, row in rows:
        bundle.append(row)
        total += characters
        if len(bundle) == ROWS_AT_ONCE or total >= CHARACTERS_AT_ONCE:
            yield bundle
            bundle, total = [], 0
    if bundle:
        yield bundle


def main(descriptor: str, row_characters_max: int, head_rows: int) -> None:
    """Answer what is asked on the standard input until it ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    gc.disable()  # a short life without cycles
    encode = msgspec.json.Encoder().encode
    out = sys.stdout.buffer
    book = CalamineWorkbook.from_path(f"/dev/fd/{descriptor}")
    named = [
        SheetName(about.name, about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet)
        for about in book.sheets_metadata
    ]
    out.write(encode(named) + b"\n")
    out.flush()
    held: tuple[int, CalamineSheet] | None = None
    for question in sys.stdin:
        what, *numbers = question.split()
        index, columns_max = map(int, numbers)
        if held is None or held[0] != index:
            held = None  # the one before is let go first
            held = (index, book.get_sheet_by_index(index))
        rows = sheet_rows(held[1], columns_max, row_characters_max)
        for bundle in batches(itertools.islice(rows, head_rows) if what == HEAD else rows):
            out.write(encode(packed(bundle)) + b"\n")
        out.write(b"null\n")
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:4]))

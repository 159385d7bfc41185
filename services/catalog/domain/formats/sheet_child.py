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
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import IO, Any

import msgspec
from lxml import etree
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_MAX = 1536 * 1024 * 1024  # bytes of address space; 500,000 rows of 20 cells take a good half of it
CPU_SECONDS_MAX = 120
HEAD, ALL = "head", "all"
TOO_LONG = "line_too_long"  # what the reader of rows calls it
ROWS_AT_ONCE = 256  # in one line of the answer, fewer of long ones
CHARACTERS_AT_ONCE = 256 * 1024

XML_PART = 1024 * 1024  # bytes of a sheet's XML that are looked through at once
ROW_XML_MAX = 32 * 1024 * 1024  # bytes; in a longer row no errors are sought
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
CALC_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
NO_VALUE = "#N/A"
XML: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_ERROR = re.compile(rb"""\bt=["']e["']""")
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_VALUE = re.compile(rb"v>(#[^<]{1,20})<")
# A formula that nobody reckoned: the program that wrote the file left its result to others. An empty text is a result.
_UNRECKONED_ENDS = (b"</f></c>", b"<v></v></c>", b"/></c>")
_UNRECKONED = re.compile(rb"<c\b([^>]{0,200})><f\b[^>]{0,200}(?:/>|>[^<]{0,9000}</f>)(?:<v></v>|<v ?/>)?</c>")
_IS_TEXT = re.compile(rb"""\bt=["']str["']""")

# Row → column → the text of an error: both from 0.
ErrorCells = dict[int, dict[int, str]]

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


def error_cells(path: str, index: int) -> ErrorCells:
    """Where formulas of a sheet of an XLSX or ODS failed or were never reckoned: to the library such cells are empty.

    Of XLS, and of files that tell it in an unusual way, nothing is known.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if "content.xml" in archive.namelist():
                return _errors_of_ods(archive, index)
            with archive.open(_member_of_sheet(archive, index)) as xml:
                return _errors_of_xlsx(xml)
    except (zipfile.BadZipFile, KeyError, IndexError, etree.XMLSyntaxError, ValueError):
        return {}


def _member_of_sheet(archive: zipfile.ZipFile, index: int) -> str:
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), etree.XMLParser(**XML))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    book = etree.fromstring(archive.read("xl/workbook.xml"), etree.XMLParser(**XML))
    named = book.xpath("//*[local-name()='sheet']/@*[local-name()='id']")
    target = targets[str(named[index])]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _errors_of_xlsx(xml: IO[bytes]) -> ErrorCells:
    found: ErrorCells = {}
    rest = b""
    while (part := xml.read(XML_PART)) and len(rest) < ROW_XML_MAX:
        whole = rest + part
        end = whole.rfind(b"row>") + 4  # the end of a row
        if end < 4:
            rest = whole
            continue
        rest = whole[end:]
        if any(ending in whole for ending in _UNRECKONED_ENDS):
            for cell in _UNRECKONED.finditer(whole, 0, end):
                place = _PLACE.search(cell[1])
                if place is not None and not _IS_TEXT.search(cell[1]):
                    found.setdefault(int(place[2]) - 1, {})[_column(place[1])] = NO_VALUE
        if b't="e"' not in whole and b"t='e'" not in whole:  # nearly always, and found ten times as fast
            continue
        for mark in _ERROR.finditer(whole, 0, end):
            start, close = whole.rfind(b"<", 0, mark.start()), whole.find(b">", mark.end())
            place = _PLACE.search(whole, start, close)
            if place is None or not whole[start:close].split()[0].endswith((b"<c", b":c")):
                continue
            value = _VALUE.search(whole, close, max(whole.find(b"c>", close), close))
            text = value[1].decode("utf-8", "replace") if value else NO_VALUE
            found.setdefault(int(place[2]) - 1, {})[_column(place[1])] = text
    return found


def _column(letters: bytes) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _errors_of_ods(archive: zipfile.ZipFile, index: int) -> ErrorCells:
    found: ErrorCells = {}
    if not _has(archive, "content.xml", b'value-type="error"'):  # nearly always; to take XML apart lasts much longer
        return found
    sheet, row = -1, 0
    with archive.open("content.xml") as xml:
        tags = (f"{TABLE}table", f"{TABLE}table-row")
        for event, element in etree.iterparse(xml, events=("start", "end"), tag=tags, **XML):
            if element.tag == tags[0]:
                sheet, row = sheet + (event == "start"), 0
            elif event == "end":
                repeated = int(element.get(f"{TABLE}number-rows-repeated", 1))
                errors = _errors_of_row(element) if sheet == index else {}
                if errors:
                    found.update(dict.fromkeys(range(row, row + repeated), errors))
                row += repeated
                element.clear()
    return found


def _errors_of_row(row: etree._Element) -> dict[int, str]:
    errors: dict[int, str] = {}
    column = 0
    for cell in row:
        repeated = int(cell.get(f"{TABLE}number-columns-repeated", 1))
        if cell.get(CALC_TYPE) == "error":
            text = "".join(cell.itertext()).strip()
            errors.update(dict.fromkeys(range(column, column + repeated), text or NO_VALUE))
        column += repeated
    return errors


def _has(archive: zipfile.ZipFile, name: str, sought: bytes) -> bool:
    with archive.open(name) as member:
        rest = b""
        while part := member.read(XML_PART):
            if sought in rest + part:
                return True
            rest = part[-len(sought) :]
    return False


def sheet_rows(
    sheet: CalamineSheet, columns_max: int, row_characters_max: int, errors: ErrorCells
) -> Iterator[tuple[int, SheetRow]]:
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
        if number - 1 in errors:
            for column, text in errors[number - 1].items():
                cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = text
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
    path = f"/dev/fd/{descriptor}"
    book = CalamineWorkbook.from_path(path)
    named = [
        SheetName(about.name, about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet)
        for about in book.sheets_metadata
    ]
    out.write(encode(named) + b"\n")
    out.flush()
    # Of a lone sheet everything will be asked, and the library lets another thread run while it reads it.
    early = ThreadPoolExecutor(1).submit(error_cells, path, 0) if len(named) == 1 else None
    held: tuple[int, CalamineSheet] | None = None
    for question in sys.stdin:
        what, *numbers = question.split()
        index, columns_max = map(int, numbers)
        if held is None or held[0] != index:
            held = None  # the one before is let go first
            held = (index, book.get_sheet_by_index(index))
        errors: ErrorCells = {}
        if what == ALL:
            errors = early.result() if early is not None else error_cells(path, index)
        rows = sheet_rows(held[1], columns_max, row_characters_max, errors)
        for bundle in batches(itertools.islice(rows, head_rows) if what == HEAD else rows):
            out.write(encode(packed(bundle)) + b"\n")
        out.write(b"null\n")
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:4]))

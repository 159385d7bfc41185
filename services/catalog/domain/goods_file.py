"""A goods file as a whole: what it is, how it is written, and its rows one after the other."""

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

import msgspec

from services.catalog.domain.columns import (
    HEADER_SEARCH_ROWS,
    SAMPLE_ROWS,
    TableLayout,
    first_row,
    header_key,
    recognise_table,
    with_map,
)
from services.catalog.domain.csv_reader import TableRow, read_lines, read_row_blocks, read_rows, recognise_delimiter
from services.catalog.domain.file_kind import foreign_kind, looks_like_json
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import zip_files
from services.catalog.domain.formats.known import format_of, rows_of
from services.catalog.domain.formats.sheets import ODS, XLS, XLSX, sheet_kind, sheet_rows
from services.catalog.domain.formats.zipped_file import ZippedFile, unzipped_parts, zipped_file
from services.catalog.domain.goods_block import GoodsBlock, blocks_of
from services.catalog.domain.goods_reader import Fields, GoodsReader, shown_row
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.json_records import JsonRefused, read_records
from services.catalog.domain.mercury_rows import MercuryRowReader
from services.catalog.domain.table_blocks import TableBlocks
from services.catalog.domain.table_columns import RowBlock, TableColumns, rows_in
from services.catalog.domain.text_encoding import SAMPLE_BYTES, Utf8Watch, contradicts, recognise_encoding
from services.contracts.import_codes import ImportFailure
from services.contracts.imports import IMPORT_ROWS_MAX, ColumnFound, NewImport

OpenParts = Callable[[], Iterator[bytes]]  # the file from its beginning, part by part
FindSaved = Callable[[str], dict[str, str] | None]  # header key → a saved column map

CSV, MERCURY_JSON = "csv", "mercury_json"
SHEETS = (XLSX, XLS, ODS)
_TABLES = "table"  # a shop saves its table now as this, now as that: its ids stay
_DELIMITER_ROWS = 64  # rows by which the delimiter is recognised


class OpenedSheet:
    """A spreadsheet that was opened to recognise it: that takes long, so its rows are read on from there, once."""

    def __init__(self, rows: Generator[RowBlock, None, None]) -> None:
        self._rest = rows
        self._first: list[RowBlock] = []
        while len(self.first) < HEADER_SEARCH_ROWS + SAMPLE_ROWS and (block := next(rows, None)) is not None:
            self._first.append(block)

    @property
    def first(self) -> list[TableRow]:
        """Its first rows."""
        return [row for block in self._first for row in rows_in(block)][: HEADER_SEARCH_ROWS + SAMPLE_ROWS]

    def take(self) -> Iterator[RowBlock] | None:
        """All its rows, several at a time; None the second time."""
        first, self._first = self._first, []
        return itertools.chain(first, self._rest) if first else None

    def close(self) -> None:
        """Let its process go."""
        self._rest.close()


class GoodsFile(msgspec.Struct, frozen=True):
    """What a file was recognised as. A table has a layout; `header` is the key under which its map may be saved."""

    format: str
    encoding: str | None  # of texts
    layout: TableLayout | None = None
    header: str | None = None
    reader: str | None = None  # one of formats.known, if it is none of a table or of «Меркурий» JSON
    opened: OpenedSheet | None = None
    zipped: ZippedFile | None = None  # it lies in an archive

    def close(self) -> None:
        """To be called when nothing more is read of the file, however that ended."""
        if self.opened is not None:
            self.opened.close()

    @property
    def delimiter(self) -> str | None:
        """Of a table."""
        return self.layout.delimiter if self.layout else None

    @property
    def columns(self) -> tuple[ColumnFound, ...]:
        """Of a table."""
        return self.layout.columns if self.layout else ()


def source_of(format_name: str) -> str:
    """Whose foreign ids the rows of such a file have."""
    return _TABLES if format_name in (CSV, *SHEETS) else format_name


def recognise_file(open_parts: OpenParts, request: NewImport, find_saved: FindSaved) -> GoodsFile:
    """What the file is, by its content and by what the person said. Raises FileRefused for what it cannot be."""
    start = next(open_parts(), b"")
    sheet = sheet_kind(start)
    if sheet is not None and request.format in ("auto", *SHEETS):  # people do not know which of them theirs is
        return _recognise_sheet(sheet, open_parts(), request, find_saved)
    zipped = zipped_file(open_parts()) if zip_files.looks_like(start) else None
    if zipped is not None:
        inside = msgspec.structs.replace(request, size=zipped.size)
        found = recognise_file(lambda: unzipped_parts(open_parts(), zipped), inside, find_saved)
        return msgspec.structs.replace(found, zipped=zipped)
    known = format_of(start)
    if known is not None and request.format in ("auto", known.name):
        return GoodsFile(known.name, recognise_encoding(start, _is_utf8(open_parts())), reader=known.reader)
    sample, is_utf8 = _look_through(open_parts())
    if not sample.strip(b" \t\r\n\x00\xef\xbb\xbf\x1a"):
        raise FileRefused(ImportFailure.EMPTY_FILE)
    encoding = recognise_encoding(sample, is_utf8)
    if request.encoding is not None:
        if contradicts(request.encoding, encoding, sample):
            raise FileRefused(ImportFailure.ENCODING_WRONG, said=request.encoding, found=encoding)
        encoding = request.encoding
    head = next(read_lines([sample.lstrip()[:4096]], encoding), "")
    is_json = looks_like_json(head) or (not head.strip() and sample.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in b"{[")
    if request.format == MERCURY_JSON or (request.format == "auto" and is_json):
        return GoodsFile(MERCURY_JSON, encoding)
    return _recognise_csv(sample, encoding, request, find_saved)


def _is_utf8(parts: Iterator[bytes]) -> bool:
    watch = Utf8Watch()
    for part in parts:
        watch.feed(part)
        if watch.broken:
            return False
    watch.feed(b"", final=True)
    return not watch.broken


def _look_through(parts: Iterator[bytes]) -> tuple[bytes, bool]:
    """The start of the file, and whether all of it is UTF-8. What is no text is refused at its first part."""
    sample = b""
    watch = Utf8Watch()
    for part in parts:
        if not sample:
            foreign = foreign_kind(part)
            if foreign is not None:
                raise FileRefused(foreign)
        if len(sample) < SAMPLE_BYTES:
            sample += part
        watch.feed(part)
        if watch.broken and len(sample) >= SAMPLE_BYTES:
            break
    watch.feed(b"", final=True)
    return sample, not watch.broken


def _recognise_sheet(kind: str, parts: Iterator[bytes], request: NewImport, find_saved: FindSaved) -> GoodsFile:
    opened = OpenedSheet(sheet_rows(parts))
    layout, key = _layout(opened.first, "", request, find_saved)
    return GoodsFile(kind, None, layout, key, opened=opened)


def _recognise_csv(sample: bytes, encoding: str, request: NewImport, find_saved: FindSaved) -> GoodsFile:
    lines = list(itertools.islice(read_lines([sample], encoding), 4 * SAMPLE_ROWS))
    if len(sample) < request.size and len(lines) > 1:
        lines.pop()  # it may be cut
    delimiter = recognise_delimiter(lines[:_DELIMITER_ROWS])
    first = list(itertools.islice(read_rows(lines, delimiter), HEADER_SEARCH_ROWS + SAMPLE_ROWS))
    layout, key = _layout(first, delimiter, request, find_saved)
    return GoodsFile(CSV, encoding, layout, key)


def _layout(
    first: list[TableRow], delimiter: str, request: NewImport, find_saved: FindSaved
) -> tuple[TableLayout, str | None]:
    """The layout by the first rows and by what a person said, and the key under which its map may be saved."""
    layout = recognise_table(first, delimiter)
    head = first_row(first, layout)
    key = header_key(head.cells) if head is not None else None
    column_map = request.columns
    if column_map is None and key is not None:
        column_map = find_saved(key)
    if column_map is not None:
        layout = with_map(layout, column_map, head)
    return layout, key


def read_goods(file: GoodsFile, parts: Iterable[bytes], goods: GoodsReader) -> Iterator[GoodsBlock]:
    """The rows that can go in, in the order of the file; `goods` counts all of them and has the problems.

    Raises FileRefused when there are more than IMPORT_ROWS_MAX, or when JSON breaks off.
    """
    for block in _blocks(file, _bare_parts(file, parts), goods):
        if block.count:
            yield block
        if goods.rows > IMPORT_ROWS_MAX:
            raise FileRefused(ImportFailure.TOO_MANY_ROWS, limit=IMPORT_ROWS_MAX)


def _bare_parts(file: GoodsFile, parts: Iterable[bytes]) -> Iterable[bytes]:
    """The file itself, out of its archive."""
    return parts if file.zipped is None else unzipped_parts(parts, file.zipped)


def _blocks(file: GoodsFile, parts: Iterable[bytes], goods: GoodsReader) -> Iterator[GoodsBlock]:
    if file.reader is not None:
        return blocks_of(rows_of(file.reader, parts, file.encoding or "", goods))
    if file.layout is not None:
        return TableBlocks(file.layout, goods).read(_row_blocks(file, file.layout, parts))
    return blocks_of(map(MercuryRowReader(goods).read, _records(file.encoding or "", parts)))


def _row_blocks(file: GoodsFile, layout: TableLayout, parts: Iterable[bytes]) -> Iterator[RowBlock]:
    """The rows below the header, several at a time."""
    blocks: Iterable[RowBlock]
    if file.format in SHEETS:
        blocks = (file.opened and file.opened.take()) or sheet_rows(parts)
    else:
        blocks = read_row_blocks(read_lines(parts, file.encoding or ""), layout.delimiter)
    for block in blocks:
        first = block.lines[:1] if isinstance(block, TableColumns) else [row.line for row in block[:1]]
        if first and first[0] <= layout.header_line:
            yield [row for row in rows_in(block) if row.line > layout.header_line]
        else:
            yield block


def _records(encoding: str, parts: Iterable[bytes]) -> Iterator[Any]:
    try:
        yield from read_records(parts, encoding)
    except JsonRefused as refused:
        raise FileRefused(refused.failure, **refused.params) from None


class _Texts(GoodsReader):
    """Reads a file for the texts of some rows alone."""

    def __init__(self, lines: set[int]) -> None:
        super().__init__()
        self._wanted = lines
        self.found: dict[int, str] = {}

    def take(self, fields: Fields, text: str) -> GoodsRow | None:
        if fields.line in self._wanted:
            self.found[fields.line] = shown_row(text)
        return super().take(fields, text)


def texts_of(file: GoodsFile, parts: Iterable[bytes], lines: set[int]) -> dict[int, str]:
    """The own texts of some rows, found by reading the file again: problems that only the base tells need them."""
    found: dict[int, str] = {}
    parts = _bare_parts(file, parts)
    if file.reader is not None:
        again = _Texts(lines)
        for _row in rows_of(file.reader, parts, file.encoding or "", again):
            pass
        return again.found
    if file.layout is not None:
        for block in _row_blocks(file, file.layout, parts):
            found |= {row.line: shown_row(row.text) for row in rows_in(block) if row.line in lines}
    else:
        for number, record in enumerate(_records(file.encoding or "", parts), start=1):
            if number in lines:
                found[number] = shown_row(msgspec.json.encode(record).decode())
    return found

"""Spreadsheets (XLSX, XLS, ODS) as rows of a table, like those of a CSV file.

Of several sheets the one is read of which most columns are known; hidden ones only if nothing else is there. A sheet is
opened by a process of its own (sheet_child.py), which may break without harm.
"""

import re
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, NoReturn

import msgspec

from services.catalog.domain.cells import shown
from services.catalog.domain.columns import (
    COLUMNS_MAX,
    HEADER_SEARCH_ROWS,
    SAMPLE_ROWS,
    TableLayout,
    recognise_table,
)
from services.catalog.domain.csv_reader import LINE_MAX, TableRow
from services.catalog.domain.file_kind import holds_spreadsheet
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import sheet_child
from services.catalog.domain.formats.sheet_child import ALL, HEAD, MEMORY_MAX, SheetName
from services.catalog.domain.formats.whole_file import whole_file
from services.catalog.domain.formats.zip_files import check_directory
from services.catalog.domain.table_columns import RowBlock, rows_in
from services.contracts.import_codes import ImportFailure
from services.contracts.imports import IMPORT_ROWS_MAX

XLSX, XLS, ODS = "xlsx", "xls", "ods"

UNPACKED_MAX = 512 * 1024 * 1024  # bytes, of all members; 500,000 rows of 10 cells are some 200 MB of XML
RATIO_MAX = 250  # of one member
RATIO_FREE_BYTES = 1024 * 1024  # below this a ratio says nothing
MEMBERS_MAX = 5_000  # each picture is one
SHEETS_MAX = 50  # among which the goods are sought

_HEAD_ROWS = HEADER_SEARCH_ROWS + SAMPLE_ROWS
_ROWS_MAX = IMPORT_ROWS_MAX + HEADER_SEARCH_ROWS
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MEMBER = re.compile(rb"PK\x03\x04.{22}(..)(..)", re.DOTALL)
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_SEALED = 0x1
_ROWS = msgspec.json.Decoder(RowBlock | None)
_LAST_SECONDS = 2.0  # for a process to end by itself
_SWOLLEN = frozenset({-signal.SIGABRT, -signal.SIGXCPU, -signal.SIGKILL})  # how a process ends that wants too much
_BROKEN_ZIP = (zipfile.BadZipFile, zipfile.LargeZipFile, struct.error, ValueError, OSError, NotImplementedError)


def sheet_kind(start: bytes) -> str | None:
    """XLSX, XLS or ODS by the first bytes of a file, the more the better; None: it is no spreadsheet.

    XLS is any file of its container: an XLSX with a password is one, too.
    """
    if start.startswith(_OLE):
        return XLS
    if not start.startswith(b"PK\x03\x04") or holds_spreadsheet(start):
        return None
    if _ODS_TYPE in start[:256]:
        return ODS
    names = [start[at.end() : at.end() + int.from_bytes(at[1], "little")] for at in _MEMBER.finditer(start)]
    known = any(name in (b"[Content_Types].xml", b"_rels/.rels") or name.startswith(b"xl/") for name in names)
    return XLSX if known and not any(name.startswith((b"word/", b"ppt/")) for name in names) else None


def check_bounds(file: IO[bytes]) -> None:
    """Refuse what would swell when it is opened, by what its list of members says. XLS does not swell.

    What that list does not tell truly is stopped by the limits of the process. Raises FileRefused.
    """
    file.seek(0)
    if file.read(2) != b"PK":
        return
    try:
        check_directory(file)
        members = zipfile.ZipFile(file).infolist()
    except FileRefused as refused:
        if refused.failure is ImportFailure.ZIP_BROKEN:
            raise FileRefused(ImportFailure.SHEET_BROKEN) from None
        raise
    except _BROKEN_ZIP:
        raise FileRefused(ImportFailure.SHEET_BROKEN) from None
    if len(members) > MEMBERS_MAX or any(
        member.flag_bits & _SEALED or member.compress_type not in _METHODS for member in members
    ):
        raise FileRefused(ImportFailure.SHEET_BROKEN)
    if sum(member.file_size for member in members) > UNPACKED_MAX:
        raise FileRefused(ImportFailure.UNPACKS_TOO_LARGE, limit=UNPACKED_MAX)
    for member in members:
        swollen = max(RATIO_FREE_BYTES, RATIO_MAX * member.compress_size)
        if member.file_size > swollen:
            raise FileRefused(ImportFailure.UNPACKS_TOO_LARGE, limit=swollen)


def sheet_rows(parts: Iterable[bytes], sheet: str | None = None) -> Generator[RowBlock, None, None]:
    """The rows of the sheet with the goods, or of the one that is named, several at a time.

    `line` is the row's number in the sheet. What stands to the right of the last header is cut off: notes, sums.
    Raises FileRefused: SHEET_BROKEN (damaged, with a password, no sheet of that name), EMPTY_FILE, TOO_MANY_ROWS,
    UNPACKS_TOO_LARGE.
    """
    with whole_file(parts) as file:
        check_bounds(file)
        child = _Child(file)
        try:
            index, head = _chosen(child, sheet)
            number = 0
            for rows in child.rows(ALL, index, _width(head)):
                number += len(rows)
                if number > _ROWS_MAX:
                    raise FileRefused(ImportFailure.TOO_MANY_ROWS, limit=IMPORT_ROWS_MAX)
                yield rows
        finally:
            child.end()


class _Child:
    """The process that has the spreadsheet open."""

    def __init__(self, file: IO[bytes]) -> None:
        descriptor = file.fileno()
        program = [sys.executable, "-I", "-B", str(Path(sheet_child.__file__)), str(descriptor)]
        limits = [str(limit) for limit in (LINE_MAX, _HEAD_ROWS)]
        self._process = subprocess.Popen(  # noqa: S603 - our own program; nothing of the file is among the words
            [*program, *limits], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            pass_fds=(descriptor,), env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        )  # fmt: skip

    def names(self) -> list[SheetName]:
        """Of all sheets; to be asked first, once."""
        return msgspec.json.decode(self._answer(), type=list[SheetName])

    def rows(self, what: str, index: int, columns: int) -> Iterator[RowBlock]:
        """HEAD or ALL of the rows of a sheet, cut to so many columns, to be read to their end."""
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(f"{what} {index} {columns}\n".encode())
            stdin.flush()
        except OSError:
            self._refuse()
        while (rows := _ROWS.decode(self._answer())) is not None:
            yield rows

    def _answer(self) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None
        line = stdout.readline()
        if not line.endswith(b"\n"):
            self._refuse()
        return line

    def _refuse(self) -> NoReturn:
        """Say why there is no answer."""
        try:
            code = self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        if code in _SWOLLEN:
            raise FileRefused(ImportFailure.UNPACKS_TOO_LARGE, limit=MEMORY_MAX)
        raise FileRefused(ImportFailure.SHEET_BROKEN)

    def end(self) -> None:
        """Let it go, whatever it does; it may have ended by itself."""
        for pipe in (self._process.stdout, self._process.stdin):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                continue  # what was still to be written has nobody to read it
        try:
            self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _chosen(child: _Child, sheet: str | None) -> tuple[int, list[TableRow]]:
    """The number and the first rows of the sheet to read."""
    names = child.names()
    indexes = [index for index, about in enumerate(names) if about.name == sheet or (sheet is None and about.visible)]
    if sheet is not None and not indexes:
        raise FileRefused(ImportFailure.SHEET_BROKEN, name=shown(sheet))
    best: tuple[tuple[bool, int, int], int, list[TableRow]] | None = None
    for index in (indexes or range(len(names)))[:SHEETS_MAX]:
        head = [row for rows in child.rows(HEAD, index, COLUMNS_MAX) for row in rows_in(rows)]
        if head:
            worth = _worth(head)
            if best is None or worth > best[0]:
                best = (worth, index, head)
    if best is None:
        raise FileRefused(ImportFailure.EMPTY_FILE)
    return best[1], best[2]


def _worth(head: list[TableRow]) -> tuple[bool, int, int]:
    """By which the sheet with the goods is found: the columns that are known, a header before guesses."""
    layout = recognise_table(head, "")
    return layout.is_usable and layout.header_line > 0, len(layout.fields), min(len(head), HEADER_SEARCH_ROWS)


def _width(head: list[TableRow]) -> int:
    """How many columns the table has."""
    layout: TableLayout = recognise_table(head, "")
    titles = (len(row.cells) for row in head if row.line == layout.header_line)
    return next(titles, max(len(row.cells) for row in head))

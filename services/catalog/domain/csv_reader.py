"""Rows of a delimited text file, read as a stream: quotes, doubled quotes and line breaks within quotes.

What people's programs write is not always valid: an inch sign in a name, a quote never closed. A bad line costs that
line alone; what stands below it is read as if it were not there.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from services.contracts.import_codes import RowCode

LINE_MAX = 64 * 1024  # characters of one row, however many lines it has
ROW_LINES_MAX = 50  # lines of one row: more is a quote that somebody forgot
BLOCK_LINES = 128
DELIMITERS = (";", "\t", ",", "|")  # in order of preference where a sample fits several


class TableRow(NamedTuple):
    """One row. `line` is where it begins, from 1. `error` tells why `cells` are not to be used."""

    line: int
    cells: list[str]
    own_text: str | None  # as it stands in the file, where that is text
    error: RowCode | None = None

    @property
    def text(self) -> str:
        """The row as a person may be shown it."""
        return ";".join(self.cells) if self.own_text is None else self.own_text


def read_lines(parts: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Lines of a file given in parts, without their ends (LF, CRLF or CR).

    What the encoding does not know becomes U+FFFD. Of a line longer than LINE_MAX only LINE_MAX + 1 characters are
    kept, so a file without line ends takes no more memory than any other.
    """
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(name)("replace"), translate=True)
    rest = ""
    for part in parts:
        lines = (rest + decoder.decode(part)).split("\n")
        rest = lines.pop()[: LINE_MAX + 1]
        yield from lines
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


def read_rows(lines: Iterable[str], delimiter: str) -> Iterator[TableRow]:
    """Rows of a table; empty lines, and lines of empty cells, are no rows."""
    return chain.from_iterable(read_row_blocks(lines, delimiter))


def read_row_blocks(lines: Iterable[str], delimiter: str) -> Iterator[list[TableRow]]:
    """As `read_rows`, about BLOCK_LINES lines at a time."""
    source = iter(lines)
    ahead: deque[str] = deque()  # lines that were read and are no rows yet
    number = 0
    while True:
        if not ahead:
            some = list(islice(source, BLOCK_LINES))
            if not some:
                return
            if _are_plain(some, delimiter):
                yield [TableRow(at, line.split(delimiter), line) for at, line in enumerate(some, number + 1)]
                number += len(some)
                continue
            ahead.extend(some)
        rows: list[TableRow] = []
        while ahead and len(rows) < BLOCK_LINES:
            number = _read_line(number + 1, delimiter, ahead, source, rows)
        yield rows


def _are_plain(lines: list[str], delimiter: str) -> bool:
    """Whether each of these lines is a row without quotes."""
    starts = {line[:1] for line in lines}
    odd = any(not start or start == delimiter or start.isspace() for start in starts)
    return not odd and '"' not in "".join(lines) and max(map(len, lines)) <= LINE_MAX


def _read_line(number: int, delimiter: str, ahead: deque[str], source: Iterator[str], rows: list[TableRow]) -> int:
    """Take the line `number` from `ahead`, and all of its row if it is one. Returns that of the last line taken."""
    line = ahead.popleft()
    if len(line) > LINE_MAX:
        rows.append(TableRow(number, [], line, RowCode.LINE_TOO_LONG))
        return number
    if '"' not in line:
        blank = delimiter + " \t\u00a0"  # spreadsheets write rows of nothing but delimiters
        if line and not line.isspace() and (line[0] != delimiter or line.strip(blank)):
            rows.append(TableRow(number, line.split(delimiter), line))
        return number
    row, taken = _read_quoted(number, line, delimiter, ahead, source)
    if row.error is not None or any(row.cells):
        rows.append(row)
    return number + taken


def _read_quoted(
    number: int, line: str, delimiter: str, ahead: deque[str], source: Iterator[str]
) -> tuple[TableRow, int]:
    """A row that begins with a line that has a quote in it, and how many further lines it took."""
    cells, is_open = _split_quoted(line, delimiter)
    if not is_open:
        return TableRow(number, cells, line), 0
    text, taken = line, 0
    while taken < ROW_LINES_MAX:
        if taken == len(ahead):
            following = next(source, None)
            if following is None:
                break
            ahead.append(following)
        text += "\n" + ahead[taken]
        taken += 1
        if len(text) > LINE_MAX:
            break
        if '"' in ahead[taken - 1]:
            cells, is_open = _split_quoted(text, delimiter, strict=True)
            if not is_open and cells:
                for _ in range(taken):
                    ahead.popleft()
                return TableRow(number, cells, text), taken
            if not is_open:
                break
    return TableRow(number, [], line, RowCode.UNCLOSED_QUOTE), 0


def _split_quoted(text: str, delimiter: str, strict: bool = False) -> tuple[list[str], bool]:
    """Cells, and whether the text ends inside a quoted cell. A text that is no valid row has no cells if `strict`."""
    try:
        return next(_csv(text, delimiter, True), []), False
    except csv.Error as error:
        if "end of data" in str(error):
            return [], True
        if strict:
            return [], False
    return next(_csv(text, delimiter, False), []), False


def _csv(text: str, delimiter: str, strict: bool) -> Iterator[list[str]]:
    # The text goes in as one "line": the csv module keeps line breaks inside quotes as they are.
    return csv.reader((text,), delimiter=delimiter, skipinitialspace=True, strict=strict)


def recognise_delimiter(sample: list[str]) -> str:
    """The delimiter that cuts the sample's lines into the most columns most evenly."""

    def evenness(delimiter: str) -> float:
        counts = [len(row.cells) for row in read_rows(sample, delimiter) if row.error is None]
        if not counts:
            return 0.0
        usual = max(set(counts), key=counts.count)
        return 0.0 if usual < 2 else usual * (counts.count(usual) / len(counts)) ** 2

    best = max(DELIMITERS, key=evenness)  # the first of equals
    return best if evenness(best) > 0 else DELIMITERS[0]

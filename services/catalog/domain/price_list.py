"""A price list as bytes: whole lines in chunks, named by their hashes, and the delta that leads to it."""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from services.catalog.domain.register_record import ListItem, ListRow, RecordMaker
from services.contracts.catalog import CHUNK_BYTES, RecordProblem
from services.contracts.goods_record import BASE_HASH_MODULUS, record_hash

PROBLEMS_SHOWN = 500  # of one list
_CODE = itemgetter(0)  # of a row


class ListChunk(NamedTuple):
    """A part of a list. `first_code` is the code of its first line."""

    number: int  # from 0
    first_code: int
    body: bytes
    prefix_sha256: str


class LineChunks:
    """Cuts lines into chunks of at most CHUNK_BYTES. All of a list is kept: 500,000 items are about 100 MB."""

    def __init__(self) -> None:
        self.chunks: list[ListChunk] = []
        self.lines = 0
        self.bytes = 0
        self._hash = hashlib.sha256()
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._first_code = 0

    def add(self, code: int, line: bytes) -> None:
        """Put in a line (without its line feed)."""
        self.add_all((code,), (line,))

    def add_all(self, codes: Sequence[int], lines: Sequence[bytes]) -> None:
        """Put in several lines."""
        begin, size = 0, self._open_bytes
        for place, line in enumerate(lines):
            size += len(line) + 1
            if size > CHUNK_BYTES:
                self._extend(codes[begin:place], lines[begin:place])
                self._close()
                begin, size = place, len(line) + 1
        self._extend(codes[begin:], lines[begin:])

    def _extend(self, codes: Sequence[int], lines: Sequence[bytes]) -> None:
        """Put lines that fit into the open chunk."""
        if not lines:
            return
        if not self._open:
            self._first_code = codes[0]
        self._open.extend(lines)
        self._open_bytes += sum(map(len, lines)) + len(lines)
        self.lines += len(lines)

    def finish(self) -> str:
        """Close the last chunk; returns the SHA-256 of all bytes in order."""
        self._close()
        return self._hash.hexdigest()

    def _close(self) -> None:
        if not self._open:
            return
        body = b"\n".join(self._open) + b"\n"
        self._hash.update(body)
        prefix = self._hash.copy().hexdigest()
        self.chunks.append(ListChunk(len(self.chunks), self._first_code, body, prefix))
        self.bytes += len(body)
        self._open = []
        self._open_bytes = 0


class PriceListBuilder:
    """Takes the items of a base in the order of their codes; makes the list, its base hash and, on request, a delta.

    `delta_from` is the revision that a register confirmed: of the codes changed since, those that it gets now are
    upserts, the others deletions (deleting what is not there does nothing).
    """

    def __init__(self, maker: RecordMaker, delta_from: int | None) -> None:
        self._maker = maker
        self._delta_from = delta_from
        self._hash_total = 0
        self._delta: list[tuple[int, bytes]] = []
        self.list = LineChunks()
        self.problems_count = 0
        self.problems: list[RecordProblem] = []

    def add_all(self, rows: Sequence[ListRow]) -> None:
        """Items that pass the recipe's filter. One that is not usual makes all of these take longer."""
        lines = self._maker.usual_lines(rows) if rows else []
        if lines is None:
            for row in rows:
                self.add(ListItem._make(row))
            return
        self._put(list(map(_CODE, rows)), lines)
        if self._delta_from is not None:
            for row, line in zip(rows, lines, strict=True):
                self._tell_delta(ListItem._make(row), line)

    def add(self, item: ListItem) -> None:
        """One such item."""
        line = self._maker.line(item)
        if self._maker.problems:
            self.problems_count += len(self._maker.problems)
            room = PROBLEMS_SHOWN - len(self.problems)
            self.problems.extend(self._maker.problems[:room])
        if line is not None:
            self._put((item.code,), (line,))
        self._tell_delta(item, line)

    def _put(self, codes: Sequence[int], lines: Sequence[bytes]) -> None:
        self.list.add_all(codes, lines)
        self._hash_total += sum(map(record_hash, lines))

    def _tell_delta(self, item: ListItem, line: bytes | None) -> None:
        if self._delta_from is not None and item.changed_revision > self._delta_from:
            self._delta.append((item.code, line if line is not None else deletion_line(item.code)))

    def add_absent(self, code: int) -> None:
        """A code changed since `delta_from` that the register must not have: removed, or filtered out."""
        self._delta.append((code, deletion_line(code)))

    @property
    def base_hash(self) -> str:
        """The base hash of the records put in."""
        return f"{self._hash_total % BASE_HASH_MODULUS:064x}"

    def delta(self) -> LineChunks:
        """The delta's lines, in the order of their codes."""
        chunks = LineChunks()
        for code, line in sorted(self._delta):
            chunks.add(code, line)
        return chunks


def deletion_line(code: int) -> bytes:
    """The line of a delta that takes a code out of a register."""
    return f'{{"code":{code},"deleted":true}}'.encode()

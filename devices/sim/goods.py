"""Goods bases as bytes: the canonical lines of all records, in the order of their codes, each ended by a line feed.

Pure functions, so that one answer may serve many registers that hold the same (`Workshop` remembers a few).
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from devices.sim.record_rules import CODE_STRUCTURE, LoadRefused, RecordRules, check_record
from services.contracts.goods_record import Record, base_hash_of, canonical_line

CODE_FULL: Final = "095"
CODE_BASE: Final = "083"
_RECORD: Final = msgspec.json.Decoder(dict[str, str | int | bool])


class Base(Struct, frozen=True):
    """A goods base: its lines, and what was reckoned from exactly these lines."""

    lines: bytes
    base_hash: str
    count: int


def read_line(line: bytes) -> Record:
    """The record of a canonical line. Raises `LoadRefused` for anything else."""
    try:
        record = _RECORD.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        raise LoadRefused("record_refused", CODE_STRUCTURE, None, "line") from None
    code = record.get("code")
    if canonical_line(record) != line:
        number = code if type(code) is int and code >= 0 else None
        raise LoadRefused("record_refused", CODE_STRUCTURE, number, "line")
    return record


def split(lines: bytes) -> list[bytes]:
    """The lines without their line feeds."""
    return lines[:-1].split(b"\n") if lines else []


def of_lines(lines: bytes) -> Base:
    """What these lines are: count and hash, reckoned anew."""
    parts = split(lines)
    return Base(lines, base_hash_of(parts), len(parts))


def by_code(lines: bytes) -> dict[int, bytes]:
    """The lines of a base that was checked when it was built."""
    return {int(_RECORD.decode(line)["code"]): line for line in split(lines)}


def records(lines: bytes) -> Iterator[Record]:
    """The records of a base, in the order of their codes."""
    return (_RECORD.decode(line) for line in split(lines))


def build_full(load: bytes, rules: RecordRules, capacity: int) -> Base:
    """The base that a full load makes. Raises `LoadRefused` naming the record at fault."""
    found: dict[int, bytes] = {}
    for line in split(load):
        record = read_line(line)
        check_record(record, rules)
        code = int(record["code"])
        if code in found:
            raise LoadRefused("duplicate_code", CODE_BASE, code, "code")
        found[code] = line
    return _joined(found, capacity)


def build_delta(held: bytes, load: bytes, rules: RecordRules, capacity: int) -> Base:
    """The base that a delta makes of the one held: upserts, and deletions by code."""
    found = by_code(held)
    named: set[int] = set()
    for line in split(load):
        record = read_line(line)
        deleted = record.get("deleted") is True and record.keys() == {"code", "deleted"}
        if not deleted:
            check_record(record, rules)
        code = record["code"]
        if type(code) is not int:
            raise LoadRefused("record_refused", CODE_STRUCTURE, None, "code")
        if code in named:
            raise LoadRefused("duplicate_code", CODE_BASE, code, "code")
        named.add(code)
        if deleted:
            # Deleting what is not there does nothing.
            found.pop(code, None)
        else:
            found[code] = line
    return _joined(found, capacity)


def _joined(found: dict[int, bytes], capacity: int) -> Base:
    if len(found) > capacity:
        raise LoadRefused("over_capacity", CODE_FULL, sorted(found)[capacity])
    return of_lines(b"".join(found[code] + b"\n" for code in sorted(found)))


class Workshop:
    """Builds bases; remembers the last few results, for a fleet whose registers get the same lists.

    What it remembers is the result of pure functions under all of their arguments, so remembering changes no answer.
    """

    def __init__(self, remembered: int = 0) -> None:
        # At most `remembered` results; 0 for a single register, which never builds the same twice.
        self._remembered = remembered
        self._results: OrderedDict[tuple[object, ...], Base | LoadRefused] = OrderedDict()

    def full(self, load: bytes, rules: RecordRules, capacity: int) -> Base:
        """As `build_full`."""
        return self._once(("full", load, rules, capacity), lambda: build_full(load, rules, capacity))

    def delta(self, held: bytes, load: bytes, rules: RecordRules, capacity: int) -> Base:
        """As `build_delta`."""
        key = ("delta", held, load, rules, capacity)
        return self._once(key, lambda: build_delta(held, load, rules, capacity))

    def recount(self, lines: bytes) -> Base:
        """As `of_lines`."""
        return self._once(("lines", lines), lambda: of_lines(lines))

    def _once(self, key: tuple[object, ...], build: Callable[[], Base]) -> Base:
        if not self._remembered:
            return build()
        known = self._results.get(key)
        if known is None:
            try:
                known = build()
            except LoadRefused as refused:
                known = refused
            self._results[key] = known
            while len(self._results) > self._remembered:
                self._results.popitem(last=False)
        else:
            self._results.move_to_end(key)
        if isinstance(known, LoadRefused):
            raise LoadRefused(known.code, known.register_code, known.record, known.field)
        return known

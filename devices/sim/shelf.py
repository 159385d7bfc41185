"""The goods base that the register sells from, on its shelf: switched in one step, or not at all.

The lines lie in a file named by the number of the switch; a small header names that file together with revision and
hash. Replacing the header is the switch: before it everything is as it was, after it everything is new.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from devices.sim.goods import Base
from devices.sim.storage import Storage
from services.contracts.goods_record import EMPTY_BASE_HASH

_HEADER_FILE: Final = "goods.json"


class Held(Struct, frozen=True, kw_only=True):
    """The header: what is held, by which switch and which exchange it came."""

    number: int = 0
    revision: int | None = None
    base_hash: str = EMPTY_BASE_HASH
    count: int = 0
    exchange: str | None = None
    load: str | None = None
    at: datetime | None = None


class Shelf:
    """The base held now."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.held = read_held(storage)
        # Left by a power loss just before or just after the last switch.
        for number in (self.held.number - 1, self.held.number + 1):
            storage.remove(_lines_file(number))

    def lines(self) -> bytes:
        """All records, as they lie in the memory."""
        return read_lines(self._storage, self.held) or b""

    def prepare(self, base: Base) -> None:
        """Write the lines of the next base beside the present one. Nothing has changed yet."""
        self._storage.replace(_lines_file(self.held.number + 1), [base.lines])

    def switch(self, base: Base, revision: int, exchange: str, load: str, at: datetime) -> Held:
        """The one step: from now on the prepared lines are the base."""
        held = Held(
            number=self.held.number + 1,
            revision=revision,
            base_hash=base.base_hash,
            count=base.count,
            exchange=exchange,
            load=load,
            at=at,
        )
        self._storage.replace(_HEADER_FILE, [msgspec.json.encode(held)])
        self.held = held
        return held

    def tidy(self) -> None:
        """Forget the lines of the base before."""
        self._storage.remove(_lines_file(self.held.number - 1))


def read_held(storage: Storage) -> Held:
    """The header as it is, without touching anything."""
    raw = storage.read(_HEADER_FILE)
    return msgspec.json.decode(raw, type=Held) if raw is not None else Held()


def read_lines(storage: Storage, held: Held) -> bytes | None:
    """The lines that this header names; None if they are gone, because a newer header names others by now."""
    return storage.read(_lines_file(held.number))


def _lines_file(number: int) -> str:
    return f"goods.{number}.jsonl"

"""The buffer: one load on its way in. It survives a power loss and goes on behind the last whole chunk."""

import hashlib
import struct
from typing import Final

import msgspec
from msgspec import Struct

from devices.sim.storage import Storage
from services.device_gateway.protocol.frames import MAX_CHUNK_BYTES
from services.device_gateway.protocol.server_messages import BaseRef, LoadBegin

_LENGTH: Final = struct.Struct(">I")
_HEADER_FILE: Final = "buffer.json"
_CHUNKS_FILE: Final = "buffer.chunks"
# What one load may have in bytes: above any list of 100,000 records, below what would hurt the machine.
MAX_LOAD_BYTES: Final = 64 * 1024 * 1024


class Load(Struct, frozen=True, kw_only=True):
    """What `load_begin` said of the load, and how far it is. `ordered`: `load_apply` came, the switch is due."""

    exchange: str
    revision: int
    kind: str
    chunks: int
    records: int
    bytes: int
    sha256: str
    base_hash: str
    base: BaseRef | None
    buffered: bool = False
    ordered: bool = False

    def same_bytes(self, begin: LoadBegin) -> bool:
        """Whether the offer is this very load, under whatever exchange."""
        return all(
            getattr(self, name) == getattr(begin, name)
            for name in ("revision", "kind", "chunks", "records", "bytes", "sha256", "base_hash", "base")
        )


class Intake:
    """The load in the buffer and its chunks. `received` whole chunks are there, `size` bytes of lines."""

    def __init__(self, storage: Storage, load: Load) -> None:
        self.load = load
        self.received = 0
        self.size = 0
        self._storage = storage
        self._running = hashlib.sha256()

    @classmethod
    def create(cls, storage: Storage, begin: LoadBegin) -> "Intake":
        """Empty the buffer and note what is coming."""
        drop(storage)
        fields = {name: getattr(begin, name) for name in Load.__struct_fields__ if name not in ("buffered", "ordered")}
        intake = cls(storage, Load(**fields))
        intake._note()
        return intake

    @classmethod
    def restore(cls, storage: Storage) -> "Intake | None":
        """What a power loss has left: whole chunks stay, a torn end is cut off."""
        load = read_load(storage)
        if load is None:
            drop(storage)
            return None
        intake = cls(storage, load)
        raw = storage.read(_CHUNKS_FILE) or b""
        end = 0
        for start, stop in _whole_chunks(raw):
            intake._count(raw[start:stop])
            end = stop
        if end < len(raw):
            storage.cut(_CHUNKS_FILE, end)
        return intake

    def add(self, lines: bytes) -> None:
        """Keep the next chunk."""
        self._storage.append(_CHUNKS_FILE, _LENGTH.pack(len(lines)))
        self._storage.append(_CHUNKS_FILE, lines)
        self._count(lines)

    @property
    def prefix_sha256(self) -> str:
        """SHA-256 of the lines received so far."""
        return self._running.hexdigest()

    def lines(self) -> bytes:
        """All lines received so far, read back from memory."""
        raw = self._storage.read(_CHUNKS_FILE) or b""
        return b"".join(raw[start:stop] for start, stop in _whole_chunks(raw))

    def change(self, **fields: str | bool) -> None:
        """Note another exchange for the same bytes, `buffered`, or `ordered`."""
        self.load = msgspec.structs.replace(self.load, **fields)
        self._note()

    def _note(self) -> None:
        self._storage.replace(_HEADER_FILE, [msgspec.json.encode(self.load)])

    def _count(self, lines: bytes) -> None:
        self._running.update(lines)
        self.received += 1
        self.size += len(lines)


def read_load(storage: Storage) -> Load | None:
    """What the buffer's header says, without touching anything."""
    header = storage.read(_HEADER_FILE)
    return msgspec.json.decode(header, type=Load) if header is not None else None


def drop(storage: Storage) -> None:
    """Empty the buffer: first the header, so that chunks without one are known to be worthless."""
    storage.remove(_HEADER_FILE)
    storage.remove(_CHUNKS_FILE)


def _whole_chunks(raw: bytes) -> list[tuple[int, int]]:
    """Where the lines of each whole chunk start and stop."""
    found: list[tuple[int, int]] = []
    at = 0
    while at + _LENGTH.size <= len(raw):
        (length,) = _LENGTH.unpack_from(raw, at)
        start, stop = at + _LENGTH.size, at + _LENGTH.size + length
        if stop > len(raw) or not 0 < length <= MAX_CHUNK_BYTES:
            break
        found.append((start, stop))
        at = stop
    return found

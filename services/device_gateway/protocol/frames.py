"""Binary frames: one chunk of goods each. Bytes in, chunk out; no sockets, no clock.

A frame is an 8-byte header (handle u32, chunk number u32, big-endian) and then whole JSON lines, each ended by one
line feed. The first chunk of a load has number 1, so «n chunks received» and «chunk n is the last one» are one number.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from services.contracts.goods_record import MAX_LINE_BYTES
from services.device_gateway.protocol.errors import MalformedFrame

_HEADER: Final = struct.Struct(">II")
HEADER_BYTES: Final = _HEADER.size

# The whole binary frame: what a small controller must be able to hold in memory at once.
MAX_FRAME_BYTES: Final = 16_384

# The lines of one chunk, without the header.
MAX_CHUNK_BYTES: Final = MAX_FRAME_BYTES - HEADER_BYTES

_LINE_FEED: Final = b"\n"


class Chunk(Struct, frozen=True):
    """One part of a load: which load (`handle` is that of `load_begin`), which part (from 1), its lines."""

    handle: int
    number: int
    lines: bytes


def encode_chunk(chunk: Chunk) -> bytes:
    """The frame of a chunk. Raises `MalformedFrame` for what `decode_chunk` would refuse, so a bug stays at home."""
    _check(chunk.handle, chunk.number, chunk.lines)
    return _HEADER.pack(chunk.handle, chunk.number) + chunk.lines


def decode_chunk(frame: bytes) -> Chunk:
    """The chunk of a frame. Raises `MalformedFrame` naming what is wrong."""
    if len(frame) < HEADER_BYTES:
        raise MalformedFrame("header")
    handle, number = _HEADER.unpack_from(frame)
    lines = frame[HEADER_BYTES:]
    _check(handle, number, lines)
    return Chunk(handle=handle, number=number, lines=lines)


def _check(handle: int, number: int, lines: bytes) -> None:
    if handle < 1:
        raise MalformedFrame("handle")
    if number < 1:
        raise MalformedFrame("number")
    if len(lines) > MAX_CHUNK_BYTES:
        raise MalformedFrame("size")
    if not lines.endswith(_LINE_FEED):
        raise MalformedFrame("line_end")


def split_lines(lines: bytes) -> list[bytes]:
    """The lines of a chunk, without their line feeds."""
    return lines[:-1].split(_LINE_FEED) if lines else []


def pack_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Canonical lines (without line feeds) put together into the lines of as few chunks as their order allows.

    Raises `MalformedFrame` for a line that is empty, too long or contains a line feed.
    """
    parts: list[bytes] = []
    size = 0
    for line in lines:
        if not line or len(line) > MAX_LINE_BYTES or _LINE_FEED in line:
            raise MalformedFrame("line")
        if size + len(line) + 1 > MAX_CHUNK_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
        parts += (line, _LINE_FEED)
        size += len(line) + 1
    if parts:
        yield b"".join(parts)

"""Binary frames: what goes in comes out, and nothing but a named error comes out of garbage."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import CHUNK_BYTES
from services.device_gateway.protocol.errors import MalformedFrame
from services.device_gateway.protocol.frames import (
    MAX_CHUNK_BYTES,
    MAX_FRAME_BYTES,
    Chunk,
    decode_chunk,
    encode_chunk,
    pack_lines,
    split_lines,
)

U32 = st.integers(1, (1 << 32) - 1)
LINE = st.binary(min_size=1, max_size=300).filter(lambda line: b"\n" not in line)


def test_the_header_is_big_endian_and_in_front() -> None:
    """The bytes of the page."""
    assert encode_chunk(Chunk(7, 1, b"{}\n")) == bytes.fromhex("0000000700000001") + b"{}\n"


def test_the_catalog_cuts_chunks_as_large_as_a_frame_takes() -> None:
    """Two rooms that do not know each other have one number."""
    assert CHUNK_BYTES == MAX_CHUNK_BYTES == MAX_FRAME_BYTES - 8


@given(handle=U32, number=U32, lines=st.lists(LINE, min_size=1, max_size=20))
def test_a_chunk_comes_back(handle: int, number: int, lines: list[bytes]) -> None:
    """Encoding and decoding are inverse."""
    chunk = Chunk(handle, number, b"".join(line + b"\n" for line in lines))
    frame = encode_chunk(chunk)
    assert len(frame) <= MAX_FRAME_BYTES
    assert decode_chunk(frame) == chunk
    assert split_lines(chunk.lines) == lines


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"", "header"),
        (b"\0\0\0\7\0\0\0", "header"),
        (b"\0\0\0\0\0\0\0\1{}\n", "handle"),
        (b"\0\0\0\1\0\0\0\0{}\n", "number"),
        (b"\0\0\0\1\0\0\0\1", "line_end"),
        (b"\0\0\0\1\0\0\0\1{}", "line_end"),
        (b"\0\0\0\1\0\0\0\1" + b"x" * MAX_CHUNK_BYTES + b"\n", "size"),
    ],
)
def test_a_broken_frame_is_named(frame: bytes, name: str) -> None:
    """Each fault has its name."""
    with pytest.raises(MalformedFrame) as caught:
        decode_chunk(frame)
    assert caught.value.detail == name


@given(st.binary(max_size=64))
def test_garbage_gives_a_chunk_or_a_named_error(frame: bytes) -> None:
    """No other exception."""
    try:
        decode_chunk(frame)
    except MalformedFrame as fault:
        assert fault.detail


@given(st.lists(st.binary(min_size=1, max_size=4000).filter(lambda line: b"\n" not in line), max_size=60))
def test_packing_keeps_lines_whole_and_in_order(lines: list[bytes]) -> None:
    """No chunk is too large, none is empty, and all lines come back; two neighbours never fit into one."""
    chunks = list(pack_lines(lines))
    assert all(0 < len(chunk) <= MAX_CHUNK_BYTES and chunk.endswith(b"\n") for chunk in chunks)
    assert [line for chunk in chunks for line in split_lines(chunk)] == lines
    for left, right in itertools.pairwise(chunks):
        assert len(left) + len(split_lines(right)[0]) + 1 > MAX_CHUNK_BYTES


@pytest.mark.parametrize("line", [b"", b"a\nb", b"x" * 4097])
def test_a_line_that_is_none_is_refused(line: bytes) -> None:
    """Empty, with a line feed, or too long."""
    with pytest.raises(MalformedFrame):
        list(pack_lines([line]))

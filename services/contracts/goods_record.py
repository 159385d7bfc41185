"""The goods record of a register, its canonical line and the base hash over many lines.

This is the one definition that the server (which writes the lines) and every register (which keeps them) share.
The fields are those of the «Меркурий» JSON goods record; which of them a register knows depends on its base version.
docs/register-link.md repeats this page in words and with examples, for people who write a register.
"""

import hashlib
import json
from collections.abc import Iterable

# Separates this hash from every other use of SHA-256 in the product; part of the link protocol, never changes in v1.
RECORD_DOMAIN = b"kkt-link.v1 goods record\n"

# The base hash is a sum modulo 2^256, so the order of records does not matter and one record can be
# taken out or put in without reading the others.
BASE_HASH_MODULUS = 1 << 256

EMPTY_BASE_HASH = "0" * 64

# The longest canonical line, in bytes without its line feed; far above what the fields' own limits allow.
MAX_LINE_BYTES = 4096

JsonScalar = str | int | bool
Record = dict[str, JsonScalar]


def canonical_line(record: Record) -> bytes:
    """The one byte form of a record: JSON, keys in ASCII order, no white space, UTF-8, no line feed.

    Characters beyond ASCII stand as themselves; only what JSON must escape is escaped. Numbers are integers
    (prices in kopecks); there are no floats and no nulls: a field without a value is left out.
    """
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def record_hash(line: bytes) -> int:
    """SHA-256 of one canonical line, domain-separated, as a number below 2^256."""
    return int.from_bytes(hashlib.sha256(RECORD_DOMAIN + line).digest(), "big")


def add_to_base_hash(base_hash: str, added: Iterable[bytes] = (), removed: Iterable[bytes] = ()) -> str:
    """The base hash after some canonical lines were put in and others taken out.

    An upsert removes the old line of its code and adds the new one. `base_hash` and the result are 64 lower-case
    hexadecimal digits; an empty base has `EMPTY_BASE_HASH`.
    """
    total = int(base_hash, 16)
    for line in added:
        total += record_hash(line)
    for line in removed:
        total -= record_hash(line)
    return f"{total % BASE_HASH_MODULUS:064x}"


def base_hash_of(lines: Iterable[bytes]) -> str:
    """The base hash of a whole base, given the canonical line of each of its records (codes are unique)."""
    return add_to_base_hash(EMPTY_BASE_HASH, lines)

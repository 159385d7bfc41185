"""Sections 7 to 9 of the page: canonical lines, hashes, the check digit."""

import hashlib
from typing import Any

DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit_is_right(kkt_id: str) -> bool:
    """Section 9."""
    state = 0
    for digit in kkt_id:
        state = int(DAMM[state][int(digit)])
    return state == 0


def with_check_digit(digits: str) -> str:
    """The eleven digits with the twelfth."""
    return next(digits + last for last in "0123456789" if check_digit_is_right(digits + last))


def canonical(record: dict[str, Any]) -> str:
    """Section 7: the one way to write a record."""
    return "{" + ",".join(f'"{key}":{_value(record[key])}' for key in sorted(record)) + "}"


def _value(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def base_hash(records: dict[int, dict[str, Any]]) -> str:
    """Section 8: over all records, whatever their order."""
    total = 0
    for record in records.values():
        digest = hashlib.sha256(b"kkt-link.v1 goods record\n" + canonical(record).encode("utf-8")).digest()
        total = (total + int.from_bytes(digest, "big")) % 2**256
    return f"{total:064x}"

"""Cursors of pages: the sort values of the last row, opaque to callers."""

import base64
import binascii
from typing import Any

import msgspec

from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import Cursor

INT_MAX = 2_147_483_647  # what PostgreSQL's integer holds; codes, lines and prices fit


def encode_cursor(*values: str | int | None) -> Cursor:
    """The cursor of a row."""
    return Cursor(base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("="))


def decode_cursor(cursor: Cursor | None, *types: Any) -> tuple[Any, ...] | None:
    """The sort values of the row after which a page begins; None for the first page. Raises Invalid."""
    if cursor is None:
        return None
    try:
        body = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = msgspec.json.decode(body, type=list[Any])
        if len(values) != len(types):
            raise ValueError(len(values))
        return tuple(_fitting(msgspec.convert(value, wanted)) for value, wanted in zip(values, types, strict=True))
    except (ValueError, binascii.Error, msgspec.DecodeError, msgspec.ValidationError):
        raise Invalid((FieldError("after", "malformed"),)) from None


def _fitting(value: Any) -> Any:
    """The value, if a column could hold it: a forged cursor must not reach the database. Raises ValueError."""
    if (isinstance(value, int) and not -INT_MAX <= value <= INT_MAX) or (isinstance(value, str) and "\0" in value):
        raise ValueError(value)
    return value

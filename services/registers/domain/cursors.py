"""Where a page of a list goes on: the sort key and id of the last row, opaque to callers."""

import base64
import binascii
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

import msgspec

from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import Cursor


class AfterName(msgspec.Struct, frozen=True, array_like=True):
    """The last row of the page before, in a list sorted by name."""

    key: str
    id: UUID

    @classmethod
    def of(cls, key: str, row_id: str) -> Self:
        """Behind the row with this key and id."""
        return cls(key, UUID(row_id))


class AfterTime(msgspec.Struct, frozen=True, array_like=True):
    """The last row of the page before, in a list sorted by time."""

    at: datetime
    id: UUID

    @classmethod
    def of(cls, at: datetime, row_id: str) -> Self:
        """Behind the row with this time and id."""
        return cls(at, UUID(row_id))


After = TypeVar("After", AfterName, AfterTime)


def encode_cursor(after: AfterName | AfterTime) -> Cursor:
    """The cursor that goes on behind this row."""
    return Cursor(base64.urlsafe_b64encode(msgspec.json.encode(after)).decode().rstrip("="))


def decode_name_cursor(cursor: Cursor) -> AfterName:
    """What a cursor says. Raises Invalid when it is not one of ours."""
    after = _decode(cursor, AfterName)
    if "\0" in after.key:
        raise _malformed()
    return after


def decode_time_cursor(cursor: Cursor) -> AfterTime:
    """What a cursor says. Raises Invalid when it is not one of ours."""
    after = _decode(cursor, AfterTime)
    if after.at.tzinfo is None:
        raise _malformed()
    return after


def _decode(cursor: Cursor, kind: type[After]) -> After:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=kind)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise _malformed() from error


def _malformed() -> Invalid:
    return Invalid((FieldError("after", "malformed"),))

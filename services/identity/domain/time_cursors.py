"""Where a page of a list by time goes on: time and id of the last row, opaque to callers."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import Cursor


class AfterTime(msgspec.Struct, frozen=True, array_like=True):
    """The last row of the page before."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    id: UUID


def encode_time_cursor(at: datetime, row_id: str) -> Cursor:
    """The cursor that goes on behind this row."""
    raw = msgspec.json.encode(AfterTime(at, UUID(row_id)))
    return Cursor(base64.urlsafe_b64encode(raw).decode().rstrip("="))


def decode_time_cursor(cursor: Cursor) -> AfterTime:
    """What a cursor says. Raises Invalid when it is not one of ours; a forged one opens no other user's list."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        after = msgspec.json.decode(raw, type=AfterTime)
        return AfterTime(after.at.astimezone(UTC), after.id)
    except (ValueError, OverflowError, binascii.Error, msgspec.DecodeError) as error:
        raise Invalid((FieldError("after", "malformed"),)) from error

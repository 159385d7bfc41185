"""Where a page of the journal goes on: the place of the last entry, opaque to callers."""

import base64
import binascii
from datetime import datetime
from typing import Annotated

import msgspec

from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import Cursor

_Word = Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,40}$")]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Of one entry in the order of time; two entries of one moment are told apart by their fact."""

    at: _Moment
    room: _Word
    number: _Number


def encode_cursor(place: Place) -> Cursor:
    """The cursor that goes on behind this entry."""
    return Cursor(base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("="))


def decode_cursor(cursor: Cursor) -> Place:
    """What a cursor says. Raises Invalid when it is not one of ours; a forged one opens no other account's journal."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=Place)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise Invalid((FieldError("after", "malformed"),)) from error

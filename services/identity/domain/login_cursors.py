"""Where a page of users goes on: the login key of the last one, opaque to callers."""

import base64
import binascii
from typing import Annotated

import msgspec

from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import Cursor
from services.identity.domain.logins import LOGIN_MAX

_KEY_MAX = 3 * LOGIN_MAX  # folding case makes at most three characters of one


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last user of the page before."""

    login_key: Annotated[str, msgspec.Meta(min_length=1, max_length=_KEY_MAX)]


def encode_cursor(login_key: str) -> Cursor:
    """The cursor that goes on behind this user."""
    return Cursor(base64.urlsafe_b64encode(msgspec.json.encode(Place(login_key))).decode().rstrip("="))


def decode_cursor(cursor: Cursor) -> str:
    """What a cursor says. Raises Invalid when it is not one of ours; a forged one opens no other account's users."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(raw, type=Place)
        if not place.login_key.isprintable():
            raise ValueError(place.login_key)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise Invalid((FieldError("after", "malformed"),)) from error
    return place.login_key

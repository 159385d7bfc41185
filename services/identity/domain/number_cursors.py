"""Where a page of accounts goes on: the client number of the last one, opaque to callers."""

from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import Cursor
from services.identity.domain.client_names import CLIENT_NUMBER_MAX

_PREFIX = "n"


def encode_number_cursor(number: int) -> Cursor:
    """The cursor that goes on behind this account."""
    return Cursor(f"{_PREFIX}{number}")


def decode_number_cursor(cursor: Cursor) -> int:
    """What a cursor says. Raises Invalid when it is not one of ours."""
    text = cursor.removeprefix(_PREFIX)
    if text == cursor or not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > CLIENT_NUMBER_MAX:
        raise Invalid((FieldError("after", "malformed"),))
    return int(text)

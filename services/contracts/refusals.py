"""Refusals that may cross the bus: one class, one stable `code`. Their texts for people live in gateway_http/locale.

A refusal is an expected answer («no such register»), not a fault. Rooms add their own next to their Protocol.
"""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

Params = Mapping[str, str | int]


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field: `path` as in the request body ("name", "barcodes/0"), `code` as stable as a refusal's."""

    path: str
    code: str
    params: dict[str, str | int] = {}


class Refusal(Exception):
    """The root. `params` fill the placeholders of the text; `errors` name the fields that were wrong."""

    code: ClassVar[str] = "refused"

    def __init__(self, errors: tuple[FieldError, ...] = (), **params: str | int) -> None:
        super().__init__(self.code)
        self.errors = errors
        self.params: dict[str, str | int] = params

    def __str__(self) -> str:
        told = ", ".join(f"{key}={value}" for key, value in self.params.items())
        fields = ", ".join(f"{error.path}: {error.code}" for error in self.errors)
        return " ".join(part for part in (self.code, told and f"({told})", fields and f"[{fields}]") if part)


class NotFound(Refusal):
    """No such thing in this account; a thing of another account is refused in the same words (HTTP 404)."""

    code = "not_found"


class Unauthenticated(Refusal):
    """Nobody is signed in with this token (HTTP 401)."""

    code = "unauthenticated"


class Forbidden(Refusal):
    """The user's roles do not allow it (HTTP 403)."""

    code = "forbidden"


class Conflict(Refusal):
    """The state of things does not allow it now (HTTP 409)."""

    code = "conflict"


class Stale(Refusal):
    """Somebody changed the thing since it was read (HTTP 412)."""

    code = "stale"


class TooLarge(Refusal):
    """Larger than the limit told in `limit` (HTTP 413)."""

    code = "too_large"


class Invalid(Refusal):
    """The request itself is wrong; `errors` name the fields (HTTP 422)."""

    code = "invalid"


class TooMany(Refusal):
    """A limit was reached; `retry_after` (seconds) says when to come again, where that helps (HTTP 429)."""

    code = "too_many"


class Unavailable(Refusal):
    """A part of the server cannot answer now; try again (HTTP 503)."""

    code = "unavailable"


class Busy(Unavailable):
    """More work is waiting than may wait."""

    code = "busy"


class RequestIdReused(Conflict):
    """The same request id (Idempotency-Key) came with another body."""

    code = "idempotency_key_reused"


def refusal_by_code(base: type[Refusal] = Refusal) -> dict[str, type[Refusal]]:
    """All refusal classes known now, by code. Raises ValueError if two share one."""
    found: dict[str, type[Refusal]] = {base.code: base}
    for child in base.__subclasses__():
        for code, cls in refusal_by_code(child).items():
            if code in found and found[code] is not cls:
                raise ValueError(f"{cls.__name__} and {found[code].__name__} share the code {code}")
            found[code] = cls
    return found

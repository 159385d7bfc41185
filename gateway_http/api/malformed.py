"""Bodies and queries that do not fit their type, told as field errors with stable codes.

msgspec reports the first fault as an English sentence with a JSON path; this module reads that sentence once, so that
callers get `path` and `code` and a text in their own language.
"""

import re
from typing import Any

import msgspec

from services.contracts.refusals import FieldError, Invalid

_AT = re.compile(r" - at `(key in )?\$(?P<path>[^`]*)`\Z")
_NAMED = re.compile(r"\AObject (?P<what>missing required|contains unknown) field `(?P<name>[^`]*)`")
_BOUND = re.compile(r"(?P<than><=|>=|<|>) (?P<bound>-?\d+)\Z")
_INDEX = re.compile(r"\[(\d+)\]")
MAX_PATH = 200  # characters
NUL_ESCAPE = b"\\u0000"  # how JSON may hide the one character that no text of the database can hold


def invalid_from(fault: msgspec.ValidationError) -> Invalid:
    """The refusal that names the wrong field."""
    text = str(fault)
    found = _AT.search(text)
    path = _slashed(found["path"]) if found else ""
    said = text[: found.start()] if found else text
    named = _NAMED.match(said)
    if named:
        path = f"{path}/{named['name']}" if path else named["name"]
        code = "required" if named["what"] == "missing required" else "unknown_field"
        return Invalid(errors=(FieldError(path[:MAX_PATH], code),))
    return Invalid(errors=(_judged(path[:MAX_PATH], said),))


def _slashed(path: str) -> str:
    """`.barcodes[0]` → "barcodes/0"."""
    return _INDEX.sub(r".\1", path.replace("[...]", "")).strip(".").replace(".", "/")


def _judged(path: str, said: str) -> FieldError:
    bound = _BOUND.search(said)
    if bound:
        upper = bound["than"].startswith("<")
        if "length" in said:
            return FieldError(path, "too_long" if upper else "too_short", {"limit": int(bound["bound"])})
        return FieldError(path, "above_limit" if upper else "below_limit", {"limit": int(bound["bound"])})
    if said.startswith("Invalid enum value"):
        return FieldError(path, "unknown")
    if "matching regex" in said or said.startswith("Invalid "):
        return FieldError(path, "malformed")
    return FieldError(path, "wrong_type")


def holds_nul(value: Any) -> bool:
    """Whether a decoded JSON value has a NUL character in any of its texts. JSON's own depth bounds the walk."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if "\0" in one:
                return True
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
    return False

"""Records of a JSON goods file, read as a stream: memory does not grow with the file.

The file is `{"base": [ {…}, … ], "baseVer": "0.4"}` in any order of its keys, or the list alone. What stands around the
list is read over. A file whose JSON breaks off is refused whole: nobody can say where its next record begins.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

from services.contracts.import_codes import ImportFailure

RECORD_MAX = 64 * 1024  # characters of one record, and of anything else that is read at once
_LIST_KEYS = frozenset({"base", "goods", "items"})
_SPACE = " \t\r\n\ufeff"


class JsonRefused(Exception):
    """The file cannot be read; `failure` and `params` say why."""

    def __init__(self, failure: ImportFailure, **params: str | int) -> None:
        super().__init__(failure)
        self.failure = failure
        self.params: dict[str, str | int] = params


def read_records(parts: Iterable[bytes], encoding: str) -> Iterator[Any]:
    """The list's elements in their order. Raises JsonRefused when the file is no such JSON, at the broken place."""
    source = _Source(parts, encoding)
    first = source.peek()
    if first == "[":
        yield from _elements(source)
    elif first == "{":
        yield from _list_of_object(source)
    else:
        raise JsonRefused(ImportFailure.NOT_MERCURY_JSON)


def _list_of_object(source: "_Source") -> Iterator[Any]:
    source.take("{")
    found = False
    while source.peek() != "}":
        key = source.value()
        source.take(":")
        if key in _LIST_KEYS and not found and source.peek() == "[":
            found = True
            yield from _elements(source)
        else:
            source.value()
        if source.peek() != "}":
            source.take(",")
    if not found:
        raise JsonRefused(ImportFailure.NOT_MERCURY_JSON)


def _elements(source: "_Source") -> Iterator[Any]:
    source.take("[")
    source.record = 1
    if source.peek() == "]":
        source.take("]")
        return
    while True:
        yield source.value()
        source.record += 1
        if source.peek() == "]":
            source.take("]")
            return
        source.take(",")


def _bounded_int(digits: str) -> int | str:
    # Python refuses to convert endless digits; no field of ours is that long, so the field's own check names it.
    return int(digits) if len(digits) < 40 else digits


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


class _Source:
    """The text of the file: a window over the place where reading stands."""

    def __init__(self, parts: Iterable[bytes], encoding: str) -> None:
        name = "utf-8-sig" if encoding == "utf-8" else encoding
        self._decoder = codecs.getincrementaldecoder(name)("replace")
        self._parts = iter(parts)
        self._json = json.JSONDecoder(parse_int=_bounded_int, parse_constant=_no_constant)
        self._text = ""
        self._at = 0
        self._ended = False
        self.record = 0  # of the list, from 1; 0 outside it

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, sign: str) -> None:
        """Step over a sign that must stand here."""
        if self.peek() != sign:
            raise JsonRefused(ImportFailure.JSON_BROKEN, record=self.record)
        self._at += 1

    def value(self) -> Any:
        """Step over the value that stands here, and return it."""
        if not self.peek():
            raise JsonRefused(ImportFailure.JSON_BROKEN, record=self.record)
        # A number at the window's very end may go on in the next part, so some text must follow what was read.
        while len(self._text) - self._at <= RECORD_MAX and self._more():
            pass
        try:
            value, end = self._json.raw_decode(self._text[self._at : self._at + RECORD_MAX])
        except RecursionError:
            raise JsonRefused(ImportFailure.JSON_TOO_DEEP, record=self.record) from None
        except ValueError:
            too_long = len(self._text) - self._at > RECORD_MAX and self._breaks_at_the_end()
            if too_long:
                raise JsonRefused(ImportFailure.JSON_RECORD_TOO_LONG, record=self.record, limit=RECORD_MAX) from None
            raise JsonRefused(ImportFailure.JSON_BROKEN, record=self.record) from None
        self._at += end
        return value

    def _breaks_at_the_end(self) -> bool:
        """Whether the value was fine as far as RECORD_MAX characters show it."""
        try:
            self._json.raw_decode(self._text[self._at : self._at + RECORD_MAX])
        except json.JSONDecodeError as error:
            return error.pos >= RECORD_MAX - 8 or "Unterminated" in error.msg
        except ValueError:
            pass
        return False

    def _more(self) -> bool:
        if self._ended:
            return False
        part = next(self._parts, None)
        self._text = self._text[self._at :]
        self._at = 0
        if part is None:
            self._ended = True
            self._text += self._decoder.decode(b"", final=True)
        else:
            self._text += self._decoder.decode(part)
        return True

"""What people may write into a register and its groups; each wrong field gets a FieldError."""

import re
import unicodedata
from typing import Final

from services.contracts.recipe import PRICE_PERCENT_MAX, PRICE_PERCENT_MIN, PRICE_ROUNDINGS
from services.contracts.refusals import FieldError

MAX_GROUPS: Final = 500  # of one account
MAX_GROUPS_OF_REGISTER: Final = 50
MAX_ITEM_GROUPS_OF_REGISTER: Final = 100
NAME_MAX: Final = 100  # characters

_SERIAL = re.compile(r"[0-9A-Za-z]{1,20}\Z")  # FFD tag 1013: up to 20 characters
_DIGITS = re.compile(r"\d+")
_SORT_DIGITS = 12  # numbers in names sort as numbers up to so many digits


def clean_name(name: str) -> str:
    """The name as it is kept: composed characters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def name_errors(name: str) -> tuple[FieldError, ...]:
    """What is wrong with a cleaned name of a register or a group."""
    if not name:
        return (FieldError("name", "required"),)
    if len(name) > NAME_MAX:
        return (FieldError("name", "too_long", {"max": NAME_MAX}),)
    if any(unicodedata.category(char).startswith("C") for char in name):
        return (FieldError("name", "control_characters"),)
    return ()


def serial_errors(serial_number: str | None) -> tuple[FieldError, ...]:
    """What is wrong with a serial number told beforehand."""
    if serial_number is None or _SERIAL.match(serial_number):
        return ()
    return (FieldError("serial_number", "malformed"),)


def percent_errors(percent: int) -> tuple[FieldError, ...]:
    """What is wrong with a price percentage."""
    if PRICE_PERCENT_MIN <= percent <= PRICE_PERCENT_MAX:
        return ()
    return (FieldError("price_percent", "out_of_range", {"min": PRICE_PERCENT_MIN, "max": PRICE_PERCENT_MAX}),)


def rounding_errors(rounding: int) -> tuple[FieldError, ...]:
    """What is wrong with a rounding step."""
    if rounding in PRICE_ROUNDINGS:
        return ()
    return (FieldError("price_rounding", "not_one_of", {"allowed": ", ".join(map(str, PRICE_ROUNDINGS))}),)


def amount_errors(path: str, amount: int, most: int) -> tuple[FieldError, ...]:
    """What is wrong with a list that has so many members."""
    return (FieldError(path, "too_many", {"max": most}),) if amount > most else ()


def search_key(text: str) -> str:
    """How names are compared and searched: case, ё/е and spaces do not matter."""
    return " ".join(text.casefold().replace("ё", "е").split())


def sort_key(name: str) -> str:
    """How names are sorted: as `search_key`, with «Касса 2» before «Касса 10»."""
    return _DIGITS.sub(lambda found: found.group().zfill(_SORT_DIGITS), search_key(name))

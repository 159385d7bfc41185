"""Fields of an item that few shops fill: excise, country, customs declaration, volume, a note. Checked alike for
files, forms and programs."""

import re

from services.catalog.domain.cells import CellError, clean_or_refuse, shown
from services.contracts.catalog import CUSTOMS_DECLARATION_MAX, NOTE_MAX
from services.contracts.import_codes import RowCode

NUMBER_MAX = 2_147_483_647  # «Меркурий» goods record: 32 bits
_COUNTRY = re.compile(r"[0-9]{3}")


def parse_excise(kopecks: int | None) -> int | None:
    """The excise of one unit in kopecks (FFD tag 1229); None: there is none. Raises CellError."""
    if kopecks is not None and not 0 <= kopecks <= NUMBER_MAX:
        raise CellError("excise", RowCode.EXCISE_NOT_A_NUMBER, value=str(kopecks)[:32])
    return kopecks


def parse_volume(millilitres: int | None) -> int | None:
    """The volume of one unit in millilitres; None: not told. Raises CellError."""
    if millilitres is not None and not 0 <= millilitres <= NUMBER_MAX:
        raise CellError("volume_ml", RowCode.VOLUME_NOT_A_NUMBER, value=str(millilitres)[:32])
    return millilitres


def parse_country(text: str) -> str:
    """A country as three digits of OKSM (FFD tag 1230); "": not told. Raises CellError."""
    country = text.strip()
    if country and not _COUNTRY.fullmatch(country):
        raise CellError("country", RowCode.COUNTRY_UNKNOWN, value=shown(country))
    return country


def parse_customs_declaration(text: str) -> str:
    """The number of a customs declaration (FFD tag 1231). Raises CellError."""
    number = clean_or_refuse("customs_declaration", text)
    if len(number) > CUSTOMS_DECLARATION_MAX:
        limits = {"limit": CUSTOMS_DECLARATION_MAX, "length": len(number)}
        raise CellError("customs_declaration", RowCode.CUSTOMS_DECLARATION_TOO_LONG, **limits)
    return number


def parse_note(text: str) -> str:
    """A note on one line. Raises CellError."""
    note = clean_or_refuse("note", text)
    if len(note) > NOTE_MAX:
        raise CellError("note", RowCode.NOTE_TOO_LONG, limit=NOTE_MAX, length=len(note))
    return note

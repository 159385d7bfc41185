"""Every format of this package: how it is told by its first bytes, and what reads it."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from services.catalog.domain.formats import commerceml, frontol, one_c, pilot, shtrih, zip_files
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow

COMMERCEML, ONE_C, FRONTOL, SHTRIH, PILOT = "commerceml", "one_c", "frontol", "shtrih", "pilot"

ReadRows = Callable[[Iterable[bytes], str, GoodsReader], Iterator[GoodsRow | None]]


class Format(NamedTuple):
    """`name` is what people and programs see, and the source of foreign ids; several readers may share one."""

    name: str
    reader: str
    looks_like: Callable[[bytes], bool]
    rows: ReadRows


# In this order: the first that knows the start of a file reads it.
FORMATS = (
    Format(COMMERCEML, "commerceml", commerceml.looks_like, commerceml.rows),
    Format(ONE_C, "one_c", one_c.looks_like, one_c.rows),
    Format(FRONTOL, "frontol", frontol.looks_like, frontol.rows),
    Format(SHTRIH, "shtrih", shtrih.looks_like, shtrih.rows),
    Format(PILOT, "pilot", pilot.looks_like, pilot.rows),
    Format(COMMERCEML, "zip", zip_files.looks_like, zip_files.rows),
)
_BY_READER = {known.reader: known for known in FORMATS}


def format_of(start: bytes) -> Format | None:
    """The format of a file that begins so (its first part)."""
    return next((known for known in FORMATS if known.looks_like(start)), None)


def rows_of(reader: str, parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of a file, by the name of its reader. Raises FileRefused."""
    return _BY_READER[reader].rows(parts, encoding, goods)

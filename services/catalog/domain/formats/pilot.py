"""Domino and «Пилот»: a head as of a letter, then lines of `OBJ=TMC,CMD=MOD,CODE=…,BC=…,PRICE=…,NAME=…,…`, cp866.

A name may hold commas: a field ends where the next known one begins. One code stands in several lines, each with
another barcode; a barcode with another QUANT than 1 is that of a pack. `CMD=DEL` takes goods off the register. Prices
may be negative there; no register sells so, and such a row is refused by name.

Facts: github.com/AlexandrPinevich/domino_frontol_converter (b0dc193c), which turns files of Domino 7.8 into Frontol's:
MEASURE is 2 for goods that are sold in parts, else 1; BMODE is 7 for marked goods and 3 for others, or a number of
Frontol's kinds of marking.
"""

import re
from collections.abc import Iterable, Iterator

from services.catalog.domain.cells import parse_whole_number
from services.catalog.domain.csv_reader import LINE_MAX
from services.catalog.domain.fiscal_words import measure_is_known, parse_measure
from services.catalog.domain.formats.coded_rows import Said, Taking, first_lines, is_pack, twice
from services.catalog.domain.formats.frontol import mark
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.contracts.import_codes import RowCode

KEYS = (
    "OBJ", "CMD", "CODE", "BC", "VCODE", "PTYPE", "PRICE", "DEPT", "NAME", "MEASURE", "QUANT", "QMODE", "BMODE",
)  # fmt: skip
GOODS = "TMC"
REMOVE = frozenset({"DEL", "DELETE"})
HEAD_LINES_MAX = 30  # lines above the first object; files have nine
_FIELD = re.compile(rf"(?:^|,)\s*({'|'.join(KEYS)})=", re.IGNORECASE)
_PLACES = {key: place for place, key in enumerate(KEYS)}
_CODE, _BARCODE, _PRICE = _PLACES["CODE"], _PLACES["BC"], _PLACES["PRICE"]
_OTHER_PRICE = len(KEYS)  # of a pack, or of another kind: taken if there is none of one piece
_IN_PARTS = {"1": True, "2": False}  # MEASURE → undivided
_KINDS_FROM = 4  # numbers of BMODE below mean other things in other versions


def looks_like(start: bytes) -> bool:
    """Whether a file that begins so is one of these programs."""
    lines = first_lines(start, HEAD_LINES_MAX)
    return any(line.lstrip().upper().startswith("OBJ=") and ",CMD=" in line.upper() for line in lines)


def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of a file. Raises FileRefused for too many."""
    with twice(parts, encoding) as lines:
        said = Said()
        for line in lines():
            if (cells := cells_of(line)) is not None:
                _learn(said, cells)
        goods.is_whole = False  # each line is a change of its own
        for place, line in enumerate(lines(), start=1):
            cells = cells_of(line)
            taking = None if cells is None else _taking(said, cells, place)
            if taking is not None:
                yield taking.finish(goods, line)


def cells_of(line: str) -> list[str] | None:
    """The fields of a line of goods in the order of KEYS, and _OTHER_PRICE; None for other lines."""
    line = line[: LINE_MAX + 1].strip()
    found = list(_FIELD.finditer(line))
    if not found:
        return None
    cells = [""] * (len(KEYS) + 1)
    for field, following in zip(found, [*found[1:], None], strict=True):
        end = len(line) if following is None else following.start()
        cells[_PLACES[field[1].upper()]] = line[field.end() : end].strip()
    if cells[0].upper() != GOODS:
        return None
    if is_pack(cells[_PLACES["QUANT"]]) or cells[_PLACES["PTYPE"]].strip("0"):
        cells[_OTHER_PRICE], cells[_PRICE] = cells[_PRICE], ""
    return cells


def _learn(said: Said, cells: list[str]) -> None:
    if cells[_PLACES["CMD"]].upper() in REMOVE:
        said.learn_removal(cells[_CODE])
        return
    if is_pack(cells[_PLACES["QUANT"]]):
        said.learn_pack(cells[_CODE], cells[_BARCODE])
        cells[_BARCODE] = ""
    said.learn_row(cells[_CODE], cells)


def _taking(said: Said, cells: list[str], place: int) -> Taking | None:
    taking = Taking(place)
    taking.code(cells[_CODE])
    if cells[_PLACES["CMD"]].upper() in REMOVE:
        taking.fields.removed = True
        return taking if said.take_removal(cells[_CODE]) else None
    if is_pack(cells[_PLACES["QUANT"]]):
        cells[_BARCODE] = ""
    told = said.take(cells[_CODE], cells, _BARCODE)
    if told is None:
        return None
    taking.names(told[_PLACES["NAME"]])
    taking.price(told[_PRICE] or told[_OTHER_PRICE])
    taking.barcodes(told[_BARCODE])
    taking.pack_barcodes(said.packs_of(cells[_CODE]))
    taking.section(told[_PLACES["DEPT"]])
    _measure(taking, told[_PLACES["MEASURE"]])
    _marking(taking, told[_PLACES["BMODE"]])
    return taking


def _measure(taking: Taking, text: str) -> None:
    """A number that tells whether goods are sold in parts; some programs write a unit."""
    if text.isdecimal():
        taking.fields.undivided = _IN_PARTS.get(text)
        return
    taking.fields.measure = parse_measure(text)
    if text and not measure_is_known(text):
        taking.doubts.append(("measure", RowCode.MEASURE_UNKNOWN, text[:64]))


def _marking(taking: Taking, text: str) -> None:
    kind = parse_whole_number(text)
    if kind is not None and kind >= _KINDS_FROM:
        mark(taking, kind)

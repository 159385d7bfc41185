"""Domino and «Пилот»: lines of `OBJ=TMC,CMD=MOD,CODE=…,BC=…,PRICE=…,DEPT=…,NAME=…,MEASURE=…`, cp866.

A name may hold commas: a field ends where the next known one begins. One code may stand in several lines, each with
another barcode. Prices may be negative there; no register sells so, and such a row is refused by name.
"""

import re
from collections.abc import Iterable, Iterator

from services.catalog.domain.csv_reader import LINE_MAX
from services.catalog.domain.fiscal_words import measure_is_known, parse_measure
from services.catalog.domain.formats.coded_rows import Said, Taking, first_lines, twice
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.contracts.import_codes import RowCode

KEYS = ("OBJ", "CMD", "CODE", "BC", "PRICE", "DEPT", "NAME", "MEASURE", "QUANT", "QMODE", "BMODE")
GOODS = "TMC"
REMOVE = frozenset({"DEL", "DELETE"})
_FIELD = re.compile(rf"(?:^|,)\s*({'|'.join(KEYS)})=", re.IGNORECASE)
_PLACES = {key: place for place, key in enumerate(KEYS)}
_CODE, _BARCODE = _PLACES["CODE"], _PLACES["BC"]


def looks_like(start: bytes) -> bool:
    """Whether a file that begins so is one of these programs."""
    return any(line.lstrip().upper().startswith(("OBJ=TMC,", "OBJ=")) and "CMD=" in line for line in first_lines(start))


def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of a file. Raises FileRefused for too many."""
    with twice(parts, encoding) as lines:
        said = Said()
        for line in lines():
            if (cells := cells_of(line)) is not None:
                _learn(said, cells)
        goods.is_whole = False  # each line is a change of its own
        number = 0
        for line in lines():
            cells = cells_of(line)
            taking = None if cells is None else _taking(said, cells, number + 1)
            if taking is not None:
                number += 1
                yield taking.finish(goods, line)


def cells_of(line: str) -> list[str] | None:
    """The fields of a line of goods in the order of KEYS; None for other lines."""
    line = line[: LINE_MAX + 1].strip()
    found = list(_FIELD.finditer(line))
    if not found:
        return None
    cells = [""] * len(KEYS)
    for field, following in zip(found, [*found[1:], None], strict=True):
        end = len(line) if following is None else following.start()
        cells[_PLACES[field[1].upper()]] = line[field.end() : end].strip()
    return cells if cells[0].upper() == GOODS else None


def _learn(said: Said, cells: list[str]) -> None:
    if cells[_PLACES["CMD"]].upper() in REMOVE:
        said.learn_removal(cells[_CODE])
    else:
        said.learn_row(cells[_CODE], cells)


def _taking(said: Said, cells: list[str], number: int) -> Taking | None:
    taking = Taking(number)
    taking.code(cells[_CODE])
    if cells[_PLACES["CMD"]].upper() in REMOVE:
        taking.fields.removed = True
        return taking if said.take_removal(cells[_CODE]) else None
    told = said.take(cells[_CODE], cells, _BARCODE)
    if told is None:
        return None
    taking.names(told[_PLACES["NAME"]])
    taking.price(told[_PLACES["PRICE"]])
    taking.barcodes(told[_BARCODE])
    taking.section(told[_PLACES["DEPT"]])
    measure = told[_PLACES["MEASURE"]]
    taking.fields.measure = parse_measure(measure)
    if measure and not measure_is_known(measure):
        taking.doubts.append(("measure", RowCode.MEASURE_UNKNOWN, measure[:64]))
    return taking

"""Reading a goods file in a test: bytes in, rows and problems out."""

from collections.abc import Iterator
from typing import Any

from services.catalog.domain.goods_file import GoodsFile, read_goods, recognise_file
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.contracts.imports import NewImport
from services.contracts.values import UploadId


def parts_of(body: bytes, size: int = 1000) -> Iterator[bytes]:
    """The file in parts that cut through its lines."""
    return (body[start : start + size] for start in range(0, len(body), size))


def read(body: bytes, **options: Any) -> tuple[list[GoodsRow], GoodsReader, GoodsFile]:
    """The rows that can go in, the reader with its problems, and what the file was recognised as."""
    request = NewImport(UploadId(""), 1, len(body), "", "goods", **options)
    file = recognise_file(lambda: parts_of(body), request, lambda header: None)
    goods = GoodsReader()
    rows = [row for block in read_goods(file, parts_of(body), goods) for row in block.rows()]
    return rows, goods, file


def codes_of(goods: GoodsReader) -> list[tuple[int, str | None, str]]:
    """Line, field and code of each problem."""
    return [(problem.line, problem.field, problem.code) for problem in goods.problems]

"""Several rows of a goods file at once, field by field: most work on rows is cheaper done on columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from services.catalog.domain.goods_row import UNSAID, GoodsRow

BLOCK_ROWS = 128  # rows that are read and staged together

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"


class GoodsBlock:
    """Rows for staging. `columns` has a value per row for each field of GoodsRow that any of them says anything in."""

    __slots__ = ("columns", "count")

    def __init__(self, count: int, columns: Mapping[str, Sequence[Any]]) -> None:
        self.count = count
        self.columns = {name: values for name, values in columns.items() if values.count(UNSAID.get(name)) < count}

    @classmethod
    def of(cls, rows: Sequence[GoodsRow]) -> "GoodsBlock":
        """These rows, which may be none."""
        return cls(len(rows), dict(zip(GoodsRow._fields, zip(*rows, strict=True), strict=False)))

    def rows(self) -> Iterator[GoodsRow]:
        """Each row by itself."""
        return map(GoodsRow._make, zip(*map(self._column, GoodsRow._fields), strict=True))

    def _column(self, name: str) -> Sequence[Any]:
        return self.columns.get(name) or (UNSAID.get(name),) * self.count

    def copy_text(self, names: Sequence[str]) -> str:
        """These fields in the text format of PostgreSQL's COPY, each row with its line feed."""
        chosen = list(map(self._column, names))
        text = "\n".join(map("\t".join, zip(*map(_texts, chosen), strict=True)))
        # Each NULL has one backslash, each column but the last one tab, each row but the last one line feed. If there
        # are no others, no text needs escapes.
        needs_none = (
            text.count("\\") == sum(values.count(None) for values in chosen)
            and text.count("\t") == self.count * (len(names) - 1)
            and text.count("\n") == self.count - 1
            and "\r" not in text
        )
        if not needs_none:
            text = "\n".join(map("\t".join, zip(*map(_escaped, chosen), strict=True)))
        return text + "\n"


def blocks_of(rows: Iterable[GoodsRow | None]) -> Iterator[GoodsBlock]:
    """Rows as they come, in blocks of those that are there; a block may be empty."""
    source = iter(rows)
    while some := list(islice(source, BLOCK_ROWS)):
        yield GoodsBlock.of([row for row in some if row is not None])


def _texts(values: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return values
    if kinds.isdisjoint((str, type(None))):
        return map(str, values)
    return [_NULL if value is None else value if type(value) is str else str(value) for value in values]


def _escaped(values: Sequence[Any]) -> Iterable[str]:
    return [_NULL if value is None else str(value).translate(_ESCAPES) for value in values]

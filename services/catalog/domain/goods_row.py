"""A row of a goods file once it was read: what it says about one item, and what it leaves unsaid."""

from collections.abc import Collection
from operator import itemgetter
from typing import NamedTuple


class GoodsRow(NamedTuple):
    """One readable row. None (or `…_given` false): the file does not say, so an existing item keeps what it has.

    The order of the fields is the order of the columns in which rows are staged.
    """

    line: int  # as a text editor counts; of JSON the record's number; from 1
    code: int | None
    name: str | None
    short_name: str | None  # as given, else made from the name
    short_name_given: bool
    price: int | None  # kopecks
    price_given: bool
    barcodes: str | None  # separated by a space; "" is none at all
    keys: str | None  # what barcodes are compared by, in their order
    groups: str | None  # group_paths.paths_to_key
    article: str | None
    tax_code: int | None
    type_code: int | None
    measure_unit: int | None
    section: int | None
    marked: bool | None
    undivided: bool | None
    tax_system: int | None
    tax_system_given: bool
    blocked: bool | None
    extra: str | None  # JSON object
    payment_method: int | None = None
    agent: int | None = None
    excise: int | None = None  # kopecks
    country: str | None = None
    customs_declaration: str | None = None
    marking: str | None = None
    alcohol: bool | None = None
    volume_ml: int | None = None
    note: str | None = None
    removed: bool | None = None
    foreign_id: str | None = None


#: Said of every row, whatever the file has: the last three have no «unsaid» of their own.
ALWAYS_SAID = ("line", "short_name_given", "price_given", "tax_system_given")

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class SaidColumns:
    """The columns that at least one row of a file says anything in, among them ALWAYS_SAID.

    A file says a third of the columns at most; to write, send and read the others would cost as much again.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._held = frozenset(names) | frozenset(ALWAYS_SAID)
        self.names = tuple(name for name in GoodsRow._fields if name in self._held)
        places = [place for place, name in enumerate(GoodsRow._fields) if name in self._held]
        others = [place for place in range(len(GoodsRow._fields)) if place not in places]
        self._said = itemgetter(*places)
        self._unsaid = itemgetter(*others, others[0]) if others else _nothing
        self._nothing = (None,) * (len(others) + 1) if others else ()

    def hold(self, row: GoodsRow) -> bool:
        """Whether the row says nothing in any other column."""
        return bool(self._unsaid(row) == self._nothing)

    def with_those_of(self, row: GoodsRow) -> "SaidColumns":
        """These and what the row says besides."""
        return SaidColumns([*self.names, *(name for name, value in row._asdict().items() if value is not None)])

    def copy_line(self, row: GoodsRow) -> str:
        """The row in the text format of PostgreSQL's COPY, without its line feed."""
        values = self._said(row)
        line = "\t".join(["\\N" if value is None else value if type(value) is str else str(value) for value in values])
        # Each NULL has one backslash, and each column but the last one tab; if there are no others, no text needs
        # escapes.
        if (
            line.count("\\") == values.count(None)
            and line.count("\t") == len(values) - 1
            and "\n" not in line
            and "\r" not in line
        ):
            return line
        return "\t".join(
            "\\N" if value is None else value.translate(_ESCAPES) if type(value) is str else str(value)
            for value in values
        )


def _nothing(_: GoodsRow) -> tuple[()]:
    return ()

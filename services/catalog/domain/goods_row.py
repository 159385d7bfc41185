"""A row of a goods file once it was read: what it says about one item, and what it leaves unsaid."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


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
ALWAYS_SAID = frozenset({"line", "short_name_given", "price_given", "tax_system_given"})

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"


def said_columns(rows: Sequence[GoodsRow]) -> frozenset[str]:
    """The columns that at least one of these rows says anything in, and ALWAYS_SAID."""
    columns = zip(GoodsRow._fields, zip(*rows, strict=True), strict=True)
    return ALWAYS_SAID | {name for name, values in columns if values.count(None) < len(values)}


def copy_text(rows: Sequence[GoodsRow], names: Sequence[str]) -> str:
    """These columns of the rows in the text format of PostgreSQL's COPY, each row with its line feed."""
    columns = dict(zip(GoodsRow._fields, zip(*rows, strict=True), strict=True))
    chosen = [columns[name] for name in names]
    text = "\n".join(map("\t".join, zip(*map(_texts, chosen), strict=True)))
    # Each NULL has one backslash, each column but the last one tab, each row but the last one line feed. If there are
    # no others, no text needs escapes.
    needs_none = (
        text.count("\\") == sum(values.count(None) for values in chosen)
        and text.count("\t") == len(rows) * (len(names) - 1)
        and text.count("\n") == len(rows) - 1
        and "\r" not in text
    )
    if not needs_none:
        text = "\n".join(map("\t".join, zip(*map(_escaped, chosen), strict=True)))
    return text + "\n"


def _texts(values: tuple[Any, ...]) -> Iterable[str]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return values
    if kinds.isdisjoint((str, type(None))):
        return map(str, values)
    return [_NULL if value is None else value if type(value) is str else str(value) for value in values]


def _escaped(values: tuple[Any, ...]) -> Iterable[str]:
    return [_NULL if value is None else str(value).translate(_ESCAPES) for value in values]

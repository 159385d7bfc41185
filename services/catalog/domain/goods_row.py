"""A row of a goods file once it was read: what it says about one item, and what it leaves unsaid."""

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


#: What a field holds in which a row says nothing, where that is not None.
UNSAID = {"short_name_given": False, "price_given": False, "tax_system_given": False}

"""What the journal is told of items: their fields as people read them, groups by name."""

from collections.abc import Mapping
from typing import Any

from services.catalog.models import Item

_FIELDS = (
    *("name", "short_name", "price", "barcodes", "groups", "article", "tax_code", "type_code", "measure_unit"),
    *("section", "marked", "undivided", "tax_system", "blocked", "payment_method", "agent", "excise"),
    *("country", "customs_declaration", "marking", "alcohol", "volume_ml", "note"),
)


def item_values(item: Item, groups: Mapping[str, str]) -> dict[str, Any]:
    """All that is said of an item; what it has not (no article, no barcode, not marked) is left out."""
    return state_values({field: getattr(item, field) for field in _FIELDS}, groups)


def state_values(state: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, Any]:
    """The same of an item as it was once: a state of the history of items."""
    values = {field: state.get(field) for field in _FIELDS}
    return as_read(
        {field: value for field, value in values.items() if not (value is None or value is False or value in ("", []))},
        groups,
    )


def as_read(values: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, Any]:
    """Columns of an item as people read them. `groups` gives the names of the account's groups."""
    told = dict(values)
    if "barcodes" in told:
        told["barcodes"] = told["barcodes"].split()
    if "groups" in told:
        told["groups"] = [groups.get(str(group), str(group)) for group in told["groups"]]
    return told

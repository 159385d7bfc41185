"""Rows of the catalog as its contracts tell them."""

from services.catalog.models import Item
from services.contracts.catalog import ItemView
from services.contracts.values import ItemCode, ItemGroupId


def item_view(item: Item) -> ItemView:
    """An item as people and programs see it."""
    return ItemView(
        code=ItemCode(item.code),
        name=item.name,
        short_name=item.short_name,
        short_name_edited=item.short_name_edited,
        price=item.price,
        barcodes=tuple(item.barcodes.split()),
        groups=tuple(ItemGroupId(str(group)) for group in item.groups),
        article=item.article,
        tax_code=item.tax_code,
        type_code=item.type_code,
        measure_unit=item.measure_unit,
        section=item.section,
        marked=item.marked,
        undivided=item.undivided,
        tax_system=item.tax_system,
        blocked=item.blocked,
        payment_method=item.payment_method,
        agent=item.agent,
        excise=item.excise,
        country=item.country,
        customs_declaration=item.customs_declaration,
        marking=item.marking,
        alcohol=item.alcohol,
        volume_ml=item.volume_ml,
        note=item.note,
        extra=item.extra or {},
        changed_revision=item.changed_revision,
        version=item.version,
        changed_at=item.changed_at,
    )

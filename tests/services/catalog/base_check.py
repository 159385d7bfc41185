"""Whether everything that a goods base keeps beside its items says the same as they."""

from services.catalog.domain.barcodes import barcode_key
from services.catalog.models import Barcode, GoodsBase, ItemHistory, ItemSearch, RemovedItem
from services.catalog.repository.items import renew_search
from tests.services.catalog.catalog_house import CatalogHouse

import sqlalchemy as sa  # isort: skip


def check_base(catalog: CatalogHouse) -> None:
    """Counts, barcodes, removed codes, the searchable copy; up to 500 items."""
    items = catalog.all_items()
    with catalog.session() as session:
        base = session.scalars(sa.select(GoodsBase)).one()
        assert base.items == len(items)
        assert base.no_price == sum(item.price is None for item in items)
        assert {row.key: row.code for row in session.scalars(sa.select(Barcode))} == {
            barcode_key(barcode): item.code for item in items for barcode in item.barcodes
        }
        codes = {item.code for item in items}
        removed = {row.code: row.removed_revision for row in session.scalars(sa.select(RemovedItem))}
        assert not removed.keys() & codes
        for code, revision in removed.items():
            assert session.get(ItemHistory, (catalog.account, revision, code)) is not None
        if base.search_revision != base.revision:
            renew_search(catalog.account, session)
        found = {row.code: row.search.split("\n")[0] for row in session.scalars(sa.select(ItemSearch))}
        assert found == {item.code: item.name.lower().replace("ё", "е") for item in items}

"""«База товаров» as a table file: what the filters show, all pages of it. The import takes it back unchanged."""

from collections.abc import AsyncIterator

import falcon.asgi
import msgspec

from gateway_http import formats
from gateway_http.i18n import N_
from gateway_http.import_errors import BOM, csv_line
from gateway_http.pages.goods import GoodsPage, item_query
from gateway_http.screen import Screen
from gateway_http.words.goods_words import tax_text
from services.contracts.catalog import CatalogRpc, ItemQuery, ItemsPage, ItemView
from services.contracts.journal import JournalRpc
from services.contracts.values import MAX_PAGE, ItemGroupId

MAX_ROWS = 200_000  # of one file; the goods base itself is bounded below that
HEAD = (N_("Code"), N_("Name"), N_("Price"), N_("Barcode"), N_("VAT"), N_("Item group"), N_("Article"))


class GoodsExport(GoodsPage):
    """`/goods/export.csv`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        query = msgspec.structs.replace(item_query(screen), after=None, limit=MAX_PAGE)
        groups = {group.id: group.name for group in await screen.call(CatalogRpc.list_item_groups)}
        first = await screen.call(CatalogRpc.page_items, query)  # a refusal must come before the answer begins
        resp.content_type = "text/csv; charset=utf-8"
        resp.downloadable_as = "goods.csv"
        resp.stream = rows(screen, query, first, groups)


async def rows(
    screen: Screen, query: ItemQuery, page: ItemsPage, groups: dict[ItemGroupId, str]
) -> AsyncIterator[bytes]:
    """Page by page, from the first one on: one page is in memory at a time. The journal hears how many rows went."""
    seen = 0
    try:
        yield (BOM + csv_line(tuple(screen.text(name) for name in HEAD))).encode()
        while True:
            seen += len(page.items)
            yield "".join(csv_line(cells(item, groups, screen)) for item in page.items).encode()
            if page.next is None or seen >= MAX_ROWS:
                break
            query = msgspec.structs.replace(query, after=page.next)
            page = await screen.call(CatalogRpc.page_items, query)
    finally:
        await screen.call(JournalRpc.note_export, "goods", seen)


def cells(item: ItemView, groups: dict[ItemGroupId, str], screen: Screen) -> tuple[str, ...]:
    """One row."""
    return (
        str(item.code),
        item.name,
        formats.rubles_typed(item.price, screen.language),
        "|".join(item.barcodes),
        tax_text(item.tax_code, screen.words),
        "|".join(groups[group] for group in item.groups if group in groups),
        item.article,
    )

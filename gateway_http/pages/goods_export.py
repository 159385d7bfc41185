"""«База товаров» as a file: what the filters show, all pages of it. The import takes it back unchanged."""

from collections.abc import AsyncIterator, Callable

import falcon.asgi
import msgspec

from gateway_http.deps import Deps
from gateway_http.goods_files import csv_table, mercury_json, one_c, xlsx_table
from gateway_http.goods_files.pages import Counted, GroupPaths, Items
from gateway_http.i18n import Language
from gateway_http.pages.goods import GoodsPage, item_query
from gateway_http.render import Renderer
from services.contracts.catalog import CatalogRpc
from services.contracts.journal import JournalRpc

Write = Callable[[Items, GroupPaths, Language], AsyncIterator[bytes]]


class FileKind(msgspec.Struct, frozen=True):
    """A format of downloads."""

    filename: str
    content_type: str
    write: Write


FILE_KINDS = {
    "csv": FileKind("goods.csv", "text/csv; charset=utf-8", csv_table.write),
    "xlsx": FileKind(
        "goods.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_table.write
    ),
    "mercury_json": FileKind("base.json", "application/json", mercury_json.write),
    "one_c": FileKind("ExportData.xml", "application/xml", one_c.write),
}


class GoodsExport(GoodsPage):
    """`/goods/export.csv` and its like."""

    def __init__(self, deps: Deps, renderer: Renderer, kind: str) -> None:
        super().__init__(deps, renderer)
        self._kind = FILE_KINDS[kind]

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        paths = GroupPaths(await screen.call(CatalogRpc.list_item_groups))
        items = Counted(await item_query(screen), lambda query: screen.call(CatalogRpc.page_items, query))
        await items.begin()

        async def body() -> AsyncIterator[bytes]:
            try:
                async for part in self._kind.write(items.pages(), paths, screen.words):
                    yield part
            finally:  # the journal hears how much went, also when the line broke
                await screen.call(JournalRpc.note_export, "goods", items.seen)

        resp.content_type = self._kind.content_type
        resp.downloadable_as = self._kind.filename
        resp.stream = body()

"""«База товаров»: search, group filter, the paged table; writes on the ticked rows."""

import asyncio

import falcon
import falcon.asgi
import msgspec

from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.pages.chosen_items import change_url
from gateway_http.pages.goods_columns import CHOICE, IN_PLACE, cell_doubt, cell_texts, columns_of
from gateway_http.pages.goods_filter import SHOWN, GoodsFilter, filter_of
from gateway_http.pages.page_resource import PageResource
from gateway_http.pages.undo_offer import tell_deleted
from gateway_http.screen import Screen
from gateway_http.tables import Column, column
from gateway_http.words.goods_words import DOUBTS
from services.contracts.catalog import FOUND_MAX, CatalogRpc, ItemQuery
from services.contracts.refusals import Invalid
from services.contracts.values import Cursor, ItemCode, ItemGroupId

SORTS = ("code", "name", "price", "changed")
MAX_PICKED = 500  # rows of one write, as the catalog takes them
GOODS_PAGE = 100  # rows
KIND_OF_ACTION = {"delete": "remove", "put": "put", "take": "take"}  # of all that were found
SIDE_GROUPS = 200  # item groups at the left; further ones are found by the filter of an item


class GoodsPage(PageResource):
    tab = "goods"


def shown_of(screen: Screen) -> GoodsFilter:
    """The search and the filters in the address; odd values count as none."""
    return filter_of(lambda name: screen.req.get_param(name) or "")


async def item_query(screen: Screen) -> ItemQuery:
    """The search, filters and order in the address; odd values count as none."""
    req = screen.req
    sort = req.get_param("sort") or "code"
    return msgspec.structs.replace(
        await shown_of(screen).query(screen),
        sort=sort if sort.removeprefix("-") in SORTS else "code",
        after=Cursor(after) if (after := req.get_param("after")) else None,
        limit=GOODS_PAGE,
    )


def columns(screen: Screen, sort: str, chosen: list[str]) -> list[Column]:
    def url(key: str) -> str:
        return screen.url_with(sort=key, after=None)

    return [
        column(screen.text(N_("Code")), "code", sort, url, "number"),
        column(screen.text(N_("Name")), "name", sort, url),
        column(screen.text(N_("Price, ₽")), "price", sort, url, "number"),
        *(column(screen.text(CHOICE[name]), "changed" if name == "changed" else "", sort, url) for name in chosen),
    ]


class Goods(GoodsPage):
    """`/goods`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        shown, query, chosen = shown_of(screen), await item_query(screen), columns_of(screen)
        page, status, groups = await asyncio.gather(
            screen.call(CatalogRpc.page_items, query),
            screen.call(CatalogRpc.base_status),
            screen.call(CatalogRpc.list_item_groups),
        )
        names: dict[str, str] = {group.id: group.name for group in groups}
        screen.show(
            "pages/goods.html",
            query=query,
            shown=shown,
            shows=[(name, screen.text(text)) for name, text in SHOWN.items()],
            doubts={
                code: ", ".join(screen.text(DOUBTS[doubt]) for doubt in told if doubt in DOUBTS)
                for code, told in page.doubts
            },
            chosen=chosen,
            cells=cell_texts(screen, names),
            doubt=cell_doubt(screen),
            in_place={field: screen.text(text) for field, text in IN_PLACE.items()},
            items=page.items,
            found=page.found,
            found_more=bool(shown.parameters) and page.found >= FOUND_MAX,  # without a filter the count is exact
            next=page.next,
            base=status,
            groups=groups[:SIDE_GROUPS],
            group_names=names,
            groups_choice=[(group.id, group.name) for group in groups],
            columns=columns(screen, query.sort, chosen),
            filtered=bool(shown.parameters),
        )


class GoodsBulk(GoodsPage):
    """`/goods/bulk`: what is done with the ticked rows. Deleting asks first, naming how many."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        codes = tuple(ItemCode(int(code)) for code in data.all("pick")[:MAX_PICKED] if code.isdigit())
        action = data.text("action")
        if data.flag("all") and action in KIND_OF_ACTION:
            screen.go(change_url(KIND_OF_ACTION[action], data))
        elif not codes or data.has("restored"):
            screen.go(screen.where_from("/goods"), screen.text(N_("Tick the rows first.")), "attention")
        elif action == "delete" and not data.has("sure"):
            screen.show("pages/goods_delete.html", codes=codes)
        elif action == "delete":
            removed = await screen.call(CatalogRpc.remove_items, codes)
            told = screen.words.ngettext("%(count)s item was deleted", "%(count)s items were deleted", removed)
            await tell_deleted(screen, removed, told % {"count": removed})
        elif action in {"put", "take"}:
            await self._group(screen, codes, action, data.text("group"))
        else:
            raise Invalid

    async def _group(self, screen: Screen, codes: tuple[ItemCode, ...], action: str, group: str) -> None:
        groups = (ItemGroupId(group),) if group else ()
        if not groups:
            screen.go(screen.where_from("/goods"), screen.text(N_("Choose a group first.")), "attention")
            return
        put, take = (groups, ()) if action == "put" else ((), groups)
        changed = await screen.call(CatalogRpc.put_in_groups, codes, put, take)
        told = screen.words.ngettext("%(count)s item was changed", "%(count)s items were changed", changed)
        screen.go(screen.where_from("/goods"), told % {"count": changed})

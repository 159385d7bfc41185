"""«Удалённые товары»: search, and bringing them back."""

import falcon
import falcon.asgi

from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.pages.goods import MAX_PICKED, GoodsPage
from gateway_http.pages.registers import MAX_QUERY
from gateway_http.refusal_texts import refusal_text
from services.contracts.catalog import TooManyItems
from services.contracts.revisions import RemovedQuery, RevisionsRpc
from services.contracts.values import DEFAULT_PAGE, Cursor, ItemCode

URL = "/goods/removed"
MAX_DIGITS = 10  # of a code


class RemovedItems(GoodsPage):
    """`/goods/removed`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        q = (req.get_param("q") or "").strip()[:MAX_QUERY]
        after = req.get_param("after")
        query = RemovedQuery(q, Cursor(after) if after else None, DEFAULT_PAGE)
        page = await screen.call(RevisionsRpc.page_removed, query)
        screen.show("pages/removed_items.html", q=q, items=page.items, after=after, next=page.next)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        codes = tuple(
            ItemCode(int(code))
            for code in data.all("pick")[:MAX_PICKED]
            if code.isascii() and code.isdigit() and len(code) <= MAX_DIGITS
        )
        if not codes or data.has("restored"):
            screen.go(URL, screen.text(N_("Tick the rows first.")), "attention")
            return
        try:
            done = await screen.call(RevisionsRpc.restore_items, codes)
        except TooManyItems as refusal:
            screen.go(URL, refusal_text(refusal, screen.words), "failed")
            return
        told = screen.words.ngettext("%(count)s item came back", "%(count)s items came back", done.restored)
        told %= {"count": done.restored}
        if done.conflicts:
            told += ". " + screen.text(
                N_("Barcodes that other items have by now and groups that are no more stayed away.")
            )
        screen.go(URL, told, "attention" if done.conflicts else "good")

"""`/goods/{code}/price`: a price changed where it stands in the table; without scripts a page of its own."""

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.item_form import NotAPrice, item_code, price_typed
from gateway_http.screen import Screen
from services.contracts.catalog import PRICE_MAX, CatalogRpc, ItemDraft, ItemView
from services.contracts.refusals import Stale


class PriceInPlace(GoodsPage):
    """The cell, with a field in it (`?edit=1`) or as it is."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        screen = self.screen(req, resp)
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        editing = screen.target is None or bool(req.get_param("edit"))
        self._show(screen, item, form_of(item, screen) if editing else None)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        number = item_code(code)
        form = FormView.typed(data)
        item = await screen.call(CatalogRpc.get_item, number)
        price = typed(data, form, screen)
        if form.has_errors or data.has("restored"):
            self._show(screen, item, form, falcon.HTTP_422)
            return
        version = int(data.text("version")) if data.text("version").isdecimal() else None
        try:
            item = await screen.call(CatalogRpc.change_item, number, ItemDraft(price=price), version)
        except Stale:
            form = form_of(item, screen)
            form.wrong("price", screen.text(N_("Somebody else has changed it. This is the price now.")))
            self._show(screen, item, form, falcon.HTTP_422)
            return
        if screen.target is None:
            screen.go("/goods", screen.text(N_("Saved.")))
        else:
            self._show(screen, item, None)

    @staticmethod
    def _show(screen: Screen, item: ItemView, form: FormView | None, status: str = falcon.HTTP_200) -> None:
        screen.show("pages/goods_price.html", status, item=item, form=form)


def form_of(item: ItemView, screen: Screen) -> FormView:
    return FormView({"price": screen.rubles_typed(item.price), "version": str(item.version)})


def typed(data: FormData, form: FormView, screen: Screen) -> int | None:
    """The price in kopecks; None: no price. Errors are put into `form`."""
    try:
        price = price_typed(data.text("price"))
    except NotAPrice:
        form.wrong("price", screen.text(N_("Must be a price such as 1234.56.")))
        return None
    if price == 0:
        form.wrong("price", screen.text(N_("For a free price open the item.")))
    if price is not None and price > PRICE_MAX:
        form.wrong("price", screen.text(N_("Must be %(limit)s at most."), limit=screen.rubles_typed(PRICE_MAX)))
    return price

"""«Почему такая цена?»: the steps from the goods base to what a register should hold of one item."""

import asyncio

import falcon.asgi

from gateway_http.i18n import N_
from gateway_http.pages.item_form import item_code
from gateway_http.pages.page_resource import PageResource
from gateway_http.pages.register_overview import register_tabs
from gateway_http.words.goods_words import problem_text
from gateway_http.words.register_words import truth_told
from gateway_http.words.revision_words import SOURCES
from services.contracts.catalog import CatalogRpc
from services.contracts.price_explanations import PriceExplanationsRpc
from services.contracts.registers import RegistersRpc
from services.contracts.values import RegisterId


class PriceExplained(PageResource):
    """`/registers/{register}/goods/{code}`."""

    tab = "registers"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str, code: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        told, groups = await asyncio.gather(
            screen.call(PriceExplanationsRpc.explain_price, view.recipe, item_code(code)),
            screen.call(CatalogRpc.list_item_groups),
        )
        names = {group.id: group.name for group in groups}
        since, confirmed = told.price_since, view.goods.confirmed
        screen.show(
            "pages/price_explanation.html",
            register=view,
            tabs=register_tabs(screen, view, "/goods"),
            told=told,
            chosen=[names.get(group, screen.text(N_("deleted group"))) for group in view.item_groups],
            let_in_by=[names.get(group, group) for group in told.let_in_by],
            source="" if since is None else screen.text(SOURCES.get(since.source, since.source)),
            problems=[(one, problem_text(one.code, one.params, screen.words)) for one in told.problems],
            unsent_barcodes=[str(one.params["barcode"]) for one in told.problems if "barcode" in one.params],
            truth=truth_told(view.goods, screen.words),
            has_it=bool(confirmed and since and confirmed.revision >= since.revision),
        )

"""«На кассах»: what each register of the account should do with one item."""

import asyncio

import falcon.asgi

from gateway_http.pages.item_form import item_code
from gateway_http.pages.page_resource import PageResource
from gateway_http.words.goods_words import problem_text
from gateway_http.words.register_words import truth_told
from services.contracts.catalog import CatalogRpc
from services.contracts.price_explanations import PriceExplanationsRpc
from services.contracts.registers import RegisterQuery, RegistersRpc
from services.contracts.values import Cursor

REGISTERS_SHOWN = 10  # each may have a recipe of its own, which is a call to the catalog room


class ItemOnRegisters(PageResource):
    """`/goods/{code}/registers`."""

    tab = "goods"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        screen = self.screen(req, resp)
        after = req.get_param("after")
        query = RegisterQuery(after=Cursor(after) if after else None, limit=REGISTERS_SHOWN)
        item, page = await asyncio.gather(
            screen.call(CatalogRpc.get_item, item_code(code)), screen.call(RegistersRpc.page_registers, query)
        )
        recipes = list(dict.fromkeys(register.recipe for register in page.items))
        told = dict(
            zip(
                recipes,
                await asyncio.gather(
                    *(screen.call(PriceExplanationsRpc.explain_price, recipe, item.code) for recipe in recipes)
                ),
                strict=True,
            )
        )
        screen.show(
            "pages/item_on_registers.html",
            item=item,
            rows=[
                (
                    register,
                    told[register.recipe],
                    [
                        problem_text(one.code, one.params, screen.words)
                        for one in told[register.recipe].problems
                        if one.whole
                    ],
                    truth_told(register.goods, screen.words),
                )
                for register in page.items
            ],
            after=after,
            next=page.next,
        )

"""«Перевод ставок НДС»: how many items have which VAT, and moving those with the rate of before 2026 to 22 %."""

import falcon.asgi

from gateway_http.pages.goods import GoodsPage
from gateway_http.tables import Column
from gateway_http.words.goods_words import OLD_TAX_CODES, tax_text
from services.contracts.bulk_changes import BulkChangesRpc


class VatRates(GoodsPage):
    """`/goods/vat-rates`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        counts = await screen.call(BulkChangesRpc.count_tax_codes)
        old = {code for code, _ in OLD_TAX_CODES}
        screen.show(
            "pages/goods_vat_rates.html",
            rows=[(tax_text(one.tax_code, screen.words), one.items, one.tax_code in old) for one in counts],
            old=sum(one.items for one in counts if one.tax_code in old),
            col=Column,
        )

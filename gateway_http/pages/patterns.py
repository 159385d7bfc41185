"""`/patterns`: every component in every state, for people who build pages and for browser tests."""

from datetime import timedelta

import falcon.asgi

from gateway_http.forms import FormView
from gateway_http.pages.page_resource import PageResource
from gateway_http.register_qr import qr_svg
from gateway_http.tables import Column
from services.chassis.clock import now

SAMPLE_ID = "123456789012"


class Patterns(PageResource):
    session_optional = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        wrong = FormView({"name": "", "price": "12,345", "kind": "2", "groups": ["1"], "on": "1"})
        wrong.wrong("name", screen.text("Must be filled in."))
        wrong.wrong("price", screen.text("Must be a price such as 1234.56."))
        wrong.changed_meanwhile(FormView({"price": "15,00", "groups": ["2"], "on": "1", "version": "2"}))
        restored = FormView({"kept": "…"})
        restored.restored = True
        screen.show(
            "pages/patterns.html",
            empty_form=FormView(),
            wrong=wrong,
            restored=restored,
            qr=qr_svg(SAMPLE_ID),
            kkt_id=SAMPLE_ID,
            at=now() - timedelta(days=1),
            columns=[
                Column(screen.text("Code"), "number", "?sort=-code", "ascending"),
                Column(screen.text("Name"), "", "?sort=name"),
                Column(screen.text("Price, ₽"), "number"),
            ],
        )

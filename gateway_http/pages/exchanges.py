"""«Обмен»: everything under way and recent, with progress; one exchange with its timeline."""

import falcon.asgi
import msgspec

from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.pages.page_resource import PageResource
from gateway_http.refusal_texts import refusal_text
from gateway_http.screen import Screen
from gateway_http.words.exchange_words import UNDER_WAY, exchange_told, kind_text, timeline
from gateway_http.words.told import Told
from services.contracts.registers import (
    CannotCancel,
    ExchangeKind,
    ExchangeQuery,
    ExchangeView,
    RegistersRpc,
)
from services.contracts.values import DEFAULT_PAGE, Cursor, ExchangeId

SHOW = {"under_way": True, "over": False}


class ExchangeRow(msgspec.Struct, frozen=True):
    exchange: ExchangeView
    kind: str
    told: Told
    under_way: bool


def exchange_rows(exchanges: tuple[ExchangeView, ...], screen: Screen) -> list[ExchangeRow]:
    """What the table shows."""
    return [
        ExchangeRow(
            exchange,
            kind_text(exchange.kind, screen.words),
            exchange_told(exchange, screen.words),
            exchange.state in UNDER_WAY,
        )
        for exchange in exchanges
    ]


class Exchanges(PageResource):
    """`/exchanges`."""

    tab = "exchanges"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        show, after = req.get_param("show") or "", req.get_param("after")
        page = await screen.call(
            RegistersRpc.page_exchanges,
            ExchangeQuery(under_way=SHOW.get(show), after=Cursor(after) if after else None, limit=DEFAULT_PAGE),
        )
        screen.show(
            "pages/exchanges.html",
            rows=exchange_rows(page.items, screen),
            next=page.next,
            after=after,
            show=show if show in SHOW else "",
        )


class Exchange(PageResource):
    """`/exchanges/{exchange}`."""

    tab = "exchanges"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, exchange: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_exchange, ExchangeId(exchange))
        screen.show(
            "pages/exchange.html",
            exchange=view,
            kind=kind_text(view.kind, screen.words),
            told=exchange_told(view, screen.words),
            under_way=view.state in UNDER_WAY,
            is_load=view.kind is ExchangeKind.LOAD_GOODS,
            timeline=timeline(view, screen.words),
        )


class CancelExchange(PageResource):
    """`/exchanges/{exchange}/cancel`."""

    tab = "exchanges"

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, exchange: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        url = f"/exchanges/{exchange}"
        if not data.has("restored"):
            try:
                view = await screen.call(RegistersRpc.cancel_exchange, ExchangeId(exchange))
            except CannotCancel as refusal:
                screen.go(url, refusal_text(refusal, screen.words), "failed")
                return
            screen.go(f"/registers/{view.register_id}", screen.text(N_("The exchange was cancelled")))
            return
        screen.go(url)

"""«Кассы» → one register: «Общие» (state, ID, exchange icons, timeline) and the actions on it."""

import falcon.asgi

from gateway_http.deps import Deps
from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.pages.page_resource import PageResource
from gateway_http.refusal_texts import refusal_text
from gateway_http.register_qr import qr_svg
from gateway_http.render import Renderer
from gateway_http.screen import Screen, Tab
from gateway_http.words.exchange_words import (
    ICONS,
    UNDER_WAY,
    exchange_told,
    kind_text,
    mode_text,
    timeline,
)
from gateway_http.words.register_words import alarm_told, presence_told, truth_told
from services.contracts.refusals import Conflict, Invalid, NotFound
from services.contracts.registers import (
    ExchangeKind,
    ExchangeView,
    NewExchange,
    RegisterMode,
    RegistersRpc,
    RegisterState,
    RegisterView,
)
from services.contracts.values import RegisterId

SUBTABS = (
    ("", N_("General")),
    ("/goods", N_("Goods")),
    ("/settings", N_("Settings")),
    ("/history", N_("History")),
)


def register_tabs(screen: Screen, register: RegisterView, current: str) -> list[Tab]:
    """The sub-tabs of one register."""
    base = f"/registers/{register.id}"
    return [Tab(screen.words.gettext(title), base + path, path == current) for path, title in SUBTABS]


def mode_since(register: RegisterView, screen: Screen) -> str:
    """When the present mode began, as it is shown: «10:42»."""
    if register.mode is not RegisterMode.SALES or register.mode_since is None:
        return ""
    return register.mode_since.astimezone(screen.zone).strftime("%H:%M")


class RegisterOverview(PageResource):
    """`/registers/{register}`: «Общие»."""

    tab = "registers"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        exchange: ExchangeView | None = None
        if view.exchange is not None:
            exchange = await screen.call(RegistersRpc.get_exchange, view.exchange.id)
        words = screen.words
        screen.show(
            "pages/register_overview.html",
            register=view,
            tabs=register_tabs(screen, view, ""),
            presence=presence_told(view, words),
            truth=truth_told(view.goods, words),
            alarm=alarm_told(view, words),
            mode=mode_text(view.mode, words),
            exchange=exchange,
            exchange_kind=kind_text(exchange.kind, words) if exchange else "",
            told=exchange_told(exchange, words, mode_since(view, screen)) if exchange else None,
            under_way=exchange is not None and exchange.state in UNDER_WAY,
            timeline=timeline(exchange, words) if exchange else [],
            icons=[(kind, icon, words.gettext(title)) for kind, icon, title in ICONS],
            unheard=view.state in {RegisterState.UNBOUND, RegisterState.ID_EXPIRED},
            qr=qr_svg(view.kkt_id),
        )


class RegisterCard(PageResource):
    """`/registers/{register}/card`: the ID card alone, to be printed; opened after a register was added."""

    tab = "registers"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        screen.show(
            "pages/register_card.html",
            register=view,
            unheard=view.first_contact_at is None,
            qr=qr_svg(view.kkt_id),
        )


class StartExchange(PageResource):
    """`/registers/{register}/exchanges`: the icons."""

    tab = "registers"

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        try:
            kind = ExchangeKind(data.text("kind"))
        except ValueError:
            raise NotFound from None
        mode = "full" if data.text("mode") == "full" else "auto"
        url = f"/registers/{register}"
        if data.has("restored"):
            screen.go(url)
            return
        try:
            await screen.call(RegistersRpc.start_exchange, RegisterId(register), NewExchange(kind, mode))
        except (Conflict, Invalid) as refusal:
            screen.go(url, refusal_text(refusal, screen.words), "failed")
            return
        screen.go(url)


class RegisterAction(PageResource):
    """Small writes on one register: renew its unbound ID, or let it be bound anew for an hour."""

    tab = "registers"

    def __init__(self, deps: Deps, renderer: Renderer, action: str) -> None:
        super().__init__(deps, renderer)
        self.action = action

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        url = f"/registers/{register}"
        if data.has("restored"):
            screen.go(url)
            return
        try:
            if self.action == "renew":
                await screen.call(RegistersRpc.renew_kkt_id, RegisterId(register))
                told = screen.text(N_("The ID is good for another 30 days"))
            else:
                await screen.call(RegistersRpc.allow_rebinding, RegisterId(register))
                told = screen.text(N_("For one hour the next register with this ID will be bound anew"))
        except Conflict as refusal:
            screen.go(url, refusal_text(refusal, screen.words), "failed")
            return
        screen.go(url, told)

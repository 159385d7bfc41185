"""«Кассы» → «Настройки» (read-only until the register has told them) and «История»."""

import contextlib

import falcon.asgi

from gateway_http.pages.exchanges import exchange_rows
from gateway_http.pages.page_resource import PageResource
from gateway_http.pages.register_overview import register_tabs
from gateway_http.screen import Screen
from gateway_http.words.setting_words import setting_name, setting_value
from services.contracts.registers import ExchangeQuery, NotReported, RegistersRpc, SettingsView
from services.contracts.values import DEFAULT_PAGE, Cursor, RegisterId

MAX_SHOWN = 500  # settings of one register on the page


def rows_of(settings: SettingsView, screen: Screen) -> list[tuple[str, str]]:
    """Name and value of each setting, by name."""
    told = list(settings.settings.items())[:MAX_SHOWN]
    return sorted((setting_name(key, screen.words), setting_value(key, value, screen.words)) for key, value in told)


class RegisterSettings(PageResource):
    """`/registers/{register}/settings`."""

    tab = "registers"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        settings: SettingsView | None = None
        with contextlib.suppress(NotReported):
            settings = await screen.call(RegistersRpc.get_settings, RegisterId(register))
        screen.show(
            "pages/register_settings.html",
            register=view,
            tabs=register_tabs(screen, view, "/settings"),
            settings=settings,
            rows=rows_of(settings, screen) if settings else [],
        )


class RegisterHistory(PageResource):
    """`/registers/{register}/history`: its exchanges, newest first."""

    tab = "registers"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen = self.screen(req, resp)
        after = req.get_param("after")
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        page = await screen.call(
            RegistersRpc.page_exchanges,
            ExchangeQuery(register_id=RegisterId(register), after=Cursor(after) if after else None, limit=DEFAULT_PAGE),
        )
        screen.show(
            "pages/register_history.html",
            register=view,
            tabs=register_tabs(screen, view, "/history"),
            rows=exchange_rows(page.items, screen),
            next=page.next,
            after=after,
        )

"""«Кассы» → «Настройки» (read-only until the register has told them) and «История»."""

import contextlib

import falcon.asgi

from gateway_http.pages.exchanges import exchange_rows
from gateway_http.pages.page_resource import PageResource
from gateway_http.pages.register_overview import register_tabs
from services.contracts.registers import ExchangeQuery, NotReported, RegistersRpc, SettingsView
from services.contracts.values import DEFAULT_PAGE, Cursor, RegisterId

MAX_SHOWN = 500  # settings of one register on the page


def flat(value: object, path: str = "") -> list[tuple[str, str]]:
    """Nested settings as rows of a table: («a / b», "value")."""
    if isinstance(value, dict):
        return [row for key, inner in value.items() for row in flat(inner, f"{path} / {key}" if path else str(key))]
    if isinstance(value, list):
        return [row for at, inner in enumerate(value, 1) for row in flat(inner, f"{path} {at}")]
    return [(path, "" if value is None else str(value))]


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
            rows=flat(settings.settings)[:MAX_SHOWN] if settings else [],
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

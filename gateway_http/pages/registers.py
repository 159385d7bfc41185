"""«Кассы»: the first screen. Is everything in order? Then the registers, with groups at the left and live state."""

import asyncio

import falcon.asgi

from gateway_http.pages.page_resource import PageResource
from gateway_http.screen import Screen
from gateway_http.words.exchange_words import mode_text
from gateway_http.words.register_words import alarm_told, main_told, presence_told
from services.contracts.registers import FleetSummary, RegisterQuery, RegistersRpc, RegisterView
from services.contracts.values import DEFAULT_PAGE, Cursor, RegisterGroupId

MAX_QUERY = 100  # characters that are searched for
ONLINE = {"yes": True, "no": False}
SYNC = frozenset({"in_sync", "stale"})


def register_query(screen: Screen) -> RegisterQuery:
    """The filters in the address; odd values count as none."""
    req = screen.req
    sync = req.get_param("sync") or ""
    return RegisterQuery(
        q=(req.get_param("q") or "").strip()[:MAX_QUERY],
        group=RegisterGroupId(group) if (group := req.get_param("group")) else None,
        online=ONLINE.get(req.get_param("online") or ""),
        sync=sync if sync in SYNC else None,
        after=Cursor(after) if (after := req.get_param("after")) else None,
        limit=DEFAULT_PAGE,
    )


def row(register: RegisterView, screen: Screen) -> dict[str, object]:
    """What the table shows of one register."""
    words = screen.words
    return {
        "register": register,
        "presence": presence_told(register, words),
        "told": main_told(register, words),
        "alarm": alarm_told(register, words),
        "mode": mode_text(register.mode, words) if register.online else "",
    }


class Home(PageResource):
    """`/`: the first screen is «Кассы»."""

    session_optional = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go("/registers")


class Registers(PageResource):
    """`/registers`."""

    tab = "registers"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        query = register_query(screen)
        summary, groups, page = await asyncio.gather(
            screen.call(RegistersRpc.fleet_summary),
            screen.call(RegistersRpc.list_groups),
            screen.call(RegistersRpc.page_registers, query),
        )
        screen.show(
            "pages/registers.html",
            summary=summary,
            tone=overall_tone(summary),
            groups=groups,
            query=query,
            rows=[row(register, screen) for register in page.items],
            next=page.next,
            filtered=bool(query.q or query.group or query.online is not None or query.sync),
        )


def overall_tone(summary: FleetSummary) -> str:
    """The tone of the answer to «всё ли в порядке?»."""
    if summary.failed or summary.alarms:
        return "failed"
    if summary.in_sync < summary.registers:
        return "attention"
    return "good"

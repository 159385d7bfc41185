"""«Запланированные изменения»: what waits for its time, what each will do, cancelling; the prices of a file, later."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import falcon
import falcon.asgi

from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.revisions import reader_of
from gateway_http.refusal_texts import field_text, refusal_text
from gateway_http.screen import Screen
from gateway_http.words.journal_values import value_text
from gateway_http.words.schedule_words import schedule_name, schedule_told
from services.contracts.refusals import Conflict, FieldError, Invalid, TooMany
from services.contracts.schedules import SchedulesRpc, ScheduleState
from services.contracts.values import DEFAULT_PAGE, Cursor, ImportId, Json, ScheduleId

URL = "/goods/schedules"


def time_typed(text: str, zone: ZoneInfo) -> datetime:
    """A date and a time of the account's clock, as a browser sends them. Raises Invalid."""
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid((FieldError("due_at", "required" if not text.strip() else "malformed"),)) from None
    return (typed if typed.tzinfo else typed.replace(tzinfo=zone)).astimezone(UTC)


def refused_text(refusal: Conflict | Invalid | TooMany, screen: Screen) -> str:
    """Why a change does not wait, in one line."""
    if refusal.errors:
        return field_text(refusal.errors[0], screen.words)
    return refusal_text(refusal, screen.words)


def go_to_schedules(screen: Screen, items: int) -> None:
    """After a change was put down."""
    told = screen.words.ngettext("%(num)s item will be changed", "%(num)s items will be changed", items)
    screen.go(URL, told % {"num": items})


class Schedules(GoodsPage):
    """`/goods/schedules`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        after = req.get_param("after")
        page = await screen.call(SchedulesRpc.page_schedules, Cursor(after) if after else None, DEFAULT_PAGE)
        rows = [(view, schedule_told(view, screen.words), schedule_name(view, screen.words)) for view in page.items]
        screen.show("pages/schedules.html", rows=rows, after=after, next=page.next)


class Schedule(GoodsPage):
    """`/goods/schedules/{schedule}`: what it will do."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, schedule: str) -> None:
        screen, id_ = self.screen(req, resp), ScheduleId(schedule)
        after = req.get_param("after")
        view, page, reader = await asyncio.gather(
            screen.call(SchedulesRpc.get_schedule, id_),
            screen.call(SchedulesRpc.page_scheduled_items, id_, Cursor(after) if after else None, DEFAULT_PAGE),
            reader_of(screen),
        )

        def told(value: Json) -> str:
            if view.field == "groups" and isinstance(value, list | tuple):
                return ", ".join(reader.item_groups.get(str(group), "…") for group in value) or "—"
            return value_text("item", view.field, value, reader)

        screen.show(
            "pages/schedule.html",
            view=view,
            told=schedule_told(view, screen.words),
            name=schedule_name(view, screen.words),
            waits=view.state is ScheduleState.WAITING,
            items=[(one, told(one.before), told(one.now), told(one.after)) for one in page.items],
            after_page=after,
            next=page.next,
        )


class CancelSchedule(GoodsPage):
    """`/goods/schedules/{schedule}/cancel`."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, schedule: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            screen.go(URL)
            return
        try:
            await screen.call(SchedulesRpc.cancel_schedule, ScheduleId(schedule))
        except Conflict as refusal:
            screen.go(URL, refusal_text(refusal, screen.words), "failed")
            return
        screen.go(URL, screen.text(N_("The change was cancelled. Nothing was changed.")))


class ScheduleImportPrices(GoodsPage):
    """`/goods/imports/{import_id}/schedule`: the prices of a checked file, at a time."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, import_id: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        back = f"/goods/imports/{import_id}"
        if data.has("restored"):
            screen.go(back)
            return
        try:
            due_at = time_typed(data.text("due_at"), screen.zone)
            view = await screen.call(SchedulesRpc.schedule_import_prices, ImportId(import_id), due_at)
        except (Conflict, Invalid, TooMany) as refusal:
            screen.go(back, refused_text(refusal, screen), "failed")
            return
        go_to_schedules(screen, view.items)

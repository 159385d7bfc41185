"""The bell and what it rings for: my notifications, newest first."""

import asyncio

import falcon
import falcon.asgi

from gateway_http.forms import read_form
from gateway_http.pages.kept_work import local_path
from gateway_http.pages.page_resource import PageResource
from gateway_http.words.notification_words import notification_told
from services.contracts.notifications import BELL_MAX, NotificationQuery, NotificationsRpc
from services.contracts.refusals import Unavailable
from services.contracts.values import DEFAULT_PAGE, Cursor, NotificationId

URL = "/notifications"
UNSEEN = "unseen"


class Notifications(PageResource):
    """`/notifications`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        after, show = req.get_param("after"), req.get_param("show") or ""
        query = NotificationQuery(
            unseen=True if show == UNSEEN else None, after=Cursor(after) if after else None, limit=DEFAULT_PAGE
        )
        page, unseen = await asyncio.gather(
            screen.call(NotificationsRpc.page_notifications, query), screen.call(NotificationsRpc.count_unseen)
        )
        screen.show(
            "pages/notifications.html",
            show=show if show == UNSEEN else "",
            after=after,
            next=page.next,
            unseen=unseen,
            rows=[(one, notification_told(one, screen.words, screen.zone)) for one in page.items],
        )


class Bell(PageResource):
    """`/notifications/bell`: the count in the bar, asked for when a page was loaded and when something came."""

    background = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        try:
            unseen = await screen.call(NotificationsRpc.count_unseen)
        except Unavailable:
            resp.status = falcon.HTTP_204  # the bell keeps its face: nobody asked for anything
            return
        screen.show("pages/bell.html", unseen=unseen, most=BELL_MAX)


class MarkSeen(PageResource):
    """`/notifications/seen`: the picked ones, or all; then on to `go`, the page that the notification is about."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        picked = tuple(NotificationId(one) for one in data.all("pick")[:DEFAULT_PAGE])
        if data.has("restored"):
            pass
        elif picked:
            await screen.call(NotificationsRpc.mark_seen, picked)
        elif data.flag("all"):
            await screen.call(NotificationsRpc.mark_all_seen)
        wanted = data.text("go")
        back = f"{URL}?show={UNSEEN}" if data.text("show") == UNSEEN else URL
        screen.go(wanted if local_path(wanted) else back)

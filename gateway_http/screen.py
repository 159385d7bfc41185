"""One page being answered: what templates may ask of it, and how a page calls the rooms and answers.

A page has one template and one address. Who asks for it gets the whole page, the content of a dialog, or only the
part that changes by itself: the frame is chosen here, by the header that htmx sends.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import falcon
import falcon.asgi
import msgspec

from gateway_http import formats
from gateway_http.csrf import csrf_token
from gateway_http.deps import Deps
from gateway_http.i18n import N_, Language
from gateway_http.render import Renderer
from gateway_http.request_state import RequestState, state_of
from gateway_http.toasts import TOAST_COOKIE, Toast, read_toast, write_toast
from services.chassis.request import request_context
from services.contracts.identity import AccountView, SessionView
from services.contracts.permissions import Right, may
from services.contracts.values import UserActor

P = ParamSpec("P")
R = TypeVar("R")

URL_MAX = 2000  # characters of an address that is looked at
DIALOG_TARGETS = frozenset({"dialog-body", "session-dialog-body"})
TABS = (
    ("registers", "/registers", "cash-stack", N_("Registers")),
    ("goods", "/goods", "box-seam", N_("Goods base")),
    ("exchanges", "/exchanges", "arrow-left-right", N_("Exchange")),
    ("admin", "/admin/registers", "gear", N_("Administration")),
)
OPERATOR_TAB = ("operator", "/operator/accounts", "building", N_("Server"))


class Tab(msgspec.Struct, frozen=True):
    """One tab of the bar or of a register."""

    title: str
    url: str
    current: bool
    icon: str = ""


class Screen:
    """Made for each request by `PageResource.screen`."""

    def __init__(
        self,
        deps: Deps,
        renderer: Renderer,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        tab: str,
    ) -> None:
        self.deps = deps
        self.renderer = renderer
        self.req = req
        self.resp = resp
        self.tab = tab
        self.state: RequestState = state_of(req)
        self._writes = 0
        self.answers_in: str | None = None  # another target than the script asked for (the sign-in dialog)

    # What templates ask

    @property
    def words(self) -> Language:
        return self.state.language

    @property
    def language(self) -> str:
        return self.state.language.code

    @property
    def request_id(self) -> str:
        return self.state.request_id

    @property
    def session(self) -> SessionView | None:
        return self.state.session

    @property
    def account(self) -> AccountView:
        return self.state.require_session().account

    @cached_property
    def zone(self) -> ZoneInfo:
        return formats.zone_named(self.session.account.time_zone if self.session else None)

    @cached_property
    def csrf(self) -> str:
        return csrf_token(self.state.csrf_secret) if self.state.csrf_secret else ""

    @property
    def form_id(self) -> str:
        """A new one for each form: the same form sent twice is one write."""
        return str(uuid4())

    @property
    def tabs(self) -> list[Tab]:
        """None in a session that may only mend its sign-in."""
        if self.restricted:
            return []
        shown = (*TABS, OPERATOR_TAB) if self.may(Right.OPERATE) else TABS
        return [Tab(self.words.gettext(title), url, name == self.tab, icon) for name, url, icon, title in shown]

    @property
    def restricted(self) -> bool:
        """Whether the session may do nothing yet but mend its own sign-in."""
        return self.session is not None and self.session.restriction is not None

    @property
    def seconds_left(self) -> tuple[int, int]:
        """Until the session ends by inactivity, and until it ends however busy it is."""
        session, now = self.state.require_session(), datetime.now(UTC)
        return int((session.idle_until - now).total_seconds()), int((session.expires_at - now).total_seconds())

    @property
    def toast(self) -> Toast | None:
        return read_toast(self.req.cookies.get(TOAST_COOKIE))

    @property
    def frame(self) -> str:
        target = self.target
        if target is None:
            return "ui/shell.html"
        return "ui/dialog_frame.html" if target in DIALOG_TARGETS else "ui/part_frame.html"

    @property
    def in_dialog(self) -> bool:
        return self.target in DIALOG_TARGETS

    @property
    def target(self) -> str | None:
        """What the script will put the answer into; None: a whole page is wanted."""
        if self.req.get_header("HX-Request") is None or self.req.get_header("HX-History-Restore-Request"):
            return None
        return self.answers_in or self.req.get_header("HX-Target")

    def may(self, right: str) -> bool:
        """Whether the user may do that; pages hide what doors would refuse."""
        return self.session is not None and may(self.session.actor.roles, Right(right))

    def language_url(self, code: str) -> str:
        """This page in another language."""
        return self.url_with(lang=code)

    def url_with(self, **changes: str | None) -> str:
        """This address with some parameters changed; None takes one out."""
        params = dict(parse_qsl(self.req.query_string))
        for name, value in changes.items():
            params.pop(name, None)
            if value:
                params[name] = value
        return f"{self.req.path}?{urlencode(params)}" if params else self.req.path

    @property
    def link_url(self) -> str:
        """What is typed into a register as the address of the server."""
        return self.deps.settings.link_url

    def where_from(self, path: str, *without: str) -> str:
        """That page as the person left it, with its search, order and place, if the request comes from there.

        `without`: parameters that have had their day.
        """
        came = self.req.get_header("HX-Current-URL") or self.req.get_header("Referer") or ""
        try:
            parts = urlsplit(came[:URL_MAX])
        except ValueError:
            return path
        if parts.path != path:
            return path
        kept = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in without])
        return f"{path}?{kept}" if kept else path

    def url_for(self, path: str) -> str:
        """Another address with the same parameters."""
        return f"{path}?{self.req.query_string}" if self.req.query_string else path

    def rubles_typed(self, kopecks: int | None) -> str:
        return formats.rubles_typed(kopecks, self.language)

    # How a page works

    @property
    def actor(self) -> UserActor:
        """Who asks. Raises Unauthenticated."""
        return self.state.require_session().actor

    def text(self, message: str, **params: str | int) -> str:
        return self.words.text(message, **params)

    async def call(
        self, method: Callable[Concatenate[Any, UserActor, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Ask a room as the signed-in user.

        Writes carry the id of the posted form, so a form sent twice by an impatient finger is done once.
        """
        key = None
        if self.req.method == "POST" and self.state.form_id:
            key = f"{self.state.form_id}:{method.__name__}:{self._writes}"
            self._writes += 1
        with request_context(request_id=self.request_id, idempotency_key=key):
            answer: R = await self.deps.bus.call(method, self.actor, *args, **kwargs)
        return answer

    def show(self, template: str, status: str = falcon.HTTP_200, /, **values: object) -> None:
        """Answer with a page (or its part)."""
        self.resp.status = status
        self.resp.content_type = falcon.MEDIA_HTML
        self.resp.append_header("Vary", "HX-Request")
        if self.toast is not None and self.target is None:
            self.resp.unset_cookie(TOAST_COOKIE, path="/", same_site="Lax")
        self.resp.text = self.renderer.draw(template, self.language, self.zone, {"page": self, **values})

    def show_form(self, template: str, /, **values: object) -> None:
        """Answer a refused form: the same page with what was typed and what is wrong."""
        self.show(template, falcon.HTTP_422, **values)

    def go(self, url: str, toast: str = "", tone: str = "good", undo: int | None = None) -> None:
        """Answer a done write: go to another page and say there what was done. `undo`: see Toast."""
        if toast:
            self.resp.set_cookie(
                TOAST_COOKIE,
                write_toast(Toast(tone, toast, undo)),
                max_age=60,
                path="/",
                secure=self.deps.settings.secure_cookies,
                http_only=True,
                same_site="Lax",
            )
        if self.req.get_header("HX-Request") is not None:
            self.resp.status = falcon.HTTP_204
            self.resp.set_header("HX-Redirect", url)
        else:
            self.resp.status = falcon.HTTP_303
            self.resp.location = url

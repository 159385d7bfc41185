"""Sign in («Клиент», «Пользователь», «Пароль», then a code), sign out («Выход»), and work of an ended session."""

from urllib.parse import urlencode

import falcon
import falcon.asgi
import msgspec

from gateway_http.caller_address import address_of
from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import LANGUAGE_COOKIE
from gateway_http.middleware.sessions import GATEWAY
from gateway_http.pages.kept_work import carried, carry, kept_from, local_path
from gateway_http.pages.page_resource import PageResource
from gateway_http.refusal_texts import field_text, refusal_text
from gateway_http.screen import Screen
from gateway_http.session_cookies import SESSION_COOKIE, drop_cookie, set_cookie
from services.chassis.request import request_context
from services.contracts.identity import (
    CodeRefused,
    IdentityRpc,
    SecondFactorNeeded,
    SessionExpired,
    SessionView,
    SignedIn,
    SignInForm,
)
from services.contracts.permissions import Role
from services.contracts.refusals import Refusal, TooMany, Unauthenticated, Unavailable

HOME = "/registers"
CONSOLE = "/operator/accounts"  # the first page of an operator of the server
MAX_TYPED = 200  # characters of each of the three fields that are sent on
MAX_AGENT = 300
MAX_TICKET = 200
MAX_CODE = 40
SESSION_DIALOG = "session-dialog-body"  # where the scripts of every page put a 401


def next_page(text: str) -> str:
    """Where to go after signing in: a local page, else the first one."""
    return text if local_path(text) and not text.startswith("/sign-") else HOME


def set_session_cookie(screen: Screen, signed: SignedIn) -> None:
    lasts = signed.session.expires_at - signed.session.created_at
    secure = screen.deps.settings.secure_cookies
    set_cookie(screen.resp, SESSION_COOKIE, signed.token, secure, max_age=int(lasts.total_seconds()))


def drop_session_cookie(screen: Screen) -> None:
    drop_cookie(screen.resp, SESSION_COOKIE, screen.deps.settings.secure_cookies)


class SignIn(PageResource):
    """`/sign-in`."""

    session_optional = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        if screen.session is not None:
            screen.go(next_page(req.get_param("next") or ""))
            return
        show_sign_in(screen, FormView(), falcon.HTTP_200, next_url=next_page(req.get_param("next") or ""))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        typed = SignInForm(
            client=data.text("client")[:MAX_TYPED],
            user=data.text("user")[:MAX_TYPED],
            password=data.raw("password")[:MAX_TYPED],
            address=address_of(req, self.deps.settings.trusted_proxies),
            agent=agent_of(req),
        )
        try:
            with request_context(request_id=screen.request_id):
                signed = await self.deps.bus.call(IdentityRpc.sign_in, GATEWAY, typed)
        except SecondFactorNeeded as refusal:
            show_second_step(screen, data, FormView(), str(refusal.params.get("ticket", "")))
        except Refusal as refusal:
            show_again(screen, data, refusal)
        else:
            signed_in(screen, data, signed)


class SignInCode(PageResource):
    """`/sign-in/code`: the second step. The ticket of the first one travels in the form, good for some minutes."""

    session_optional = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go("/sign-in")

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        ticket = data.text("ticket")[:MAX_TICKET]
        if data.flag("again"):
            show_again(screen, data, None)
            return
        address = address_of(req, self.deps.settings.trusted_proxies)
        code = data.text("otp")[:MAX_CODE]
        try:
            with request_context(request_id=screen.request_id):
                signed = await self.deps.bus.call(
                    IdentityRpc.complete_sign_in, GATEWAY, ticket, code, address, agent_of(req)
                )
        except CodeRefused as refusal:
            form = FormView()
            form.wrong("otp", refusal_text(refusal, screen.words))
            show_second_step(screen, data, form, ticket)
        except (TooMany, Unavailable) as refusal:
            form = FormView()
            form.general.append(refusal_text(refusal, screen.words))
            show_second_step(screen, data, form, ticket)
        except Refusal as refusal:
            show_again(screen, data, refusal)
        else:
            signed_in(screen, data, signed)


def agent_of(req: falcon.asgi.Request) -> str:
    return (req.get_header("User-Agent") or "")[:MAX_AGENT]


def show_again(screen: Screen, data: FormData, refusal: Refusal | None) -> None:
    """The first step again, with what was typed there and why it was refused."""
    form = FormView.typed(data)
    if refusal is not None:
        form.general.append(refusal_text(refusal, screen.words))
        for error in refusal.errors:
            form.wrong(error.path, field_text(error, screen.words))
    show_sign_in(
        screen,
        form,
        falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
        next_url=next_page(data.text("next")),
        kept=data.text("kept"),
        expected_user=data.text("expected_user")[:MAX_TYPED],
    )


def show_second_step(screen: Screen, data: FormData, form: FormView, ticket: str) -> None:
    screen.state.session = None
    screen.show(
        "pages/sign_in_code.html",
        falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
        form=form,
        ticket=ticket,
        next_url=next_page(data.text("next")),
        kept=data.text("kept"),
        expected_user=data.text("expected_user")[:MAX_TYPED],
    )


def signed_in(screen: Screen, data: FormData, signed: SignedIn) -> None:
    """Go on where one was: behind the dialog, in the kept work, or on the page that was wanted."""
    set_session_cookie(screen, signed)
    # From here on pages of this answer belong to the session that the cookie has just opened.
    screen.state.session, screen.state.csrf_secret = signed.session, signed.token
    if signed.session.user.language is not None:
        # The user's own setting counts, whatever was chosen in this browser before.
        screen.resp.unset_cookie(LANGUAGE_COOKIE, path="/", same_site="Lax")
    if screen.in_dialog and data.text("expected_user") == signed.session.user.id:
        # The page behind the dialog still holds what was typed: it goes on with the new session.
        screen.resp.status = falcon.HTTP_204
        news = {"session-renewed": {"csrf": screen.csrf}}
        screen.resp.set_header("HX-Trigger", msgspec.json.encode(news).decode())
        return
    work = carried(data.text("kept"))
    if work is not None and work.by == signed.session.user.id and not screen.in_dialog:
        screen.show("pages/kept_work.html", work=work)
        return
    wanted = HOME if screen.in_dialog else next_page(data.text("next"))
    screen.go(CONSOLE if wanted == HOME and operates_only(signed.session) else wanted)


def operates_only(session: SessionView) -> bool:
    """Whether the server's accounts are all that this user has to do here."""
    return set(session.actor.roles) == {Role.OPERATOR}


class SignOut(PageResource):
    """`/sign-out`: «Выход»."""

    session_optional = True

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        if screen.session is not None:
            await screen.call(IdentityRpc.sign_out)
        drop_session_cookie(screen)
        screen.go("/sign-in")


def show_sign_in(
    screen: Screen,
    form: FormView,
    status: str,
    next_url: str = HOME,
    kept: str = "",
    expired: bool = False,
    expected_user: str = "",
) -> None:
    screen.state.session = None
    screen.show(
        "pages/sign_in.html",
        status,
        form=form,
        next_url=next_url,
        kept=kept,
        expired=expired,
        expected_user=expected_user,
    )


async def answer_unauthenticated(screen: Screen, refusal: Unauthenticated) -> None:
    """Instead of the page asked for: the sign-in form; what was posted travels along."""
    req = screen.req
    had_session = screen.state.token is not None and screen.state.token_from_cookie
    kept = ""
    if req.method == "POST" and (req.content_type or "").startswith(falcon.MEDIA_URLENCODED):
        form = await read_form(req)
        kept = carry(kept_from(req.path, form))
    if req.method == "GET" and not had_session and screen.target is None:
        target = req.relative_uri if req.path != "/" else HOME
        screen.go("/sign-in" if target == HOME else f"/sign-in?{urlencode({'next': target})}")
        return
    if had_session:
        drop_session_cookie(screen)
    if screen.target is not None:
        screen.answers_in = SESSION_DIALOG
    next_url = req.relative_uri if req.method == "GET" and screen.target is None else HOME
    expected_user = (req.get_header("X-Expected-User") or "")[:MAX_TYPED]
    show_sign_in(
        screen,
        FormView(),
        falcon.HTTP_401,
        next_url=next_page(next_url),
        kept=kept,
        expired=had_session or bool(expected_user) or isinstance(refusal, SessionExpired),
        expected_user=expected_user,
    )

"""«Мой профиль» → «Сессии»: where I am signed in, and to end it there."""

import falcon
import falcon.asgi

from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.pages.me import MePage, me_tabs
from gateway_http.words.account_words import device_text
from services.contracts.identity import IdentityRpc
from services.contracts.own_sign_in import OwnSignInRpc
from services.contracts.refusals import NotFound
from services.contracts.values import SessionId

URL = "/me/sessions"


class MySessions(MePage):
    """`/me/sessions`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        sessions = await screen.call(OwnSignInRpc.list_own_sessions)
        screen.show(
            "pages/me_sessions.html",
            tabs=me_tabs(screen, URL),
            rows=[(session, device_text(session.agent, screen.words)) for session in sessions],
            others=sum(not session.current for session in sessions),
        )


class EndMySession(MePage):
    """`/me/sessions/{session}/end`."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, session: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            screen.go(URL)
            return
        try:
            await screen.call(IdentityRpc.end_session, SessionId(session))
        except NotFound:
            screen.go(URL, screen.text(N_("That session was over already")), "waiting")
        else:
            screen.go(URL, screen.text(N_("The session was ended")))


class EndOtherSessions(MePage):
    """`/me/sessions/end-others`."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            screen.go(URL)
            return
        ended = await screen.call(OwnSignInRpc.end_other_sessions)
        told = screen.words.ngettext("%(num)s session was ended", "%(num)s sessions were ended", ended)
        screen.go(URL, told % {"num": ended})

"""`/me/session`: how long the session still lasts, told to the scripts of open pages; and «Продолжить работу»."""

import falcon
import falcon.asgi
import msgspec

from gateway_http.pages.me import MePage
from gateway_http.screen import Screen
from services.contracts.own_sign_in import OwnSignInRpc


class SessionTold(msgspec.Struct, frozen=True):
    """`idle_left` and `session_left` in seconds; `csrf` is the token for writes from now on."""

    user: str
    csrf: str
    idle_left: int
    session_left: int


class SessionOver(msgspec.Struct, frozen=True):
    """There is no session any more. No cookie is dropped here: the page that asks next is told why."""

    over: bool = True


def tell(screen: Screen) -> None:
    """Answer with how the session stands."""
    screen.resp.content_type = falcon.MEDIA_JSON
    if screen.session is None:
        screen.resp.data = msgspec.json.encode(SessionOver())
        return
    idle_left, session_left = screen.seconds_left
    told = SessionTold(screen.session.user.id, screen.csrf, idle_left, session_left)
    screen.resp.data = msgspec.json.encode(told)


class MySession(MePage):
    """`/me/session`: GET asks without moving the idle limit; POST moves it on by the person's own click."""

    session_optional = True  # whoever asks of a session that is over is told so
    background = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        tell(self.screen(req, resp))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        if screen.session is not None:
            screen.state.session = await screen.call(OwnSignInRpc.renew_session)
        tell(screen)

"""What a page says when it cannot be shown: refusals, unknown addresses, our own faults. All in the product's look."""

from urllib.parse import urlencode

import falcon
import falcon.asgi

from gateway_http.deps import Deps
from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.middleware.sessions import BACKGROUND_HEADER, SAFE_METHODS
from gateway_http.pages.kept_work import MAX_KEPT_BYTES, KeptWork, kept_from, local_path
from gateway_http.pages.sign_in import answer_unauthenticated
from gateway_http.problems import InternalError, retry_after_of, status_of
from gateway_http.refusal_texts import refusal_text
from gateway_http.render import Renderer
from gateway_http.screen import Screen
from gateway_http.settings import FORM_MAX_BYTES
from services.contracts.identity import PasswordChangeRequired, SecondFactorSetupRequired
from services.contracts.refusals import Refusal, Unauthenticated

WORTH_REPEATING = frozenset({429, 500, 503})
# Where a session goes that may only mend its sign-in.
MENDING = {PasswordChangeRequired.code: "/me/password", SecondFactorSetupRequired.code: "/me/second-factor"}
TITLES = {
    403: N_("This is not allowed"),
    404: N_("There is no such page"),
    409: N_("This cannot be done now"),
    412: N_("Somebody was quicker"),
    413: N_("Too large"),
    429: N_("Too often"),
    500: N_("Something broke on our side"),
    503: N_("Please wait a little"),
}


class PageErrors:
    """Draws refusals for people in browsers."""

    def __init__(self, deps: Deps, renderer: Renderer) -> None:
        self.deps = deps
        self.renderer = renderer

    async def answer(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, refusal: Refusal) -> None:
        """A whole page, or a toast when only a part of a page was asked for."""
        screen = Screen(self.deps, self.renderer, req, resp, "")
        if (req.content_length or 0) > FORM_MAX_BYTES or (req.content_type or "").startswith(falcon.MEDIA_MULTIPART):
            resp.set_header("Connection", "close")  # a body that nobody read must not be taken for a next request
        if isinstance(refusal, Unauthenticated):
            await answer_unauthenticated(screen, refusal)
            return
        mending = MENDING.get(refusal.code, "")
        if mending and req.method in SAFE_METHODS:
            lead_to(screen, mending)
            return
        status = status_of(refusal)
        retry_after = retry_after_of(refusal)
        if retry_after is not None:
            resp.set_header("Retry-After", str(retry_after))
        template = "pages/error.html" if screen.target is None else "pages/error_toast.html"
        retry = await form_to_repeat(req) if mending or status in WORTH_REPEATING else None
        screen.show(
            template,
            falcon.code_to_http_status(status),
            title=screen.text(TITLES.get(status, N_("The server refused to do this."))),
            message=refusal_text(refusal, screen.words),
            ours=isinstance(refusal, InternalError),
            mending=mending,
            retry=retry,
            retry_id=screen.state.form_id or "",
        )


def lead_to(screen: Screen, mending: str) -> None:
    """Go and mend the sign-in first; a part that refreshed itself stays as it is."""
    if screen.req.get_header(BACKGROUND_HEADER) is not None:
        screen.resp.status = falcon.HTTP_204
        return
    wanted = screen.req.relative_uri if screen.target is None else ""
    screen.go(f"{mending}?{urlencode({'next': wanted})}" if local_path(wanted) else mending)


async def form_to_repeat(req: falcon.asgi.Request) -> KeptWork | None:
    """The form that could not be taken just now, to be sent again as it was; None if it was no (small) form."""
    if req.method != "POST" or not (req.content_type or "").startswith(falcon.MEDIA_URLENCODED):
        return None
    if (req.content_length or 0) > MAX_KEPT_BYTES or req.path.startswith("/sign-"):
        return None
    return kept_from(req.path, await read_form(req))

"""What a page says when it cannot be shown: refusals, unknown addresses, our own faults. All in the product's look."""

import falcon
import falcon.asgi

from gateway_http.deps import Deps
from gateway_http.i18n import N_
from gateway_http.pages.sign_in import answer_unauthenticated
from gateway_http.problems import InternalError, retry_after_of, status_of
from gateway_http.refusal_texts import refusal_text
from gateway_http.render import Renderer
from gateway_http.screen import Screen
from services.contracts.refusals import Refusal, Unauthenticated

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
        if isinstance(refusal, Unauthenticated):
            await answer_unauthenticated(screen, refusal)
            return
        status = status_of(refusal)
        retry_after = retry_after_of(refusal)
        if retry_after is not None:
            resp.set_header("Retry-After", str(retry_after))
        template = "pages/error.html" if screen.target is None else "pages/error_toast.html"
        screen.show(
            template,
            falcon.code_to_http_status(status),
            title=screen.text(TITLES.get(status, N_("The server refused to do this."))),
            message=refusal_text(refusal, screen.words),
            ours=isinstance(refusal, InternalError),
        )

"""What every page resource has: the tools it was built with and a `Screen` for each request."""

from typing import ClassVar

import falcon.asgi

from gateway_http.deps import Deps
from gateway_http.render import Renderer
from gateway_http.screen import Screen


class PageResource:
    """Base of the pages. `tab` names the tab that is lit."""

    tab: ClassVar[str] = ""

    def __init__(self, deps: Deps, renderer: Renderer) -> None:
        self.deps = deps
        self.renderer = renderer

    def screen(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> Screen:
        return Screen(self.deps, self.renderer, req, resp, self.tab)

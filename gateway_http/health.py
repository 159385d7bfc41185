"""`/healthz`: the process lives; `/readyz`: it can do its work."""

import falcon
import falcon.asgi

from gateway_http.bus import Bus


class Healthz:
    max_body_bytes = 0
    open_to_all = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "ok\n"


class Readyz:
    max_body_bytes = 0
    open_to_all = True

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        if self.bus.ready:
            resp.text = "ready\n"
        else:
            resp.status = falcon.HTTP_503
            resp.text = "the bus is not connected\n"

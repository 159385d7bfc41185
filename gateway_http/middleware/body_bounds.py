"""No body is read before it is known to be within its bound.

A resource may say `max_body_bytes`; without a word it is that of a form. A resource that says None bounds its body
itself while it streams (uploads).
"""

import falcon
import falcon.asgi

from gateway_http.settings import FORM_MAX_BYTES
from services.contracts.refusals import TooLarge

BODYLESS = frozenset({"GET", "HEAD", "OPTIONS"})


class BodyBounds:
    async def process_resource(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        resource: object,
        params: dict[str, object],
    ) -> None:
        if req.method in BODYLESS:
            return
        limit = getattr(resource, "max_body_bytes", FORM_MAX_BYTES)
        length = req.content_length
        if limit is None:
            return
        if length is None and req.get_header("Transfer-Encoding"):
            raise falcon.HTTPLengthRequired(title="Content-Length is needed")
        if length is not None and length > limit:
            raise TooLarge(limit=limit)

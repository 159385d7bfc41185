"""Headers that tell browsers what a page of ours may never do."""

import falcon.asgi

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # data: are the small pictures inside Bootstrap's own style sheet
        "connect-src 'self'",
        "form-action 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)


class SecurityHeaders:
    """On every answer, errors included."""

    def __init__(self, secure: bool) -> None:
        self.secure = secure

    async def process_response(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, resource: object, req_succeeded: bool
    ) -> None:
        for name, value in HEADERS:
            resp.set_header(name, value)
        if self.secure:
            resp.set_header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if resp.get_header("Cache-Control") is None:
            resp.set_header("Cache-Control", "no-store")

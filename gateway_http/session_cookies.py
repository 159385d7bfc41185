"""The two cookies that say who is asking: of a session, and of a visitor before sign-in."""

from datetime import UTC, datetime

import falcon.asgi

SESSION_COOKIE = "kkt_session"
VISITOR_COOKIE = "kkt_visitor"  # what the CSRF token of the sign-in form hangs on
# Browsers take a cookie of such a name from this very host alone, over TLS, for all paths: no neighbour host sets it.
HOST_PREFIX = "__Host-"
_PAST = datetime.fromtimestamp(0, UTC)


def cookie_name(name: str, secure: bool) -> str:
    """The name under which a cookie travels; `secure`: behind TLS (KKT_SECURE_COOKIES)."""
    return HOST_PREFIX + name if secure else name


def read_cookie(req: falcon.asgi.Request, name: str, secure: bool) -> str | None:
    """The value that the browser sent, the first of several; None without one."""
    values = req.get_cookie_values(cookie_name(name, secure))
    return values[0] if values and values[0] else None


def set_cookie(resp: falcon.asgi.Response, name: str, value: str, secure: bool, max_age: int | None = None) -> None:
    """`max_age` in seconds; None: until the browser is closed. Scripts never see it."""
    resp.set_cookie(
        cookie_name(name, secure),
        value,
        max_age=max_age,
        path="/",
        secure=secure,
        http_only=True,
        same_site="Lax",
    )


def drop_cookie(resp: falcon.asgi.Response, name: str, secure: bool) -> None:
    """The browser is to forget it."""
    # A browser takes a `__Host-` cookie with its marks alone, also the one that ends it; unset_cookie has no Secure.
    resp.set_cookie(
        cookie_name(name, secure), "", expires=_PAST, path="/", secure=secure, http_only=True, same_site="Lax"
    )

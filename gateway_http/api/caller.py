"""Who calls the API: a bearer token, or the session cookie together with the page's CSRF token."""

import falcon.asgi

from gateway_http.caller_address import address_of
from gateway_http.csrf import csrf_right
from gateway_http.deps import Deps
from gateway_http.i18n import DEFAULT_LANGUAGE, Language, accepted_languages
from gateway_http.middleware.sessions import CSRF_HEADER, GATEWAY
from gateway_http.problems import CsrfWrong
from gateway_http.request_state import MAX_TOKEN
from gateway_http.session_cookies import SESSION_COOKIE, read_cookie
from services.contracts.identity import (
    IdentityRpc,
    PasswordChangeRequired,
    Restriction,
    SecondFactorSetupRequired,
    SessionView,
)
from services.contracts.refusals import Unauthenticated


def bearer_token(req: falcon.asgi.Request) -> str | None:
    """The token of the Authorization header; "" for a header that is none of ours, None without the header."""
    header = req.get_header("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def session_of(req: falcon.asgi.Request, deps: Deps, *, writes: bool, quietly: bool) -> tuple[str, SessionView]:
    """The token and the live session of the caller. Raises Unauthenticated, SessionExpired, CsrfWrong.

    `quietly` leaves the idle limit where it is: for streams and polling, which nobody's hand moves.
    """
    token = bearer_token(req)
    by_cookie = token is None
    if token is None:
        token = read_cookie(req, SESSION_COOKIE, deps.settings.secure_cookies)
    if not token or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable():
        raise Unauthenticated
    if by_cookie and writes and not csrf_right(token, req.get_header(CSRF_HEADER)):
        raise CsrfWrong
    method = IdentityRpc.peek_session if quietly else IdentityRpc.authenticate
    return token, await deps.bus.call(method, GATEWAY, token, address_of(req, deps.settings.trusted_proxies))


def refuse_restricted(session: SessionView) -> None:
    """Raises PasswordChangeRequired, SecondFactorSetupRequired of a session that may only mend its sign-in."""
    if session.restriction is Restriction.PASSWORD:
        raise PasswordChangeRequired
    if session.restriction is Restriction.SECOND_FACTOR:
        raise SecondFactorSetupRequired


def language_of(req: falcon.asgi.Request, deps: Deps, session: SessionView | None = None) -> Language:
    """A program says its language in Accept-Language; without it the user's own counts, then Russian."""
    own = session.user.language if session is not None else None
    for code in (*accepted_languages(req.get_header("Accept-Language") or ""), own):
        if code in deps.languages:
            return deps.languages[str(code)]
    return deps.languages[DEFAULT_LANGUAGE]

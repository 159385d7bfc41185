"""Who is asking: the session behind a cookie or a bearer token; and that a write with a cookie is our own form's.

Resources may say:
- `open_to_all = True`: no session is looked up (static files, health);
- `session_optional = True`: looked up if there is a cookie, but not needed (sign-in);
- `background = True`: a browser's asking does not count as activity (what open pages do by themselves);
- `mends = frozenset({Restriction.…})`: open also to a session that may only mend its sign-in so;
- `csrf_in_body = True`: the resource reads the token itself, because its body is a stream (uploads).
"""

import secrets

import falcon
import falcon.asgi
import structlog

from gateway_http.bus import Bus
from gateway_http.caller_address import address_of
from gateway_http.csrf import csrf_right
from gateway_http.forms import read_form
from gateway_http.i18n import Language
from gateway_http.middleware.observe import requested_language
from gateway_http.problems import CsrfWrong
from gateway_http.request_state import MAX_TOKEN, RequestState, state_of
from gateway_http.session_cookies import SESSION_COOKIE, VISITOR_COOKIE, read_cookie, set_cookie
from services.chassis.request import request_context
from services.contracts.api_keys import API_KEY_PREFIX
from services.contracts.identity import IdentityRpc, PasswordChangeRequired, Restriction, SecondFactorSetupRequired
from services.contracts.refusals import Unauthenticated
from services.contracts.values import SystemActor

GATEWAY = SystemActor(name="gateway-http")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"
BACKGROUND_HEADER = "X-Background"  # sent by scripts that refresh a page nobody touched


def token_of(req: falcon.asgi.Request, secure: bool) -> tuple[str | None, bool]:
    """The token told and whether it came in the cookie; a bearer token goes first."""
    kind, _, told = (req.get_header("Authorization") or "").partition(" ")
    if kind.lower() == "bearer" and told:
        return told.strip()[: MAX_TOKEN + 1], False
    return read_cookie(req, SESSION_COOKIE, secure), True


def _check_restriction(state: RequestState, resource: object) -> None:
    """A one-time password is changed first, a second factor that is asked for is set up first."""
    restriction = state.session.restriction if state.session is not None else None
    if restriction is None or restriction in getattr(resource, "mends", frozenset()):
        return
    raise PasswordChangeRequired if restriction is Restriction.PASSWORD else SecondFactorSetupRequired


def _in_background(req: falcon.asgi.Request, resource: object, state: RequestState) -> bool:
    """Whether an open page only looks by itself. Whatever writes, and whatever a program asks, counts as a request."""
    looks = req.method in SAFE_METHODS and state.token_from_cookie
    if not looks or (state.token or "").startswith(API_KEY_PREFIX):
        return False
    return getattr(resource, "background", False) or req.get_header(BACKGROUND_HEADER) is not None


class Sessions:
    def __init__(self, bus: Bus, languages: dict[str, Language], secure: bool, trusted_proxies: int) -> None:
        self.bus = bus
        self.languages = languages
        self.secure = secure
        self.trusted_proxies = trusted_proxies

    async def process_resource(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        resource: object,
        params: dict[str, object],
    ) -> None:
        if getattr(resource, "open_to_all", False):
            return
        state = state_of(req)
        optional = getattr(resource, "session_optional", False)
        state.token, state.token_from_cookie = token_of(req, self.secure)
        if state.token is not None and len(state.token) > MAX_TOKEN:
            state.token = None
        if (req.content_type or "").startswith(falcon.MEDIA_URLENCODED) and req.method not in SAFE_METHODS:
            state.form_id = (await read_form(req)).text("form_id")[:64] or None
        try:
            await self._find_session(req, resource, state, optional)
        finally:
            self._csrf_secret(req, state)  # the page that answers a refusal has a form with a token, too
        if req.method not in SAFE_METHODS and (state.session is None or state.token_from_cookie):
            await self._check_own_form(req, resource, state)
        if not optional:
            _check_restriction(state, resource)

    async def _find_session(
        self, req: falcon.asgi.Request, resource: object, state: RequestState, optional: bool
    ) -> None:
        if state.token is None:
            if optional:
                return
            raise Unauthenticated
        method = IdentityRpc.peek_session if _in_background(req, resource, state) else IdentityRpc.authenticate
        try:
            with request_context(request_id=state.request_id):
                address = address_of(req, self.trusted_proxies)
                state.session = await self.bus.call(method, GATEWAY, state.token, address)
        except Unauthenticated:
            state.token_dead = True
            if not optional:
                raise
            return
        state.language = requested_language(req, self.languages, state.session.user.language)
        structlog.contextvars.bind_contextvars(
            account=state.session.account.id, user=state.session.user.id, session=state.session.id
        )

    def _csrf_secret(self, req: falcon.asgi.Request, state: RequestState) -> None:
        if state.token is not None and not state.token_dead:
            state.csrf_secret = state.token  # also while nobody can say whether the session lives
            return
        visitor = read_cookie(req, VISITOR_COOKIE, self.secure)
        if not visitor or len(visitor) > MAX_TOKEN:
            visitor = secrets.token_urlsafe(24)
            state.new_visitor = visitor
        state.csrf_secret = visitor

    async def _check_own_form(self, req: falcon.asgi.Request, resource: object, state: RequestState) -> None:
        if req.get_header("Sec-Fetch-Site") == "cross-site":
            raise CsrfWrong
        if getattr(resource, "csrf_in_body", False):
            return
        told = [req.get_header(CSRF_HEADER)]
        if (req.content_type or "").startswith(falcon.MEDIA_URLENCODED):
            told.append((await read_form(req)).text("csrf"))
        if not any(csrf_right(state.csrf_secret, token) for token in told):
            raise CsrfWrong

    async def process_response(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, resource: object, req_succeeded: bool
    ) -> None:
        visitor = state_of(req).new_visitor
        if visitor is not None:
            set_cookie(resp, VISITOR_COOKIE, visitor, self.secure)

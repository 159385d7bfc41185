"""What is known of one request: its id, language, session. Put there by the middleware, read by everybody."""

import secrets
import time
from typing import Protocol

import falcon.asgi

from gateway_http.i18n import Language
from services.contracts.identity import SessionView
from services.contracts.refusals import Unauthenticated

MAX_TOKEN = 200  # characters; a longer cookie or bearer token is nobody's
REQUEST_ID_DIGITS = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")
MAX_REQUEST_ID = 64


class EndsOnce(Protocol):
    """What is given back when the answer is made."""

    def end(self) -> None: ...


class RequestState:
    """Lives as long as the request."""

    __slots__ = (
        "csrf_secret",
        "form_id",
        "language",
        "method",
        "new_visitor",
        "request_id",
        "route",
        "session",
        "started",
        "token",
        "token_dead",
        "token_from_cookie",
        "turn",
    )

    def __init__(self, request_id: str, language: Language) -> None:
        self.request_id = request_id
        self.language = language
        self.started = time.perf_counter()
        self.route = "unknown"
        self.session: SessionView | None = None
        self.token: str | None = None
        self.token_from_cookie = False
        self.token_dead = False  # the session behind it is over
        self.csrf_secret = ""
        self.new_visitor: str | None = None  # to be set as a cookie
        self.turn: EndsOnce | None = None  # of its account's line (middleware/fair_shares.py)
        self.form_id: str | None = None  # of the posted form: the same form sent twice is one request

    def require_session(self) -> SessionView:
        """The session of this request. Raises Unauthenticated on a page that is open to all."""
        if self.session is None:
            raise Unauthenticated
        return self.session


def state_of(req: falcon.asgi.Request) -> RequestState:
    """The state that the outermost middleware made for this request."""
    state: RequestState = req.context.kkt
    return state


def keep_state(req: falcon.asgi.Request, state: RequestState) -> None:
    req.context.kkt = state


def request_id_from(header: str | None) -> str:
    """The caller's X-Request-Id if it is of a harmless form, else a new one."""
    if header and len(header) <= MAX_REQUEST_ID and REQUEST_ID_DIGITS.issuperset(header):
        return header
    return secrets.token_hex(16)

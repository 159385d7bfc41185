"""The outermost layer: request id, language, time; afterwards one log line and one measurement per request."""

import time

import falcon.asgi
import structlog

from gateway_http.i18n import LANGUAGE_COOKIE, LANGUAGES, Language, choose_language
from gateway_http.metrics import HttpMetrics
from gateway_http.request_state import RequestState, keep_state, request_id_from, state_of

LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600
QUIET_ROUTES = frozenset({"/static/{digest}/{name}", "/healthz", "/readyz", "/metrics"})


def requested_language(req: falcon.asgi.Request, languages: dict[str, Language], user: str | None) -> Language:
    """The language of this request; `user` is the signed-in user's own setting."""
    return languages[
        choose_language(
            req.get_param("lang"),
            req.cookies.get(LANGUAGE_COOKIE),
            user,
            req.get_header("Accept-Language") or "",
        )
    ]


class Observe:
    """Made first, so that whatever happens inside is told with the request's id."""

    def __init__(self, languages: dict[str, Language], metrics: HttpMetrics) -> None:
        self.languages = languages
        self.metrics = metrics
        self.log = structlog.get_logger("http")

    async def process_request(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        request_id = request_id_from(req.get_header("X-Request-Id"))
        keep_state(req, RequestState(request_id, requested_language(req, self.languages, None)))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        resp.set_header("X-Request-Id", request_id)

    async def process_resource(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        resource: object,
        params: dict[str, object],
    ) -> None:
        state_of(req).route = req.uri_template or "unknown"

    async def process_response(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, resource: object, req_succeeded: bool
    ) -> None:
        state = state_of(req)
        asked = req.get_param("lang")
        if asked in LANGUAGES:
            resp.set_cookie(
                LANGUAGE_COOKIE,
                asked,
                max_age=LANGUAGE_COOKIE_SECONDS,
                path="/",
                secure=False,
                same_site="Lax",
            )
        took = time.perf_counter() - state.started
        status = str(resp.status)[:3]
        self.metrics.seconds.labels(state.route, req.method, status).observe(took)
        if state.route in QUIET_ROUTES and status < "400":
            return
        self.log.info(
            "request",
            method=req.method,
            route=state.route,
            status=int(status),
            ms=round(took * 1000, 1),
            account=state.session.account.id if state.session else None,
            user=state.session.user.id if state.session else None,
        )

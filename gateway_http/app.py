"""The composition root of the HTTP gateway: what it is built of, and the table of its pages on one screen.

`create_app` is pure: it takes the bus and the settings and returns an ASGI app. `get_app` is what gunicorn calls: it
reads the environment. The API and the streams add their own routes.
"""

import logging
import os
from typing import Any

import falcon
import falcon.asgi
import structlog

from gateway_http.api.routes import add_api_routes
from gateway_http.bus import Bus
from gateway_http.counted_calls import CountedCalls
from gateway_http.deps import Deps
from gateway_http.health import Healthz, Readyz
from gateway_http.i18n import load_languages
from gateway_http.metrics import HttpMetrics
from gateway_http.middleware.body_bounds import BodyBounds
from gateway_http.middleware.fair_shares import FairShares
from gateway_http.middleware.observe import Observe
from gateway_http.middleware.pack_pages import PackPages
from gateway_http.middleware.security_headers import SecurityHeaders
from gateway_http.middleware.sessions import Sessions
from gateway_http.pages.errors import PageErrors
from gateway_http.pages.routes import add_page_routes
from gateway_http.problems import InternalError, answer_problem, refusal_of_http_error
from gateway_http.refusal_texts import refusal_text
from gateway_http.refused_tokens import RefusedTokens
from gateway_http.render import Renderer
from gateway_http.request_state import state_of
from gateway_http.settings import HttpSettings, settings_from
from gateway_http.static_files import StaticFiles
from services.chassis.bridge import Bridge
from services.chassis.logs import configure_logs
from services.contracts.refusals import Refusal

API_PREFIX = "/api/"
START_WAIT_SECONDS = 2.0  # for the bus; without it pages say that a part of the server does not answer


class Lifespan:
    """Opens the bus when the server starts and closes it when it stops."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def process_startup(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        await self.bus.start(START_WAIT_SECONDS)

    async def process_shutdown(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        await self.bus.stop()


def create_app(bus: Bus, settings: HttpSettings) -> falcon.asgi.App[Any, Any]:
    """Put the gateway together. Nothing is connected until the server's lifespan begins."""
    languages = load_languages()
    static = StaticFiles()
    metrics = HttpMetrics()
    deps = Deps(bus, settings, languages)
    renderer = Renderer(languages, static.url)
    middleware: list[Any] = [  # outermost first
        Lifespan(bus),
        Observe(languages, metrics),
        PackPages(),
        SecurityHeaders(settings.secure_cookies),
        BodyBounds(),
        FairShares(settings.secure_cookies, settings.trusted_proxies),
        Sessions(bus, languages, settings.secure_cookies, settings.trusted_proxies),
    ]
    app = falcon.asgi.App(middleware=middleware)
    add_error_handlers(app, PageErrors(deps, renderer), metrics)
    app.add_route("/static/{digest}/{name}", static)
    app.add_route("/healthz", Healthz())
    app.add_route("/readyz", Readyz(bus))
    app.add_route("/metrics", metrics)
    add_api_routes(app, deps)
    add_page_routes(app, deps, renderer)
    return app


def add_error_handlers(app: falcon.asgi.App[Any, Any], pages: PageErrors, metrics: HttpMetrics) -> None:
    """Refusals become pages for people and problems for programs; anything else is a fault of ours, told by its id."""
    log = structlog.get_logger("http")

    async def refused(
        req: falcon.asgi.Request, resp: falcon.asgi.Response, refusal: Refusal, params: object, **_: object
    ) -> None:
        state = state_of(req)
        if req.path.startswith(API_PREFIX):
            answer_problem(resp, refusal, state.language, state.request_id)
            return
        try:
            await pages.answer(req, resp, refusal)
        except Exception as error:
            # Even the page that tells of a fault is broken: say the little that needs no template.
            log.error("error page failed", route=state.route, exc_info=error)
            resp.status, resp.content_type = falcon.HTTP_500, falcon.MEDIA_TEXT
            resp.text = f"{refusal_text(refusal, state.language)}\n{state.request_id}\n"

    async def objected(
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        error: falcon.HTTPError,
        params: object,
        **_: object,
    ) -> None:
        await refused(req, resp, refusal_of_http_error(error), params)

    async def broken(
        req: falcon.asgi.Request, resp: falcon.asgi.Response, error: Exception, params: object, **_: object
    ) -> None:
        log.error("request failed", route=state_of(req).route, method=req.method, exc_info=error)
        metrics.failures.labels(state_of(req).route).inc()
        await refused(req, resp, InternalError(), params)

    app.add_error_handler(Exception, broken)
    app.add_error_handler(falcon.HTTPError, objected)
    app.add_error_handler(Refusal, refused)


def get_app() -> falcon.asgi.App[Any, Any]:
    """What gunicorn starts: `gateway_http.app:get_app()`. Raises WrongSetting."""
    settings = settings_from(os.environ)
    configure_logs("gateway-http", logging.getLevelNamesMapping().get(settings.log_level, logging.INFO))
    return create_app(CountedCalls(RefusedTokens(Bridge(settings.amqp_url))), settings)

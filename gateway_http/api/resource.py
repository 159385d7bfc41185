"""Endpoints as resources of the web framework: the one way in which every API request is served."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import falcon
import falcon.asgi
import structlog

from gateway_http.api.call import Call
from gateway_http.api.caller import language_of, refuse_restricted, session_of
from gateway_http.api.endpoint import Access, Endpoint
from gateway_http.deps import Deps
from gateway_http.problems import InternalError, MethodNotAllowed, answer_problem, refusal_of_http_error
from gateway_http.request_state import state_of
from services.chassis.request import request_context
from services.contracts.refusals import FieldError, Invalid, NotFound, Refusal

MAX_KEY = 128  # characters of an Idempotency-Key
_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_LOG = structlog.get_logger()

Responder = Callable[..., Coroutine[Any, Any, None]]


class PathResource:
    """All verbs of one path. Verbs without an endpoint are refused in our words, as everything else is."""

    open_to_all = True  # the API looks at tokens by itself and answers with problems, not with pages
    max_body_bytes = None  # each handler bounds what it reads

    def __init__(self, deps: Deps, path: str, endpoints: Sequence[Endpoint]) -> None:
        self.path = path
        by_verb = {endpoint.method: endpoint for endpoint in endpoints}
        if "GET" in by_verb:
            by_verb["HEAD"] = by_verb["GET"]
        allowed = ", ".join(sorted(by_verb))
        for verb in _VERBS:
            endpoint = by_verb.get(verb)
            responder = _refuser(deps, allowed) if endpoint is None else _responder(deps, endpoint)
            setattr(self, f"on_{verb.lower()}", responder)


def unknown_path(deps: Deps) -> Responder:
    """The answer to everything else below /api/v1."""

    async def refuse(req: falcon.asgi.Request, resp: falcon.asgi.Response, **_path: str) -> None:
        answer_problem(resp, NotFound(), language_of(req, deps), request_id_of(req))

    return refuse


def request_id_of(req: falcon.asgi.Request) -> str:
    """The id that the outermost middleware gave this request."""
    return state_of(req).request_id


def _refuser(deps: Deps, allowed: str) -> Responder:
    async def refuse(req: falcon.asgi.Request, resp: falcon.asgi.Response, **_path: str) -> None:
        answer_problem(resp, MethodNotAllowed(allowed=allowed), language_of(req, deps), request_id_of(req))
        resp.set_header("Allow", allowed)

    return refuse


def _responder(deps: Deps, endpoint: Endpoint) -> Responder:
    async def respond(req: falcon.asgi.Request, resp: falcon.asgi.Response, **path: str) -> None:
        call = Call(deps, endpoint.status, req, resp, path, language_of(req, deps), request_id_of(req))
        try:
            await serve(call, endpoint)
        except Refusal as refusal:
            answer_problem(resp, refusal, call.language, call.request_id)
        except falcon.HTTPError as error:
            answer_problem(resp, refusal_of_http_error(error), call.language, call.request_id)
        except Exception:
            _LOG.exception("api_request_failed", method=endpoint.method, path=endpoint.path)
            answer_problem(resp, InternalError(), call.language, call.request_id)
        if (resp.status_code or 0) >= 400 and endpoint.writes:
            _close_after(req, resp)

    return respond


async def serve(call: Call, endpoint: Endpoint) -> None:
    """Find out who calls, then let the handler answer. Raises Refusal."""
    with request_context(request_id=call.request_id):
        if endpoint.access is Access.SESSION:
            call.token, session = await session_of(call.req, call.deps, writes=endpoint.writes, quietly=endpoint.quiet)
            state_of(call.req).session = session  # for the access log
            call.language = language_of(call.req, call.deps, session)
            if not endpoint.mends_sign_in:
                refuse_restricted(session)
            call.signed_in(session)
        if endpoint.idempotent_by_key:
            call.idempotency_key = idempotency_key_of(call.req)
        with request_context(request_id=call.request_id, idempotency_key=call.idempotency_key):
            await endpoint.handler(call)


def idempotency_key_of(req: falcon.asgi.Request) -> str | None:
    """The caller's Idempotency-Key. Raises Invalid for one that is empty, too long or not printable ASCII."""
    key = req.get_header("Idempotency-Key")
    if key is None:
        return None
    if not key or len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise Invalid(errors=(FieldError("Idempotency-Key", "malformed"),))
    return key


def _close_after(req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
    """A body that nobody read would be taken for the next request of a kept connection: end the connection."""
    if (req.content_length or req.get_header("Transfer-Encoding")) and not req.stream.eof:
        resp.set_header("Connection", "close")

"""Refusals as HTTP answers: status and `application/problem+json` body (RFC 9457) in the caller's language."""

import math

import falcon
import falcon.asgi
import msgspec

from gateway_http.i18n import Language
from gateway_http.refusal_texts import field_text, refusal_text
from services.contracts.refusals import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = 1  # when the refusal itself does not say when to come again

# The first class that fits counts, so the narrow ones stand first.
_STATUSES: tuple[tuple[type[Refusal], int], ...] = (
    (NotFound, 404),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (Stale, 412),
    (Conflict, 409),
    (TooLarge, 413),
    (Invalid, 422),
    (TooMany, 429),
    (Unavailable, 503),
)


class MalformedJson(Invalid):
    """The body is no JSON, or no UTF-8."""

    code = "malformed_json"


class MalformedForm(Invalid):
    """The body is no multipart form with a field `file`."""

    code = "malformed_form"


class UnsupportedMediaType(Refusal):
    """The body is of a type that this address does not take; `expected` names what it takes."""

    code = "unsupported_media_type"


class MethodNotAllowed(Refusal):
    """This address does not know that verb; `allowed` names those it knows."""

    code = "method_not_allowed"


class CsrfWrong(Forbidden):
    """A write with the session cookie came without the page's CSRF token."""

    code = "csrf_wrong"


class TooManyAtOnce(TooMany):
    """So many requests of the account are under way in this process that no more of them may wait."""

    code = "too_many_at_once"


class InternalError(Refusal):
    """A fault of the server itself; the request id finds it in the logs."""

    code = "internal_error"


class FieldProblem(msgspec.Struct, frozen=True):
    """One wrong field of a body or query."""

    path: str
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every refusal. `code` is stable; `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str = ""
    params: dict[str, str | int] = {}
    errors: tuple[FieldProblem, ...] = ()


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal; 500 for a fault of ours, 400 for a class that nobody placed."""
    if isinstance(refusal, InternalError):
        return 500
    if isinstance(refusal, UnsupportedMediaType):
        return 415
    if isinstance(refusal, MethodNotAllowed):
        return 405
    return next((status for family, status in _STATUSES if isinstance(refusal, family)), 400)


def retry_after_of(refusal: Refusal) -> int | None:
    """Seconds for `Retry-After`: of every 429 and 503, whatever else only if the refusal says so."""
    told = refusal.params.get("retry_after")
    if isinstance(told, int | float):
        return max(1, math.ceil(told))
    return RETRY_SECONDS if isinstance(refusal, TooMany | Unavailable) else None


def problem_of(refusal: Refusal, language: Language, request_id: str) -> Problem:
    """What the caller reads."""
    text = refusal_text(refusal, language)
    return Problem(
        type=f"urn:kkt-server:problem:{refusal.code}",
        title=text,
        status=status_of(refusal),
        detail=text,
        code=refusal.code,
        request_id=request_id,
        params=refusal.params,
        errors=tuple(field_problem(error, language) for error in refusal.errors),
    )


def field_problem(error: FieldError, language: Language) -> FieldProblem:
    """One field's error with its text."""
    return FieldProblem(error.path, error.code, field_text(error, language))


def answer_problem(resp: falcon.asgi.Response, refusal: Refusal, language: Language, request_id: str) -> None:
    """Make `resp` the answer to a refusal, whatever it was before."""
    problem = problem_of(refusal, language, request_id)
    resp.stream = None
    resp.sse = None
    resp.status = problem.status
    resp.content_type = PROBLEM_JSON
    resp.data = msgspec.json.encode(problem)
    resp.set_header("Content-Language", language.code)
    resp.set_header("Cache-Control", "no-store")
    retry_after = retry_after_of(refusal)
    if retry_after is not None:
        resp.set_header("Retry-After", str(retry_after))
    if problem.status == 401:
        resp.set_header("WWW-Authenticate", 'Bearer realm="kkt"')


def refusal_of_http_error(error: falcon.HTTPError) -> Refusal:
    """What the web framework itself objects to, in our words."""
    status = falcon.http_status_to_code(error.status)
    if status == 404:
        return NotFound()
    if status == 405:
        return MethodNotAllowed(allowed=", ".join(getattr(error, "headers", None) or {}))
    if status == 413:
        return TooLarge()
    if status == 415:
        return UnsupportedMediaType(expected="")
    return InternalError() if status >= 500 else Invalid()

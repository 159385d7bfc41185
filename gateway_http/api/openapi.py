"""`/openapi.json`: the endpoints described in OpenAPI 3.1, made from the very objects that are served."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from gateway_http.api.call import API_PREFIX, Call
from gateway_http.api.endpoint import Access, Endpoint
from gateway_http.problems import (
    PROBLEM_JSON,
    CsrfWrong,
    InternalError,
    MalformedJson,
    Problem,
    TooManyAtOnce,
    UnsupportedMediaType,
    status_of,
)
from gateway_http.session_cookies import SESSION_COOKIE, cookie_name
from services.contracts.identity import (
    PasswordChangeRequired,
    SecondFactorSetupRequired,
    SessionExpired,
    TooManyRequests,
)
from services.contracts.refusals import (
    Busy,
    Invalid,
    Refusal,
    RequestIdReused,
    Stale,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

PATH = "/openapi.json"
TITLE = "KKT Server"
VERSION = "1"
_REF = "#/components/schemas/{name}"
_NAMES = re.compile(r"{(\w+)}")
_PATH_TYPES: dict[str, dict[str, Any]] = {
    "id": {"type": "string", "format": "uuid"},
    "code": {"type": "integer", "minimum": 1, "maximum": 2_147_483_647},
    "revision": {"type": "integer", "minimum": 1, "maximum": 2_147_483_647},
}
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": [], "csrf": []}]

Described = dict[str, Any]


def openapi_document(endpoints: Iterable[Endpoint], secure: bool) -> Described:
    """The whole document; `secure`: as this server's cookies are."""
    told = tuple(endpoints)
    bodies = [kind for one in told for kind in (one.body, one.answer, one.streamed_row) if kind is not None]
    shapes, components = msgspec.json.schema_components([*bodies, Problem], ref_template=_REF)
    schemas = {id(kind): shape for kind, shape in zip([*bodies, Problem], shapes, strict=True)}
    paths: Described = {}
    for one in told:
        paths.setdefault(API_PREFIX + one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": cookie_name(SESSION_COOKIE, secure)},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


def operation_id(endpoint: Endpoint) -> str:
    """A stable name: the verb and the words of the path."""
    return "_".join([endpoint.method.lower(), *re.findall(r"\w+", endpoint.path)])


def _operation(endpoint: Endpoint, schemas: dict[int, Described]) -> Described:
    told: Described = {
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[1].removesuffix(".json")],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_header_parameters(endpoint)],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.access is Access.SESSION:
        told["security"] = _SECURITY
    content = _request_content(endpoint, schemas)
    if content:
        told["requestBody"] = {"required": True, "content": content}
    return told


def _request_content(endpoint: Endpoint, schemas: dict[int, Described]) -> Described:
    if endpoint.body is not None:
        return {"application/json": {"schema": schemas[id(endpoint.body)]}}
    if endpoint.streamed_row is not None:
        return {media: {"itemSchema": schemas[id(endpoint.streamed_row)]} for media in endpoint.streamed}
    form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    return {media: {"schema": form} if media.startswith("multipart/") else {} for media in endpoint.streamed}


def _path_parameters(endpoint: Endpoint) -> list[Described]:
    names = _NAMES.findall(endpoint.path)
    return [{"name": name, "in": "path", "required": True, "schema": _PATH_TYPES[name]} for name in names]


def _query_parameters(endpoint: Endpoint) -> list[Described]:
    if endpoint.query is None:
        return []
    (_,), components = msgspec.json.schema_components([endpoint.query], ref_template=_REF)
    properties = components[endpoint.query.__name__]["properties"]
    return [{"name": name, "in": "query", "schema": shape} for name, shape in properties.items()]


def _header_parameters(endpoint: Endpoint) -> list[Described]:
    names = ["Accept-Language"]
    if endpoint.idempotent_by_key:
        names.append("Idempotency-Key")
    if endpoint.conditional and endpoint.method in {"PATCH", "DELETE"}:
        names.append("If-Match")
    if endpoint.conditional and endpoint.method == "GET":
        names.append("If-None-Match")
    return [{"name": name, "in": "header", "schema": {"type": "string"}} for name in names]


def _responses(endpoint: Endpoint, schemas: dict[int, Described]) -> Described:
    good: Described = {"description": endpoint.summary}
    content = {} if endpoint.answer is None else {"application/json": {"schema": schemas[id(endpoint.answer)]}}
    content |= {media: {} for media in endpoint.other_answers}
    if content:
        good["content"] = content
    told: Described = {str(endpoint.status): good}
    if endpoint.conditional and endpoint.method == "GET":
        told["304"] = {"description": "Not modified"}
    for status, codes in sorted(_codes_by_status(endpoint).items()):
        told[str(status)] = {
            "description": ", ".join(sorted(codes)),
            "content": {PROBLEM_JSON: {"schema": schemas[id(Problem)]}},
        }
    return told


def _codes_by_status(endpoint: Endpoint) -> dict[int, set[str]]:
    refusals: list[type[Refusal]] = [*endpoint.refusals, Unavailable, Busy, InternalError]
    if endpoint.access is Access.SESSION:
        refusals += [Unauthenticated, SessionExpired]
        refusals += [CsrfWrong] if endpoint.writes else []
        refusals += [TooManyAtOnce] if endpoint.quiet else [TooManyAtOnce, TooManyRequests]
        refusals += [] if endpoint.mends_sign_in else [PasswordChangeRequired, SecondFactorSetupRequired]
    if endpoint.body is not None:
        refusals += [Invalid, MalformedJson, TooLarge, UnsupportedMediaType]
    if endpoint.query is not None:
        refusals.append(Invalid)
    if endpoint.idempotent_by_key:
        refusals += [Invalid, RequestIdReused]
    if endpoint.conditional and endpoint.method == "PATCH":
        refusals.append(Stale)
    codes: dict[int, set[str]] = {}
    for refusal in refusals:
        codes.setdefault(status_of(refusal()), set()).add(refusal.code)
    return codes


def openapi_endpoint(endpoints: tuple[Endpoint, ...], secure: bool) -> Endpoint:
    """The endpoint that serves the description of the others and of itself."""

    async def get_openapi(call: Call) -> None:
        call.resp.status = 200
        call.resp.content_type = "application/json"
        call.resp.set_header("Cache-Control", "public, max-age=300")
        call.resp.data = encoded

    own = Endpoint(
        method="GET",
        path=PATH,
        handler=get_openapi,
        summary="This description",
        access=Access.OPEN,
        other_answers=("application/json",),
    )
    encoded = msgspec.json.encode(openapi_document((*endpoints, own), secure))
    return own

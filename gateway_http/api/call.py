"""One request to the API while it is served: who asks, what was sent, what is answered."""

import uuid
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import falcon
import falcon.asgi
import msgspec

from gateway_http.api import etags, malformed
from gateway_http.deps import Deps
from gateway_http.i18n import Language
from gateway_http.problems import MalformedJson, UnsupportedMediaType
from services.contracts.identity import SessionView
from services.contracts.refusals import FieldError, Invalid, NotFound, TooLarge, Unauthenticated
from services.contracts.values import UserActor

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=msgspec.Struct)

API_PREFIX = "/api/v1"
BODY_MAX_BYTES = 200 * 1024  # of a JSON body: it must fit into one message of the bus (256 KiB) with its envelope
JSON_TYPES = frozenset({"", "application/json"})  # a body without a declared type is taken for JSON
PATH_NUMBER_DIGITS = 10  # of a number in a path: enough for every code


class Call:
    """Lives as long as the request. Handlers read from it and end with one of `answer`, `no_content`."""

    def __init__(
        self,
        deps: Deps,
        good_status: int,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        path: dict[str, str],
        language: Language,
        request_id: str,
    ) -> None:
        self.deps = deps
        self.good_status = good_status
        self.req = req
        self.resp = resp
        self.path = path
        self.language = language
        self.request_id = request_id
        self.idempotency_key: str | None = None
        self.token: str | None = None
        self._session: SessionView | None = None

    @property
    def session(self) -> SessionView:
        """The session of the caller. Raises Unauthenticated on an endpoint that is open to all."""
        if self._session is None:
            raise Unauthenticated
        return self._session

    def signed_in(self, session: SessionView) -> None:
        self._session = session

    @property
    def actor(self) -> UserActor:
        return self.session.actor

    async def ask(self, method: Callable[Concatenate[Any, UserActor, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a room as the caller: `await call.ask(RegistersRpc.get_register, register_id)`."""
        return await self.deps.bus.call(method, self.actor, *args, **kwargs)

    # --- what was sent

    def path_id(self, name: str = "id") -> str:
        """An id in the path. What has not the form of an id names nothing: NotFound."""
        try:
            return str(uuid.UUID(self.path[name])) if len(self.path[name]) == 36 else _none()
        except ValueError:
            return _none()

    def path_number(self, name: str) -> int:
        """A positive number in the path, else NotFound."""
        text = self.path[name]
        if not (text.isascii() and text.isdigit()) or len(text) > PATH_NUMBER_DIGITS:
            raise NotFound
        return int(text)

    def query(self, shape: type[S]) -> S:
        """The query string as `shape`; parameters that it does not name are ignored. Raises Invalid."""
        given = {}
        for name in shape.__struct_fields__:
            value = self.req.get_param(name)
            if value is not None and value != "":
                given[name] = value
        for name, value in given.items():
            if "\0" in value:
                raise Invalid(errors=(FieldError(name, "control_characters"),))
        try:
            return msgspec.convert(given, shape, strict=False)
        except msgspec.ValidationError as fault:
            raise malformed.invalid_from(fault) from None

    async def json(self, shape: type[S]) -> S:
        """The JSON body as `shape`. Raises UnsupportedMediaType, TooLarge, MalformedJson, Invalid."""
        content_type = (self.req.content_type or "").partition(";")[0].strip().lower()
        if content_type not in JSON_TYPES:
            raise UnsupportedMediaType(expected="application/json")
        return decode_json(await self.bounded_body(BODY_MAX_BYTES), shape)

    async def bounded_body(self, limit: int) -> bytes:
        """The whole body, at most `limit` bytes; a larger one is refused before or while it is read (TooLarge).

        Raises MalformedJson when the line broke before its end.
        """
        if (self.req.content_length or 0) > limit:
            raise TooLarge(limit=limit)
        body = await self.req.stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(limit=limit)
        if len(body) < (self.req.content_length or 0):
            raise MalformedJson
        return bytes(body)

    def version_to_match(self) -> int | None:
        """The version in If-Match, None if the caller does not care. Raises Stale."""
        return etags.version_to_match(self.req.get_header("If-Match"))

    # --- what is answered

    def answer_live(self, body: msgspec.Struct, *, version: int) -> None:
        """Answer a thing whose body changes without its version: it has an ETag for If-Match, but never a 304."""
        self.answer(body)
        self.resp.set_header("ETag", etags.etag_of(version))

    def answer(self, body: msgspec.Struct, *, version: int | None = None, location: str | None = None) -> None:
        """Answer with the endpoint's own status. `location` is below /api/v1."""
        self.resp.status = self.good_status
        self.resp.content_type = falcon.MEDIA_JSON
        self.resp.set_header("Cache-Control", "no-store")
        if location is not None:
            self.resp.set_header("Location", f"{API_PREFIX}{location}")
        if version is not None:
            tag = etags.etag_of(version)
            self.resp.set_header("ETag", tag)
            if self.req.method == "GET" and etags.already_known(self.req.get_header("If-None-Match"), tag):
                self.resp.status = 304
                return
        self.resp.data = msgspec.json.encode(body)

    def no_content(self) -> None:
        self.resp.status = 204


def decode_json(body: bytes, shape: type[S]) -> S:
    """JSON to a wire body. Raises MalformedJson, Invalid."""
    try:
        if malformed.NUL_ESCAPE in body and malformed.holds_nul(msgspec.json.decode(body)):
            raise Invalid(errors=(FieldError("", "control_characters"),))
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as fault:
        raise malformed.invalid_from(fault) from None
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise MalformedJson from fault


def _none() -> str:
    raise NotFound

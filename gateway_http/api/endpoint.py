"""An endpoint: one verb on one path, with everything that serving and describing it need."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import msgspec

from gateway_http.api.call import Call
from services.contracts.refusals import Refusal

Handler = Callable[[Call], Awaitable[None]]


class Access(StrEnum):
    """Who may call."""

    OPEN = "open"  # anybody
    SESSION = "session"  # a bearer token or the session cookie


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is below /api/v1 with `{names}`; the types are those of the wire.

    `body` is the JSON body's type; `streamed` names the media types of a body that the handler
    reads by itself, `streamed_row` the type of each of its lines.
    `answer` is the type of the JSON answer (None: no body), `other_answers` further media types of it.
    `conditional` endpoints take If-Match (writes) or If-None-Match (reads) and answer with ETag.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    answer: Any = None
    status: int = 200
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    streamed: tuple[str, ...] = ()
    streamed_row: type[msgspec.Struct] | None = None
    other_answers: tuple[str, ...] = ()
    conditional: bool = False
    access: Access = Access.SESSION
    quiet: bool = False  # does not count as activity of the session
    refusals: tuple[type[Refusal], ...] = ()

    @property
    def idempotent_by_key(self) -> bool:
        """Whether the caller may send an Idempotency-Key; a sign-in is never answered from memory."""
        return self.method == "POST" and self.access is Access.SESSION

    @property
    def mends_sign_in(self) -> bool:
        """Whether also a session may call that has to change its password or set up a second factor first."""
        return self.path.split("/")[1] in {"me", "sessions"}

    @property
    def writes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

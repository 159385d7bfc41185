"""Which request the running code serves: its id for logs and journals, and the key that makes a write happen once."""

import contextlib
import contextvars
import uuid
from collections.abc import Iterator

import msgspec
import structlog


class RequestContext(msgspec.Struct, frozen=True):
    """`idempotency_key` is the client's own (HTTP header) or a caller's that will retry; None: each call is new.

    `has_turn`: the running code is a call that has its turn in its room (services.chassis.account_turns).
    """

    request_id: str
    idempotency_key: str | None = None
    has_turn: bool = False


_current: contextvars.ContextVar[RequestContext | None] = contextvars.ContextVar("kkt_request", default=None)


def current_request() -> RequestContext:
    """The request being served; a new one when nothing was said."""
    return _current.get() or RequestContext(request_id=uuid.uuid4().hex)


@contextlib.contextmanager
def request_context(
    request_id: str, idempotency_key: str | None = None, *, has_turn: bool = False
) -> Iterator[RequestContext]:
    """Everything called inside belongs to this request; logs carry its id."""
    context = RequestContext(request_id, idempotency_key, has_turn)
    token = _current.set(context)
    try:
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            yield context
    finally:
        _current.reset(token)

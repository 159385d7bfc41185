"""Marks on the methods of a Protocol that the doors of the chassis read."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

WRITES_MARK = "__kkt_writes__"


def writes(method: F) -> F:
    """Mark an RPC that changes something: it runs once per request id, however often its message is delivered.

    The door stores (account, request id, hash of the arguments, reply) in the transaction of the change. The same
    request id again gets the stored reply; with other arguments it is refused with `idempotency_key_reused`.
    """
    setattr(method, WRITES_MARK, True)
    return method

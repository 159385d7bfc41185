"""How a typed call becomes JSON and back: one form for the doors of services and for every client."""

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any

import msgspec

from services.chassis.bus_client import RpcEnvelope
from services.contracts.refusals import FieldError, Refusal, refusal_by_code
from services.contracts.rpc import WRITES_MARK

# Which service keeps which Protocol. EventLogRpc is kept by every room: its callers name the service.
SERVICE_OF = {
    "IdentityRpc": "identity",
    "UsersRpc": "identity",
    "OwnSignInRpc": "identity",
    "ApiKeysRpc": "identity",
    "OperatorRpc": "identity",
    "JournalRpc": "identity",
    "NotificationsRpc": "identity",
    "RegistersRpc": "registers",
    "LinksRpc": "registers",
    "CatalogRpc": "catalog",
    "ImportsRpc": "catalog",
    "BulkItemsRpc": "catalog",
    "RevisionsRpc": "catalog",
    "SchedulesRpc": "catalog",
    "PriceExplanationsRpc": "catalog",
    "BulkChangesRpc": "catalog",
}


class RemoteError(Exception):
    """The other side raised something that is no refusal: a bug there, with its name and text."""


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a door sends back: a value, or a refusal."""

    value: Any = None
    refused: "RefusalOnWire | None" = None


class RefusalOnWire(msgspec.Struct, frozen=True):
    code: str
    params: dict[str, str | int]
    errors: tuple[FieldError, ...]


@functools.cache
def hints_of(method: Callable[..., Any]) -> dict[str, Any]:
    """The types of a method's parameters and of its return."""
    return typing.get_type_hints(method)


@functools.cache
def signature_of(method: Callable[..., Any]) -> inspect.Signature:
    """The signature of a Protocol's method."""
    return inspect.signature(method)


def service_of(method: Callable[..., Any]) -> str:
    """The service that keeps the Protocol to which `method` belongs. Raises KeyError for one it does not know."""
    return SERVICE_OF[method.__qualname__.partition(".")[0]]


def is_write(method: Callable[..., Any]) -> bool:
    """Whether the contract marks the method with @writes."""
    return bool(getattr(method, WRITES_MARK, False))


def encode_arguments(method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The wire form of a call's arguments, by name. Raises TypeError if they do not fit the method."""
    bound = signature_of(method).bind(None, *args, **kwargs).arguments
    bound.pop("self")
    return {name: msgspec.to_builtins(value) for name, value in bound.items()}


def encode_refusal(refusal: Refusal) -> dict[str, Any]:
    """The wire form of a refusal."""
    wire = RefusalOnWire(code=refusal.code, params=dict(refusal.params), errors=refusal.errors)
    told: dict[str, Any] = msgspec.to_builtins(Reply(refused=wire))
    return told


def decode_reply(method: Callable[..., Any], body: bytes) -> Any:
    """The value that a reply holds; raises the refusal it holds, or RemoteError."""
    envelope = msgspec.json.decode(body, type=RpcEnvelope)
    if envelope.error is not None:
        error = envelope.error
        raise RemoteError(f"{method.__qualname__}: {error.get('exc_type')}: {str(error.get('value'))[:500]}")
    reply = msgspec.convert(envelope.result, Reply)
    if reply.refused is not None:
        raise _refusal(reply.refused)
    return msgspec.convert(reply.value, hints_of(method)["return"])


def _refusal(wire: RefusalOnWire) -> Refusal:
    cls = refusal_by_code().get(wire.code)
    if cls is None:
        raise RemoteError(f"unknown refusal {wire.code}")
    return cls(wire.errors, **wire.params)

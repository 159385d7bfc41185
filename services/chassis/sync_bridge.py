"""Typed calls over the bus from plain (or green) threads: services to each other, the command line, tests."""

import inspect
import uuid
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from services.chassis.bus_client import BusClient
from services.chassis.request import current_request
from services.chassis.rpc_wire import decode_reply, encode_arguments, is_write, service_of
from services.contracts.refusals import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

HAS_TURN = "has_turn"  # header: the caller has a turn (services.chassis.account_turns), and this call is a part of it

ProtocolT = TypeVar("ProtocolT")


def call_headers(method: Callable[..., Any]) -> dict[str, str]:
    """What travels beside the arguments: whose request this is, and the key that makes a write happen once.

    A key of the client's own is narrowed to the method, so that one request may write in several rooms. Without one
    each call has a fresh key: it serves when the broker delivers the same message twice.
    """
    context = current_request()
    headers = {"request_id": context.request_id} | ({HAS_TURN: "1"} if context.has_turn else {})
    if is_write(method):
        own = context.idempotency_key
        headers["idempotency_key"] = f"{own}/{method.__qualname__}" if own else f"call/{uuid.uuid4().hex}"
    return headers


class SyncBridge:
    """`SyncBridge(url)` connects; `call` is typed as the Protocol's method that it is given."""

    def __init__(self, amqp_url: str, timeout: float = 10.0, client: BusClient | None = None) -> None:
        self._timeout = timeout
        self.client = client or BusClient(amqp_url)
        if client is None:
            self.client.start()

    def wait_ready(self, seconds: float) -> bool:
        """Wait for the broker; False if it does not answer within `seconds`."""
        return self.client.wait_ready(seconds)

    def close(self) -> None:
        """End the connections."""
        self.client.stop()

    def call(self, method: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a Protocol's method, e.g. `call(RegistersRpc.get_register, actor, register)`.

        Raises the method's refusals as themselves, Unavailable at the deadline or without a
        broker, RemoteError for bugs.
        """
        return self.call_service(service_of(method), method, *args, **kwargs)

    def call_service(
        self, service: str, method: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `call`, to a service named by the caller (EventLogRpc is kept by every room)."""
        wire = encode_arguments(method, args, kwargs)
        future = self.client.submit(service, method.__name__, wire, call_headers(method), self._timeout)
        try:
            body = future.result(self._timeout)
        except (FutureTimeout, TimeoutError):
            self.client.forget(future)
            raise Unavailable(what=service) from None
        return cast(T, decode_reply(method, body))


def typed_client(protocol: type[ProtocolT], bridge: SyncBridge) -> ProtocolT:
    """An object that keeps `protocol` by calling its service over the bus."""

    def caller(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(_self: object, *args: Any, **kwargs: Any) -> Any:
            return bridge.call(method, *args, **kwargs)

        return call

    methods = {
        name: caller(method)
        for name, method in inspect.getmembers(protocol, inspect.isfunction)
        if not name.startswith("_")
    }
    return cast(ProtocolT, type(f"{protocol.__name__}Client", (), methods)())

"""The bus as the asyncio edges see it: typed awaitable calls, lossy messages, subscriptions."""

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import msgspec

from services.chassis.bus_client import BusClient
from services.chassis.rpc_wire import decode_reply, encode_arguments, service_of
from services.chassis.subscription import Subscription
from services.chassis.sync_bridge import call_headers
from services.contracts.refusals import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class Bridge:
    """One per edge process. `start` and `stop` belong to the process's lifespan."""

    def __init__(self, amqp_url: str, timeout: float = 10.0) -> None:
        self._url = amqp_url
        self._timeout = timeout
        self._client = BusClient(amqp_url)
        self._subscriptions: list[Subscription] = []

    @property
    def ready(self) -> bool:
        """Whether the broker answers, subscriptions' connections included."""
        return self._client.ready and all(subscription.ready for subscription in self._subscriptions)

    async def start(self, wait: float = 10.0) -> None:
        """Connect; returns when the broker answers, or after `wait` seconds all the same (it goes on trying)."""
        self._client.start()
        await asyncio.to_thread(self._client.wait_ready, wait)

    async def stop(self) -> None:
        """End all connections; pending calls fail with Unavailable."""
        for subscription in self._subscriptions:
            await asyncio.to_thread(subscription.stop)
        await asyncio.to_thread(self._client.stop)

    def with_timeout(self, seconds: float) -> "Bridge":
        """The same bridge with another deadline for its calls."""
        other = object.__new__(Bridge)
        other.__dict__.update(self.__dict__)
        other._timeout = seconds
        return other

    async def call(self, method: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a Protocol's method, e.g. `await bus.call(RegistersRpc.get_register, actor, register)`.

        Raises the method's refusals as themselves, Busy at once when too much waits, Unavailable at the deadline or
        without a broker, RemoteError for bugs.
        """
        service = service_of(method)
        wire = encode_arguments(method, args, kwargs)
        future = self._client.submit(service, method.__name__, wire, call_headers(method), self._timeout)
        try:
            async with asyncio.timeout(self._timeout):
                body = await asyncio.wrap_future(future)
        except TimeoutError:
            raise Unavailable(what=service) from None
        finally:
            self._client.forget(future)
        return cast(T, decode_reply(method, body))

    async def publish(self, exchange: str, routing_key: str, message: msgspec.Struct) -> bool:
        """Send a message that may be lost; False when it was dropped at once."""
        return self._client.publish(exchange, routing_key, msgspec.json.encode(message))

    async def subscribe(
        self,
        exchange: str,
        exchange_type: str,
        routing_keys: tuple[str, ...],
        callback: Callable[[str, dict[str, Any]], None],
        wait: float = 10.0,
    ) -> Subscription:
        """Receive what is published from now on; `callback(routing_key, body)` runs on this event loop.

        Returns when the broker has made the queue, or after `wait` seconds all the same (it goes on trying).
        """
        loop = asyncio.get_running_loop()

        def hand_over(routing_key: str, body: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(callback, routing_key, body)

        subscription = Subscription(self._url, exchange, exchange_type, hand_over)
        for key in routing_keys:
            subscription.bind(key)
        subscription.start()
        self._subscriptions.append(subscription)
        await asyncio.to_thread(subscription.wait_ready, wait)
        return subscription

"""The gateway's only door to the rooms: typed calls by the methods of their Protocols.

`services.chassis.bridge.Bridge` is what stands behind it in the running product.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class BusSubscription(Protocol):
    """A running subscription whose routing keys come and go."""

    def bind(self, key: str) -> "Future[None]":
        """Receive what is sent to `key`; done when the broker has made the binding."""
        ...

    def unbind(self, key: str) -> "Future[None]": ...

    @property
    def ready(self) -> bool:
        """Whether messages arrive now; what was sent while they did not is lost."""
        ...


class Bus(Protocol):
    """What pages, the API and the middleware need of the bus."""

    async def call(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a room: `await bus.call(RegistersRpc.get_register, actor, register_id)`.

        Raises the contract's refusals as themselves; Busy and Unavailable when the room cannot be asked now.
        """
        ...

    async def subscribe(
        self,
        exchange: str,
        exchange_type: str,
        routing_keys: tuple[str, ...],
        callback: Callable[[str, dict[str, Any]], None],
    ) -> BusSubscription:
        """Receive what is published from now on; `callback(routing_key, body)` runs on this event loop."""
        ...

    async def start(self, wait: float) -> None:
        """Connect; returns after `wait` seconds at the latest and goes on trying."""
        ...

    async def stop(self) -> None: ...

    @property
    def ready(self) -> bool:
        """Whether a call could be sent now."""
        ...

"""The gateway's only door to the rooms: typed calls by the methods of their Protocols.

`services.chassis.bridge.Bridge` is what stands behind it in the running product.
"""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Bus(Protocol):
    """What pages, the API and the middleware need of the bus."""

    async def call(
        self, method: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Call a room: `await bus.call(RegistersRpc.get_register, actor, register_id)`.

        Raises the contract's refusals as themselves; Busy and Unavailable when the room cannot be asked now.
        """
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    @property
    def ready(self) -> bool:
        """Whether a call could be sent now."""
        ...

"""The gateway's questions to the rooms: a bounded number at a time, the important ones repeated until answered."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import msgspec

from services.chassis.request import request_context
from services.contracts.refusals import Refusal, Unavailable
from services.contracts.values import RegisterActor, SystemActor
from services.device_gateway import metrics
from services.device_gateway.fair_turns import FairTurns

P = ParamSpec("P")
R = TypeVar("R")

GATEWAY = SystemActor(name="device-gateway")
# Questions of this process on the bus at once, and of the registers of one account: a room is one process that
# computes, more at once make it no faster. What one account has there is in front of everybody else's.
CALLS_MAX = 16
OF_ONE_ACCOUNT = 3
BACKOFF_FIRST = 0.25  # seconds before a question is repeated
BACKOFF_MAX = 5.0  # seconds; with up to as much again at random, so that links do not march in step
FAULTS_MAX = 6  # answers that are none (a bug, a database that for a moment only reads) before a question is given up


class Binding(Protocol):
    """A running subscription whose routing keys come and go."""

    def bind(self, key: str) -> "Future[None]": ...

    def unbind(self, key: str) -> "Future[None]": ...

    @property
    def ready(self) -> bool: ...


class Bus(Protocol):
    """What the gateway needs of the bus; `services.chassis.bridge.Bridge` is one."""

    async def call(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def publish(self, exchange: str, routing_key: str, message: msgspec.Struct) -> bool: ...

    async def subscribe(
        self,
        exchange: str,
        exchange_type: str,
        routing_keys: tuple[str, ...],
        callback: Callable[[str, dict[str, Any]], None],
        wait: float = ...,
    ) -> Binding: ...

    @property
    def ready(self) -> bool: ...


class Core:
    """Asks the rooms on behalf of all links of this process."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._turns = FairTurns(CALLS_MAX, OF_ONE_ACCOUNT)

    async def ask(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask once. Raises the refusals of the contract; Unavailable when nobody answers."""
        async with self._turns.turn(_account_of(args)):
            with request_context(request_id=uuid.uuid4().hex):
                return await self.bus.call(method, *args, **kwargs)

    async def insist(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask under one request id until somebody answers. Raises as `until_answered`.

        The caller's link bounds it: when the link ends, its task is cancelled, and the next hello tells anew.
        """
        request_id = uuid.uuid4().hex

        async def once() -> R:
            async with self._turns.turn(_account_of(args)):
                with request_context(request_id=request_id, idempotency_key=request_id):
                    return await self.bus.call(method, *args, **kwargs)

        return await until_answered(once, repeated=metrics.REPORTS_REPEATED.inc)


def _account_of(arguments: tuple[object, ...]) -> str | None:
    """Whose question it is: the account of the register that asks; None for the gateway's own."""
    actor = arguments[0] if arguments else None
    return actor.account if isinstance(actor, RegisterActor) else None


async def until_answered(
    once: Callable[[], Awaitable[R]], *, longest: float = BACKOFF_MAX, repeated: Callable[[], object] = lambda: None
) -> R:
    """Repeat a question with growing pauses (at most `longest` seconds, and up to as much again at random).

    An absent core is waited out for as long as the task lives. Any other refusal is an answer and raised at once.
    What is no answer at all may pass too, so it is raised only when it was met FAULTS_MAX times.
    """
    delay, faults = min(BACKOFF_FIRST, longest), 0
    while True:
        try:
            return await once()
        except Unavailable:
            pass
        except Refusal:
            raise
        except Exception:
            faults += 1
            if faults >= FAULTS_MAX:
                raise
        repeated()
        await asyncio.sleep(delay + random.uniform(0, delay))  # noqa: S311 - spreads load, keeps no secret
        delay = min(delay * 2, longest)

"""Which register has which link in this process. The newest link wins; pokes find their link here.

Routing: this process's queue is bound to the exchange of pokes once for each register that is linked here. The broker
confirms a binding before the core is asked what is due, so that nothing falls between the two; what is lost all the
same (the broker was away) is asked for by the heartbeat.
"""

import asyncio
import random
from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from services.chassis.logs import get_logger
from services.contracts.live import POKE_EXCHANGE
from services.contracts.values import RegisterActor, RegisterId
from services.device_gateway import metrics
from services.device_gateway.core import Binding, Bus

BUS_SECONDS = 2.0  # to wait for the broker at the start; without it registers are told to come back
WATCH_SECONDS = 0.2  # between looks at whether pokes still arrive
ASK_AGAIN_SECONDS = 10.0  # after the broker came back every link asks what is due, spread over so long

log = get_logger(__name__)


class Poke(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sent to a register's routing key: «ask what is due»; with `epoch`, «links before this one are over»."""

    epoch: int | None = None


class HeldLink(Protocol):
    """A link as this map sees it."""

    @property
    def actor(self) -> RegisterActor: ...

    def poked(self) -> None:
        """Ask the core what is due."""
        ...

    def end_replaced(self) -> None:
        """A newer link of this register is open somewhere: end."""
        ...

    def drain(self, reconnect_after: int) -> None:
        """The process is about to stop: tell the register when to come back (seconds)."""
        ...


class Connections:
    """One of a process. Its size is the number of links, which the server bounds."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._links: dict[RegisterId, HeldLink] = {}
        self._pokes: Binding | None = None
        self._emptied = asyncio.Event()

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[HeldLink]:
        return iter(tuple(self._links.values()))

    @property
    def ready(self) -> bool:
        """Whether pokes arrive."""
        return self._pokes is not None and self._pokes.ready

    async def start(self) -> None:
        """Begin to receive pokes; waits a little for the broker, and goes on without it."""
        self._pokes = await self._bus.subscribe(POKE_EXCHANGE, "direct", (), self._poked, wait=BUS_SECONDS)

    def hold(self, link: HeldLink) -> bool:
        """Hold this link from now on; an older one of its register ends. False if a newer one is here already."""
        register = link.actor.register
        held = self._links.get(register)
        if held is not None and held.actor.epoch > link.actor.epoch:
            return False
        self._links[register] = link
        metrics.LINKS.set(len(self._links))
        if held is not None:
            held.end_replaced()
        return True

    async def announce(self, link: HeldLink) -> None:
        """Bind the register's pokes to this process, and tell the other processes that their links of it are over.

        Returns once the broker has confirmed the binding.
        """
        actor = link.actor
        if self._pokes is not None and self._links.get(actor.register) is link:
            await asyncio.wrap_future(self._pokes.bind(actor.register))
        await self._bus.publish(POKE_EXCHANGE, actor.register, Poke(epoch=actor.epoch))

    def leave(self, link: HeldLink) -> None:
        """The link is gone. Changes nothing when the register has a newer one here."""
        register = link.actor.register
        if self._links.get(register) is not link:
            return
        del self._links[register]
        metrics.LINKS.set(len(self._links))
        if not self._links:
            self._emptied.set()
        if self._pokes is not None:
            self._pokes.unbind(register)

    async def emptied(self) -> None:
        """Returns when the last link has gone."""
        while self._links:  # an event of an earlier last link may still be set
            self._emptied.clear()
            await self._emptied.wait()

    def over(self, register: RegisterId, epoch: int) -> None:
        """The core says that the link with this epoch counts no more."""
        held = self._links.get(register)
        if held is not None and held.actor.epoch <= epoch:
            held.end_replaced()

    async def run(self) -> None:
        """After every absence of the broker let all links ask: the pokes of that time are lost."""
        loop = asyncio.get_running_loop()
        stood = True
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.ready and not stood:
                for link in self:
                    spread = random.uniform(0, ASK_AGAIN_SECONDS)  # noqa: S311 - spreads load, keeps no secret
                    loop.call_later(spread, link.poked)
            stood = self.ready

    def _poked(self, routing_key: str, body: dict[str, Any]) -> None:
        held = self._links.get(RegisterId(routing_key))
        if held is None:
            return
        try:
            poke = msgspec.convert(body, Poke)
        except msgspec.ValidationError:
            log.warning("poke_malformed")
            return
        if poke.epoch is None:
            held.poked()
        elif poke.epoch > held.actor.epoch:
            held.end_replaced()

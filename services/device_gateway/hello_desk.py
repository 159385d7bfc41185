"""Lets registers in, a bounded number at a time: after a power cut a whole city says hello at once."""

import asyncio
import random

from services.chassis.logs import get_logger
from services.chassis.request import request_context
from services.contracts.links import Hello, LinkOpened, LinkRefused, LinksRpc
from services.contracts.refusals import Refusal
from services.device_gateway import metrics
from services.device_gateway.core import GATEWAY, Bus
from services.device_gateway.protocol.values import RefusalCode

OPENING_MAX = 8  # hellos with the core at once: more would only make people wait for their pages
WAITING_MAX = 256  # hellos in front of them; one more is sent away for a while
WAITING_SECONDS = 4.0  # and one that waited so long in vain too: a register does not wait for ever
RETRY_SECONDS = (5, 30)  # a register that was sent away comes back after so long, at random

_CODES: dict[str, RefusalCode] = {
    "unknown_id": "unknown_id",
    "bound_to_another": "bound_to_another",
    "key_wrong": "key_wrong",
    "disabled": "disabled",
    "too_many_attempts": "too_many_attempts",
    "too_many_links": "busy_server",
}

log = get_logger(__name__)


class TurnedAway(Exception):
    """The register is not let in: the code of the link, and when it may come again (seconds)."""

    def __init__(self, code: RefusalCode, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code: RefusalCode = code
        self.retry_after = retry_after


def busy() -> TurnedAway:
    """Come back a little later; each register another little."""
    return TurnedAway("busy_server", random.randint(*RETRY_SECONDS))  # noqa: S311 - spreads load, keeps no secret


class HelloDesk:
    """One of a process."""

    def __init__(self, bus: Bus, gateway: str) -> None:
        self._bus = bus
        self._gateway = gateway
        self._desks = asyncio.Semaphore(OPENING_MAX)
        self._inside = 0
        self.draining = False

    async def let_in(self, hello: Hello, link: str, address: str) -> LinkOpened:
        """Ask the core. Raises TurnedAway."""
        if self.draining or not self._bus.ready or self._inside >= OPENING_MAX + WAITING_MAX:
            metrics.HELLOS.labels("busy_server").inc()
            raise busy()
        self._inside += 1
        try:
            async with asyncio.timeout(WAITING_SECONDS):
                await self._desks.acquire()
            try:
                opened = await self._ask(hello, link, address)
            finally:
                self._desks.release()
        except TimeoutError:
            turned = busy()
        except TurnedAway as refused:
            turned = refused
        else:
            metrics.HELLOS.labels("welcome").inc()
            return opened
        finally:
            self._inside -= 1
        metrics.HELLOS.labels(turned.code).inc()
        raise turned

    async def _ask(self, hello: Hello, link: str, address: str) -> LinkOpened:
        try:
            with request_context(request_id=link, idempotency_key=link):
                return await self._bus.call(LinksRpc.open_link, GATEWAY, hello, link, self._gateway, address)
        except Refusal as refusal:
            raise _turned_away(refusal) from refusal
        except Exception:
            log.exception("hello_failed", kkt_id=hello.kkt_id)
            raise busy() from None


def _turned_away(refusal: Refusal) -> TurnedAway:
    code = _CODES.get(refusal.code) if isinstance(refusal, LinkRefused) else None
    if code is None:
        return busy()
    told = refusal.params.get("retry_after")
    return TurnedAway(code, told if isinstance(told, int) else None)

"""Heartbeats of all registers, told to the core in batches."""

import asyncio

from services.chassis.clock import now
from services.chassis.logs import get_logger
from services.contracts.links import MAX_BATCH, Beat, LinksRpc
from services.contracts.refusals import Refusal
from services.contracts.values import RegisterActor, RegisterId
from services.device_gateway.connections import Connections
from services.device_gateway.core import GATEWAY, Core

FLUSH_SECONDS = 2.0

log = get_logger(__name__)


class Heartbeats:
    """One of a process. It keeps the last beat of each register only, so the number of links bounds it."""

    def __init__(self, core: Core, connections: Connections) -> None:
        self._core = core
        self._connections = connections
        self._beats: dict[RegisterId, Beat] = {}

    def heard(self, actor: RegisterActor, base_hash: str) -> None:
        """A register is there and holds this."""
        self._beats[actor.register] = Beat(actor.register, actor.account, actor.epoch, now(), base_hash)

    async def run(self) -> None:
        """Tell the core for as long as the process lives."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Tell what was heard since the last time; what could not be told is kept, unless a newer beat comes."""
        while self._beats:  # ends: what is taken out comes back only when the core is away
            batch = [self._beats.pop(register) for register in list(self._beats)[:MAX_BATCH]]
            try:
                over = await self._core.ask(LinksRpc.beats, GATEWAY, tuple(batch))
            except Exception as error:
                if not isinstance(error, Refusal):
                    log.exception("beats_failed")
                for beat in batch:
                    self._beats.setdefault(beat.register, beat)
                return
            epochs = {beat.register: beat.epoch for beat in batch}
            for register in over:
                if register in epochs:
                    self._connections.over(register, epochs[register])

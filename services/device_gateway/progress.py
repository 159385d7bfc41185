"""How far loads are: shown to people twice a second, stored every few seconds; both may be lost."""

import asyncio

from services.chassis.clock import now
from services.chassis.logs import get_logger
from services.contracts.links import MAX_BATCH, LinksRpc
from services.contracts.live import LIVE_EXCHANGE, LiveMessage
from services.contracts.refusals import Refusal
from services.contracts.values import ExchangeId, RegisterActor
from services.contracts.work import ProgressNote
from services.device_gateway.core import GATEWAY, Core

SHOW_SECONDS = 0.5
SHOWN_MAX = 200  # messages at a time: pages may be late, the bus may not be full
STORE_SECONDS = 5.0

log = get_logger(__name__)


class Progress:
    """One of a process. It keeps the last note of each load only, so the number of links bounds it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._to_show: dict[ExchangeId, tuple[RegisterActor, ProgressNote]] = {}
        self._to_store: dict[ExchangeId, ProgressNote] = {}

    def note(self, actor: RegisterActor, exchange: ExchangeId, done: int, total: int) -> None:
        """So many chunks of the load are with the register."""
        told = ProgressNote(exchange=exchange, epoch=actor.epoch, done=done, total=total, at=now())
        self._to_show[exchange] = (actor, told)
        self._to_store[exchange] = told

    async def run(self) -> None:
        """Show and store for as long as the process lives."""
        rounds = round(STORE_SECONDS / SHOW_SECONDS)
        while True:
            for _ in range(rounds):
                await asyncio.sleep(SHOW_SECONDS)
                await self.show()
            await self.store()

    async def show(self) -> None:
        """Publish the oldest notes that nobody has seen."""
        for exchange in list(self._to_show)[:SHOWN_MAX]:
            actor, note = self._to_show.pop(exchange)
            body = {"exchange": note.exchange, "register": actor.register, "done": note.done, "total": note.total}
            message = LiveMessage(id="", account=actor.account, kind="progress", body=body, at=note.at)
            await self._core.bus.publish(LIVE_EXCHANGE, actor.account, message)

    async def store(self) -> None:
        """Hand the notes to the core; lost if it is away, for more will come."""
        notes = list(self._to_store.values())
        self._to_store.clear()
        for start in range(0, len(notes), MAX_BATCH):
            try:
                await self._core.ask(LinksRpc.note_progress, GATEWAY, tuple(notes[start : start + MAX_BATCH]))
            except Refusal:
                return
            except Exception:
                log.exception("note_progress_failed")
                return

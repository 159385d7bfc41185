"""Chores of a room that go out of the house, to a server of somebody else: no transaction waits for it."""

import threading
from collections.abc import Callable
from typing import Any

from nameko import config
from nameko.extensions import DependencyProvider

from services.chassis.database import Database
from services.chassis.logs import get_logger

log = get_logger(__name__)


class Errand(DependencyProvider):  # type: ignore[misc]
    """A class attribute of a service: `Errand(every=5.0, chore=fn)`; `fn(database)` opens short transactions itself.

    Every replica runs it, so it claims what it works on. It bounds its own work; what it leaves is done the next time.
    """

    def __init__(self, every: float, chore: Callable[[Database], None]) -> None:
        self.every = every
        self.chore = chore
        self._stopping = threading.Event()
        super().__init__()

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"errand-{self.chore.__name__}", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None

    def _run(self) -> None:
        database: Database = config["KKT_DATABASE"]
        while not self._stopping.wait(self.every):
            try:
                self.chore(database)
            except Exception as error:
                log.warning("errand_failed", chore=self.chore.__name__, error=repr(error)[:300])

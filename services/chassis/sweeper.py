"""Chores of a room at a steady pace (what ran out, what fell silent): one replica does them at a time."""

import threading
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from nameko import config
from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.logs import get_logger
from services.contracts.values import SystemActor

log = get_logger(__name__)


class Sweeper(DependencyProvider):  # type: ignore[misc]
    """A class attribute of a service: `Sweeper(every=10.0, chore=fn)`; `fn(session)` gets a system session.

    The chore bounds its own work; what it leaves is done the next time. It may run twice.
    """

    def __init__(self, every: float, chore: Callable[[Session], None]) -> None:
        self.every = every
        self.chore = chore
        self._stopping = threading.Event()
        super().__init__()

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"sweep-{self.chore.__name__}", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None

    def _run(self) -> None:
        database: Database = config["KKT_DATABASE"]
        while not self._stopping.wait(self.every):
            started = time.monotonic()
            try:
                with database.system(SystemActor(name=f"{database.room} sweep")) as session:
                    taken = session.execute(
                        sa.text("SELECT pg_try_advisory_xact_lock(hashtext(:room), hashtext(:chore))"),
                        {"room": database.room, "chore": self.chore.__name__},
                    ).scalar()
                    if taken:
                        self.chore(session)
            except Exception as error:
                log.warning("sweep_failed", chore=self.chore.__name__, error=repr(error)[:300])
            else:
                log.debug("swept", chore=self.chore.__name__, seconds=round(time.monotonic() - started, 3))

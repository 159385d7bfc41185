"""What every room forgets in time: handled requests after a day, facts after their fortnight.

In bounded batches, one transaction each, until nothing old is left: it keeps up with any rate of writes and never holds
up the relay.
"""

import threading
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.event_log import forget_events
from services.chassis.handled_requests import forget_requests
from services.chassis.logs import get_logger

EVERY_SECONDS = 60.0
ROUNDS_MAX = 200  # batches of one kind at a time; the rest comes a minute later

log = get_logger(__name__)


class Housekeeping:
    """Runs on a thread of the service's process; one replica of a room does it at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, name=f"housekeeping-{self._database.room}", daemon=True).start()

    def stop(self) -> None:
        """End after the batch under way."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                for forget in (forget_requests, forget_events):
                    self.forget_all(forget)
            except Exception as error:
                log.warning("housekeeping_failed", error=repr(error)[:300])

    def forget_all(self, forget: Callable[[Session], int]) -> int:
        """Repeat `forget` until nothing is left; returns how many rows went."""
        gone = 0
        for _ in range(ROUNDS_MAX):
            with self._database.system() as session:
                mine = session.execute(
                    sa.text("SELECT pg_try_advisory_xact_lock(hashtext('kkt housekeeping'), hashtext(:room))"),
                    {"room": self._database.room},
                ).scalar()
                went = forget(session) if mine else 0
            gone += went
            if went == 0 or self._stopping.is_set():
                break
        return gone

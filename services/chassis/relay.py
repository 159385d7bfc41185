"""The relay of a room's event log: gives committed facts their gapless numbers and pokes whoever waits for them.

One relay works per room, whichever process holds the advisory lock; the others stand by. If it dies between commit
and publish nothing is lost: consumers pull from the table, and ask by themselves every 30 s.
"""

import threading
import time

import msgspec
import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.bus_client import BusClient
from services.chassis.database import Database, plain_url
from services.chassis.event_log import channel_of, record_of
from services.chassis.exchanges import FACTS_EXCHANGE
from services.chassis.logs import get_logger
from services.chassis.tables import room_tables
from services.contracts.events import EventRecord
from services.contracts.journal import WrittenEvent
from services.contracts.live import LIVE_EXCHANGE, LiveMessage

BATCH = 500  # rows numbered in one transaction
IDLE_SECONDS = 1.0  # between tries to lead, and to connect
LOOK_SECONDS = 10.0  # between looks at the table though no notice came: each fact brings one
NOT_LIVE = frozenset({str(WrittenEvent.__struct_config__.tag)})  # prices before and after: for the journal alone
STALL_SECONDS = 30.0  # a relay that did not go round for so long is stuck

log = get_logger(__name__)


class Relay:
    """Runs on a thread of the service's process for as long as the process lives."""

    def __init__(self, database: Database, bus: BusClient) -> None:
        self._database = database
        self._bus = bus
        self._room = database.room
        self._stopping = False
        self.beat = time.monotonic()  # when it last went round; for /readyz

    @property
    def alive(self) -> bool:
        """Whether it goes round; it also does while the database is away."""
        return time.monotonic() - self.beat < STALL_SECONDS

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, name=f"relay-{self._room}", daemon=True).start()

    def stop(self) -> None:
        """End at the next look."""
        self._stopping = True

    def _run(self) -> None:
        while not self._stopping:
            try:
                with psycopg.connect(plain_url(self._database.url), autocommit=True, connect_timeout=5) as connection:
                    self._serve(connection)
            except Exception as error:
                self.beat = time.monotonic()
                log.warning("relay_lost", error=repr(error)[:300])
                time.sleep(IDLE_SECONDS)

    def _serve(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        connection.execute(f"LISTEN {channel_of(self._room)}".encode())
        leading, look_at = False, 0.0
        while not self._stopping:
            self.beat = time.monotonic()
            if not leading:
                row = connection.execute(
                    "SELECT pg_try_advisory_lock(hashtext('kkt relay'), hashtext(%s))", (self._room,)
                ).fetchone()
                leading = bool(row and row[0])
            if leading and self.beat >= look_at:
                while self.flush() == BATCH:
                    self.beat = time.monotonic()
                look_at = time.monotonic() + LOOK_SECONDS
            for _notice in connection.notifies(timeout=IDLE_SECONDS, stop_after=1):
                look_at = 0.0

    def flush(self) -> int:
        """Number up to BATCH committed facts and tell of them; returns how many."""
        with self._database.system() as session:
            fresh = number_events(session)
        for fact in fresh:
            if fact.account is not None and fact.type not in NOT_LIVE:
                message = LiveMessage(
                    id=f"{self._room}:{fact.number}", account=fact.account, kind=fact.type, body=fact.body, at=fact.at
                )
                self._bus.publish(LIVE_EXCHANGE, fact.account, msgspec.json.encode(message))
        if fresh:
            self._bus.publish(FACTS_EXCHANGE, self._room, b"{}")
        return len(fresh)


def number_events(session: Session) -> list[EventRecord]:
    """Give the next numbers to committed facts that have none.

    The counter's row is locked first: should a second relay believe that it leads (the first one's lock was lost with
    its connection), they take turns, and each finds only what the other has not numbered.
    """
    tables = room_tables(session.info["room"])
    log_table, counter = tables.event_log, tables.event_counter
    session.execute(sa.select(counter.c.last).with_for_update())
    ids = list(
        session.execute(
            sa.select(log_table.c.id).where(log_table.c.number.is_(None)).order_by(log_table.c.id).limit(BATCH)
        ).scalars()
    )
    if not ids:
        return []
    last = session.execute(
        counter.update().values(last=counter.c.last + len(ids)).returning(counter.c.last)
    ).scalar_one()
    numbers = {row_id: last - len(ids) + place for place, row_id in enumerate(ids, start=1)}
    session.execute(
        log_table.update().where(log_table.c.id == sa.bindparam("row_id")).values(number=sa.bindparam("new_number")),
        [{"row_id": row_id, "new_number": number} for row_id, number in numbers.items()],
    )
    rows = session.execute(
        sa.select(log_table).where(log_table.c.number > last - len(ids)).order_by(log_table.c.number)
    )
    return [record_of(row) for row in rows]

"""The consumer of another room's facts: pulls by its own cursor, handles each in the transaction that moves the cursor.

A handler may run twice (its work is idempotent); one that keeps failing goes to the dead letters after its retries, and
the cursor moves on, so that one bad fact never stops the rest. People can retry or drop a dead letter.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from nameko import config
from nameko.extensions import DependencyProvider
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.chassis.database import Database, database_is_away
from services.chassis.dead_letters import letters_to_retry, note_failure, take_letter
from services.chassis.exchanges import FACTS_EXCHANGE
from services.chassis.logs import get_logger
from services.chassis.request import request_context
from services.chassis.subscription import Subscription
from services.chassis.sync_bridge import SyncBridge
from services.chassis.tables import room_tables
from services.contracts.events import MAX_EVENTS_PULL, EventLogRpc, EventRecord
from services.contracts.refusals import Refusal
from services.contracts.values import SystemActor

PULL_SECONDS = 30.0  # between pulls when no poke came
RETRY_SECONDS = 1.0  # when the source or the database is away
ATTEMPTS = 5  # of one handler on one fact
BACKOFF = (0.1, 0.5, 1.0, 2.0)  # seconds between them

Handler = Callable[[Session, EventRecord, Any], None]

log = get_logger(__name__)


class EventConsumer(DependencyProvider):  # type: ignore[misc]
    """A class attribute of a service: `EventConsumer(source="registers", handlers={PriceListWantedEvent: fn})`.

    Several consumers of one room that hear the same source need different `reader`s: each has a cursor of its own.
    """

    def __init__(self, source: str, handlers: Mapping[type[msgspec.Struct], Handler], reader: str = "") -> None:
        self.source = source
        self.handlers = handlers
        self.reader = reader
        super().__init__()

    def start(self) -> None:
        self.loop = ConsumerLoop(
            config["KKT_DATABASE"], config["KKT_BRIDGE"], config["AMQP_URI"], self.source, self.handlers, self.reader
        )
        self.loop.start()

    def stop(self) -> None:
        self.loop.stop()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None


class ConsumerLoop:
    """The pulling loop, on a thread of its own."""

    def __init__(
        self,
        database: Database,
        bridge: SyncBridge,
        amqp_url: str,
        source: str,
        handlers: Mapping[type[msgspec.Struct], Handler],
        reader: str = "",
    ) -> None:
        self._database = database
        self._bridge = bridge
        self._room = source
        self._source = f"{source}:{reader}" if reader else source  # the name of its cursor and of its letters
        self._handlers = {_tag(event): (event, handler) for event, handler in handlers.items()}
        self._actor = SystemActor(name=f"{database.room} consumer")
        self._poked = threading.Event()
        self._stopping = False
        self._subscription = Subscription(amqp_url, FACTS_EXCHANGE, "direct", lambda _key, _body: self._poked.set())
        self._subscription.bind(source)

    def start(self) -> None:
        """Begin; returns at once."""
        self._subscription.start()
        threading.Thread(target=self._run, name=f"facts-of-{self._source}", daemon=True).start()

    def stop(self) -> None:
        """End at the next look."""
        self._stopping = True
        self._poked.set()
        self._subscription.stop()

    def _run(self) -> None:
        while not self._stopping:
            self._poked.clear()
            try:
                while self.pull() > 0 and not self._stopping:
                    pass
                self._poked.wait(PULL_SECONDS)
            except Refusal as refusal:
                log.info("facts_not_pulled", source=self._source, reason=str(refusal))
                self._poked.wait(RETRY_SECONDS)
            except Exception as error:
                log.warning("facts_not_pulled", source=self._source, error=repr(error)[:300])
                self._poked.wait(RETRY_SECONDS)

    def pull(self) -> int:
        """Handle the facts that are there now; returns how many were pulled."""
        with self._database.system() as session:
            after = read_cursor(session, self._source)
        records = self._bridge.call_service(self._room, EventLogRpc.events_after, self._actor, after, MAX_EVENTS_PULL)
        for record in records:
            if record.type in self._handlers:
                self._handle(record)
        if records and records[-1].type not in self._handlers:
            # Facts that nobody here asked for cost one move of the cursor, not one each.
            with self._database.system(self._actor) as session:
                take_turn(session, self._source, records[-1].number)
        self._retry_letters()
        return len(records)

    def _retry_letters(self) -> None:
        with self._database.system(self._actor) as session:
            letters = letters_to_retry(session, self._source)
        for record in letters:
            try:
                with (
                    request_context(record.request_id),
                    self._database.system(self._actor, record.request_id) as session,
                ):
                    event, handler = self._handlers[record.type]
                    if take_letter(session, self._source, record.number):
                        handler(session, record, msgspec.convert(record.body, event))
            except Exception as error:
                log.exception("letter_failed", source=self._source, number=record.number)
                with self._database.system(self._actor) as session:
                    note_failure(session, self._source, record.number, repr(error)[:2000])

    def _handle(self, record: EventRecord) -> None:
        event, handler = self._handlers[record.type]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with (
                    request_context(record.request_id),
                    self._database.system(self._actor, record.request_id) as session,
                ):
                    if not take_turn(session, self._source, record.number):
                        return
                    handler(session, record, msgspec.convert(record.body, event))
                return
            except Exception as error:
                if isinstance(error, sa.exc.DBAPIError) and database_is_away(error):
                    raise  # the same fact comes again
                log.exception("fact_failed", source=self._source, number=record.number, attempt=attempt)
                if attempt == ATTEMPTS:
                    self._bury(record, error)
                    return
                time.sleep(BACKOFF[attempt - 1])

    def _bury(self, record: EventRecord, error: Exception) -> None:
        table = room_tables(self._database.room).dead_letter
        with self._database.system(self._actor, record.request_id) as session:
            if take_turn(session, self._source, record.number):
                session.execute(
                    insert(table)
                    .values(
                        source=self._source,
                        number=record.number,
                        account_id=record.account,
                        type=record.type,
                        record=msgspec.to_builtins(record),
                        error=repr(error)[:2000],
                    )
                    .on_conflict_do_nothing()
                )


def read_cursor(session: Session, source: str) -> int:
    """The number of the last fact of `source` that was handled; 0 before the first."""
    table = room_tables(session.info["room"]).event_cursor
    position = session.execute(sa.select(table.c.position).where(table.c.source == source)).scalar()
    return int(position or 0)


def take_turn(session: Session, source: str, number: int) -> bool:
    """Move the cursor to `number` in this transaction; False if a replica already handled it.

    The row stays locked to commit, so replicas handle the facts of one source one after the other.
    """
    table = room_tables(session.info["room"]).event_cursor
    session.execute(insert(table).values(source=source, position=0).on_conflict_do_nothing())
    position = session.execute(
        sa.select(table.c.position).where(table.c.source == source).with_for_update()
    ).scalar_one()
    if position >= number:
        return False
    session.execute(table.update().where(table.c.source == source).values(position=number))
    return True


def _tag(event: type[msgspec.Struct]) -> str:
    return str(event.__struct_config__.tag)

"""Facts: written in the transaction of the change, told to the other rooms afterwards.

`record` writes the row. The room's relay (relay.py) numbers committed rows without gaps and pokes; consumers
(consumer.py) pull by number with their own cursor. A wiped broker loses nothing: rows stay EVENTS_KEPT_DAYS.
"""

from datetime import timedelta
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.tables import room_tables
from services.contracts.events import EVENTS_KEPT_DAYS, MAX_EVENTS_PULL, EventRecord
from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import AccountId, Actor, SystemActor

FORGET_BATCH = 5000  # rows in one transaction


def channel_of(room: str) -> str:
    """The PostgreSQL NOTIFY channel on which a room's relay is woken."""
    return f"kkt_events_{room}"


def record(session: Session, account: AccountId | None, event: msgspec.Struct) -> None:
    """Tell a fact in this session's transaction. `event` is one of the room's event Structs of the contracts."""
    room = session.info["room"]
    body: dict[str, Any] = msgspec.to_builtins(event)
    session.execute(
        room_tables(room)
        .event_log.insert()
        .values(
            account_id=account,
            type=body["type"],
            body=body,
            actor=msgspec.to_builtins(session.info["actor"]),
            request_id=session.info["request_id"],
        )
    )
    session.execute(sa.text("SELECT pg_notify(:channel, '')"), {"channel": channel_of(room)})


def events_after(session: Session, after: int, limit: int) -> tuple[EventRecord, ...]:
    """Numbered facts of the session's room above `after`, in order. The session is a system one."""
    if not 1 <= limit <= MAX_EVENTS_PULL:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_EVENTS_PULL}),))
    table = room_tables(session.info["room"]).event_log
    rows = session.execute(sa.select(table).where(table.c.number > after).order_by(table.c.number).limit(limit))
    return tuple(record_of(row) for row in rows)


def record_of(row: sa.Row[Any]) -> EventRecord:
    """A row of the log as the contract tells it."""
    return EventRecord(
        number=row.number,
        account=row.account_id,
        type=row.type,
        body=row.body,
        actor=cast(Actor, msgspec.convert(row.actor, Actor)),
        request_id=row.request_id,
        at=row.at,
    )


def forget_events(session: Session) -> int:
    """Forget up to FORGET_BATCH facts older than EVENTS_KEPT_DAYS; returns how many went."""
    table = room_tables(session.info["room"]).event_log
    old = (
        sa.select(table.c.id)
        .where(table.c.number.is_not(None), table.c.at < sa.func.now() - timedelta(days=EVENTS_KEPT_DAYS))
        .order_by(table.c.at)
        .limit(FORGET_BATCH)
    )
    gone = session.execute(table.delete().where(table.c.id.in_(old)))
    return int(getattr(gone, "rowcount", 0))


class EventLogDoor:
    """The door for EventLogRpc; every service class inherits it."""

    session: Session

    def events_after(self, actor: SystemActor, after: int, limit: int) -> tuple[EventRecord, ...]:
        """See EventLogRpc."""
        return events_after(self.session, after, limit)

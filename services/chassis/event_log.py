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
PULL_BYTES = 160 * 1024  # of facts in one answer, of which the bus takes 256 KiB; one fact always goes
_ENVELOPE_BYTES = 600  # of a fact beside its body, about
_PART = 50  # rows read at a time


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
    told: list[EventRecord] = []
    size = 0
    # Read by parts: the answer is one message of the bus, and what does not fit comes with the next pull.
    while len(told) < limit:
        part = min(limit - len(told), _PART)
        rows = session.execute(
            sa.select(table, sa.func.octet_length(sa.cast(table.c.body, sa.Text)).label("size"))
            .where(table.c.number > (told[-1].number if told else after))
            .order_by(table.c.number)
            .limit(part)
        ).all()
        for row in rows:
            size += int(row.size) + _ENVELOPE_BYTES
            if told and size > PULL_BYTES:
                return tuple(told)
            told.append(record_of(row))
        if len(rows) < part:
            break
    return tuple(told)


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

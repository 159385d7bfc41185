"""Facts whose handler kept failing: what people see of them, and their two answers, «again» and «drop».

A letter that is to be tried again is taken up by its room's consumer, in one transaction with what the handler does. If
it fails once more it stays, with the new error.
"""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.tables import room_tables
from services.contracts.events import EventRecord
from services.contracts.refusals import NotFound

LISTED_MAX = 200  # letters in one list
RETRIED_AT_ONCE = 20  # letters that a consumer takes up in one go


class DeadLetter(msgspec.Struct, frozen=True):
    """One fact that could not be handled."""

    source: str
    number: int
    type: str
    error: str
    at: datetime
    retry: bool


def list_letters(session: Session) -> tuple[DeadLetter, ...]:
    """The letters of the session's room, oldest first, at most LISTED_MAX. The session is a system one."""
    table = room_tables(session.info["room"]).dead_letter
    rows = session.execute(sa.select(table).order_by(table.c.at, table.c.number).limit(LISTED_MAX))
    return tuple(DeadLetter(row.source, row.number, row.type, row.error, row.at, row.retry) for row in rows)


def ask_again(session: Session, source: str, number: int) -> None:
    """Have the letter tried again. Raises NotFound."""
    table = room_tables(session.info["room"]).dead_letter
    _one(session, table.update().where(table.c.source == source, table.c.number == number).values(retry=True))


def drop_letter(session: Session, source: str, number: int) -> None:
    """Give the fact up. Raises NotFound."""
    table = room_tables(session.info["room"]).dead_letter
    _one(session, table.delete().where(table.c.source == source, table.c.number == number))


def letters_to_retry(session: Session, source: str) -> list[EventRecord]:
    """The facts of `source` that somebody wants tried again, at most RETRIED_AT_ONCE."""
    table = room_tables(session.info["room"]).dead_letter
    rows = session.execute(
        sa.select(table.c.record)
        .where(table.c.source == source, table.c.retry)
        .order_by(table.c.number)
        .limit(RETRIED_AT_ONCE)
    )
    return [msgspec.convert(row.record, EventRecord) for row in rows]


def take_letter(session: Session, source: str, number: int) -> bool:
    """Take the letter away in the transaction that handles it; False if another replica has it already."""
    table = room_tables(session.info["room"]).dead_letter
    gone = session.execute(
        table.delete()
        .where(table.c.source == source, table.c.number == number, table.c.retry)
        .returning(table.c.number)
    )
    return gone.first() is not None


def note_failure(session: Session, source: str, number: int, error: str) -> None:
    """It failed again: it stays, and waits for people once more."""
    table = room_tables(session.info["room"]).dead_letter
    session.execute(
        table.update()
        .where(table.c.source == source, table.c.number == number)
        .values(retry=False, error=error, at=sa.func.clock_timestamp())
    )


def _one(session: Session, statement: Any) -> None:
    if getattr(session.execute(statement), "rowcount", 0) != 1:
        raise NotFound()

"""The tables that the chassis keeps in every room's own schema."""

import functools

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

NO_ACCOUNT = "00000000-0000-0000-0000-000000000000"  # of requests that act in no account


class RoomTables:
    """`event_log`, `event_counter`, `event_cursor`, `dead_letter` and `handled_request` of one room."""

    def __init__(self, room: str) -> None:
        self.metadata = sa.MetaData(schema=room)
        self.event_log = _event_log(self.metadata)
        self.event_counter = sa.Table(
            "event_counter",
            self.metadata,
            sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
            sa.Column("last", sa.BigInteger, nullable=False),
            sa.CheckConstraint("one", name="only_one_row"),
        )
        self.event_cursor = sa.Table(
            "event_cursor",
            self.metadata,
            sa.Column("source", sa.Text, primary_key=True),
            sa.Column("position", sa.BigInteger, nullable=False),
        )
        self.dead_letter = _dead_letter(self.metadata)
        self.handled_request = _handled_request(self.metadata)


def _event_log(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "event_log",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("number", sa.BigInteger, unique=True),  # gapless, given after commit; NULL until then
        sa.Column("account_id", sa.Uuid(as_uuid=False)),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("actor", JSONB, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Index("ix_event_log_unnumbered", "id", postgresql_where=sa.text("number IS NULL")),
        sa.Index("ix_event_log_at", "at"),
    )


def _dead_letter(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "dead_letter",
        metadata,
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("account_id", sa.Uuid(as_uuid=False)),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("record", JSONB, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("retry", sa.Boolean, nullable=False, server_default=sa.false()),  # somebody asked for it
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
    )


def _handled_request(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "handled_request",
        metadata,
        sa.Column("account_id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("request_key", sa.Text, primary_key=True),
        sa.Column("body_hash", sa.Text, nullable=False),
        sa.Column("reply", JSONB),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Index("ix_handled_request_at", "at"),
    )


@functools.cache
def room_tables(room: str) -> RoomTables:
    """The chassis' tables in the schema of `room`."""
    return RoomTables(room)

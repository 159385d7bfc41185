"""Transactions with temporary tables: what is prepared for the table of one may not fit that of the next.

A driver that meets a statement some times over prepares it, once for a connection. The next temporary table of the
same name may have columns of other types, and PostgreSQL then refuses the statement; and its size differs, too, which
a plan that is kept does not ask for.
"""

from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

PREPARED_AFTER = 5  # uses of a statement


def plan_each_time(session: Session) -> None:
    """From here to its end this transaction has each statement planned by itself. To be called before it makes a
    temporary table."""
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    driver.prepare_threshold = None


def prepare_otherwise(engine: sa.Engine) -> None:
    """Let other transactions on the engine's connections prepare statements."""

    @sa.event.listens_for(engine, "checkin")
    def prepare_again(connection: psycopg.Connection[Any] | None, _entry: ConnectionPoolEntry) -> None:
        if connection is not None:  # it was not parted with
            connection.prepare_threshold = PREPARED_AFTER

"""Connections that a pool gives out are alive, and are asked so over the network only after a long rest.

A server that ends, or ends a connection, closes it: the machine knows that without a round trip. Only what lies
between, when it forgets a resting connection, tells nobody.
"""

import time
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

REST_SECONDS = 30.0  # a connection that rested longer is asked by a statement
_RETURNED = "kkt_returned"  # when it came back; a fresh connection has none


def give_out_living(engine: sa.Engine) -> None:
    """Let the engine's pool part with dead connections instead of giving them out."""

    @sa.event.listens_for(engine, "checkin")
    def note_return(_connection: psycopg.Connection[Any] | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_RETURNED] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def demand_life(
        connection: psycopg.Connection[Any], entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        returned = entry.info.get(_RETURNED)
        if returned is None:
            return
        try:
            # Neither waits. The first may read the server's last words, the second fails when it has closed.
            connection.pgconn.consume_input()
            connection.pgconn.consume_input()
            if time.monotonic() - returned > REST_SECONDS:
                engine.dialect.do_ping(connection)  # type: ignore[arg-type]
        except psycopg.Error as dead:
            raise sa.exc.InvalidatePoolError() from dead  # the pool makes a new one and parts with all as old as this

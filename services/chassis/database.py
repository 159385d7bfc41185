"""The database of one room: sessions that act under the room's roles, inside the walls.

Every transaction begins by taking one of two roles, neither of them the owner of the tables: `kkt_<room>` sees the
rows of one account (row security by the setting `kkt.account`; an empty setting sees nothing), `kkt_<room>_system` sees
all and serves only `system_repository.py`. Role and account are set for the transaction alone, so a connection that
goes back to the pool carries nothing over.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from services.chassis.journal import write_changes
from services.chassis.living_connections import give_out_living
from services.chassis.temporary_tables import prepare_otherwise
from services.contracts.values import AccountId, Actor, SystemActor

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_THE_ROOM = SystemActor(name="room")

STATEMENT_TIMEOUT_MS = 30_000  # no query of a room may run longer
LOCK_TIMEOUT_MS = 10_000
READ_ONLY = "25006"  # SQLSTATE of a write on a server that became a standby


def room_base(room: str) -> type[DeclarativeBase]:
    """The declarative base for the tables of one room, all in the room's own schema."""
    metadata = sa.MetaData(schema=room, naming_convention=NAMING)
    return cast(type[DeclarativeBase], type("Base", (DeclarativeBase,), {"metadata": metadata}))


def plain_url(database_url: str) -> str:
    """The URL as libpq and psycopg take it."""
    return database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def sqlalchemy_url(database_url: str) -> str:
    """The URL as SQLAlchemy takes it, with psycopg as its driver."""
    return plain_url(database_url).replace("postgresql://", "postgresql+psycopg://", 1)


def assert_wait_is_cooperative() -> None:
    """Stop at boot if psycopg would block the whole process while it waits.

    Must be called in processes with green threads: psycopg chooses its way of waiting when it is first imported.
    """
    if os.environ.get("PSYCOPG_WAIT_FUNC") != "wait_selector":
        raise RuntimeError("PSYCOPG_WAIT_FUNC must be wait_selector before psycopg is first imported")


class Database:
    """One room's door to PostgreSQL in one process."""

    def __init__(self, url: str, room: str, pool_size: int, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS) -> None:
        self.room = room
        self.url = url
        self.engine = sa.create_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            hide_parameters=True,  # a failed statement is logged without the values of its people and goods
            connect_args={
                "connect_timeout": 5,
                "application_name": f"kkt-{room}",
                "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={LOCK_TIMEOUT_MS}",
            },
        )
        give_out_living(self.engine)
        prepare_otherwise(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    def new_session(self, account: AccountId | None, actor: Actor, request_id: str) -> Session:
        """A session whose transactions run as the account (or, with None, as the room's system role).

        The caller commits and closes it; `account` and `system` below do both.
        """
        session = self._sessions()
        role = f"kkt_{self.room}" if account is not None else f"kkt_{self.room}_system"
        session.info.update(actor=actor, request_id=request_id, after_commit=[], changes={}, room=self.room)

        def enter_role(_session: Session, _transaction: object, connection: sa.Connection) -> None:
            connection.execute(
                sa.text("SELECT set_config('role', :role, true), set_config('kkt.account', :account, true)"),
                {"role": role, "account": account or ""},
            )

        sa.event.listen(session, "after_begin", enter_role)
        return session

    @contextlib.contextmanager
    def account(self, account: AccountId, actor: Actor = _THE_ROOM, request_id: str = "") -> Iterator[Session]:
        """A transaction inside one account's walls: committed at the end, rolled back by an exception."""
        with self._transaction(self.new_session(account, actor, request_id)) as session:
            yield session

    @contextlib.contextmanager
    def system(self, actor: Actor = _THE_ROOM, request_id: str = "") -> Iterator[Session]:
        """A transaction of the room itself, over all accounts; for functions of `system_repository.py` alone."""
        with self._transaction(self.new_session(None, actor, request_id)) as session:
            yield session

    @contextlib.contextmanager
    def _transaction(self, session: Session) -> Iterator[Session]:
        with session:
            yield session
            write_changes(session, session.info.get("doing", "by_itself"))
            session.commit()
        run_after_commit(session)

    def alive(self) -> bool:
        """Whether the database answers."""
        with self.engine.connect() as connection:
            return bool(connection.execute(sa.text("SELECT 1")).scalar() == 1)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def leave_walls(session: Session) -> None:
    """From here to its end this transaction runs in the room's system role, over all accounts.

    For the doors of the server's operator alone, after they have checked that it is one.
    """
    room = session.info["room"]
    session.execute(sa.text("SELECT set_config('role', :role, true)"), {"role": f"kkt_{room}_system"})


def after_commit(session: Session, action: Callable[[], Any]) -> None:
    """Do `action` once this session's transaction is committed; not at all if it is rolled back.

    For pokes only: what must not be lost is a row.
    """
    session.info["after_commit"].append(action)


def run_after_commit(session: Session) -> None:
    """Do what `after_commit` collected, once."""
    actions, session.info["after_commit"] = session.info["after_commit"], []
    for action in actions:
        action()


def database_is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether the connection or the server is gone (or is a standby now): the same statement may succeed later.

    Time limits and deadlocks do not count: what runs into them every time must end as an error, not wait for ever.
    """
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or (state is None and isinstance(error, sa.exc.OperationalError)):
        return True
    return state is not None and (state.startswith(("08", "57P")) or state == READ_ONLY)

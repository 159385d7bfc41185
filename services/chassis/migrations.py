"""Migrations: each room's own alembic history in its own schema, run once as a job before the services start."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config

from services.chassis.database import sqlalchemy_url
from services.chassis.tables import room_tables

ROOMS = ("identity", "registers", "catalog", "dealer")

# So that two runs of the job wait for each other; any number that nothing else in the database uses.
_MIGRATION_LOCK = 5_403_001

_ACCOUNT_IS = "account_id = nullif(current_setting('kkt.account', true), '')::uuid"

#: The same for rows that are written: as a sub-select it is computed once a statement, not once a row.
ACCOUNT_IS_ONCE = "account_id = (SELECT nullif(current_setting('kkt.account', true), '')::uuid)"

_ACCOUNT_TERMS = """
CREATE TABLE {room}.account_terms (
  account_id uuid CONSTRAINT pk_account_terms PRIMARY KEY,
  version bigint NOT NULL,
  state text NOT NULL
    CONSTRAINT ck_account_terms_state CHECK (state IN ('active', 'suspended', 'deleting', 'forgetting', 'forgotten')),
  limits jsonb NOT NULL,
  heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  looked_at timestamptz
)
"""

_ROLE = """
DO $$ BEGIN
  CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def migrate_all(database_url: str) -> None:
    """Bring every room's schema to its newest version. Running it again changes nothing."""
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    services = Path(__file__).parent.parent
    with engine.connect() as lock:
        lock.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        for room in ROOMS:
            if not (services / room / "migrations" / "env.py").exists():
                continue
            with engine.begin() as connection:
                connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
                connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {room}"))
                config = Config()
                config.set_main_option("script_location", str(services / room / "migrations"))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    engine.dispose()


def run_room_migrations(room: str) -> None:
    """What a room's migrations/env.py does."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, version_table_schema=room, version_table="schema_version")
    with context.begin_transaction():
        context.run_migrations()


def create_room(op: Any, room: str) -> None:
    """The room's two roles, their rights in its schema, and the chassis' tables there."""
    for role in (f"kkt_{room}", f"kkt_{room}_system"):
        op.execute(_ROLE.format(role=role))
        op.execute(f"DO $$ BEGIN EXECUTE format('GRANT {role} TO %I', current_user); END $$")
        op.execute(f"GRANT USAGE ON SCHEMA {room} TO {role}")
        op.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {room} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        )
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {room} GRANT USAGE ON SEQUENCES TO {role}")
    room_tables(room).metadata.create_all(op.get_bind())
    op.execute(room_tables(room).event_counter.insert().values(last=0))
    for table in ("event_log", "dead_letter", "handled_request"):
        wall(op, room, table)
    # Counters and cursors belong to the room, not to an account.
    for table in ("event_counter", "event_cursor"):
        op.execute(f"REVOKE ALL ON {room}.{table} FROM kkt_{room}")


def wall(op: Any, room: str, table: str) -> None:
    """Row security on a table that has `account_id`: the account's role sees its rows alone, the system role all."""
    name = f"{room}.{table}"
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY account_wall ON {name} TO kkt_{room} USING ({_ACCOUNT_IS}) WITH CHECK ({ACCOUNT_IS_ONCE})"
    )
    op.execute(f"CREATE POLICY system_sees ON {name} TO kkt_{room}_system USING (true) WITH CHECK (true)")


def make_account_terms(op: Any, room: str) -> None:
    """The table of services.chassis.account_terms, with its wall; an account cannot change its own terms."""
    op.execute(_ACCOUNT_TERMS.format(room=room))
    wall(op, room, "account_terms")
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {room}.account_terms FROM kkt_{room}")
    forgetting = f"ON {room}.account_terms (looked_at) WHERE state = 'forgetting'"
    op.execute(f"CREATE INDEX ix_account_terms_forgetting {forgetting}")

"""`kkt dead-letters` on a real database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from services.chassis.database import sqlalchemy_url

ROOT = Path(__file__).parents[2]
RECORD = {
    "number": 7,
    "account": None,
    "type": "base_changed",
    "body": {},
    "request_id": "r",
    "at": "2026-01-01T00:00:00Z",
}


def kkt(database_url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "KKT_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "deploy.cli", "dead-letters", *words]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def test_letters_are_listed_and_dropped(fresh_database: str) -> None:
    assert kkt(fresh_database, "list").stdout == ""
    record = {**RECORD, "at": "2026-01-01T00:00:00Z", "actor": {"kind": "system", "name": "catalog"}}
    engine = sa.create_engine(sqlalchemy_url(fresh_database), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL ROLE kkt_registers_system"))
        connection.execute(
            sa.text(
                "INSERT INTO registers.dead_letter (source, number, type, record, error)"
                " VALUES ('catalog', 7, 'base_changed', cast(:record AS jsonb), 'KeyError()')"
            ),
            {"record": json.dumps(record)},
        )
    told = kkt(fresh_database, "list").stdout
    assert told.startswith("registers catalog 7 base_changed ")
    assert "KeyError()" in told
    assert kkt(fresh_database, "drop", "registers", "catalog", "7", "--yes").stdout == "Dropped.\n"
    assert kkt(fresh_database, "list").stdout == ""
    again = kkt(fresh_database, "drop", "registers", "catalog", "7", "--yes")
    assert again.returncode == 1
    assert "has no dead letter 7 of catalog" in again.stderr

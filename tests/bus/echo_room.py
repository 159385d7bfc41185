"""Sets up the echo room's schema and runs its process."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from services.chassis.database import sqlalchemy_url
from services.chassis.migrations import create_room, wall
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]


def create_echo_schema(database_url: str) -> None:
    """Create schema `echo` with its two tables inside the walls."""
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA echo"))
        op = Operations(MigrationContext.configure(connection))
        create_room(op, "echo")
        for table, columns in (("thing", "price bigint,"), ("heard", "")):
            op.execute(
                f"CREATE TABLE echo.{table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                f" account_id uuid NOT NULL, {columns} name text NOT NULL)"
            )
            wall(op, "echo", table)


class EchoProcess:
    """The running service; `kill` and `start` as often as a test likes."""

    def __init__(self, database_url: str, amqp_url: str, health_port: int, log: Path, max_workers: int = 10) -> None:
        self.environ = {
            **os.environ,
            "KKT_DATABASE_URL": database_url,
            "KKT_AMQP_URL": amqp_url,
            "KKT_HEALTH_PORT": str(health_port),
            "KKT_MAX_WORKERS": str(max_workers),
        }
        self.health = f"http://127.0.0.1:{health_port}/readyz"
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.bus.echo_service"], cwd=ROOT, env=self.environ, stderr=log, stdout=log
            )
        wait_for(self.ready, seconds=30, what="the echo service to be ready")

    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.health, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to stop; it must do so within 10 seconds."""
        if self.process is not None and self.running():
            self.process.terminate()
            self.process.wait(10)

"""A private PostgreSQL cluster of the house: made once, started as a supervised process, reached over loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from deploy.local.child import ChildSpec, Launch
from deploy.local.place import HousePlace, run_as_service
from deploy.local.ports import LOOPBACK, accepts, steady_port
from deploy.refusal import CommandRefusedError

#: Pools of all processes add up to well below this (each core service holds at most 20 connections).
MAX_CONNECTIONS = 200
OLDEST_MAJOR = 15
DATABASE = "kkt"
LOGIN = "kkt"
_DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")


def find_programs() -> Path | None:
    """The `bin` folder of the newest installed PostgreSQL server that is new enough, or None."""
    found: list[tuple[int, Path]] = []
    if _DEBIAN_PROGRAMS.is_dir():
        for folder in _DEBIAN_PROGRAMS.iterdir():
            if folder.name.isdigit() and (folder / "bin/initdb").exists():
                found.append((int(folder.name), folder / "bin"))
    newest = max(found, default=None)
    return newest[1] if newest is not None and newest[0] >= OLDEST_MAJOR else None


class PrivatePostgres:
    """One cluster in one folder."""

    def __init__(self, place: HousePlace, programs: Path, *, durable: bool) -> None:
        self._place = place
        self._programs = programs
        self._durable = durable
        self._run_as = run_as_service("postgres")
        self._folder = place.data_folder("postgresql", self._run_as)
        self._cluster = self._folder / "cluster"
        self.port = steady_port(place, "postgres")

    @property
    def url(self) -> str:
        """Where services connect: an ordinary login that owns the database and may create roles and databases."""
        return f"postgresql://{LOGIN}:{self._place.secret(LOGIN)}@{LOOPBACK}:{self.port}/{DATABASE}"

    def spec(self) -> ChildSpec:
        """How the supervisor runs it: SIGINT is PostgreSQL's fast shutdown (ends sessions, keeps every commit)."""
        return ChildSpec(
            name="postgres",
            prepare=self._prepare,
            is_ready=self._is_ready,
            still_ready=lambda launch: accepts(launch.port or 0),
            run_as=self._run_as,
            folder=self._folder,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            stop_seconds=30,
        )

    def create(self) -> None:
        """Make the cluster if this is the first start. Half-made clusters (a power cut) are made again."""
        self._demand_same_major()
        if (self._cluster / "kkt-complete").exists():
            return
        if self._cluster.exists():
            # No data can be lost: the mark below is written before the first start.
            self._run(["/bin/rm", "-r", str(self._cluster)])
        password_file = self._folder / "superuser-password"
        password_file.touch(mode=0o600)
        self._run_as.own(password_file)
        password_file.write_text(f"{self._place.secret('postgres')}\n", encoding="utf-8")
        self._run(
            [
                str(self._programs / "initdb"),
                f"--pgdata={self._cluster}",
                "--username=postgres",
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                *([] if self._durable else ["--no-sync"]),
            ]
        )
        password_file.unlink()
        self._run(["/usr/bin/touch", str(self._cluster / "kkt-complete")])

    def create_login(self) -> None:
        """Make the product's login and database, once the server answers. Changes nothing the second time."""
        password = self._place.secret(LOGIN)
        self._sql(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOGIN}') THEN "
            f"CREATE ROLE {LOGIN} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'; END IF; END $$;"
        )
        databases = self._sql("SELECT datname FROM pg_database").split()
        if DATABASE not in databases:
            self._sql(f"CREATE DATABASE {DATABASE} OWNER {LOGIN}")

    def _sql(self, statement: str) -> str:
        answer = subprocess.run(
            [
                str(self._programs / "psql"), "--no-psqlrc", "--tuples-only", "--no-align",
                "--set=ON_ERROR_STOP=1", f"--host={LOOPBACK}", f"--port={self.port}",
                "--username=postgres", "--dbname=postgres",
            ],
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": self._place.secret("postgres")},
            input=statement,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )  # fmt: skip
        if answer.returncode != 0:
            raise CommandRefusedError(f"The private PostgreSQL refused its set-up: {answer.stderr.strip()}")
        return answer.stdout

    def _prepare(self) -> Launch:
        self._clear_stale_pid_file()
        settings = {
            "port": str(self.port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": str(MAX_CONNECTIONS),
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_destination": "stderr",
        }
        if not self._durable:
            # Nothing that matters is lost in a power cut; a killed server must still find every commit in its log,
            # so commits are handed to the kernel (synchronous_commit stays on) and only the disk is not waited for.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Launch(
            argv=(str(self._programs / "postgres"), "-D", str(self._cluster), *options),
            env=_server_environment(self._place),
            port=self.port,
        )

    async def _is_ready(self, launch: Launch) -> bool:
        asked = await asyncio.create_subprocess_exec(
            str(self._programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(launch.port), "-t", "2",
            env={"PATH": "/usr/bin:/bin"},
            stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await asked.wait() == 0

    def _clear_stale_pid_file(self) -> None:
        """After a crash the pid in postmaster.pid may belong to anybody; a living server of ours is stopped first.

        The house's lock is held here, so no other supervisor runs this cluster.
        """
        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        first_line = pid_file.read_text(encoding="ascii", errors="replace").split("\n", 1)[0]
        pid = int(first_line) if re.fullmatch(r"\d+", first_line) else 0
        if pid and _serves(pid, self._cluster):
            _end(pid)
        # Unlinked, not truncated: it is the server's own file in its own folder.
        pid_file.unlink(missing_ok=True)

    def _demand_same_major(self) -> None:
        version_file = self._cluster / "PG_VERSION"
        if not version_file.exists():
            return
        made_with = version_file.read_text(encoding="ascii").strip()
        installed = self._programs.parent.name
        if made_with != installed:
            raise CommandRefusedError(
                f"The data in {self._cluster} was made by PostgreSQL {made_with}, but {installed} is installed here. "
                f"Install postgresql-{made_with}, or move the data with pg_upgrade (docs/runbook.md)."
            )

    def _run(self, argv: list[str]) -> None:
        done = subprocess.run(
            argv,
            env=_server_environment(self._place),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self._run_as.user,
            group=self._run_as.group,
            extra_groups=self._run_as.extra_groups,
        )
        if done.returncode != 0:
            text = f"{done.stdout}\n{done.stderr}".strip()
            raise CommandRefusedError(f"The private PostgreSQL cluster could not be made: {text}")


def _server_environment(place: HousePlace) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "KKT_HOUSE": place.mark}


def _serves(pid: int, cluster: Path) -> bool:
    """Whether that process is a PostgreSQL server of this very cluster (it makes the cluster its working folder)."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == cluster.resolve() and "postgres" in Path(
            f"/proc/{pid}/comm"
        ).read_text(encoding="ascii")
    except OSError:
        return False


def _end(pid: int) -> None:
    """Fast shutdown, then the hard way after ten seconds."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)

"""A PostgreSQL and a RabbitMQ for a run of tests, and what tests ask of them: databases and virtual hosts."""

import hashlib
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from deploy.local.house import detach, stop
from deploy.local.place import CHECKOUT, HousePlace
from deploy.local.state import living_state
from tests.waiting import wait_for

if TYPE_CHECKING:
    import psycopg

#: Set to the folder of a running `kkt infra start --dir` to share one pair of servers between runs.
SHARED_FOLDER = "KKT_TEST_DIR"
_TEMPLATE_LOCK = 0x6B6B74  # any number that nobody else uses as an advisory lock of this cluster


@dataclass(frozen=True)
class TestServers:
    """A running pair of servers; addresses with passwords."""

    __test__ = False  # the name begins like a test class

    place: HousePlace
    database_url: str
    amqp_url: str
    supervisor: "subprocess.Popen[bytes] | None" = None
    """The supervisor, if this run of tests started it."""

    def create_database(self) -> str:
        """A migrated, empty database; about a tenth of a second after the first one."""
        name = f"test_{secrets.token_hex(6)}"
        with _connect(self.database_url) as link:
            link.execute("SELECT pg_advisory_lock(%s)", (_TEMPLATE_LOCK,))  # cloning wants a template nobody uses
            template = self._template(link)
            link.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return _with_path(self.database_url, name)

    def create_empty_database(self) -> str:
        """A database without any of our schemas, for tests of the migrations themselves."""
        name = f"test_{secrets.token_hex(6)}"
        with _connect(self.database_url) as link:
            link.execute(f'CREATE DATABASE "{name}"'.encode())
        return _with_path(self.database_url, name)

    def drop_database(self, url: str) -> None:
        """Remove a test's database with whoever is still connected to it.

        PostgreSQL's own vacuum may be at work in it: its process is not ours to end, but it ends soon.
        """
        wait_for(lambda: self._dropped(_path(url)), 60, "the database to be free")

    def _dropped(self, name: str) -> bool:
        import psycopg  # late, as in _connect

        with _connect(self.database_url) as link:
            try:
                link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            except psycopg.errors.InsufficientPrivilege:
                return False
        return True

    def create_vhost(self) -> str:
        """An empty virtual host that the product's login may use."""
        name = f"test-{secrets.token_hex(6)}"
        self.broker_does(
            f'rabbit_vhost:add(<<"{name}">>, <<"tests">>), rabbit_auth_backend_internal:set_permissions('
            f'<<"kkt">>, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>).'
        )
        return _with_path(self.amqp_url, name)

    def drop_vhost(self, url: str) -> None:
        """Remove a test's virtual host; its connections are closed by the broker."""
        name = _path(url)
        self.broker_does(f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>).')

    def broker_does(self, erlang: str) -> str:
        """Evaluate an Erlang expression in the broker (a few milliseconds; the broker's own tools take seconds).

        Under a name of its own each time: several runs ask at once.
        """
        epmd = self.place.remembered_port("epmd")
        answer = subprocess.run(
            ["erl_call", "-r", "-c", self.place.secret("erlang-cookie"), "-sname", "kkt@localhost", "-e"],
            input=f"{erlang}\n",
            env={"PATH": "/usr/bin:/bin", "ERL_EPMD_PORT": str(epmd), "HOME": str(self.place.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        if answer.returncode != 0 or not answer.stdout.startswith("{ok, "):
            raise AssertionError(f"the broker refused {erlang}: {answer.stdout}{answer.stderr}")
        return answer.stdout.removeprefix("{ok, ").removesuffix("}")

    def _template(self, link: "psycopg.Connection") -> str:
        """The migrated database that others are cloned from; named by what the migrations say now."""
        name = f"template_{_migrations_digest()}"
        if link.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return name
        scratch = f"{name}_unfinished"
        link.execute(f'DROP DATABASE IF EXISTS "{scratch}" WITH (FORCE)'.encode())
        link.execute(f'CREATE DATABASE "{scratch}"'.encode())
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "migrate"],
            env={**os.environ, "KKT_DATABASE_URL": _with_path(self.database_url, scratch)},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"the migrations failed:\n{done.stdout}\n{done.stderr}")
        link.execute(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"'.encode())
        return name


def start_servers(place: HousePlace) -> TestServers:
    """Start a pair in this folder; it stops by itself when this process ends."""
    arguments = ["up", "--dir", str(place.folder), "--infrastructure-only", "--scratch", "--with-parent"]
    return running_servers(place, detach(place, arguments))


def running_servers(place: HousePlace, supervisor: "subprocess.Popen[bytes] | None" = None) -> TestServers:
    """The pair that runs in this folder."""
    state = living_state(place)
    if state is None:
        raise AssertionError(f"nothing runs in {place.folder}; start it with: kkt infra start --dir {place.folder}")
    return TestServers(place, state.database_url, state.amqp_url, supervisor)


def stop_servers(servers: TestServers) -> None:
    """Stop a pair that this run started, and remove its folder."""
    discard(servers.place)
    if servers.supervisor is not None:
        servers.supervisor.wait(30)


def discard(place: HousePlace) -> None:
    """Stop what runs in a test's own folder and remove it with its data."""
    stop(place)
    for folder in (place.elsewhere(), place.folder):
        if folder is not None:
            subprocess.run(["/bin/rm", "-rf", str(folder)], check=True)


def scratch_place(what: str) -> HousePlace:
    """A new folder for one run of tests."""
    return HousePlace(CHECKOUT / ".kkt-test" / f"{what}-{os.getpid()}-{secrets.token_hex(3)}")


def shared_place() -> HousePlace | None:
    """The folder named by KKT_TEST_DIR, if any."""
    folder = os.environ.get(SHARED_FOLDER)
    return HousePlace(Path(folder)) if folder else None


def _connect(url: str) -> "psycopg.Connection":
    # Imported late: psycopg reads PSYCOPG_WAIT_FUNC at its first import, and conftest sets that after importing us.
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _path(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _with_path(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for file in sorted([*CHECKOUT.glob("services/*/migrations/**/*.py"), *CHECKOUT.glob("services/chassis/*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]

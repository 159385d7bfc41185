"""The whole product running for tests: the same supervisor, the same processes, in a folder of their own."""

import os
import signal
import ssl
import subprocess
import sys
from functools import cached_property
from typing import Any

import psycopg

from deploy.local.logs import tail
from deploy.local.place import CHECKOUT, HousePlace
from deploy.local.state import HouseState, ProcessState, living_state, wait_for_phase
from services.chassis.database import plain_url
from services.chassis.sync_bridge import SyncBridge
from services.contracts.identity import IdentityRpc, NewAccount
from services.contracts.limits import LIMIT_BOUNDS
from services.contracts.values import SystemActor
from tests.waiting import wait_for

#: Starting everything on a busy two-core machine, seconds.
START_SECONDS = 120.0
#: One answer over the bus on such a machine, seconds.
BUS_SECONDS = 30.0
TEST = SystemActor(name="test")
#: `verify` of a client that speaks plain HTTP: without it each client reads all certificates of the machine, 30 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class RunningHouse:
    """Every process of the product, started by `start_house`."""

    def __init__(self, place: HousePlace, supervisor: "subprocess.Popen[bytes]") -> None:
        self.place = place
        self._supervisor = supervisor

    @property
    def http_url(self) -> str:
        """Pages and API, e.g. http://localhost:23456."""
        return self.state().http_url

    @property
    def link_url(self) -> str:
        """Where registers connect, e.g. ws://localhost:23457/link."""
        return self.state().link_url

    @property
    def database_url(self) -> str:
        return self.state().database_url

    @property
    def amqp_url(self) -> str:
        return self.state().amqp_url

    @property
    def processes(self) -> dict[str, int]:
        """pid by name, of those that run at this moment; postgres and rabbitmq among them if they are the house's."""
        return {row.name: row.pid for row in self.state().processes if row.pid is not None}

    @property
    def ports(self) -> dict[str, int]:
        """Port by name: the health page of a service (/healthz, /readyz, /metrics), the server port of a server."""
        return {row.name: row.port for row in self.state().processes if row.port is not None}

    def state(self) -> HouseState:
        """What the supervisor says now."""
        state = living_state(self.place)
        if state is None:
            raise AssertionError(f"the supervisor ended; its last words: {self.logs('supervisor')}")
        return state

    def process(self, name: str) -> ProcessState:
        """One row of `kkt status`."""
        return next(row for row in self.state().processes if row.name == name)

    def kill(self, name: str, which: signal.Signals = signal.SIGKILL) -> int:
        """End one process the hard way; returns its pid once the supervisor has noticed its death."""
        pid = self.processes[name]
        before = self.process(name).restarts
        os.kill(pid, which)
        wait_for(lambda: self.process(name).restarts > before, 20, f"the supervisor to notice that {name} died")
        return pid

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until every process answers that it is ready."""
        wait_for(lambda: all(row.ready for row in self.state().processes), seconds, f"all ready: {self.place.folder}")

    @cached_property
    def _bus(self) -> SyncBridge:
        return SyncBridge(self.amqp_url, timeout=BUS_SECONDS)

    @property
    def bus(self) -> SyncBridge:
        """Calls to the rooms. One for all tests: to connect and to part takes the better half of a second."""
        assert self._bus.wait_ready(BUS_SECONDS)
        return self._bus

    def create_account(self, name: str, login: str, password: str) -> dict[str, Any]:
        """As `kkt admin create-account`: {client_number, sign_in_name, user}."""
        made = self.bus.call(IdentityRpc.create_account, TEST, NewAccount(name, login, password))
        self.let_many_requests_in(made.client_number)
        return {"client_number": made.client_number, "sign_in_name": made.sign_in_name, "user": made.user}

    def let_many_requests_in(self, client_number: int) -> None:
        """Give an account the highest rate: a test asks more in a minute than people do."""
        most = LIMIT_BOUNDS["api_per_minute"][1]
        with psycopg.connect(plain_url(self.database_url)) as connection:
            connection.execute(
                "UPDATE identity.account SET limits = limits || jsonb_build_object('api_per_minute', %s::int)"
                " WHERE number = %s",
                (most, client_number),
            )

    def logs(self, name: str, lines: int = 200) -> str:
        """The end of one process's log."""
        return "\n".join(tail(self.place.logs / f"{name}.log", lines))

    def all_logs(self, lines: int) -> dict[str, str]:
        """The end of every log, for the report of a failed test."""
        return {file.stem: self.logs(file.stem, lines) for file in sorted(self.place.logs.glob("*.log"))}

    def kill_supervisor(self, which: signal.Signals = signal.SIGKILL) -> None:
        """End the supervisor itself and wait for its end."""
        self._supervisor.send_signal(which)
        self._supervisor.wait(30)

    def stop(self) -> None:
        """Stop everything in order; does nothing when the supervisor is gone already."""
        if "_bus" in self.__dict__:
            self._bus.close()
        if self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGTERM)
            self._supervisor.wait(120)


def start_house(place: HousePlace, *, database_url: str | None = None, amqp_url: str | None = None) -> RunningHouse:
    """Start everything on free ports and wait until it is ready; without addresses it runs its own servers."""
    place.create()
    given = {"KKT_DATABASE_URL": database_url, "KKT_AMQP_URL": amqp_url}
    environment = {name: value for name, value in os.environ.items() if name not in given}
    environment |= {name: value for name, value in given.items() if value is not None}
    environment |= {"KKT_HTTP_PORT": "0", "KKT_LINK_PORT": "0"}
    log_file = place.logs / "supervisor.log"
    with log_file.open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up", "--dir", str(place.folder), "--scratch", "--with-parent"],
            env=environment,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    state = wait_for_phase(place, {"ready", "failed", "stopped"}, START_SECONDS, supervisor)
    if state is None or state.phase != "ready":
        said = state.reason if state is not None else "\n".join(tail(log_file, 30))
        supervisor.kill()
        supervisor.wait()
        raise AssertionError(f"the house did not start: {said}")
    return RunningHouse(place, supervisor)

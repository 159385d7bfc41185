"""The echo room on a PostgreSQL and a RabbitMQ of its own, so that both may be killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from services.chassis.logs import configure_logs
from services.chassis.rpc_wire import SERVICE_OF
from services.chassis.sync_bridge import SyncBridge
from services.contracts.values import AccountId, SessionId, UserActor, UserId
from tests.bus.echo_room import ROOT, EchoProcess, create_echo_schema
from tests.waiting import wait_for

ALICE = UserActor(
    account=AccountId("11111111-1111-4111-8111-111111111111"),
    user=UserId("11111111-1111-4111-8111-111111111112"),
    name="alice",
    roles=(),
    session=SessionId("11111111-1111-4111-8111-111111111113"),
)
CHARLIE = UserActor(
    account=AccountId("33333333-3333-4333-8333-333333333333"),
    user=UserId("33333333-3333-4333-8333-333333333334"),
    name="charlie",
    roles=(),
    session=SessionId("33333333-3333-4333-8333-333333333335"),
)


class OwnServers:
    """A scratch PostgreSQL and RabbitMQ that a test may kill; a supervisor brings them back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        told = self._kkt("infra", "start", "--dir", str(folder), "--scratch")
        urls = dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines() if "=" in line)
        self.database_url = urls["KKT_DATABASE_URL"]
        self.amqp_url = urls["KKT_AMQP_URL"]

    def kill(self, name: str) -> None:
        """kill -9 of "rabbitmq" or "postgres", and wait until its supervisor has it ready again."""
        before = self._process(name)
        os.kill(before["pid"], signal.SIGKILL)
        wait_for(
            lambda: (now := self._process(name)) and now["ready"] and now["pid"] != before["pid"],
            seconds=60,
            what=f"{name} to come back",
            every=0.2,
        )

    def wipe_broker(self) -> None:
        """Stop all, throw away everything that the broker ever knew, start all."""
        self.stop()
        for data in self.folder.rglob("mnesia"):
            shutil.rmtree(data)
        self._kkt("infra", "start", "--dir", str(self.folder), "--scratch")

    def stop(self) -> None:
        self._kkt("infra", "stop", "--dir", str(self.folder))

    def _process(self, name: str) -> dict[str, object]:
        told = json.loads(self._kkt("status", "--dir", str(self.folder), "--json"))
        return next((row for row in told["processes"] if row["name"] == name), {})

    @staticmethod
    def _kkt(*arguments: str) -> str:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("KKT_")}
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments], cwd=ROOT, env=environ, capture_output=True, text=True
        )
        # `status` answers 1 while something is not ready
        assert done.returncode == 0 or arguments[0] == "status", done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="package")
def servers() -> Iterator[OwnServers]:
    configure_logs("tests")
    SERVICE_OF["EchoRpc"] = "echo"
    folder = Path(tempfile.mkdtemp(prefix="kkt-bus-"))
    folder.chmod(0o755)
    own = OwnServers(folder)
    create_echo_schema(own.database_url)
    yield own
    own.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def echo_process(servers: OwnServers) -> Iterator[EchoProcess]:
    log = servers.folder / "echo.log"
    process = EchoProcess(servers.database_url, servers.amqp_url, free_port(), log, max_workers=20)
    yield process
    process.stop()


@pytest.fixture
def echo(echo_process: EchoProcess) -> EchoProcess:
    """The room, running and ready, whatever the test before did to it."""
    if not echo_process.running():
        echo_process.start()
    wait_for(echo_process.ready, seconds=30, what="the echo service to be ready")
    return echo_process


@pytest.fixture
def bridge(servers: OwnServers, echo: EchoProcess) -> Iterator[SyncBridge]:
    bridge = SyncBridge(servers.amqp_url)
    assert bridge.wait_ready(10)
    yield bridge
    bridge.close()

"""A private RabbitMQ node of the house, with a port mapper (epmd) of its own; every socket on loopback."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from deploy.local.child import ChildSpec, Launch
from deploy.local.place import HousePlace, run_as_service
from deploy.local.ports import LOOPBACK, accepts, steady_port

LOGIN = "kkt"
VIRTUAL_HOST = "kkt"
#: Debian's wrapper in /usr/sbin uses the system's own state and user: the package's scripts are called directly.
_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_EPMD = Path("/usr/bin/epmd")
#: What a client says first, and the beginning of the frame a ready broker answers with (AMQP 0-9-1, §4.2.2).
_AMQP_GREETING = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"


def find_programs() -> Path | None:
    """The folder of the installed broker's scripts, or None."""
    return _PROGRAMS if (_PROGRAMS / "rabbitmq-server").exists() and _EPMD.exists() else None


class PrivateRabbitmq:
    """One broker node in one folder."""

    def __init__(self, place: HousePlace, programs: Path) -> None:
        self._place = place
        self._programs = programs
        self._run_as = run_as_service("rabbitmq")
        self._folder = place.data_folder("rabbitmq", self._run_as)
        self.port = steady_port(place, "rabbitmq")
        self.distribution_port = steady_port(place, "rabbitmq-distribution")
        self.epmd_port = steady_port(place, "epmd")

    @property
    def url(self) -> str:
        """Where services connect."""
        return f"amqp://{LOGIN}:{self._place.secret('rabbitmq')}@{LOOPBACK}:{self.port}/{VIRTUAL_HOST}"

    @property
    def node(self) -> str:
        """The Erlang name of the node: always the same, because its data belongs to a name (epmd is our own)."""
        return "kkt@localhost"

    @property
    def cookie(self) -> str:
        """The Erlang secret of this node."""
        return self._place.secret("erlang-cookie")

    def create(self) -> None:
        """Write the node's configuration (every start: ports may have changed) and its Erlang cookie."""
        self._write(
            "rabbitmq.conf",
            f"listeners.tcp.local = {LOOPBACK}:{self.port}\n"
            "loopback_users = none\n"
            f"default_user = {LOGIN}\n"
            f"default_pass = {self._place.secret('rabbitmq')}\n"
            f"default_vhost = {VIRTUAL_HOST}\n"
            "log.console = true\n"
            "log.console.level = warning\n"
            "log.file = false\n",
        )
        self._write("rabbitmq-env.conf", "")  # keeps the system's own settings file out
        self._write("enabled_plugins", "[].\n")
        self._write(".erlang.cookie", self.cookie, mode=0o400)

    def epmd_spec(self) -> ChildSpec:
        """The port mapper is a child of its own: started by the node it would outlive the house."""
        return ChildSpec(
            name="epmd",
            prepare=lambda: Launch(
                argv=(str(_EPMD), "-address", LOOPBACK, "-port", str(self.epmd_port)),
                env=self.environment(),
                port=self.epmd_port,
            ),
            is_ready=lambda launch: accepts(launch.port or 0),
            run_as=self._run_as,
            folder=self._folder,
        )

    def spec(self) -> ChildSpec:
        """How the supervisor runs the node: SIGTERM stops the broker in order."""
        return ChildSpec(
            name="rabbitmq",
            prepare=lambda: Launch(
                argv=(str(self._programs / "rabbitmq-server"),), env=self.environment(), port=self.port
            ),
            is_ready=lambda launch: _speaks_amqp(launch.port or 0),
            # A greeting without a sign-in is a warning in the broker's log: one of them is enough.
            still_ready=lambda launch: accepts(launch.port or 0),
            run_as=self._run_as,
            folder=self._folder,
            stop_signal=signal.SIGTERM,
            orphan_signal=signal.SIGTERM,
            stop_seconds=30,
        )

    def environment(self) -> dict[str, str]:
        """What the node and its tools need to find this house's state and nothing of the system's."""
        folder = self._folder
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "KKT_HOUSE": self._place.mark,
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG": "-color",
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # The start script then replaces itself by the Erlang machine, so our signals reach the broker itself.
            "detached": "true",
        }

    def _write(self, name: str, text: str, mode: int = 0o600) -> None:
        """A file that belongs to the service user, replaced in one step."""
        path = self._folder / name
        scratch = self._folder / f"{name}.new"
        fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as stream:
            stream.write(text)
        scratch.chmod(mode)
        self._run_as.own(scratch)
        scratch.replace(path)


async def _speaks_amqp(port: int) -> bool:
    """Whether the broker answers a greeting with Connection.Start; its listener opens after everything else is up."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(LOOPBACK, port), 2)
    except (OSError, TimeoutError):
        return False
    try:
        writer.write(_AMQP_GREETING)
        return await asyncio.wait_for(reader.readexactly(1), 2) == _METHOD_FRAME
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.close()

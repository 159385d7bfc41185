"""The table of the product's processes: the one place that says what runs and how."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.child import ChildSpec, Launch
from deploy.local.place import CHECKOUT, HousePlace
from deploy.local.ports import LOOPBACK, steady_port
from deploy.local.settings import HouseSettings


@dataclass(frozen=True)
class ServiceProcess:
    """One row: `module` is run as `python -m module arguments`."""

    name: str
    module: str
    code: str
    arguments: tuple[str, ...] = ()
    edge: bool = False
    """Edges stop first, so that nobody is let in while the rooms behind them close."""
    copies: int = 1
    orphan_signal: signal.Signals = signal.SIGKILL

    @property
    def present(self) -> bool:
        """Whether its code is in this checkout."""
        return (CHECKOUT / self.code).exists()


PROCESSES = (
    ServiceProcess("identity", "services.chassis.boot", "services/identity/service.py", ("identity",)),
    ServiceProcess("registers", "services.chassis.boot", "services/registers/service.py", ("registers",)),
    ServiceProcess("catalog", "services.chassis.boot", "services/catalog/service.py", ("catalog",)),
    ServiceProcess("catalog-worker", "services.catalog.worker", "services/catalog/worker.py"),
    # Both listen on one port (SO_REUSEPORT): the kernel shares the registers out between them.
    ServiceProcess(
        "device-gateway", "services.device_gateway.server", "services/device_gateway/server.py", edge=True, copies=2
    ),
    ServiceProcess(
        "gateway-http",
        "gunicorn",
        "gateway_http/app.py",
        (
            "--worker-class", "asgi", "--workers", "1", "--graceful-timeout", "5",
            "--worker-connections", "4000", "--no-control-socket",  # an open page holds one stream open
            # Seconds that an idle line is kept. With gunicorn's own 2 a click that comes just then is lost.
            "--keep-alive", "75",
            "--bind", "{http_host}:{http_port}", "gateway_http.app:get_app()",
        ),
        edge=True,
        orphan_signal=signal.SIGTERM,  # the leader passes it on to its worker
    ),
)  # fmt: skip


def process_names() -> list[str]:
    """Names as `kkt service NAME` takes them."""
    return [row.name for row in PROCESSES]


def command(name: str, environment: Mapping[str, str]) -> list[str]:
    """The command line of one process, its addresses taken from the environment."""
    row = next(row for row in PROCESSES if row.name == name)
    words = {
        "http_host": environment.get("KKT_HTTP_HOST", LOOPBACK),
        "http_port": environment.get("KKT_HTTP_PORT", "8000"),
    }
    return [sys.executable, "-m", row.module, *(argument.format(**words) for argument in row.arguments)]


def child_names(row: ServiceProcess) -> list[str]:
    """`name`, or `name-1`, `name-2` … when several copies run."""
    return [row.name] if row.copies == 1 else [f"{row.name}-{n}" for n in range(1, row.copies + 1)]


def service_specs(
    place: HousePlace, settings: HouseSettings, database_url: str, amqp_url: str
) -> dict[str, tuple[bool, ChildSpec]]:
    """Every process of the product for one house: name → (is an edge, how to run it)."""
    shared = {
        **os.environ,
        "KKT_HOUSE": place.mark,
        "KKT_DATABASE_URL": database_url,
        "KKT_AMQP_URL": amqp_url,
        "KKT_HTTP_HOST": settings.http_host,
        "KKT_HTTP_PORT": str(settings.http_port),
        "KKT_LINK_HOST": settings.link_host,
        "KKT_LINK_PORT": str(settings.link_port),
        "PYTHONUNBUFFERED": "1",
    }
    return {
        name: (row.edge, _spec(row, name, place, settings, shared))
        for row in PROCESSES
        if row.present and row.name not in settings.left_out
        for name in child_names(row)
    }


def _spec(
    row: ServiceProcess, name: str, place: HousePlace, settings: HouseSettings, shared: dict[str, str]
) -> ChildSpec:
    serves_own_health = row.module == "gunicorn"

    def prepare() -> Launch:
        public = (settings.http_port, settings.link_port)
        health_port = settings.http_port if serves_own_health else steady_port(place, name, besides=public)
        environment = {**shared, "KKT_HEALTH_PORT": str(health_port), "KKT_PROCESS": name}
        if row.name == "identity":  # nobody else opens what is sealed
            environment["KKT_SEAL_KEYS"] = os.environ.get("KKT_SEAL_KEYS") or place.secret("seal-key")
        else:
            environment.pop("KKT_SEAL_KEYS", None)
        return Launch(tuple(command(row.name, environment)), environment, health_port)

    return ChildSpec(
        name=name,
        prepare=prepare,
        is_ready=lambda launch: answers_ready(launch.port or 0),
        listens_itself=True,
        orphan_signal=row.orphan_signal,
    )


async def answers_ready(port: int) -> bool:
    """Whether /readyz on this loopback port answers 200 within two seconds."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                first_line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
    return first_line.split(b" ")[1:2] == [b"200"]

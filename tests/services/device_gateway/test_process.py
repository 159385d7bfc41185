"""The gateway as a process: its probes, its TLS, its end."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.local.place import CHECKOUT
from services.contracts.kkt_id import new_kkt_id
from tests.gateway_http.api.people import Person
from tests.house.running import RunningHouse
from tests.services.device_gateway.conftest import free_port
from tests.services.device_gateway.line import Line
from tests.waiting import wait_for

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(house: RunningHouse) -> Iterator[Start]:
    """Starts gateway processes on the house's bus."""
    started: list[subprocess.Popen[bytes]] = []

    def run(**settings: str) -> "subprocess.Popen[bytes]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KKT_")}
        environment |= {"KKT_AMQP_URL": house.amqp_url, "KKT_DATABASE_URL": "postgresql://unused/", **settings}
        process = subprocess.Popen(
            [sys.executable, "-m", "services.device_gateway.server"],
            cwd=CHECKOUT,
            env=environment,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def _ready(health_port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{health_port}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


async def test_it_counts_drains_and_ends(start: Start) -> None:
    port, health = free_port(), free_port()
    process = start(KKT_LINK_PORT=str(port), KKT_HEALTH_PORT=str(health))
    await asyncio.to_thread(wait_for, lambda: _ready(health), 60, "the gateway")
    stranger = Line(f"ws://127.0.0.1:{port}/link", new_kkt_id())
    assert (await stranger.open())["code"] == "unknown_id"
    told = (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{health}/metrics")).text
    assert 'kkt_hellos_total{result="unknown_id"} 1.0' in told
    assert "kkt_links 0.0" in told
    waiting = await Line(f"ws://127.0.0.1:{port}/link", new_kkt_id()).connect()
    process.send_signal(signal.SIGTERM)
    assert (await waiting.end())[0] in {4411, 4408}
    assert await asyncio.to_thread(process.wait, 20) == 0


async def test_without_a_broker_it_opens_and_tells_registers_to_come_back(start: Start, house: RunningHouse) -> None:
    port, health, broker_port = free_port(), free_port(), free_port()
    broker = urlsplit(house.amqp_url)
    here = broker._replace(netloc=f"{broker.username}:{broker.password}@127.0.0.1:{broker_port}")
    process = start(KKT_LINK_PORT=str(port), KKT_HEALTH_PORT=str(health), KKT_AMQP_URL=here.geturl())
    await asyncio.to_thread(wait_for, lambda: _listens(port), 60, "the open port")
    stranger = Line(f"ws://127.0.0.1:{port}/link", new_kkt_id())
    refused = await stranger.open()
    assert refused["code"] == "busy_server"
    assert 5 <= refused["retry_after"] <= 30
    await stranger.leave()
    assert not await asyncio.to_thread(_ready, health)
    opened: list[asyncio.StreamWriter] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(broker.hostname, broker.port)
        opened.extend((writer, far_writer))
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", broker_port):
        await asyncio.to_thread(wait_for, lambda: _ready(health), 60, "the gateway with a broker")
        assert (await stranger.open())["code"] == "unknown_id"
        await stranger.leave()
        process.kill()
        for writer in opened:
            writer.close()
            await writer.wait_closed()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A folder with cert.pem and key.pem for localhost."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    return tmp_path


async def test_it_speaks_tls_with_the_operators_certificate(start: Start, certificate: Path, owner: Person) -> None:
    port, health = free_port(), free_port()
    start(
        KKT_LINK_PORT=str(port),
        KKT_HEALTH_PORT=str(health),
        KKT_LINK_CERT=str(certificate / "cert.pem"),
        KKT_LINK_KEY=str(certificate / "key.pem"),
    )
    await asyncio.to_thread(wait_for, lambda: _ready(health), 60, "the gateway")
    register = await asyncio.to_thread(owner.add_register)
    line = Line(f"wss://localhost:{port}/link", register["kkt_id"])
    line.tls = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    assert (await line.open())["type"] == "welcome"
    await line.leave()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"KKT_LINK_CERT": "/no/such/file"}, "KKT_LINK_CERT and KKT_LINK_KEY belong together"),
        ({"KKT_LINK_CERT": "/no/such/file", "KKT_LINK_KEY": "/no/such/key"}, "cannot be used"),
        ({"KKT_LINK_PORT": "many"}, "KKT_LINK_PORT must be a whole number"),
    ],
)
def test_wrong_settings_end_it_with_a_sentence(start: Start, settings: dict[str, str], sentence: str) -> None:
    process = start(**{"KKT_LINK_PORT": str(free_port()), **settings})
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert sentence in said.decode().splitlines()[-1]

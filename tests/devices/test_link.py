"""The simulator's link over a real socket: loads through every fault of the line, refusals, coming back."""

import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from devices.sim.faults import Faults
from devices.sim.link import Link, LinkState, Pacing
from devices.sim.register import Register
from services.device_gateway.protocol.outputs import BeatReceived, Close, LoadApplied, LoadBegan, LoadWaiting
from services.device_gateway.protocol.timings import Timings
from services.device_gateway.protocol.values import PROTOCOL
from tests.devices.lists import base_hash, full, record
from tests.devices.mini_gateway import MiniGateway
from tests.devices.pair import held, started, switches

GOODS = [record(code) for code in range(1, 41)]
QUICK = Pacing(first=0.05, longest=0.1, refused_first=0.05, refused_longest=0.1)


@asynccontextmanager
async def connected(
    register: Register, address: str, tls: ssl.SSLContext | None = None, pacing: Pacing = QUICK
) -> AsyncIterator[Link]:
    """A register that tries to be connected as long as this lasts."""
    link = Link(register, address, tls, pacing)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def loaded(register: Register, gateway: MiniGateway, revision: int = 1) -> None:
    """Connect, load, and look at both ends."""
    async with gateway.open() as address, connected(register, address):
        await gateway.until(lambda: gateway.told(LoadApplied))
    assert gateway.told(LoadApplied) == [LoadApplied(f"full-{revision}", revision, base_hash(GOODS), len(GOODS))]
    assert held(register) == GOODS
    assert len(switches(register)) == 1


async def test_a_load_arrives() -> None:
    """Forty chunks, each once."""
    gateway = MiniGateway([full(GOODS, 1)])
    await loaded(started(), gateway)
    assert gateway.links[0].chunks == list(range(1, 41))


async def test_a_cut_line_goes_on_where_it_stopped() -> None:
    """The second link begins behind the chunk after which the first was cut."""
    gateway = MiniGateway([full(GOODS, 1)])
    await loaded(started(faults=Faults(["cut-after-chunk=13"])), gateway)
    assert [one.received for one in gateway.told(LoadBegan)] == [0, 13]
    assert gateway.links[1].chunks == list(range(14, 41))


async def test_lost_acks_do_not_lose_the_load() -> None:
    """The server asks where the register stands; no chunk is sent twice."""
    gateway = MiniGateway([full(GOODS, 1)], Timings(chunk_ack=0.1))
    await loaded(started(faults=Faults(["lose-acks"])), gateway)
    assert gateway.links[0].chunks == list(range(1, 41))
    assert [one.received for one in gateway.told(LoadBegan)] == [0, 8, 16, 24, 32, 40]


async def test_a_spoilt_chunk_starts_the_load_again() -> None:
    """From the first chunk."""
    gateway = MiniGateway([full(GOODS, 1)])
    await loaded(started(faults=Faults(["wrong-hash"])), gateway)
    assert gateway.links[0].chunks == [*range(1, 41), *range(1, 41)]


async def test_a_slow_line_is_slow_and_arrives() -> None:
    """At the rate that was asked for."""
    gateway = MiniGateway([full(GOODS, 1, cut=0)])
    began = asyncio.get_running_loop().time()
    await loaded(started(faults=Faults(["slow-line=8000"])), gateway)
    assert asyncio.get_running_loop().time() - began > full(GOODS, 1).plan.bytes / 8000


async def test_a_silent_register_is_dropped_and_comes_back() -> None:
    """After two and a half heartbeats."""
    gateway = MiniGateway([full(GOODS, 1)], Timings(heartbeat=1))
    await loaded(started(faults=Faults(["silence=4"])), gateway)
    assert [one.reason.name for one in gateway.links[0].told if isinstance(one, Close)] == ["silent"]
    assert len(gateway.links) == 2


async def test_beats_keep_a_link_alive() -> None:
    """And say what is held."""
    gateway = MiniGateway(timings=Timings(heartbeat=1))
    async with gateway.open() as address, connected(started(), address):
        beats = await gateway.until(lambda: (found := gateway.told(BeatReceived))[3:] and found)
        assert beats[0].beat.goods.base_hash == "0" * 64
        assert len(gateway.links) == 1


async def test_a_mode_change_is_told_at_once_and_a_waiting_load_goes_on() -> None:
    """Sales mode holds it, the main menu lets it go."""
    register = started()
    register.set_mode("sales")
    gateway = MiniGateway([full(GOODS, 1)])
    async with gateway.open() as address, connected(register, address) as link:
        await gateway.until(lambda: gateway.told(LoadWaiting))
        await link.say(register.set_mode("menu"))
        await gateway.until(lambda: gateway.told(LoadApplied))


async def test_a_refused_register_tries_again_and_tells_why() -> None:
    """With its own code on the slip, and until it is let in."""
    gateway = MiniGateway()
    gateway.refusal = lambda hello: ("key_wrong", None) if len(gateway.hellos) < 3 else None
    async with gateway.open() as address, connected(started(), address) as link:
        await gateway.until(lambda: len(gateway.hellos) == 2)
        await _until(lambda: link.state is LinkState.REFUSED)
        assert (link.refusal, link.error) == ("key_wrong", "513")
        await gateway.until(lambda: gateway.links)
        await _until(lambda: link.state is LinkState.LINKED)
        assert (link.refusal, link.error, link.epoch) == (None, None, 1)


async def test_waits_that_the_server_names_are_kept() -> None:
    """`retry_after` of a refusal, `reconnect_after` of a server that stops."""
    gateway = MiniGateway()
    gateway.refusal = lambda hello: ("busy_server", 1) if len(gateway.hellos) == 1 else None
    now = asyncio.get_running_loop().time
    async with gateway.open() as address, connected(started(), address):
        await gateway.until(lambda: gateway.hellos)
        began = now()
        await gateway.until(lambda: gateway.links)
        assert now() - began > 0.9
        one = gateway.links[0]
        await gateway.carry(one, one.link.drain(1, now()))
        began = now()
        await gateway.until(lambda: len(gateway.links) == 2)
        assert now() - began > 0.9


async def test_what_the_server_says_wrong_is_answered_by_name() -> None:
    """An unknown message gets an error and the link stays; a malformed one ends it."""
    heard: list[str] = []
    closes: list[tuple[int | None, str | None]] = []

    async def talk(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send('{"type":"welcome","server_time":"2026-03-02T07:40:00Z","heartbeat_seconds":30,"epoch":1}')
        await socket.send('{"type":"read_sales","id":4}')
        heard.append(str(await socket.recv()))
        await socket.send('{"type":"load_end","id":"5"}')
        await socket.wait_closed()
        closes.append((socket.close_code, socket.close_reason))

    async with serve(talk, "127.0.0.1", 0, subprotocols=[Subprotocol(PROTOCOL)]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connected(started(), f"ws://127.0.0.1:{port}/link"):
            await _until(lambda: closes)
    answer = json.loads(heard[0])
    assert answer == {
        "type": "error",
        "code": "unknown_message",
        "id": 4,
        "about": "read_sales",
        "register_code": "262",
    }
    assert closes[0] == (4400, "malformed_message")


@pytest.mark.parametrize(
    ("address", "code"),
    [("ws://127.0.0.1:1/link", "433"), ("http://127.0.0.1/", "430"), ("ws://no-such-host.invalid/link", "432")],
)
async def test_a_server_that_is_not_there_has_its_code(address: str, code: str) -> None:
    """The register's own table has one for each."""
    async with connected(started(), address) as link:
        await _until(lambda: link.error)
        assert link.error == code


async def test_the_link_goes_over_tls(tmp_path: Path) -> None:
    """With the authority that was named, and with no other."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    gateway = MiniGateway([full(GOODS, 1)])
    async with gateway.open(server) as address:
        trusting = ssl.create_default_context(cafile=str(certificate))
        async with connected(started(), address, trusting):
            await gateway.until(lambda: gateway.told(LoadApplied))
        async with connected(started(), address, ssl.create_default_context()) as link:
            await _until(lambda: link.error)
            assert link.state is not LinkState.LINKED


async def _until(fact: object) -> None:
    """Wait for a fact inside this process."""
    assert callable(fact)
    async with asyncio.timeout(10):
        while not fact():  # noqa: ASYNC110 - states of the link have no event
            await asyncio.sleep(0.01)

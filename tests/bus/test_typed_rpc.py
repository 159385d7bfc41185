"""Typed RPC over a real broker: types, refusals, walls, deadlines, and the measured traps of the stack."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import amqp
import msgspec
import pytest

from services.chassis.bridge import Bridge
from services.chassis.bus_client import connect_broker
from services.chassis.exchanges import RPC_EXCHANGE
from services.chassis.request import request_context
from services.chassis.rpc_wire import RemoteError
from services.chassis.sync_bridge import SyncBridge
from services.contracts.refusals import Invalid, RequestIdReused, TooLarge, Unavailable
from services.contracts.registers import RegistersRpc
from services.contracts.values import RegisterId, SystemActor
from tests.bus.conftest import ALICE, CHARLIE, OwnServers
from tests.bus.echo_contract import EchoRpc, NoSuchThing, Thing
from tests.bus.echo_room import EchoProcess
from tests.waiting import wait_for

ANYBODY = SystemActor(name="tests")


def test_values_and_refusals_cross_the_bus_as_themselves(bridge: SyncBridge) -> None:
    name = f"thing {uuid.uuid4()}"
    bridge.call(EchoRpc.keep, ALICE, Thing(name=name, price=12345), "")
    assert bridge.call(EchoRpc.find, ALICE, name) == Thing(name=name, price=12345)
    with pytest.raises(NoSuchThing) as refused:
        bridge.call(EchoRpc.find, ALICE, "nothing")
    assert refused.value.params == {"name": "nothing"}


def test_an_outsider_sees_nothing(bridge: SyncBridge) -> None:
    name = f"thing {uuid.uuid4()}"
    bridge.call(EchoRpc.keep, ALICE, Thing(name=name), "")
    with pytest.raises(NoSuchThing):
        bridge.call(EchoRpc.find, CHARLIE, name)
    assert bridge.call(EchoRpc.kept, CHARLIE) == ()


def test_a_call_runs_as_the_accounts_role(bridge: SyncBridge) -> None:
    assert bridge.call(EchoRpc.whoami, ALICE) == ("kkt_echo", ALICE.account)


def test_a_bug_on_the_other_side_is_told_as_one(bridge: SyncBridge) -> None:
    with pytest.raises(RemoteError, match="this is a bug"):
        bridge.call(EchoRpc.break_down, ANYBODY)
    assert bridge.call(EchoRpc.echo, ANYBODY, "still here") == "still here"


def test_malformed_arguments_are_refused(bridge: SyncBridge) -> None:
    with pytest.raises(Invalid):
        bridge.call(EchoRpc.echo, ANYBODY, 17)  # type: ignore[arg-type]


def test_a_request_above_the_limit_is_not_sent(bridge: SyncBridge) -> None:
    with pytest.raises(TooLarge):
        bridge.call(EchoRpc.echo, ANYBODY, "x" * 300_000)


def test_a_slow_query_stops_nobody_else(bridge: SyncBridge) -> None:
    # psycopg's own wait would stop every green thread of the process for as long as the query takes
    slow = threading.Thread(target=bridge.call, args=(EchoRpc.pause, ANYBODY, 3.0))
    slow.start()
    started = time.monotonic()
    while slow.is_alive() and time.monotonic() - started < 2.0:
        before = time.monotonic()
        bridge.call(EchoRpc.echo, ANYBODY, "x")
        assert time.monotonic() - before < 1.0
    slow.join()
    assert time.monotonic() - started >= 2.0


def test_as_many_calls_run_at_once_as_there_are_workers(bridge: SyncBridge) -> None:
    # nameko's default prefetch of 10 would make the last two of these twelve wait for the others
    started = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(lambda _: bridge.call(EchoRpc.pause, ANYBODY, 2.0), range(12))) == 12
    assert time.monotonic() - started < 3.9


def test_a_call_ends_at_its_deadline(servers: OwnServers, echo: EchoProcess) -> None:
    hasty = SyncBridge(servers.amqp_url, timeout=0.5)
    assert hasty.wait_ready(10)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        hasty.call(EchoRpc.pause, ANYBODY, 5.0)
    assert time.monotonic() - started < 2
    hasty.close()


def test_a_service_that_nobody_keeps_is_told_at_once(bridge: SyncBridge) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        bridge.call(RegistersRpc.get_register, ALICE, RegisterId("x"))
    assert time.monotonic() - started < 2


def test_the_same_request_runs_once(bridge: SyncBridge) -> None:
    name = f"thing {uuid.uuid4()}"
    with request_context("one", idempotency_key=name):
        first = bridge.call(EchoRpc.keep, ALICE, Thing(name=name), "")
        again = bridge.call(EchoRpc.keep, ALICE, Thing(name=name), "")
        assert first == again
        with pytest.raises(RequestIdReused):
            bridge.call(EchoRpc.keep, ALICE, Thing(name=name, price=1), "")
    assert bridge.call(EchoRpc.kept, ALICE).count(name) == 1


def send_keep(servers: OwnServers, name: str, times: int, **headers: str) -> None:
    """Put a call of `keep` into the service's queue by hand, so many times."""
    connection = connect_broker(servers.amqp_url)
    channel = connection.channel()
    body = msgspec.json.encode(
        {"args": [], "kwargs": {"actor": msgspec.to_builtins(ALICE), "thing": {"name": name}, "then": ""}}
    )
    told = {"nameko.request_id": "r", "nameko.idempotency_key": f"call/{name}"}
    for _ in range(times):
        message = amqp.Message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id="1",
            reply_to="nobody",
            application_headers={**told, **{f"nameko.{key}": value for key, value in headers.items()}},
        )
        channel.basic_publish(message, exchange=RPC_EXCHANGE, routing_key="echo.keep")
    connection.close()


def test_a_message_delivered_twice_writes_once(bridge: SyncBridge, servers: OwnServers) -> None:
    name = f"thing {uuid.uuid4()}"
    send_keep(servers, name, times=2)
    wait_for(lambda: name in bridge.call(EchoRpc.kept, ALICE), what="the write")
    # whatever is behind both messages in the queue is answered after them
    for _ in range(25):
        bridge.call(EchoRpc.echo, ANYBODY, "behind them")
    assert bridge.call(EchoRpc.kept, ALICE).count(name) == 1


def test_a_call_whose_caller_gave_up_long_ago_is_not_run(bridge: SyncBridge, servers: OwnServers) -> None:
    late, good = f"thing {uuid.uuid4()}", f"thing {uuid.uuid4()}"
    send_keep(servers, late, times=1, deadline=str(time.time() - 60))
    send_keep(servers, good, times=1, deadline=str(time.time() + 10))
    wait_for(lambda: good in bridge.call(EchoRpc.kept, ALICE), what="the call behind it")
    for _ in range(25):
        bridge.call(EchoRpc.echo, ANYBODY, "behind them")
    assert late not in bridge.call(EchoRpc.kept, ALICE)


async def test_the_asyncio_side_of_the_bus(servers: OwnServers, echo: EchoProcess) -> None:
    bus = Bridge(servers.amqp_url)
    await bus.start()
    assert bus.ready
    assert await bus.call(EchoRpc.echo, ANYBODY, "привет") == "привет"
    with pytest.raises(NoSuchThing):
        await bus.call(EchoRpc.find, ALICE, "nothing")
    with pytest.raises(Unavailable):
        await bus.with_timeout(0.3).call(EchoRpc.pause, ANYBODY, 3.0)
    await bus.stop()

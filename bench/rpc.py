"""`python -m bench.rpc`: typed RPC over the bus against raw py-amqp, one after the other and 50 at a time.

The floor is a process that answers each message with its own body, called over one bare connection. Both run in turn
against the same broker, several rounds, and the ratio is quoted round by round.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import amqp

from bench.figures import milliseconds
from deploy.local.ports import free_port
from services.chassis.bridge import Bridge
from services.chassis.bus_client import connect_broker, pump
from services.chassis.rpc_wire import SERVICE_OF
from services.chassis.sync_bridge import SyncBridge
from services.contracts.values import SystemActor
from tests.bus.echo_contract import EchoRpc
from tests.bus.echo_room import EchoProcess, create_echo_schema
from tests.house.servers import scratch_place, start_servers, stop_servers

ROUNDS = 5
CALLS = 2000  # of one round
AT_ONCE = 50
TEXT = "x" * 200
ACTOR = SystemActor(name="bench")


def answer_for_ever(url: str, queue: str) -> None:
    """The floor's other side."""
    connection = connect_broker(url)
    channel = connection.channel()
    channel.queue_declare(queue, durable=False, auto_delete=True)
    channel.basic_qos(0, 100, False)

    def answer(message: amqp.Message) -> None:
        properties = message.properties
        reply = amqp.Message(message.body, correlation_id=properties["correlation_id"])
        channel.basic_publish(reply, exchange="", routing_key=properties["reply_to"])
        message.channel.basic_ack(message.delivery_tag)

    channel.basic_consume(queue, callback=answer)
    while True:
        pump(connection, 1)


class Floor:
    """A bare requester on one connection."""

    def __init__(self, url: str, queue: str) -> None:
        self.queue = queue
        self.connection = connect_broker(url)
        self.channel = self.connection.channel()
        self.channel.queue_declare(queue, durable=False, auto_delete=True)
        self.replies, _, _ = self.channel.queue_declare("", exclusive=True, auto_delete=True)
        self.answered = 0
        self.channel.basic_consume(self.replies, no_ack=True, callback=self._count)

    def _count(self, _message: amqp.Message) -> None:
        self.answered += 1

    def _send(self) -> None:
        message = amqp.Message(TEXT, reply_to=self.replies, correlation_id=uuid.uuid4().hex)
        self.channel.basic_publish(message, exchange="", routing_key=self.queue)

    def sequential(self) -> list[float]:
        """Times of CALLS calls, each sent when the one before was answered."""
        times = []
        for _ in range(CALLS):
            started, before = time.perf_counter(), self.answered
            self._send()
            while self.answered == before:
                pump(self.connection, 1)
            times.append(time.perf_counter() - started)
        return times

    def concurrent(self) -> float:
        """Seconds of CALLS calls with AT_ONCE of them under way."""
        started, first, sent = time.perf_counter(), self.answered, 0
        while self.answered - first < CALLS:
            while sent < CALLS and sent - (self.answered - first) < AT_ONCE:
                self._send()
                sent += 1
            pump(self.connection, 1)
        return time.perf_counter() - started


async def concurrent_calls(url: str) -> float:
    """Seconds of CALLS typed calls with AT_ONCE of them under way, from one event loop."""
    bus = Bridge(url)
    await bus.start()
    left = iter(range(CALLS))

    async def caller() -> None:
        for _ in left:
            await bus.call(EchoRpc.echo, ACTOR, TEXT)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - started
    await bus.stop()
    return seconds


def sequential_calls(bridge: SyncBridge) -> list[float]:
    """Times of CALLS typed calls, one after the other."""
    times = []
    for _ in range(CALLS):
        started = time.perf_counter()
        bridge.call(EchoRpc.echo, ACTOR, TEXT)
        times.append(time.perf_counter() - started)
    return times


def measure(amqp_url: str) -> None:
    """Run all rounds and print them."""
    bridge = SyncBridge(amqp_url)
    if not bridge.wait_ready(10):
        sys.exit("The broker does not answer.")
    queue = f"bench-{uuid.uuid4()}"
    other = multiprocessing.get_context("spawn").Process(target=answer_for_ever, args=(amqp_url, queue), daemon=True)
    other.start()
    floor = Floor(amqp_url, queue)
    floor._send()
    while floor.answered == 0:
        pump(floor.connection, 1)
    one_by_one, at_once = [], []
    for number in range(1, ROUNDS + 1):
        bare, typed = floor.sequential(), sequential_calls(bridge)
        bare_many, typed_many = floor.concurrent(), asyncio.run(concurrent_calls(amqp_url))
        one_by_one.append(statistics.median(typed) / statistics.median(bare))
        at_once.append(typed_many / bare_many)
        print(f"round {number}")
        print(f"  one by one  floor {milliseconds(bare)}   typed {milliseconds(typed)}   {one_by_one[-1]:.2f}x")
        print(
            f"  {AT_ONCE} at once  floor {CALLS / bare_many:.0f}/s   typed {CALLS / typed_many:.0f}/s"
            f"   {at_once[-1]:.2f}x the time"
        )
    print(
        f"median of {ROUNDS} rounds: one by one {statistics.median(one_by_one):.2f}x, "
        f"{AT_ONCE} at once {statistics.median(at_once):.2f}x the floor's time"
    )
    bridge.close()
    other.terminate()


def main() -> None:
    """Own servers, own echo service, five rounds."""
    SERVICE_OF["EchoRpc"] = "echo"
    servers = start_servers(scratch_place("bench"))
    database_url, amqp_url = servers.create_empty_database(), servers.create_vhost()
    create_echo_schema(database_url)
    with tempfile.TemporaryDirectory() as folder:
        echo = EchoProcess(database_url, amqp_url, free_port(), Path(folder) / "echo.log", max_workers=AT_ONCE)
        try:
            echo.start()
            measure(amqp_url)
        finally:
            echo.stop()
            stop_servers(servers)


if __name__ == "__main__":
    main()

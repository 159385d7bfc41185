"""Facts for the journal on the bus: large ones are pulled by parts, open pages get none, each reader gets all."""

import uuid
from typing import Any

import msgspec
import pytest

from services.chassis.consumer import ConsumerLoop, read_cursor
from services.chassis.database import Database
from services.chassis.event_log import PULL_BYTES, record
from services.chassis.journal import changed
from services.chassis.subscription import Subscription
from services.chassis.sync_bridge import SyncBridge
from services.contracts.events import MAX_EVENTS_PULL, EventLogRpc, EventRecord
from services.contracts.journal import Change, WrittenEvent
from services.contracts.live import LIVE_EXCHANGE, LiveMessage
from services.contracts.values import SystemActor
from tests.bus.conftest import ALICE, OwnServers
from tests.bus.echo_contract import ThingNoticed
from tests.waiting import wait_for

ANYBODY = SystemActor(name="tests")
LARGE = 200  # facts


def last_number(database: Database) -> int:
    with database.system() as session:
        last: int = session.connection().exec_driver_sql("SELECT last FROM echo.event_counter").scalar_one()
        return last


@pytest.fixture(params=["x", "Я", "\x01"], ids=["latin", "russian", "control characters"])
def letter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_many_large_facts_are_all_pulled_in_order_in_answers_of_bounded_size(
    bridge: SyncBridge, servers: OwnServers, letter: str
) -> None:
    database = Database(servers.database_url, "echo", 2)
    before = last_number(database)
    names = [f"{uuid.uuid4()} {letter * (10 * 1024 // len(letter.encode()))}" for _ in range(LARGE)]
    with database.account(ALICE.account, ALICE) as session:
        for name in names:
            record(session, ALICE.account, ThingNoticed(name=name))
    wait_for(lambda: last_number(database) == before + LARGE, what="all facts to be numbered")
    pulled: list[EventRecord] = []
    after = before
    while True:
        answer = bridge.call_service("echo", EventLogRpc.events_after, ANYBODY, after, MAX_EVENTS_PULL)
        if not answer:
            break
        size = sum(len(msgspec.json.encode(fact.body)) for fact in answer)
        assert len(answer) == 1 or size <= PULL_BYTES
        assert len(answer) < LARGE
        pulled += answer
        after = answer[-1].number
    assert [fact.number for fact in pulled] == list(range(before + 1, before + LARGE + 1))
    assert [fact.body["name"] for fact in pulled] == names
    database.close()


def test_open_pages_do_not_get_what_is_for_the_journal(bridge: SyncBridge, servers: OwnServers) -> None:
    live: list[LiveMessage] = []

    def show(_key: str, body: dict[str, Any]) -> None:
        live.append(msgspec.convert(body, LiveMessage))

    page = Subscription(servers.amqp_url, LIVE_EXCHANGE, "topic", show)
    page.bind(ALICE.account)
    page.start()
    database = Database(servers.database_url, "echo", 2)

    def is_heard(name: str) -> bool:
        """Whether the page hears; tells the fact again until it does."""
        with database.account(ALICE.account, ALICE) as session:
            changed(session, ALICE.account, "thing", "1", name, {"price": 1}, {"price": 2})
        with database.account(ALICE.account, ALICE) as session:
            record(session, ALICE.account, ThingNoticed(name=name))
        return any(message.body.get("name") == name for message in live)

    wait_for(lambda: is_heard("a fact for pages"), what="the page to hear")
    assert {message.kind for message in live} == {"thing_noticed"}
    page.stop()
    database.close()


def test_two_readers_of_one_source_each_hear_every_fact(bridge: SyncBridge, servers: OwnServers) -> None:
    database = Database(servers.database_url, "echo", 4)
    heard: dict[str, list[str]] = {"one": [], "two": []}

    def loop_of(reader: str) -> ConsumerLoop:
        def hear(session: object, fact: EventRecord, event: WrittenEvent) -> None:
            heard[reader].append(event.what)

        return ConsumerLoop(database, bridge, servers.amqp_url, "echo", {WrittenEvent: hear}, reader)

    whats = [f"what {uuid.uuid4()}" for _ in range(5)]
    before = last_number(database)
    with database.account(ALICE.account, ALICE) as session:
        for what in whats:
            record(session, ALICE.account, WrittenEvent(what, (Change("thing", "1", "x", None, {}),)))
    wait_for(lambda: last_number(database) == before + len(whats), what="all facts to be numbered")
    for reader in heard:
        loop = loop_of(reader)
        while loop.pull():
            pass
    assert all([what for what in told if what in whats] == whats for told in heard.values())
    with database.system() as session:
        assert read_cursor(session, "echo:one") == read_cursor(session, "echo:two") == before + len(whats)
    database.close()

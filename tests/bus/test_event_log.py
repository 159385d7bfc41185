"""The event log over a real broker and database: a committed fact reaches its handler, whatever dies in between."""

import contextlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.chassis.consumer import read_cursor
from services.chassis.database import Database, sqlalchemy_url
from services.chassis.dead_letters import DeadLetter, ask_again, drop_letter, list_letters
from services.chassis.event_log import record
from services.chassis.exchanges import FACTS_EXCHANGE
from services.chassis.handled_requests import forget_requests
from services.chassis.housekeeping import Housekeeping
from services.chassis.relay import number_events
from services.chassis.sync_bridge import SyncBridge
from services.contracts.events import EventLogRpc
from services.contracts.refusals import NotFound, Unavailable
from services.contracts.values import SystemActor
from tests.bus.conftest import ALICE, OwnServers
from tests.bus.echo_contract import EchoRpc, Thing, ThingNoticed
from tests.bus.echo_room import EchoProcess
from tests.waiting import wait_for

ANYBODY = SystemActor(name="tests")


def heard(bridge: SyncBridge, name: str) -> int:
    """How often a handler ran for that fact; 0 while the room cannot answer."""
    with contextlib.suppress(Unavailable):
        return bridge.call(EchoRpc.heard, ALICE).count(name)
    return 0


def assert_a_fact_goes_through(bridge: SyncBridge, name: str) -> None:
    """Within its deadlines the room takes a write again, and the fact of it reaches its handler."""

    def keep() -> bool:
        with contextlib.suppress(Unavailable):
            bridge.call(EchoRpc.keep, ALICE, Thing(name=name), "")
            return True
        return False

    wait_for(keep, seconds=40, what="the service to answer again")
    wait_for(lambda: heard(bridge, name), seconds=40, what="the fact")


def letter_with(database: Database, name: str) -> DeadLetter:
    """The dead letter whose error tells that name."""
    with database.system() as session:
        return next(letter for letter in list_letters(session) if name in letter.error)


def test_a_fact_reaches_its_handler_once(bridge: SyncBridge) -> None:
    names = [f"fact {uuid.uuid4()}" for _ in range(20)]
    for name in names:
        bridge.call(EchoRpc.keep, ALICE, Thing(name=name), "")
    wait_for(lambda: heard(bridge, names[-1]), what="the last fact")
    told = [name for name in bridge.call(EchoRpc.heard, ALICE) if name in names]
    assert told == names


def test_numbers_are_gapless_and_in_order(bridge: SyncBridge) -> None:
    name = f"fact {uuid.uuid4()}"
    bridge.call(EchoRpc.keep, ALICE, Thing(name=name), "")
    wait_for(lambda: heard(bridge, name), what="the fact")
    records = bridge.call_service("echo", EventLogRpc.events_after, ANYBODY, 0, 200)
    assert [record.number for record in records] == list(range(1, len(records) + 1))
    assert [record.type for record in records if record.body["name"] == name] == ["thing_kept", "thing_noticed"]
    assert records[-1].actor == ALICE


def test_the_cursor_passes_facts_that_nobody_asked_for(bridge: SyncBridge, servers: OwnServers) -> None:
    bridge.call(EchoRpc.keep, ALICE, Thing(name=f"fact {uuid.uuid4()}"), "")
    database = Database(servers.database_url, "echo", 1)

    def caught_up() -> bool:
        with database.system() as session:
            last = session.execute(sa.text("SELECT last FROM echo.event_counter")).scalar_one()
            return last > 0 and read_cursor(session, "echo") == last

    wait_for(caught_up, what="the cursor at the last fact")
    database.close()


def test_two_relays_that_both_believe_to_lead_number_each_fact_once(echo: EchoProcess, servers: OwnServers) -> None:
    echo.stop()
    database = Database(servers.database_url, "echo", 4)
    names = [f"fact {uuid.uuid4()}" for _ in range(200)]
    with database.account(ALICE.account, ALICE, "r") as session:
        for name in names:
            record(session, ALICE.account, ThingNoticed(name=name))

    def number(_: int) -> list[int]:
        with database.system() as session:
            return [fact.number for fact in number_events(session)]

    with ThreadPoolExecutor(4) as pool:
        given = [one for numbers in pool.map(number, range(8)) for one in numbers]
    assert sorted(given) == list(range(min(given), min(given) + len(names)))
    database.close()


def test_old_requests_and_facts_are_forgotten_in_batches(servers: OwnServers) -> None:
    database = Database(servers.database_url, "echo", 2)
    with database.system() as session:
        session.execute(
            sa.text(
                "INSERT INTO echo.handled_request (account_id, request_key, body_hash, at)"
                " SELECT :account, 'old ' || n, '', now() - interval '2 days' FROM generate_series(1, 12000) n"
            ),
            {"account": ALICE.account},
        )
        session.execute(
            sa.text(
                "INSERT INTO echo.handled_request (account_id, request_key, body_hash) VALUES (:account, 'new', '')"
            ),
            {"account": ALICE.account},
        )
    assert Housekeeping(database).forget_all(forget_requests) == 12_000
    with database.system() as session:
        left = session.execute(sa.text("SELECT request_key FROM echo.handled_request")).scalars().all()
    assert "new" in left
    assert not any(key.startswith("old") for key in left)
    database.close()


def test_a_crash_between_commit_and_publish_loses_nothing(bridge: SyncBridge, echo: EchoProcess) -> None:
    name = f"fact {uuid.uuid4()}"
    with pytest.raises(Unavailable):
        bridge.call(EchoRpc.keep, ALICE, Thing(name=name), "crash")
    assert echo.process is not None
    assert echo.process.wait(10) == 9
    echo.start()
    wait_for(lambda: heard(bridge, name), seconds=20, what="the fact of the dead process")
    # the broker delivered the unacknowledged call again, and the second run found the first
    assert bridge.call(EchoRpc.kept, ALICE).count(name) == 1
    assert heard(bridge, name) == 1


def test_a_fact_that_fails_is_buried_the_next_goes_on_and_people_retry_it(
    bridge: SyncBridge, servers: OwnServers
) -> None:
    poison, good = f"poison {uuid.uuid4()}", f"fact {uuid.uuid4()}"
    bridge.call(EchoRpc.keep, ALICE, Thing(name=poison), "")
    bridge.call(EchoRpc.keep, ALICE, Thing(name=good), "")
    wait_for(lambda: heard(bridge, good), seconds=20, what="the fact behind the bad one")
    database = Database(servers.database_url, "echo", 1)
    number = letter_with(database, poison).number

    def again() -> None:
        with database.system() as session:
            ask_again(session, "echo", number)
        bridge.client.publish(FACTS_EXCHANGE, "echo", b"{}")

    again()
    wait_for(lambda: not letter_with(database, poison).retry, what="the second failure")
    bridge.call(EchoRpc.keep, ALICE, Thing(name=f"antidote to {poison}"), "")
    again()
    wait_for(lambda: heard(bridge, poison) == 1, what="the fact that was tried again")
    with database.system() as session:
        assert all(poison not in letter.error for letter in list_letters(session))
        with pytest.raises(NotFound):
            drop_letter(session, "echo", number)
    database.close()


def test_a_broker_that_is_killed_comes_back_to_work(bridge: SyncBridge, servers: OwnServers) -> None:
    name = f"fact {uuid.uuid4()}"
    servers.kill("rabbitmq")
    wait_for(lambda: bridge.client.ready, seconds=20, what="the client's connections")
    assert_a_fact_goes_through(bridge, name)


def test_a_database_that_is_killed_comes_back_to_work(bridge: SyncBridge, servers: OwnServers) -> None:
    name = f"fact {uuid.uuid4()}"
    servers.kill("postgres")
    assert_a_fact_goes_through(bridge, name)


def test_a_wiped_broker_loses_no_fact(servers: OwnServers, echo: EchoProcess) -> None:
    name = f"fact {uuid.uuid4()}"
    bridge = SyncBridge(servers.amqp_url)
    assert bridge.wait_ready(10)
    echo.stop()
    engine = sa.create_engine(sqlalchemy_url(servers.database_url), poolclass=sa.NullPool)
    with engine.begin() as connection:  # a fact that was committed and never told of
        connection.execute(
            sa.text(
                "INSERT INTO echo.event_log (account_id, type, body, actor, request_id) VALUES (:account, 'thing_kept',"
                " jsonb_build_object('type', 'thing_kept', 'name', cast(:name AS text)),"
                ' \'{"kind": "system", "name": "tests"}\', \'r\')'
            ),
            {"account": ALICE.account, "name": name},
        )
    servers.wipe_broker()
    echo.start()
    wait_for(lambda: bridge.client.ready, seconds=30, what="the client's connections")
    wait_for(lambda: heard(bridge, name) == 1, seconds=40, what="the fact")
    bridge.close()

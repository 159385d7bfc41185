"""What an account asks of a room does not stand in the way of another's, and never in its own for good."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from services.chassis.account_turns import OF_THE_ONLY_ACCOUNT
from services.chassis.sync_bridge import SyncBridge
from tests.bus.conftest import ALICE, CHARLIE, OwnServers
from tests.bus.echo_contract import EchoRpc
from tests.waiting import wait_for

LOCK = 4711
MANY = 20  # calls of one account: more than the room handles at a time

UNDER_WAY = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND application_name = 'kkt-echo'"


def under_way(holder: psycopg.Connection) -> int:
    """How many calls of the room wait for the lock."""
    row = holder.execute(UNDER_WAY).fetchone()
    assert row is not None
    return int(row[0])


def test_many_calls_of_one_account_leave_turns_for_others(bridge: SyncBridge, servers: OwnServers) -> None:
    with psycopg.connect(servers.database_url, autocommit=True) as holder, ThreadPoolExecutor(MANY) as callers:
        holder.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        calls = [callers.submit(bridge.call, EchoRpc.wait_behind, ALICE, LOCK) for _ in range(MANY)]
        try:
            wait_for(lambda: under_way(holder) == OF_THE_ONLY_ACCOUNT, what="the calls under way")
            assert bridge.call(EchoRpc.whoami, CHARLIE) == ("kkt_echo", CHARLIE.account)
            assert not any(call.done() for call in calls)
            wait_for(lambda: under_way(holder) > OF_THE_ONLY_ACCOUNT, what="further calls beside those that are long")
        finally:
            holder.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
        assert [call.result() for call in calls] == [LOCK] * MANY


def test_what_a_call_asks_of_rooms_is_a_part_of_its_own_turn(bridge: SyncBridge) -> None:
    with ThreadPoolExecutor(MANY) as callers:
        calls = [callers.submit(bridge.call, EchoRpc.ask_oneself, ALICE) for _ in range(MANY)]
        assert [call.result() for call in calls] == [("kkt_echo", ALICE.account)] * MANY

"""From the operator's word to the last row: an account is deleted, and every room forgets it and nothing else."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.chassis.database import plain_url
from services.chassis.sync_bridge import SyncBridge
from services.contracts.limits import AccountState
from services.contracts.operator import OperatorRpc
from services.contracts.refusals import NotFound
from services.contracts.values import AccountId, SystemActor
from tests.end_to_end.conftest import Clerk, Simulator
from tests.house.running import RunningHouse
from tests.services.forgotten_rows import rows_of
from tests.services.identity_facts import account_of
from tests.waiting import wait_for

OPERATOR = SystemActor(name="kkt admin")
GOODS = "Код;Наименование;Цена;Штрихкод\n1;Хлеб;50;4600000000017\n2;Молоко;90;4600000000024\n"


@pytest.fixture
def bus(house: RunningHouse) -> Iterator[SyncBridge]:
    with contextlib.closing(SyncBridge(house.amqp_url, timeout=20)) as bridge:
        assert bridge.wait_ready(20)
        yield bridge


def shop(house: RunningHouse, clerk: Clerk, folder: Path) -> AccountId:
    """The clerk's account with goods and a register that was loaded; its simulator is stopped again."""
    clerk.import_text(GOODS, folder)
    register = clerk.post("/registers", {"name": "Касса"})
    simulator = Simulator(house, register["kkt_id"], folder / str(clerk.client_number))
    simulator.start()
    try:
        exchange = clerk.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})
        assert clerk.wait(f"/exchanges/{exchange['id']}", {"applied", "failed"})["state"] == "applied"
    finally:
        simulator.stop()
    return account_of(house.database_url, int(clerk.client_number))


def let_time_pass(house: RunningHouse, account: AccountId) -> None:
    """The thirty days are over."""
    with psycopg.connect(plain_url(house.database_url)) as connection:
        connection.execute("SET ROLE kkt_identity_system")
        connection.execute(
            "UPDATE identity.account SET delete_at = now() - interval '1 minute' WHERE account_id = %s", (account,)
        )


def test_a_deleted_account_is_forgotten_by_every_room_and_its_neighbour_by_none(
    house: RunningHouse, bus: SyncBridge, tmp_path: Path
) -> None:
    gone, stays = Clerk(house), Clerk(house)
    url = house.database_url
    account, neighbour = shop(house, gone, tmp_path), shop(house, stays, tmp_path)
    announced = bus.call(OperatorRpc.delete_account, OPERATOR, account, "Договор окончен")
    assert announced.state is AccountState.DELETING and announced.delete_at is not None
    assert rows_of(url, "catalog", account)["item"] == 2
    let_time_pass(house, account)
    # The fact that it is gone stays until facts of that age are forgotten: rooms that were away have yet to hear it.
    wait_for(lambda: rows_of(url, "identity", account) == {"event_log": 1}, 60, "identity to forget the account")
    for room in ("registers", "catalog"):
        wait_for(lambda room=room: rows_of(url, room, account) == {}, 60, f"{room} to forget the account")
    with pytest.raises(NotFound):
        bus.call(OperatorRpc.get_operated_account, OPERATOR, account)
    assert rows_of(url, "catalog", neighbour)["item"] == 2
    assert [one["name"] for one in stays.get("/registers")["items"]] == ["Касса"]

"""Kill -9 any one process, the broker or the database during a load: it still ends applied, once, hash and all."""

from pathlib import Path

import pytest

from services.contracts.goods_record import base_hash_of, canonical_line
from tests.end_to_end.conftest import Clerk, Simulator
from tests.house.running import RunningHouse
from tests.waiting import wait_for

ENDED = {"applied", "failed", "cancelled", "superseded", "expired"}
ITEMS = 1500
SLOW_LINE = 25_000  # bytes a second: the load takes some eight seconds
VICTIMS = [
    "device-gateway-1",
    "device-gateway-2",
    "registers",
    "catalog",
    "catalog-worker",
    "identity",
    "gateway-http",
    "rabbitmq",
    "postgres",
]


def expected_hash() -> str:
    """Worked out here from the goods of the file."""
    records = (
        {
            "code": code,
            "name": f"Товар {code}",
            "price": 1000 + code,
            "section": 1,
            "taxCode": 11,
            "typeCode": 1,
            "measureUnit": 0,
            "marked": False,
            "undivided": True,
        }
        for code in range(1, ITEMS + 1)
    )
    return base_hash_of(canonical_line(dict(record)) for record in records)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_load_outlives_the_death_of(
    victim: str, breakable_house: RunningHouse, tmp_path: Path, simulators: list[Simulator]
) -> None:
    breakable_house.wait_ready(90)
    clerk = Clerk(breakable_house)
    rows = [f"{code};Товар {code};{(1000 + code) // 100},{(1000 + code) % 100:02d}" for code in range(1, ITEMS + 1)]
    clerk.import_text("\n".join(["Код;Наименование;Цена", *rows]), tmp_path)
    register = clerk.post("/registers", {"name": f"Переживёт {victim}"})
    simulator = Simulator(breakable_house, register["kkt_id"], tmp_path / "sim")
    simulators.append(simulator)
    simulator.start("--fault", f"slow-line={SLOW_LINE}")
    exchange = clerk.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})["id"]

    def under_way() -> bool:
        told = clerk.get(f"/exchanges/{exchange}")
        assert told["state"] not in ENDED, told
        return told["state"] == "sending" and told["progress"]["done"] > 0

    wait_for(under_way, 60, "the first acknowledged chunk")
    breakable_house.kill(victim)
    breakable_house.wait_ready(90)

    ended = clerk.wait(f"/exchanges/{exchange}", ENDED, seconds=90)
    assert ended["state"] == "applied", ended
    assert simulator.goods()["base_hash"] == expected_hash()
    assert [switch["base_hash"] for switch in simulator.switches()] == [expected_hash()]
    truth = clerk.get(f"/registers/{register['id']}")["goods"]
    assert (truth["in_sync"], truth["confirmed"]["base_hash"]) == (True, expected_hash())

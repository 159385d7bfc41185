"""The main job from outside: sign in, add a register, import goods, load, and see what the register holds.

The expectation is a file worked out by hand (bench/data/README.md), never the server's own answer.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path

from bench.main_job import DATA, compare
from tests.end_to_end.conftest import PASSWORD, ROOT, Clerk, Simulator, without_kkt_environment
from tests.house.running import RunningHouse
from tests.link_client.client import LinkClient

ENDED = {"applied", "failed", "cancelled", "superseded", "expired"}


def test_the_script_of_the_readme_does_the_main_job(house: RunningHouse, tmp_path: Path) -> None:
    made = house.create_account("Главная работа", "clerk", PASSWORD)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({**made, "user": "clerk", "password": PASSWORD}), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.main_job", "--url", house.http_url, "--link", house.link_url),
            *("--sign-in", str(keys)),
        ],
        cwd=ROOT,
        env=without_kkt_environment(),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "exactly what is expected: 7 records" in done.stdout
    assert "line 11: price: price_negative" in done.stdout
    assert "line 12: barcode" in done.stdout


def test_a_strangers_register_does_the_main_job(house: RunningHouse, clerk: Clerk) -> None:
    register = clerk.post("/registers", {"name": "Чужая касса"})
    imported = clerk.wait(f"/imports/{clerk.import_file(DATA / 'main_job_goods.csv')['id']}", {"applied", "failed"})
    assert imported["state"] == "applied"
    groups = {group["name"]: group["id"] for group in clerk.get("/item-groups")["items"]}
    clerk.patch(
        f"/registers/{register['id']}",
        {"item_groups": [groups["Хлеб"], groups["Молоко"]], "price_percent": 110, "price_rounding": 10},
    )
    stranger = LinkClient(register["kkt_id"], house.link_url)
    held = stranger.memory
    line = threading.Thread(target=stranger.run, args=(lambda: held.revision is not None, 60.0))
    line.start()
    exchange = clerk.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})
    ended = clerk.wait(f"/exchanges/{exchange['id']}", ENDED)
    line.join(30)
    assert ended["state"] == "applied", ended
    expected = json.loads((DATA / "main_job_expected.json").read_text(encoding="utf-8"))
    assert compare({"base": list(held.goods.values())}, expected) == []
    truth = clerk.get(f"/registers/{register['id']}")["goods"]
    assert truth["in_sync"]
    assert truth["confirmed"]["base_hash"] == held.told()["base_hash"]
    assert truth["confirmed"]["count"] == 7


def test_a_load_waits_for_a_register_that_is_off(
    house: RunningHouse, clerk: Clerk, tmp_path: Path, simulators: list[Simulator]
) -> None:
    clerk.import_text("Код;Наименование;Цена\n1;Хлеб;45,00\n", tmp_path)
    register = clerk.post("/registers", {"name": "Выключенная"})
    simulator = Simulator(house, register["kkt_id"], tmp_path / "sim")
    simulators.append(simulator)
    simulator.start()
    first = clerk.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})
    assert clerk.wait(f"/exchanges/{first['id']}", ENDED)["state"] == "applied"
    simulator.stop()

    waits = []
    for price in ("46,00", "47,00", "48,00"):
        clerk.import_text(f"Код;Наименование;Цена\n1;Хлеб;{price}\n", tmp_path)
        waits.append(clerk.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})["id"])
    told = clerk.wait(f"/exchanges/{waits[-1]}", {"waiting"})
    assert told["reason"] == "offline"

    simulator.start()
    assert clerk.wait(f"/exchanges/{waits[-1]}", ENDED)["state"] == "applied"
    assert [clerk.get(f"/exchanges/{one}")["state"] for one in waits[:-1]] == ["superseded", "superseded"]
    assert [record["price"] for record in simulator.goods()["base"]] == [4800]
    assert len(simulator.switches()) == 2  # the latest wins: one load, not three


def test_the_switch_waits_for_the_main_menu(
    house: RunningHouse, clerk: Clerk, tmp_path: Path, simulators: list[Simulator]
) -> None:
    clerk.import_text("Код;Наименование;Цена\n1;Хлеб;45,00\n", tmp_path)
    register = clerk.post("/registers", {"name": "Торгует"})
    simulator = Simulator(house, register["kkt_id"], tmp_path / "sim")
    simulators.append(simulator)
    simulator.start("--mode", "sales")
    exchange = clerk.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})
    told = clerk.wait(f"/exchanges/{exchange['id']}", {"waiting"})
    while told["reason"] != "sales_mode":
        assert told["reason"] in (None, "offline"), told
        told = clerk.wait(f"/exchanges/{exchange['id']}", {"waiting"})
    assert simulator.goods()["count"] == 0
    simulator.ask("mode", "menu")
    assert clerk.wait(f"/exchanges/{exchange['id']}", ENDED)["state"] == "applied"
    assert simulator.goods()["count"] == 1

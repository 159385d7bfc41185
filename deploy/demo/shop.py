"""What the demonstration account is filled with: people, goods, groups, registers, loads.

Everything goes through the JSON API; running it again finds what is there and adds what is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deploy.api_client import ApiClient
from deploy.refusal import CommandRefusedError

GOODS = Path(__file__).parent / "goods.csv"
VAT_22 = 11  # FFD tag 1199
ENDED = {"applied", "failed", "cancelled", "superseded", "expired"}
ALL = 500  # rows of a list: more than a demonstration has

PEOPLE = (
    ("tovaroved", "Ольга Сергеева", "goods_manager"),
    ("starshiy", "Игорь Панов", "exchange_operator"),
    ("nablyudatel", "Марина Котова", "viewer"),
)
REGISTER_GROUPS = ("Центр", "Окраина")
#: Name, register group, item groups (none: all goods), price percentage, rounding in kopecks.
REGISTERS: tuple[tuple[str, str, tuple[str, ...], int, int], ...] = (
    ("Касса 1, зал", "Центр", (), 100, 1),
    ("Касса 2, зал", "Центр", (), 100, 1),
    ("Хлебный отдел", "Центр", ("Хлеб", "Кондитерское"), 100, 10),
    ("Магазин на Заречной", "Окраина", (), 107, 50),
    ("Выездная торговля", "Окраина", ("Напитки", "Кондитерское"), 120, 100),
)
#: Made, but nobody has typed its ID into a register yet.
NOT_CONNECTED = ("Новая касса", "Окраина")


def fill(api: ApiClient, password: str) -> list[dict[str, Any]]:
    """Fill the account that `api` is signed in to; returns the registers that simulators are to be started for.

    `password` is that of the further people. Raises CommandRefusedError when the goods file is refused.
    """
    if api.get("/accounts/current")["default_tax_code"] is None:
        api.patch("/accounts/current", {"default_tax_code": VAT_22})
    _people(api, password)
    _goods(api)
    groups = _named(api, "/register-groups", REGISTER_GROUPS)
    present = {one["name"]: one for one in api.get("/registers", limit=ALL)["items"]}
    for name, group in [*((row[0], row[1]) for row in REGISTERS), NOT_CONNECTED]:
        if name not in present:
            present[name] = api.post("/registers", {"name": name, "groups": [groups[group]]})
    return [present[row[0]] for row in REGISTERS]


def set_prices(api: ApiClient, registers: list[dict[str, Any]]) -> None:
    """What each register gets of the base, and at which prices."""
    item_groups = {one["name"]: one["id"] for one in api.get("/item-groups", limit=ALL)["items"]}
    for register, (_name, _group, chosen, percent, rounding) in zip(registers, REGISTERS, strict=True):
        wanted = [item_groups[name] for name in chosen]
        api.patch(
            f"/registers/{register['id']}",
            {"item_groups": wanted, "price_percent": percent, "price_rounding": rounding},
        )


def load(api: ApiClient, registers: list[dict[str, Any]]) -> dict[str, str]:
    """Load all of them; returns how each load ended, by the register's name."""
    begun = {
        one["name"]: api.post(f"/registers/{one['id']}/exchanges", {"kind": "load_goods"})["id"] for one in registers
    }
    return {name: api.wait(f"/exchanges/{exchange}", ENDED)["state"] for name, exchange in begun.items()}


def change_a_price(api: ApiClient) -> None:
    """So that «Есть неотправленные изменения» is to be seen."""
    code = 109
    price = api.get(f"/items/{code}")["price"]
    api.patch(f"/items/{code}", {"price": price + 300})


def wait_online(api: ApiClient, registers: list[dict[str, Any]], seconds: float) -> None:
    """Until every register has said hello. Raises TimeoutError."""
    for register in registers:
        api.wait_until(f"/registers/{register['id']}", lambda told: bool(told["online"]), seconds)


def _people(api: ApiClient, password: str) -> None:
    present = {one["login"] for one in api.get("/users", limit=ALL)["items"]}
    for login, name, role in PEOPLE:
        if login not in present:
            api.post("/users", {"login": login, "name": name, "roles": [role], "password": password})


def _goods(api: ApiClient) -> None:
    told = api.wait(f"/imports/{api.import_file(GOODS)['id']}", {"applied", "failed", "cancelled"})
    if told["state"] != "applied":
        raise CommandRefusedError(f"The goods file of the demonstration was not taken: {told['reason']}.")


def _named(api: ApiClient, path: str, names: tuple[str, ...]) -> dict[str, str]:
    present = {one["name"]: one["id"] for one in api.get(path)["items"]}
    return {name: present.get(name) or api.post(path, {"name": name})["id"] for name in names}

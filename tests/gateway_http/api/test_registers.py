"""Registers and their groups by the API."""

from services.contracts.kkt_id import is_kkt_id
from tests.gateway_http.api.people import Person


def test_a_new_register_has_its_id_and_no_contact(alice: Person) -> None:
    register = alice.add_register("Касса у входа")
    assert is_kkt_id(register["kkt_id"])
    assert register["state"] == "unbound"
    assert register["online"] is False
    assert register["price_percent"] == 100
    assert register["auto_load"] is False
    assert register["goods"]["confirmed"] is None
    assert register["goods"]["in_sync"] is False
    answer = alice.client.get(f"/registers/{register['id']}/settings")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_reported")


def test_a_register_is_changed_field_by_field(alice: Person) -> None:
    path = f"/registers/{alice.add_register('Была')['id']}"
    changed = alice.client.patch(path, json={"name": "Стала", "price_percent": 93, "price_rounding": 10})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["price_percent"], changed.json()["price_rounding"]) == (
        "Стала",
        93,
        10,
    )
    assert alice.client.patch(path, json={"auto_load": True}).json()["price_percent"] == 93
    for wrong in ({"price_percent": 0}, {"price_percent": 1001}, {"price_rounding": 5}, {"name": ""}, {"name": "   "}):
        answer = alice.client.patch(path, json=wrong)
        assert answer.status_code == 422, wrong
        assert [error["path"] for error in answer.json()["errors"]] == list(wrong)
    assert alice.client.patch(path, json={"groups": ["nope"]}).json()["errors"][0]["path"] == "groups/0"


def test_groups_are_many_to_many(alice: Person) -> None:
    groups = [
        alice.client.post("/register-groups", json={"name": f"Г{number} {alice.number}"}).json() for number in (1, 2)
    ]
    register = alice.add_register("В двух группах", groups=[group["id"] for group in groups])
    assert set(register["groups"]) == {group["id"] for group in groups}
    counted = {group["id"]: group["registers"] for group in alice.client.get("/register-groups").json()["items"]}
    assert [counted[group["id"]] for group in groups] == [1, 1]
    found = alice.client.get("/registers", params={"group": groups[0]["id"]}).json()["items"]
    assert [one["id"] for one in found] == [register["id"]]
    taken = alice.client.patch(f"/register-groups/{groups[0]['id']}", json={"name": groups[1]["name"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "group_name_taken")
    assert alice.client.delete(f"/register-groups/{groups[0]['id']}").status_code == 204
    assert alice.client.get(f"/register-groups/{groups[0]['id']}").status_code == 404
    assert alice.client.get(f"/registers/{register['id']}").json()["groups"] == [groups[1]["id"]]


def test_a_register_is_found_by_its_id_with_spaces(alice: Person) -> None:
    register = alice.add_register("Ищу")
    kkt_id = register["kkt_id"]
    for typed in (kkt_id, f"{kkt_id[:4]} {kkt_id[4:8]} {kkt_id[8:]}", "ищу"):
        found = alice.client.get("/registers", params={"q": typed}).json()["items"]
        assert register["id"] in [one["id"] for one in found], typed
    assert alice.client.get("/registers", params={"q": "нет такой кассы"}).json() == {"items": [], "next": None}


def test_a_removed_register_is_gone(alice: Person) -> None:
    register = alice.add_register("Лишняя")
    assert alice.client.delete(f"/registers/{register['id']}").status_code == 204
    assert alice.client.get(f"/registers/{register['id']}").status_code == 404
    assert alice.client.delete(f"/registers/{register['id']}").status_code == 404


def test_ids_are_renewed_and_rebinding_is_allowed(alice: Person) -> None:
    register = alice.add_register("Продлить")
    renewed = alice.client.post(f"/registers/{register['id']}/renewal")
    assert renewed.status_code == 200
    assert renewed.json()["kkt_id_expires_at"] >= register["kkt_id_expires_at"]
    assert alice.client.post(f"/registers/{register['id']}/rebinding").status_code == 200


def test_an_exchange_waits_for_a_register_that_is_off_and_can_be_cancelled(alice: Person) -> None:
    register = alice.add_register("Выключена")
    path = f"/registers/{register['id']}/exchanges"
    started = alice.client.post(path, json={"kind": "load_goods"})
    assert started.status_code == 202
    exchange = started.json()
    assert started.headers["location"] == f"/api/v1/exchanges/{exchange['id']}"
    assert exchange["state"] in {"queued", "waiting"}
    assert exchange["timeline"]
    listed = alice.client.get(path).json()["items"]
    assert [one["id"] for one in listed] == [exchange["id"]]
    assert exchange["id"] in [one["id"] for one in alice.client.get("/exchanges?under_way=true").json()["items"]]
    cancelled = alice.client.delete(f"/exchanges/{exchange['id']}")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    again = alice.client.delete(f"/exchanges/{exchange['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "cannot_cancel")
    assert alice.client.post(path, json={"kind": "dance"}).json()["errors"][0]["path"] == "kind"


def test_the_summary_counts(newcomer: Person) -> None:
    newcomer.add_register()
    told = newcomer.client.get("/registers/summary").json()
    assert (told["registers"], told["never_contacted"], told["online"]) == (1, 1, 0)

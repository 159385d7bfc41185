"""The history of the goods base by the API: revisions, their changes, undo, removed items."""

import pytest

from tests.gateway_http.api.people import Person


@pytest.fixture
def shop(newcomer: Person) -> Person:
    """An account of its own with one item, whose price was changed once."""
    newcomer.choose_tax()
    made = newcomer.client.post("/items", json={"code": 5, "name": "Сыр", "price": 100, "barcodes": ["555"]})
    assert made.status_code == 201, made.text
    assert newcomer.client.patch("/items/5", json={"price": 150}).status_code == 200
    return newcomer


def test_a_revision_is_read_with_its_changes(shop: Person) -> None:
    told = shop.client.get("/revisions", params={"limit": 1}).json()
    (newest,) = told["items"]
    assert (newest["revision"], newest["source"], newest["changed"], newest["known"]) == (2, "edit", 1, True)
    rest = shop.client.get("/revisions", params={"after": told["next"]}).json()
    assert [one["revision"] for one in rest["items"]] == [1] and rest["next"] is None
    assert shop.client.get("/revisions/2").json() == newest
    (change,) = shop.client.get("/revisions/2/changes").json()["items"]
    assert change == {"code": 5, "name": "Сыр", "what": "changed", "before": {"price": 100}, "after": {"price": 150}}
    (made,) = shop.client.get("/revisions/2/changes", params={"since": 0}).json()["items"]
    assert (made["what"], made["before"], made["after"]["price"]) == ("created", None, 150)
    assert shop.client.get("/revisions/2/changes", params={"since": 2}).json()["items"] == []


def test_what_is_not_there_or_not_asked_rightly_is_refused(shop: Person) -> None:
    for path in ("/revisions/9", "/revisions/0", "/revisions/99999999999", "/revisions/x", "/revisions/9/undo"):
        assert shop.client.get(path).status_code == 404, path
    assert shop.client.get("/revisions/9/changes").status_code == 404
    assert shop.client.get("/revisions/2/changes", params={"since": 9}).status_code == 404
    assert shop.client.get("/revisions/1/changes", params={"since": 2}).status_code == 422
    for body in ({}, {"undo": 0}, {"undo": 2**40}, {"undo": "2"}, {"undo": 2, "on_conflict": "maybe"}, {"redo": 1}):
        assert shop.client.post("/revisions", json=body).status_code == 422, body
    assert shop.client.post("/revisions", json={"undo": 9}).status_code == 404
    assert shop.client.post("/removed-items", json={"restore": []}).status_code == 422


def test_an_undo_makes_a_new_revision_once(shop: Person) -> None:
    told = shop.client.get("/revisions/2/undo").json()
    assert (told["undo"], told["base_revision"], told["changed"], told["conflicts"]) == (2, 2, 1, 0)
    assert told["first_changes"][0]["after"] == {"price": 100}
    moved = shop.client.post("/revisions", json={"undo": 2, "base_revision": 1})
    assert (moved.status_code, moved.json()["code"], moved.json()["params"]) == (409, "base_moved", {"revision": 2})
    headers = {"Idempotency-Key": "undo-2"}
    done = shop.client.post("/revisions", json={"undo": 2, "base_revision": 2}, headers=headers)
    assert done.status_code == 201 and done.headers["location"] == "/api/v1/revisions/3", done.text
    assert done.json() == {"revision": 3, "created": 0, "changed": 1, "removed": 0, "conflicts": 0}
    again = shop.client.post("/revisions", json={"undo": 2, "base_revision": 2}, headers=headers)
    assert again.json() == done.json()
    assert shop.client.get("/items/5").json()["price"] == 100
    assert (shop.client.get("/revisions/3").json()["undoes"], shop.client.get("/revisions/2").json()["undone_by"]) == (
        2,
        3,
    )
    nothing = shop.client.post("/revisions", json={"undo": 2})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_undo")


def test_conflicts_are_told_and_forced(shop: Person) -> None:
    shop.client.patch("/items/5", json={"price": 170})
    told = shop.client.get("/revisions/2/undo").json()
    assert (told["changed"], told["conflicts"], told["forceable"]) == (0, 1, 1)
    assert told["first_conflicts"] == [
        {"code": 5, "name": "Сыр", "field": "price", "kind": "changed_later", "forceable": True, "params": {}}
    ]
    assert shop.client.post("/revisions", json={"undo": 2}).status_code == 409
    assert shop.client.get("/revisions/2/undo", params={"on_conflict": "force"}).json()["changed"] == 1
    assert shop.client.post("/revisions", json={"undo": 2, "on_conflict": "force"}).status_code == 201
    assert shop.client.get("/items/5").json()["price"] == 100


def test_removed_items_are_found_and_restored(shop: Person) -> None:
    assert shop.client.delete("/items/5").status_code == 204
    (item,) = shop.client.get("/removed-items", params={"q": "сыр"}).json()["items"]
    assert (item["code"], item["price"], item["barcodes"], item["revision"]) == (5, 150, ["555"], 3)
    assert shop.client.get("/removed-items", params={"q": "чай"}).json() == {"items": [], "next": None}
    shop.client.post("/items", json={"code": 6, "name": "Чай", "barcodes": ["555"]})
    done = shop.client.post("/removed-items", json={"restore": [5, 6, 7]}).json()
    assert (done["revision"], done["restored"]) == (5, 1)
    (conflict,) = done["conflicts"]
    assert (conflict["kind"], conflict["params"]) == ("barcode_taken", {"barcode": "555", "item": 6})
    assert shop.client.get("/items/5").json()["barcodes"] == []
    assert shop.client.post("/removed-items", json={"restore": [5]}).json()["revision"] is None


def test_whoever_may_not_change_goods_cannot_undo(shop: Person) -> None:
    told = shop.client.post("/api-keys", json={"name": "Смотритель", "roles": ["viewer"]})
    assert told.status_code == 201, told.text
    viewer = shop.another_client(Authorization=f"Bearer {told.json()['token']}")
    assert viewer.get("/revisions/2/undo").status_code == 200
    assert viewer.post("/revisions", json={"undo": 2}).status_code == 403
    assert viewer.post("/removed-items", json={"restore": [5]}).status_code == 403

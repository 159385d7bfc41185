"""One change of many items by the API: looked at, made, refused when it no longer holds, repeated by its key."""

from typing import Any

import pytest

from tests.gateway_http.api.people import Person

UP = {"kind": "price", "how": "percent", "amount": 1_000, "rounding": "rouble"}


@pytest.fixture
def shop(newcomer: Person) -> Person:
    newcomer.choose_tax()
    for code, price, tax in ((1, 9_960, 1), (2, 100, 11), (3, None, 3)):
        newcomer.client.post("/items", json={"code": code, "name": f"Чай {code}", "price": price, "tax_code": tax})
    return newcomer


def ask(person: Person, body: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
    answer = person.client.post("/items/changes", json=body, headers=headers)
    return answer.status_code, answer.json()


def prices(person: Person) -> list[int | None]:
    return [item["price"] for item in person.client.get("/items").json()["items"]]


def test_a_preview_then_the_change(shop: Person) -> None:
    wish = {"selection": {"matching": {"q": "чай"}}, "change": UP}
    status, seen = ask(shop, wish)
    assert status == 200 and seen["preview"] and seen["revision"] is None
    assert (seen["matched"], seen["changed"], seen["unchanged"], seen["jumps"]) == (3, 1, 1, 0)
    assert seen["first"] == [
        {"code": 1, "name": "Чай 1", "before": {"price": 9_960}, "after": {"price": 11_000}, "jump": False}
    ]
    (skipped,) = seen["skipped"]
    assert (skipped["reason"], skipped["items"], skipped["first"]) == ("no_price", 1, [3]) and skipped["message"]
    assert prices(shop) == [9_960, 100, None]
    held = {**wish, "preview": False, "base_revision": seen["base_revision"], "matched": seen["matched"]}
    status, done = ask(shop, held, **{"Idempotency-Key": "k1"})
    assert (status, done["preview"], done["revision"], done["changed"]) == (200, False, 4, 1)
    assert ask(shop, held, **{"Idempotency-Key": "k1"}) == (200, done)  # the same request again
    assert prices(shop) == [11_000, 100, None]
    status, problem = ask(shop, held)
    assert (status, problem["code"]) == (412, "stale") and prices(shop) == [11_000, 100, None]


def test_every_kind_of_change(shop: Person) -> None:
    group = shop.client.post("/item-groups", json={"name": "Чаи"}).json()["id"]
    everything: dict[str, Any] = {"matching": {}}
    for change, field, after in (
        ({"kind": "tax_to_22"}, "tax_code", [11, 11, 12]),
        ({"kind": "tax", "tax_code": 6}, "tax_code", [6, 6, 6]),
        ({"kind": "groups", "put": [group]}, "groups", [[group]] * 3),
        ({"kind": "blocked", "blocked": True}, "blocked", [True] * 3),
        ({"kind": "section", "section": 16}, "section", [16] * 3),
        ({"kind": "price", "how": "sum", "amount": -60}, "price", [9_900, 40, None]),
        ({"kind": "price", "how": "set", "amount": 70}, "price", [70, 70, 70]),
    ):
        status, done = ask(shop, {"selection": everything, "change": change, "preview": False})
        assert status == 200 and done["changed"] > 0, (change, done)
        assert [item[field] for item in shop.client.get("/items").json()["items"]] == after
    assert ask(shop, {"selection": {"codes": [1, 99]}, "change": {"kind": "remove"}})[1]["matched"] == 1
    assert ask(shop, {"selection": {"codes": [1, 99]}, "change": {"kind": "remove"}, "preview": False})[0] == 200
    assert shop.client.get("/items/1").status_code == 404


def test_wrong_bodies_are_refused_field_by_field(shop: Person) -> None:
    one = {"codes": [1]}
    for body, path in (
        ({"selection": one}, "change"),
        ({"selection": one, "change": {"kind": "burn"}}, "change/kind"),
        ({"selection": one, "change": {"kind": "remove", "why": "so"}}, "change/why"),
        ({"selection": {}, "change": UP}, "codes"),
        ({"selection": {**one, "matching": {}}, "change": UP}, "matching"),
        ({"selection": {"codes": [0]}, "change": UP}, "selection/codes/0"),
        ({"selection": {"codes": list(range(1, 502))}, "change": UP}, "selection/codes"),
        ({"selection": one, "change": {**UP, "amount": -10_000}}, "amount"),
        ({"selection": one, "change": {**UP, "amount": 2**40}}, "change/amount"),
        ({"selection": one, "change": {**UP, "rounding": "up"}}, "change/rounding"),
        ({"selection": one, "change": {"kind": "section", "section": 17}}, "change/section"),
        ({"selection": one, "change": {"kind": "tax", "tax_code": 18}}, "tax_code"),
        ({"selection": one, "change": {"kind": "groups"}}, "put"),
    ):
        status, problem = ask(shop, body)
        assert (status, problem["errors"][0]["path"]) == (422, path), (body, problem)
        assert problem["errors"][0]["message"]


def test_a_stranger_changes_nothing(shop: Person, bob: Person) -> None:
    status, done = ask(bob, {"selection": {"codes": [1, 2, 3]}, "change": {"kind": "remove"}, "preview": False})
    assert (status, done["matched"], done["revision"]) == (200, 0, None)
    group = shop.client.post("/item-groups", json={"name": "Чаи"}).json()["id"]
    status, problem = ask(bob, {"selection": {"matching": {"group": group}}, "change": UP})
    assert (status, problem["code"]) == (404, "not_found")
    assert prices(shop) == [9_960, 100, None]


def test_the_same_filters_as_in_the_list(shop: Person) -> None:
    doubtful = shop.client.get("/items", params={"problem": "true"}).json()
    assert [item["code"] for item in doubtful["items"]] == [1, 3]
    status, seen = ask(shop, {"selection": {"matching": {"problem": True}}, "change": {"kind": "tax", "tax_code": 11}})
    assert (status, seen["matched"], seen["changed"]) == (200, 2, 2)
    called = {"short_name": "Чай 2"}
    assert [item["code"] for item in shop.client.get("/items", params=called).json()["items"]] == [2]
    status, seen = ask(shop, {"selection": {"matching": called}, "change": UP})
    assert (status, seen["matched"]) == (200, 1)
    since = {"changed_since": "2100-01-01T00:00:00Z"}
    assert shop.client.get("/items", params=since).json()["items"] == []
    status, seen = ask(shop, {"selection": {"matching": since}, "change": UP})
    assert (status, seen["matched"]) == (200, 0)
    assert shop.client.get("/items", params={"changed_since": "2026-01-01T00:00:00"}).status_code == 422

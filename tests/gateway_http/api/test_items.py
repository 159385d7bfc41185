"""Items and item groups by the API, one by one and many at once."""

import json
import threading
from typing import Any

import pytest

from tests.gateway_http.api.people import Person


@pytest.fixture(scope="module")
def shop(alice: Person) -> Person:
    alice.choose_tax()
    return alice


def _jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _bulk(person: Person, rows: list[dict[str, Any]], **headers: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/jsonl", **headers}
    answer = person.client.post("/items/bulk", content=_jsonl(rows), headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_an_item_lives_and_dies(shop: Person) -> None:
    body = {"code": 501, "name": "Чай «Индийский» байховый", "price": 12_345, "barcodes": ["0460700001234"]}
    made = shop.client.post("/items", json=body)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/items/501"
    item = made.json()
    assert {name: item[name] for name in body} == body
    assert item["tax_code"] == 11
    assert shop.client.get("/items/501").json() == item
    found = shop.client.get("/items", params={"q": "индийский чай"}).json()
    assert [one["code"] for one in found["items"]] == [501]
    assert found["found"] == 1
    changed = shop.client.patch("/items/501", json={"price": None}, headers={"If-Match": made.headers["etag"]})
    assert (changed.status_code, changed.json()["price"], changed.json()["name"]) == (200, None, body["name"])
    stale = shop.client.patch("/items/501", json={"price": 1}, headers={"If-Match": made.headers["etag"]})
    assert stale.status_code == 412
    assert shop.client.delete("/items/501", headers={"If-Match": made.headers["etag"]}).status_code == 412
    assert shop.client.delete("/items/501").status_code == 204
    assert shop.client.get("/items/501").status_code == 404
    assert shop.client.delete("/items/501").status_code == 404


def test_wrong_items_are_refused_field_by_field(shop: Person) -> None:
    shop.client.post("/items", json={"code": 510, "name": "Занятый", "barcodes": ["4600000000510"]})
    for body, path in (
        ({"name": "Н" * 300}, "name"),
        ({"name": ""}, "name"),
        ({"name": "Н", "price": -1}, "price"),
        ({"name": "Н", "price": 2**40}, "price"),
        ({"name": "Н", "price": 1.5}, "price"),
        ({"name": "Н", "code": 0}, "code"),
        ({"name": "Н", "code": 2**31}, "code"),
        ({"name": "Н", "section": 17}, "section"),
        ({"name": "Н", "groups": ["nope"]}, "groups/0"),
        ({"name": "Н", "barcodes": [""]}, "barcodes/0"),
    ):
        answer = shop.client.post("/items", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path), (body, answer.text)
    answer = shop.client.post("/items", json={"code": 510, "name": "Ещё один"})
    assert (answer.status_code, answer.json()["code"]) == (409, "code_taken")
    answer = shop.client.post("/items", json={"name": "Двойник", "barcodes": ["04600000000510"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "barcode_taken")


EVERYTHING: dict[str, Any] = {
    "name": "Коньяк", "short_name": "КОНЬЯК", "price": 99_900, "barcodes": ["4600000000015"], "groups": [],
    "article": "К-1", "tax_code": 2, "type_code": 31, "measure_unit": 41, "section": 3, "marked": True,
    "undivided": False, "tax_system": 2, "blocked": True, "payment_method": 3, "agent": 2, "excise": 77,
    "country": "051", "customs_declaration": "10702020/010126/0000001", "marking": "alcohol", "alcohol": True,
    "volume_ml": 500, "note": "на витрине",
}  # fmt: skip


def test_every_field_that_is_sent_is_kept(shop: Person) -> None:
    document = shop.client.get("/openapi.json").json()
    described = set(document["components"]["schemas"]["NewItemBody"]["properties"])
    assert described == {*EVERYTHING, "code"}
    made = shop.client.post("/items", json={"code": 601, **EVERYTHING}).json()
    assert {field: made[field] for field in EVERYTHING} == EVERYTHING
    shop.client.post("/items", json={"code": 602, "name": "Пустая", "barcodes": []})
    for field, value in EVERYTHING.items():
        if field not in {"barcodes", "marked"}:
            shop.client.patch("/items/602", json={field: value})
    changed = shop.client.get("/items/602").json()
    assert {field: changed[field] for field in EVERYTHING} == {**EVERYTHING, "barcodes": [], "marked": False}
    _bulk(shop, [{"code": 603, **EVERYTHING, "barcodes": []}])
    assert shop.client.get("/items/603").json()["note"] == "на витрине"
    assert shop.client.post("/items", json={"name": "Х", "marking": "чудо"}).status_code == 422
    for code in (601, 602, 603):
        shop.client.delete(f"/items/{code}")


def test_a_barcode_is_the_same_however_it_is_typed(shop: Person) -> None:
    assert shop.client.post("/items", json={"code": 611, "name": "Раз", "barcodes": ["46 07"]}).status_code == 201
    for barcode in ("46 07", "4607", "46\u00a007", "4607.0", "04607"):
        answer = shop.client.post("/items", json={"code": 612, "name": "Два", "barcodes": [barcode]})
        assert (answer.status_code, answer.json()["code"]) == (409, "barcode_taken"), barcode
    assert shop.client.get("/items/611").json()["barcodes"] == ["4607"]
    shop.client.delete("/items/611")


def test_items_in_no_group_are_asked_for_by_that_word(shop: Person) -> None:
    group = shop.client.post("/item-groups", json={"name": "Одна группа"}).json()["id"]
    shop.client.post("/items", json={"code": 621, "name": "Без группы особый"})
    shop.client.post("/items", json={"code": 622, "name": "В группе особый", "groups": [group]})
    for asked, codes in (("none", [621]), (group, [622])):
        found = shop.client.get("/items", params={"group": asked, "q": "особый"}).json()
        assert [one["code"] for one in found["items"]] == codes
    for wrong in ("nobody", "None", f"{group}x"):
        assert shop.client.get("/items", params={"group": wrong}).status_code == 422
    for path in ("/items/621", "/items/622", f"/item-groups/{group}"):
        shop.client.delete(path)


def test_an_item_needs_the_default_tax_code(newcomer: Person) -> None:
    answer = newcomer.client.post("/items", json={"name": "Рано"})
    assert (answer.status_code, answer.json()["code"]) == (409, "default_tax_code_missing")


def test_groups_of_items_are_nested_and_kept_while_a_register_filters_by_them(shop: Person) -> None:
    drinks = shop.client.post("/item-groups", json={"name": "Напитки"}).json()
    tea = shop.client.post("/item-groups", json={"name": "Чай", "parent": drinks["id"]}).json()
    assert tea["parent"] == drinks["id"]
    shop.client.post("/items", json={"code": 520, "name": "Улун", "groups": [tea["id"]]})
    found = shop.client.get("/items", params={"group": tea["id"]}).json()["items"]
    assert [item["code"] for item in found] == [520]
    moved = shop.client.patch(f"/item-groups/{tea['id']}", json={"parent": None})
    assert (moved.status_code, moved.json()["parent"], moved.json()["name"]) == (200, None, "Чай")
    register = shop.add_register("Чайная")
    filtered = shop.client.patch(f"/registers/{register['id']}", json={"item_groups": [tea["id"]]})
    assert filtered.status_code == 200, filtered.text
    refused = shop.client.delete(f"/item-groups/{tea['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "item_group_in_use")
    assert "Чайная" in refused.json()["detail"]
    assert shop.client.delete(f"/item-groups/{drinks['id']}").status_code == 204


def test_pages_of_items_in_every_order(shop: Person) -> None:
    for sort in ("code", "name", "price", "changed", "-code", "-name", "-price", "-changed"):
        codes: list[int] = []
        query: dict[str, str | int] = {"sort": sort, "limit": 2}
        while True:
            page = shop.client.get("/items", params=query)
            assert page.status_code == 200, page.text
            codes += [item["code"] for item in page.json()["items"]]
            if page.json()["next"] is None:
                break
            query["after"] = page.json()["next"]
        assert len(codes) == len(set(codes)) == page.json()["found"], sort
    assert shop.client.get("/items", params={"sort": "colour"}).status_code == 422
    assert shop.client.get("/items", params={"after": "nonsense"}).status_code == 422


def test_a_price_list_shows_what_the_register_would_hold(shop: Person) -> None:
    group = shop.client.post("/item-groups", json={"name": "Для прайса"}).json()["id"]
    _bulk(shop, [
        {"code": 601, "name": "С ценой", "price": 1000, "groups": [group], "barcodes": ["4601"]},
        {"code": 602, "name": "Без цены", "groups": [group]},
    ])  # fmt: skip
    register = shop.add_register("Прайс")
    body = {"item_groups": [group], "price_percent": 93, "price_rounding": 100}
    assert shop.client.patch(f"/registers/{register['id']}", json=body).status_code == 200
    told = shop.client.get(f"/registers/{register['id']}/price-list").json()
    assert told["records"] == 1
    assert told["items"][0]["code"] == 601
    assert told["items"][0]["price"] == 900
    assert [(one["item"], one["code"]) for one in told["problems"]] == [(602, "no_price")]


def test_many_rows_at_once_each_with_its_outcome(shop: Person) -> None:
    rows = [
        {"code": 701, "name": "Первый", "price": 100, "barcodes": ["4607010000001"]},
        {"code": 702, "name": "Второй", "price": 200, "barcodes": ["4607010000001"]},
        {"code": 703, "name": "Н" * 200},
        {"code": 704, "deleted": True},
        {"name": "Без кода", "price": 5},
        {"code": 701, "price": 150},
        {"code": 701, "price": 150},
        {"code": 701, "deleted": True},
    ]
    told = _bulk(shop, rows)
    assert [one["what"] for one in told["results"]] == [
        "created", "refused", "refused", "absent", "created", "changed", "unchanged", "removed",
    ]  # fmt: skip
    assert told["results"][1]["problem"] == "barcode_taken"
    assert told["results"][2]["errors"][0]["path"] == "name"
    assert told["results"][4]["code"] > 0
    assert (told["rows"], told["created"], told["refused"], told["removed"]) == (8, 2, 2, 1)


def test_ten_thousand_rows_and_not_one_more(newcomer: Person) -> None:
    newcomer.choose_tax()
    rows: list[dict[str, Any]] = [{"code": code, "name": f"Товар {code}", "price": code} for code in range(1, 701)]
    rows += [{"code": code, "deleted": True} for code in range(701, 10_001)]
    for _ in range(2):
        told = _bulk(newcomer, rows, **{"Idempotency-Key": "ten-thousand"})
        assert (told["rows"], told["created"], told["absent"]) == (10_000, 700, 9_300)
    assert newcomer.client.get("/items?limit=1").json()["found"] == 700
    headers = {"Content-Type": "application/jsonl"}
    more = newcomer.client.post("/items/bulk", content=_jsonl([*rows, {"code": 1, "deleted": True}]), headers=headers)
    assert more.status_code == 413
    assert newcomer.client.get("/items/1").status_code == 200


def test_bulk_takes_json_lines_only(shop: Person) -> None:
    answer = shop.client.post("/items/bulk", content=b"a;b", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 415
    assert shop.client.post("/items/bulk", content=b"\n\n").status_code == 422


def test_writers_at_the_same_time_lose_nothing(shop: Person) -> None:
    shop.client.post("/items", json={"code": 800, "name": "Спорный", "price": 1})
    tag = shop.client.get("/items/800").headers["etag"]
    answers: list[int] = []

    def write(price: int) -> None:
        with shop.another_client(Authorization=f"Bearer {shop.token}") as client:
            answers.append(client.patch("/items/800", json={"price": price}, headers={"If-Match": tag}).status_code)

    threads = [threading.Thread(target=write, args=(price,)) for price in (11, 12, 13, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412, 412, 412]


def test_items_of_another_account_are_not_there(shop: Person, bob: Person) -> None:
    shop.client.post("/items", json={"code": 900, "name": "Чужой"})
    assert bob.client.get("/items/900").status_code == 404
    assert bob.client.patch("/items/900", json={"name": "Мой"}).status_code == 404
    assert bob.client.delete("/items/900").status_code == 404
    group = shop.client.post("/item-groups", json={"name": "Чужая группа"}).json()["id"]
    assert bob.client.get(f"/item-groups/{group}").status_code == 404
    assert bob.client.patch(f"/item-groups/{group}", json={"name": "Моя"}).status_code == 404
    assert bob.client.delete(f"/item-groups/{group}").status_code == 404
    register = bob.add_register("Боба")
    answer = bob.client.patch(f"/registers/{register['id']}", json={"item_groups": [group]})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_item_group")

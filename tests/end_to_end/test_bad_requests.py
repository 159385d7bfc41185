"""Requests that no program and no form of ours would send: every field, query and path, by the API and on the pages."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from tests.end_to_end.breaker import Breaker, is_problem
from tests.gateway_http.pages.visitor import Reading
from tests.house.running import RunningHouse

SOME_ID = "3f2b8c1e-9d4a-4f6b-8a70-1c2d3e4f5a6b"
SCRIPT = "<script>alert(1)</script>"
WRONG_VALUES: list[Any] = [
    None, True, -1, 10**30, 1.5, "a\0b", "x" * 50_000, [[None]], ["x"] * 600, {"a": [1]},
]  # fmt: skip
WRONG_TEXTS = ("\0", "9" * 40, "x" * 20_000, "😀\u202e" + SCRIPT)
# The one right value among the wrong ones that shuts the door behind who sends it: it asks for a second step at once.
SHUTS_THE_DOOR = ("/accounts/current", "second_factor_required", True)
VALID: dict[str, Any] = {"name": "Имя", "client": "1", "user": "nobody", "password": "p", "kind": "test"}


class Things:
    """One thing of each kind, and the description of everything that can be done to them."""

    def __init__(self, house: RunningHouse) -> None:
        self.breaker = Breaker(house)
        self.client = self.breaker.client
        self.breaker.send("Код;Наименование;Цена\n77;Хлеб;45,50\n".encode())
        told = self.breaker.send("Код;Наименование;Цена\n78;Сыр;дорого\n79;Сыр;7\n".encode(), dry_run="true")
        self.register = self.breaker.post("/registers", {"name": "Касса"})["id"]
        self.paths = {
            "/registers": self.register,
            "/item-groups": self.breaker.post("/item-groups", {"name": "Хлеб"})["id"],
            "/register-groups": self.breaker.post("/register-groups", {"name": "Зал"})["id"],
            "/exchanges": self.breaker.post(f"/registers/{self.register}/exchanges", {"kind": "test"})["id"],
            "/imports": told["id"],
        }
        self.document = self.breaker.get("/openapi.json")

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Verb, path and description of each operation, on things that are there."""
        for path, verbs in self.document["paths"].items():
            bare = path.removeprefix("/api/v1")
            thing = next((there for noun, there in self.paths.items() if bare.startswith(noun)), SOME_ID)
            for verb, operation in verbs.items():
                yield verb.upper(), bare.format(id=thing, code=77, revision=1), operation

    def properties(self, operation: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The fields of an operation's JSON body, and which of them it needs."""
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema.get("properties", {}), schema.get("required", [])


@pytest.fixture(scope="module")
def things(house: RunningHouse) -> Iterator[Things]:
    made = Things(house)
    yield made
    made.breaker.leave()


def _refused_well(answer: httpx.Response, where: object) -> None:
    """Taken, or refused by a problem in words that names the field."""
    assert answer.status_code < 500, (where, answer.text[:500])
    if answer.status_code >= 400:
        told = is_problem(answer, answer.status_code, answer.json()["code"])
        assert told["code"] != "internal_error"
        if told["code"] == "invalid":
            assert told["errors"], (where, told)


def _less_of(values: Sequence[Any], field: tuple[str, str], seen: set[tuple[str, str]]) -> Sequence[Any]:
    """All of them for a field that is met for the first time; for one that is described alike elsewhere, a few."""
    if field in seen:
        return values[::4]
    seen.add(field)
    return values


def test_wrong_bodies_name_their_field(things: Things) -> None:
    tried = 0
    seen: set[tuple[str, str]] = set()
    for verb, path, operation in things.operations():
        if verb == "DELETE" or path in {"/imports", "/items/bulk"}:
            continue
        properties, required = things.properties(operation)
        for name, described in properties.items():
            for value in _less_of(WRONG_VALUES, (name, json.dumps(described)), seen):
                if (path, name, value) == SHUTS_THE_DOOR:
                    continue
                body = {**{one: VALID.get(one, "x") for one in required}, name: value}
                answer = things.client.request(verb, path, json=body)
                where = (verb, path, name, str(value)[:40])
                _refused_well(answer, where)
                tried += 1
                if answer.status_code == 422 and answer.json()["code"] == "invalid":
                    paths = [error["path"] for error in answer.json()["errors"]]
                    assert {told.partition("/")[0] for told in paths} <= {"", *properties}, (where, paths)
        if properties:
            answer = things.client.request(verb, path, json={"nobody_knows": 1})
            assert answer.status_code in {409, 422}, (verb, path)
    assert tried > 250


def test_wrong_rows_of_a_bulk_are_refused_one_by_one(things: Things) -> None:
    good = {"code": 501, "name": "Масло", "price": 100}
    prices: list[Any] = [-1, 1.5, "5", 10**30, []]
    rows: list[Any] = [{**good, "price": price} for price in prices]
    rows += [{**good, "name": name} for name in ("", "a\0b", "x" * 300, 5)]
    rows += [{**good, "code": code} for code in (0, -1, 2**31, "x")]
    rows += [{**good, "barcodes": barcodes} for barcodes in ("460", [""], ["x" * 100], ["1"] * 30)]
    rows += [[], None, "x", {"deleted": True}, {**good, "nobody_knows": 1}, {**good, "groups": [SOME_ID]}]
    lines = [json.dumps(row) for row in rows] + ["{", "\xff", "[" * 10_000]
    before = things.breaker.goods()
    answer = things.client.post("/items/bulk", content="\n".join(lines), headers={"Content-Type": "application/jsonl"})
    told = answer.json()
    assert (answer.status_code, told["rows"], told["refused"]) == (200, len(lines), len(lines))
    assert [one["row"] for one in told["results"]] == list(range(1, len(lines) + 1))
    assert all(one["message"] for one in told["results"])
    assert things.breaker.goods() == before


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


FORGED = [
    _cursor(10**30), _cursor(2**40), _cursor(2**31), _cursor("\0"), _cursor(None), _cursor([1]), _cursor(1.5),
    _cursor("a\0", SOME_ID), _cursor("x", "nope"), _cursor("x", 2**33), _cursor(2**31, 5), _cursor(),
    _cursor("2026-01-01T00:00:00", SOME_ID), _cursor("9999-12-31T23:59:59-14:00", SOME_ID),
    "x", "%", "\0", "ё", "a" * 600,
]  # fmt: skip


def test_forged_cursors_and_absurd_queries_reach_no_database(things: Things) -> None:
    seen: set[tuple[str, str]] = set()
    for verb, path, operation in things.operations():
        names = {
            one["name"]: json.dumps(one.get("schema"))
            for one in operation.get("parameters", [])
            if one["in"] == "query"
        }
        if verb != "GET" or path == "/live/events":
            continue
        for name, described in names.items():
            values = ["0", "-1", "501", "9" * 40, "\0", "x", "ё", "a" * 600, "%_\\"]
            for value in FORGED if name == "after" else _less_of(values, (name, described), seen):
                _refused_well(things.client.get(path, params={name: value}), (path, name, value[:40]))
        if "after" in names and "limit" in names:
            is_problem(things.client.get(path, params={"limit": 501}), 422, "invalid")
            is_problem(things.client.get(path, params={"after": "\0"}), 422, "invalid")


def test_paths_that_name_nothing(things: Things) -> None:
    for noun in (*things.paths, "/items", "/sessions"):
        for wrong in ("nope", "0", "-1", "%00", "%ff", "..%2f..", "2147483648", "9" * 40, "ё", "a" * 300, "*", "{id}"):
            for verb in ("GET", "DELETE"):
                answer = things.client.request(verb, f"{noun}/{wrong}")
                assert answer.status_code in {404, 405}, (verb, noun, wrong, answer.text[:200])
    assert things.client.get(f"/registers/{things.register}").status_code == 200


@pytest.fixture(scope="module")
def browser(things: Things) -> Iterator[httpx.Client]:
    """The same person at a browser."""
    cookies = {"kkt_session": things.breaker.token}
    headers = {"Accept-Language": "ru"}
    with httpx.Client(base_url=things.breaker.house.http_url, timeout=60, cookies=cookies, headers=headers) as client:
        yield client


def _pages(things: Things) -> list[str]:
    register, group, item_group = (things.paths[noun] for noun in ("/registers", "/register-groups", "/item-groups"))
    return [
        "/registers", f"/registers/{register}", f"/registers/{register}/goods", f"/registers/{register}/history",
        "/goods", "/goods/new", "/goods/77", "/goods/export.csv", "/goods/groups/new",
        f"/goods/groups/{item_group}/edit", "/goods/imports", f"/goods/imports/{things.paths['/imports']}",
        "/exchanges", f"/exchanges/{things.paths['/exchanges']}", "/admin/registers", "/admin/registers/new",
        f"/admin/registers/{register}/edit", "/admin/groups/new", f"/admin/groups/{group}/edit", "/admin/account",
    ]  # fmt: skip


def _is_page(answer: httpx.Response, where: object) -> None:
    assert answer.status_code < 500, (where, answer.status_code)
    assert SCRIPT not in answer.text, where
    assert "‹" not in answer.text, where


def test_pages_put_up_with_any_query(things: Things, browser: httpx.Client) -> None:
    for page in _pages(things):
        answer = browser.get(page)
        assert answer.status_code == 200, page
        known = {field for form in Reading(answer.text).forms for field in form.fields}
        for value in ("\0", SCRIPT, FORGED[0], "x" * 600):
            for name in ("q", "after", "group", "sort"):
                if name in known or name == "after":
                    _is_page(browser.get(page, params={name: value}), (page, name, value[:40]))


def test_forms_put_up_with_any_text(things: Things, browser: httpx.Client) -> None:
    tried = 0
    seen: set[tuple[str, ...]] = set()
    for page in _pages(things):
        for form in Reading(browser.get(page).text).forms:
            kind = (form.action.replace(SOME_ID, ""), *sorted(form.fields))
            if "csrf" not in form.fields or form.action in {"/sign-out", "/goods/imports"} or kind in seen:
                continue
            if form.action.endswith(("/delete", "/apply", "/cancel")):
                continue
            seen.add(kind)
            for name in form.fields.keys() - {"csrf", "form_id", "typed_by"}:
                for text in WRONG_TEXTS:
                    answer = browser.post(form.action, data={**form.fields, name: text})
                    _is_page(answer, (form.action, name, text[:40]))
                    tried += 1
            if form.fields.keys() - {"csrf"}:
                without_token = browser.post(form.action, data={**form.fields, "csrf": "forged"})
                assert without_token.status_code in {403, 405}, form.action
    assert tried > 50


def test_what_was_downloaded_is_taken_back_as_it_was(things: Things, browser: httpx.Client) -> None:
    """Names that a spreadsheet would run are guarded by an apostrophe in the file, and come back without it."""
    names = ["=1+1 Кола", "-Сок-", "+7 вкусов", "@home", "'Кавычка", '; и "', "Сыр\u00a0«Эмменталь»"]
    for code, name in enumerate(names, start=900):
        things.breaker.post("/items", {"code": code, "name": name, "price": 100, "barcodes": [f"00{code}"]})
    answer = browser.get("/goods/export.csv")
    before = things.breaker.goods()
    told = things.breaker.send(answer.content)
    assert (told["state"], told["failed"], told["created"], told["changed"]) == ("applied", 0, 0, 0), told
    assert told["unchanged"] == len(before)
    assert things.breaker.goods() == before

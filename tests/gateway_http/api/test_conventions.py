"""What holds for every address: who may ask, how wrong requests are told, versions, keys, pages."""

from typing import Any

import httpx
import pytest

from gateway_http.csrf import csrf_token
from tests.gateway_http.api.people import Described, Person

SOME_ID = "3f2b8c1e-9d4a-4f6b-8a70-1c2d3e4f5a6b"


def _operations(described: Described) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path.replace("/api/v1", "", 1).format(id=SOME_ID, code=77, revision=77), operation)
        for path, verbs in described.document["paths"].items()
        for method, operation in verbs.items()
    ]


def test_nobody_gets_in_without_a_token(alice: Person, described: Described) -> None:
    client = alice.another_client()
    asked = [(verb, path) for verb, path, operation in _operations(described) if "security" in operation]
    assert len(asked) > 30
    for verb, path in asked:
        for header in (None, "Bearer nonsense", "Basic YTpi", "Bearer " + "x" * 5000, "Bearer"):
            answer = client.request(verb, path, headers={} if header is None else {"Authorization": header})
            assert answer.status_code == 401, (verb, path, header)
            assert answer.json()["code"] == "unauthenticated"


def test_a_thing_of_another_account_is_not_found(alice: Person, bob: Person) -> None:
    register = alice.add_register("Чужая")
    group = alice.client.post("/register-groups", json={"name": f"Группа {register['kkt_id']}"}).json()
    exchange = alice.client.post(f"/registers/{register['id']}/exchanges", json={"kind": "test"}).json()
    for verb, path, body in (
        ("GET", f"/registers/{register['id']}", None),
        ("PATCH", f"/registers/{register['id']}", {"name": "Моя"}),
        ("DELETE", f"/registers/{register['id']}", None),
        ("GET", f"/registers/{register['id']}/settings", None),
        ("GET", f"/registers/{register['id']}/price-list", None),
        ("GET", f"/registers/{register['id']}/exchanges", None),
        ("POST", f"/registers/{register['id']}/exchanges", {"kind": "test"}),
        ("GET", f"/register-groups/{group['id']}", None),
        ("PATCH", f"/register-groups/{group['id']}", {"name": "Моя"}),
        ("DELETE", f"/register-groups/{group['id']}", None),
        ("GET", f"/exchanges/{exchange['id']}", None),
        ("DELETE", f"/exchanges/{exchange['id']}", None),
    ):
        answer = bob.client.request(verb, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (verb, path)
    assert alice.client.get(f"/registers/{register['id']}").json()["name"] == "Чужая"
    assert bob.client.post("/registers", json={"name": "К", "groups": [group["id"]]}).status_code == 404


def test_malformed_requests_are_told_apart_and_never_a_fault_of_ours(alice: Person, described: Described) -> None:
    bodies = (b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"name": 5}', b"[" * 50_000, b'{"name":"\\ud800"}')
    for verb, path, operation in _operations(described):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content or path == "/imports":
            continue
        for body in bodies:
            answer = alice.client.request(verb, path, content=body, headers={"Content-Type": "application/json"})
            assert 400 <= answer.status_code < 500, (verb, path, body[:20], answer.text)
        answer = alice.client.request(verb, path, content=b"a=b", headers={"Content-Type": "text/plain"})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
        answer = alice.client.request(verb, path, json={"nобody": 1})
        assert answer.json()["errors"][0]["code"] in {"unknown_field", "required"}, (verb, path)


@pytest.mark.parametrize("path", ["/registers", "/exchanges", "/registers?group=nope", "/exchanges?register_id=1"])
@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=-1", "after=%00", "after=%FF", "after=x"])
def test_malformed_queries_are_refused_by_name(alice: Person, path: str, query: str) -> None:
    answer = alice.client.get(f"{path}{'&' if '?' in path else '?'}{query}")
    assert answer.status_code == 422
    assert {error["path"] for error in answer.json()["errors"]} <= {"limit", "after", "group", "register_id"}


@pytest.mark.parametrize(
    "wrong", ["nope", "1", ".x", "%00", SOME_ID.upper() + "0", "ё", "3f2b8c1e9d4a4f6b8a701c2d3e4f5a6b"]
)
def test_what_is_no_id_names_nothing(alice: Person, wrong: str) -> None:
    assert alice.client.get(f"/registers/{wrong}").status_code == 404
    assert alice.client.get(f"/items/{wrong}").status_code in {404, 503}


def test_problems_speak_the_callers_language(alice: Person) -> None:
    path = "/registers/nope"
    said = {
        header: alice.client.get(path, headers={"Accept-Language": header}).json()["title"]
        for header in ("ru", "en", "en-GB;q=0.5, ru;q=0.9", "de", "", "x" * 4000)
    }
    assert said["ru"] != said["en"]
    assert said["en-GB;q=0.5, ru;q=0.9"] == said["de"] == said[""] == said["x" * 4000] == said["ru"]


def test_verbs_and_addresses_that_are_not_there(alice: Person) -> None:
    answer = alice.client.put("/registers")
    assert answer.status_code == 405
    assert {verb.strip() for verb in answer.headers["allow"].split(",")} == {"GET", "HEAD", "POST"}
    answer = alice.client.get("/no/such/thing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_body_over_its_limit_is_refused_unread(alice: Person) -> None:
    answer = alice.client.post("/registers", content=b'{"name":"' + b"a" * 300_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    def chunks() -> Any:
        for _ in range(300):
            yield b" " * 1024

    assert alice.client.post("/registers", content=chunks()).status_code == 413


def test_the_same_key_makes_one_thing(alice: Person) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = alice.client.post("/registers", json={"name": "Одна"}, headers=key)
    again = alice.client.post("/registers", json={"name": "Одна"}, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = alice.client.post("/registers", json={"name": "Другая"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    for wrong in ("", "x" * 129, "a\tb"):
        answer = alice.client.post("/registers", json={"name": "Н"}, headers={"Idempotency-Key": wrong})
        assert answer.status_code == 422


def test_versions_guard_changes(alice: Person) -> None:
    register = alice.add_register("С версией")
    path = f"/registers/{register['id']}"
    tag = alice.client.get(path).headers["etag"]
    changed = alice.client.patch(path, json={"name": "Новее"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    for stale in (tag, '"abc"', '"1", "2"', '"99999999999999999999"'):
        answer = alice.client.patch(path, json={"name": "Поздно"}, headers={"If-Match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "stale"), stale
    assert alice.client.delete(path, headers={"If-Match": tag}).status_code == 412
    assert alice.client.patch(path, json={"name": "Звезда"}, headers={"If-Match": "*"}).status_code == 200
    assert alice.client.patch(path, json={"name": "Без версии"}).status_code == 200
    account = alice.client.get("/accounts/current")
    known = alice.client.get("/accounts/current", headers={"If-None-Match": account.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_a_browser_writes_with_its_csrf_token_only(alice: Person) -> None:
    client = alice.another_client()
    client.cookies.set("kkt_session", alice.token)
    assert client.get("/me").status_code == 200
    for headers in ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": csrf_token("of another session")}):
        answer = client.post("/register-groups", json={"name": "Подложная"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_wrong")
    right = {"X-CSRF-Token": csrf_token(alice.token)}
    assert client.post("/register-groups", json={"name": "Из браузера"}, headers=right).status_code == 201


def test_pages_follow_each_other_to_the_end(newcomer: Person) -> None:
    made = {newcomer.add_register(f"Касса {number:02}")["id"] for number in range(7)}
    seen: list[str] = []
    after: str | None = None
    while True:
        query: dict[str, str | int] = {"limit": 3} if after is None else {"limit": 3, "after": after}
        page = newcomer.client.get("/registers", params=query).json()
        seen += [register["id"] for register in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == made


def test_head_is_answered_without_a_body(alice: Person) -> None:
    answer = httpx.head(f"{alice.client.base_url}me", headers={"Authorization": f"Bearer {alice.token}"})
    assert (answer.status_code, answer.content) == (200, b"")

"""Names that look like another's, cursors of another account, and two administrators at one user."""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.gateway_http.api.people import PASSWORD, Described, Person
from tests.gateway_http.pages.visitor import Clerk, Reading
from tests.house.running import RunningHouse

ANNA = "Anna.Petrova"
LOOK_LIKE_ANNA = (
    "Аnna.Petrova",  # Cyrillic А
    "Anna.Реtrоvа",  # Cyrillic Р, о, а
    "ANNA.PETROVA",
    " anna.petrova ",
    "Ａｎｎａ．Ｐｅｔｒｏｖａ",  # full width
    "Anna.Petr0va",  # a digit
)
NO_LOGINS = (
    "Anna\u200b.Petrova",
    "Anna\u202e.Petrova",
    "Anna\x00.Petrova",
    "αnna",  # Greek
    "Ꭺnna",  # Cherokee
    "anna\u0301\u0301\u0301",
    "<b>anna</b>",
)


@pytest.fixture
def owner(house: RunningHouse, described: Described) -> Iterator[Person]:
    person = Person(house, described)
    anna = person.client.post("/users", json={"login": ANNA, "name": "Анна", "roles": ["viewer"]})
    assert anna.status_code == 201
    yield person
    person.leave()


@pytest.fixture(scope="session")
def described(house: RunningHouse) -> Described:
    """The API's description as the running server gives it."""
    return Described(httpx.get(f"{house.http_url}/api/v1/openapi.json").raise_for_status().json())


def test_a_login_that_looks_like_anothers_is_refused(owner: Person) -> None:
    boris = owner.client.post("/users", json={"login": "boris", "roles": ["viewer"]}).json()
    for login in LOOK_LIKE_ANNA:
        told = owner.client.post("/users", json={"login": login, "roles": ["viewer"]})
        assert (told.status_code, told.json()["code"]) == (409, "login_taken"), login
        told = owner.client.patch(f"/users/{boris['id']}", json={"login": login})
        assert (told.status_code, told.json()["code"]) == (409, "login_taken"), login
    assert {user["login"] for user in owner.client.get("/users").json()["items"]} == {"admin", ANNA, "boris"}


@pytest.mark.parametrize("login", NO_LOGINS)
def test_a_login_of_hidden_or_foreign_letters_is_refused(owner: Person, login: str) -> None:
    told = owner.client.post("/users", json={"login": login, "roles": ["viewer"]})
    assert told.status_code == 422 and {error["path"] for error in told.json()["errors"]} <= {"", "login"}
    assert len(owner.client.get("/users").json()["items"]) == 2


def test_of_two_administrators_the_second_is_told_and_nothing_is_lost(owner: Person) -> None:
    second = owner.another_client()
    fields = {"login": "second", "roles": ["administrator"], "password": PASSWORD}
    assert owner.client.post("/users", json=fields).status_code == 201
    told = second.post("/sessions", json={"client": str(owner.number), "user": "second", "password": PASSWORD})
    second.headers["Authorization"] = f"Bearer {told.json()['token']}"
    users = owner.client.get("/users", params={"q": "anna"}).json()["items"]
    path = f"/users/{users[0]['id']}"
    both_saw = owner.client.get(path).headers["etag"]
    assert second.get(path).headers["etag"] == both_saw
    first = owner.client.patch(path, json={"roles": ["goods_manager"]}, headers={"If-Match": both_saw})
    assert first.status_code == 200
    for late in (
        second.patch(path, json={"name": "Поздно", "disabled": True}, headers={"If-Match": both_saw}),
        second.delete(path, headers={"If-Match": both_saw}),
    ):
        assert (late.status_code, late.json()["code"]) == (412, "stale")
    now = second.get(path)
    told = now.json()
    assert (told["name"], told["roles"], told["disabled"]) == ("Анна", ["goods_manager"], False)
    again = second.patch(path, json={"name": "Анна П."}, headers={"If-Match": now.headers["etag"]})
    assert (again.status_code, again.json()["roles"]) == (200, ["goods_manager"])


def test_the_second_sees_a_clear_word_and_what_was_typed(clerk: Clerk) -> None:
    clerk.see("/admin/users/new")
    clerk.send("/admin/users/new", login="oleg", name="Олег", roles=["viewer"])
    edit = next(link for link in clerk.see("/admin/users?q=oleg").links if link.partition("?")[0].endswith("/edit"))
    action = edit.partition("?")[0]
    opened = clerk.see(action).form(action).fields
    clerk.send(action, name="Олег Первый", dealer="1")
    typed = {**opened, "name": "Олег Второй", "email": "oleg@shop.ru", "form_id": "of the second"}
    late = clerk.client.post(action, data=typed)
    page = Reading(late.text)
    assert late.status_code in {412, 422} and "её изменил кто-то другой" in page.text
    kept = page.form(action).fields
    assert (kept["name"], kept["email"], kept["login"]) == (["Олег Второй"], ["oleg@shop.ru"], ["oleg"])
    now = clerk.see(action).form(action).fields
    assert (now["name"], now["dealer"], now["email"]) == (["Олег Первый"], ["1"], [""])


LISTS = ("/registers", "/items", "/imports", "/exchanges", "/users", "/journal")


def test_a_cursor_of_another_account_shows_nothing_of_it(
    owner: Person, house: RunningHouse, described: Described
) -> None:
    victim = Person(house, described, "Тайна")
    victim.choose_tax()
    for place in range(3):
        register = victim.add_register(f"Тайна {place}")
        victim.client.post(f"/registers/{register['id']}/exchanges", json={"kind": "test"})
        victim.client.post("/register-groups", json={"name": f"Тайна {place}"})
        victim.client.post("/item-groups", json={"name": f"Тайна {place}"})
        victim.client.post("/items", json={"code": place + 1, "name": f"Тайна {place}", "price": 1})
        victim.client.post("/users", json={"login": f"тайна{place}", "roles": ["viewer"]})
        victim.client.post("/imports", params={"filename": f"Тайна {place}.csv", "dry_run": "true"}, content=b"x;y\n")
    taken = {path: victim.client.get(path, params={"limit": 1}).json()["next"] for path in LISTS}
    assert [path for path, cursor in taken.items() if cursor is None] == []
    for path in LISTS:
        for cursor in filter(None, (taken[path], *_tampered(taken[path]), *taken.values())):
            told = owner.client.get(path, params={"after": cursor})
            assert told.status_code in {200, 422}, (path, cursor)
            assert "айна" not in told.text and "victim" not in told.text, (path, cursor)
    victim.leave()


def _tampered(cursor: str | None) -> list[str]:
    """Cut, extended, and with each of its values made another."""
    if cursor is None:
        return []
    found = [cursor[:-2], cursor[2:], cursor + "AAAA", cursor.swapcase(), cursor * 3]
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return found
    if isinstance(values, list):
        for place in range(len(values)):
            for other in ("", "' OR true --", None, [], 0, -1):
                changed = json.dumps([*values[:place], other, *values[place + 1 :]])
                found.append(base64.urlsafe_b64encode(changed.encode()).decode().rstrip("="))
    return found

"""Signing in and out by the API, and who I am."""

from tests.gateway_http.api.people import PASSWORD, Person


def test_sign_in_by_number_and_by_name(alice: Person) -> None:
    client = alice.another_client()
    for typed in (str(alice.number), alice.name, f"  «{alice.name.upper()}» "):
        answer = client.post("/sessions", json={"client": typed, "user": "ADMIN", "password": PASSWORD})
        assert answer.status_code == 201, typed
        told = answer.json()
        assert told["account"]["number"] == alice.number
        assert told["user"]["login"] == "admin"
        assert told["idle_timeout"] == 30 * 60
        assert told["token"]
        assert told["expires_at"] > told["idle_until"]


def test_whatever_is_wrong_is_refused_in_the_same_words(alice: Person) -> None:
    client = alice.another_client()
    right = {"client": str(alice.number), "user": "admin", "password": PASSWORD}
    answers = [
        client.post("/sessions", json={**right, **wrong}).json()
        for wrong in ({"client": "999999"}, {"user": "nobody"}, {"password": "no"}, {"client": ""})
    ]
    assert {(answer["code"], answer["title"], answer["status"]) for answer in answers} == {
        ("sign_in_refused", answers[0]["title"], 401)
    }


def test_wrong_sign_ins_are_throttled_with_a_time_to_come_again(newcomer: Person) -> None:
    client = newcomer.another_client()
    body = {"client": str(newcomer.number), "user": "admin", "password": "guess"}
    for _ in range(12):
        answer = client.post("/sessions", json=body)
        if answer.status_code == 429:
            break
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_sign_ins")
    assert int(answer.headers["retry-after"]) >= 1


def test_who_i_am(alice: Person) -> None:
    me = alice.client.get("/me").json()
    assert me["account"]["number"] == alice.number
    assert me["on_behalf_of"] is None
    assert {"see", "change_goods", "exchange", "administer"} <= set(me["rights"])
    changed = alice.client.patch("/me", json={"name": "Алиса Петрова", "language": "en"})
    assert changed.json()["user"]["name"] == "Алиса Петрова"
    assert alice.client.get("/me").json()["user"]["language"] == "en"
    assert alice.client.get("/registers/nope").json()["title"].isascii()
    assert alice.client.patch("/me", json={"language": "xx"}).status_code == 422
    assert alice.client.patch("/me", json={"language": "ru"}).status_code == 200


def test_a_session_ends_when_it_is_told_to(newcomer: Person) -> None:
    first = newcomer.client.get("/sessions/current").json()
    assert newcomer.client.get(f"/sessions/{first['id']}").json()["id"] == first["id"]
    old = newcomer.another_client(Authorization=f"Bearer {newcomer.token}")
    newcomer.sign_in()
    assert newcomer.client.delete(f"/sessions/{first['id']}").status_code == 204
    assert old.get("/me").status_code == 401
    assert newcomer.client.delete(f"/sessions/{first['id']}").status_code in {204, 404}
    assert newcomer.client.delete("/sessions/current").status_code == 204
    answer = newcomer.client.get("/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_account_is_seen_and_changed(newcomer: Person) -> None:
    before = newcomer.client.get("/accounts/current").json()
    assert before["default_tax_code"] is None
    body = {"inn": "7707083893", "time_zone": "Asia/Vladivostok", "default_tax_code": 11, "idle_minutes": 60}
    after = newcomer.client.patch("/accounts/current", json=body).json()
    assert {name: after[name] for name in body} == body
    assert not after["inn_suspicious"]
    wrong = newcomer.client.patch("/accounts/current", json={"time_zone": "Mars/Olympus", "idle_minutes": 30})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["path"] == "time_zone"
    assert newcomer.client.patch("/accounts/current", json={"idle_minutes": 1}).status_code == 422

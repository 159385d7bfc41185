"""`X-Background` tells that an open page looks by itself. Nobody dodges the idle limit or the rate by it."""

from datetime import datetime

import httpx
import psycopg
import pytest

from services.chassis.database import plain_url
from tests.gateway_http.pages.colleagues import in_database
from tests.gateway_http.pages.visitor import Clerk

BACKGROUND = {"X-Background": "1"}
MINE = "account_id = (SELECT account_id FROM identity.account WHERE number = %s)"
LOOK = "/api/v1/register-groups"


def idle_for(clerk: Clerk, minutes: int) -> None:
    """So long ago the clerk's session was used."""
    moved = "UPDATE identity.session SET last_seen_at = last_seen_at - make_interval(mins => %s) WHERE " + MINE
    assert in_database(clerk, moved, minutes, int(clerk.number))


def last_seen(clerk: Clerk) -> datetime:
    with psycopg.connect(plain_url(clerk.house.database_url)) as connection:
        row = connection.execute(
            "SELECT max(last_seen_at) FROM identity.session WHERE " + MINE, (int(clerk.number),)
        ).fetchone()
    assert row is not None
    seen: datetime = row[0]
    return seen


def ask(clerk: Clerk, how: str) -> httpx.Response:
    """A request that says it is of the background."""
    if how == "look":
        return clerk.client.get("/registers", headers=BACKGROUND)
    token = clerk.client.cookies["kkt_session"]
    if how == "bearer":
        bearer = {"Authorization": f"Bearer {token}", **BACKGROUND}
        return httpx.get(f"{clerk.house.http_url}{LOOK}", headers=bearer, timeout=30)
    fields = {"csrf": csrf_of(clerk), "name": "Зал"}
    return clerk.client.post("/admin/groups/new", data=fields, headers=BACKGROUND)


def csrf_of(clerk: Clerk) -> str:
    """Told to open pages, and no use of the session."""
    return str(clerk.client.get("/me/session").json()["csrf"])


@pytest.mark.parametrize("how", ["look", "bearer", "form"])
def test_only_the_look_of_an_open_page_is_no_use_of_the_session(clerk: Clerk, how: str) -> None:
    idle_for(clerk, 10)
    before = last_seen(clerk)
    assert ask(clerk, how).is_success
    used = last_seen(clerk) != before
    assert used == (how != "look")


@pytest.mark.parametrize("how", ["look", "bearer", "form"])
def test_a_session_that_ran_out_is_over_for_the_background_too(clerk: Clerk, how: str) -> None:
    if how == "form":
        csrf_of(clerk)
    idle_for(clerk, 31)
    answer = clerk.client.post("/admin/groups/new", data={"name": "X"}) if how == "form" else ask(clerk, how)
    assert answer.status_code == 401
    assert clerk.client.get(LOOK).status_code == 401


@pytest.mark.parametrize("how", ["key", "bearer", "form"])
def test_programs_and_writes_are_counted_however_they_call_themselves(clerk: Clerk, how: str) -> None:
    token = clerk.client.cookies["kkt_session"]
    clerk.client.headers["X-CSRF-Token"] = csrf_of(clerk)
    key = clerk.client.post("/api/v1/api-keys", json={"name": "1C", "roles": ["viewer"]}).json()["token"]
    slow = "UPDATE identity.account SET limits = limits || '{\"api_per_minute\": 60}' WHERE number = %s"
    assert in_database(clerk, slow, int(clerk.number))
    with httpx.Client(base_url=clerk.house.http_url, timeout=30, headers=BACKGROUND) as client:
        if how == "form":
            client.cookies.set("kkt_session", token)
            client.headers["X-CSRF-Token"] = clerk.client.headers["X-CSRF-Token"]
        else:
            client.headers["Authorization"] = f"Bearer {key if how == 'key' else token}"
        verb, path = ("POST", "/api/v1/registers/x/renewal") if how == "form" else ("GET", LOOK)
        told = [client.request(verb, path).status_code for _ in range(150)]
    assert 429 in told and told[-1] == 429

"""Session fixation, replay of what is used up, and cookies that somebody worked on."""

import contextlib
import re

import httpx
import pytest

from gateway_http.csrf import csrf_token
from tests.gateway_http.pages.colleagues import set_up_second_factor
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor

COOKIE = "kkt_session"
NEW_PASSWORD = "another way to Rzhev 88"
SHOWN_ONCE = re.compile('<code class="secret"[^>]*>([^<]+)</code>')
CHOSEN = "A" * 43  # a token as an attacker would plant it


def token_of(person: Visitor) -> str:
    """The token that the browser holds."""
    return person.client.cookies[COOKIE]


def opens(person: Visitor, token: str, path: str = "/api/v1/me") -> int:
    """The status that a token gets, as a cookie."""
    return httpx.get(f"{person.house.http_url}{path}", headers={"Cookie": f"{COOKIE}={token}"}, timeout=30).status_code


def sign_in_with(person: Clerk, token: str) -> str:
    """Sign in with a browser in which `token` was planted; the token that it gets."""
    cookies = {"Cookie": f"{COOKIE}={token}; kkt_visitor={CHOSEN}", "X-CSRF-Token": csrf_token(token)}
    typed = {"client": person.number, "user": "admin", "password": PASSWORD, "csrf": csrf_token(CHOSEN)}
    told = httpx.post(f"{person.house.http_url}/sign-in", data=typed, headers=cookies, timeout=30)
    assert told.status_code == 303, told.text
    return told.cookies[COOKIE]


def test_a_token_from_before_the_sign_in_is_worth_nothing_after_it(clerk: Clerk, charlie: Clerk) -> None:
    assert opens(clerk, CHOSEN) == 401
    given = sign_in_with(clerk, CHOSEN)
    assert given != CHOSEN and opens(clerk, given) == 200 and opens(clerk, CHOSEN) == 401
    # The attacker plants a live token of its own: whoever signs in over it is not in the attacker's session.
    planted = token_of(charlie)
    given = sign_in_with(clerk, planted)
    bearer = {"Authorization": f"Bearer {given}"}
    mine = httpx.get(f"{clerk.house.http_url}/api/v1/sessions/current", headers=bearer).json()
    theirs = charlie.client.get("/api/v1/sessions/current").json()
    assert (str(mine["account"]["number"]), str(theirs["account"]["number"])) == (clerk.number, charlie.number)


def test_no_token_is_taken_from_an_address_or_a_form(clerk: Clerk) -> None:
    token = token_of(clerk)
    bare = httpx.Client(base_url=clerk.house.http_url, timeout=30)
    with contextlib.closing(bare):
        for name in (COOKIE, "token", "session", "access_token"):
            assert bare.get("/api/v1/me", params={name: token}).status_code == 401
            assert bare.get("/registers", params={name: token}).status_code == 303
            told = bare.post("/admin/groups/new", data={name: token, "name": "X", "csrf": csrf_token(token)})
            assert told.status_code in {401, 403}
        assert COOKIE not in bare.cookies


def test_every_rise_in_what_one_may_do_takes_a_new_token(clerk: Clerk) -> None:
    before = token_of(clerk)
    clerk.see("/me/password")
    clerk.send("password", password=PASSWORD, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
    changed = token_of(clerk)
    assert changed != before and opens(clerk, before) == 401 and opens(clerk, changed) == 200
    clerk.send("/sign-out")
    assert opens(clerk, changed) == 401
    clerk.see("/sign-in")
    clerk.type_sign_in(password=NEW_PASSWORD)
    assert token_of(clerk) not in {before, changed}


def test_the_cookie_of_an_ended_session_is_not_taken_again(clerk: Clerk) -> None:
    token, csrf = token_of(clerk), clerk.see("/registers").form("/sign-out").fields["csrf"]
    clerk.send("/sign-out")
    for path in ("/api/v1/me", "/registers", "/api/v1/live/events", "/goods/export.csv", "/notifications/bell"):
        assert opens(clerk, token, path) == 401, path
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{clerk.house.http_url}/api/v1/me", headers=bearer).status_code == 401
    sent = {"Cookie": f"{COOKIE}={token}"}
    told = httpx.post(f"{clerk.house.http_url}/admin/groups/new", data={"csrf": csrf, "name": "X"}, headers=sent)
    assert told.status_code == 401
    clerk.sign_in()
    assert clerk.client.get("/api/v1/register-groups").json()["items"] == []


def test_a_used_ticket_and_a_used_code_open_no_second_session(clerk: Clerk) -> None:
    program, _ = set_up_second_factor(clerk)
    clerk.send("/sign-out")
    clerk.see("/sign-in")
    asked = clerk.type_sign_in()
    fields = {**asked.form("sign-in-code").fields, "otp": program.code()}
    with contextlib.closing(httpx.Client(base_url=clerk.house.http_url, cookies=clerk.client.cookies)) as thief:
        assert clerk.client.post("/sign-in/code", data=fields).url.path == "/registers"
        told = thief.post("/sign-in/code", data=fields)
        assert told.status_code == 422 and COOKIE not in told.cookies
        told = thief.post("/sign-in/code", data={**fields, "otp": program.code()})  # the next code, the used ticket
        assert told.status_code == 422 and COOKIE not in told.cookies


def test_a_used_one_time_password_opens_nothing(clerk: Clerk) -> None:
    clerk.see("/admin/users/new")
    clerk.send("/admin/users/new", login="olga", name="Ольга", roles=["viewer"])
    first = SHOWN_ONCE.findall(clerk.answer.text)[-1]
    person = Visitor(clerk.house)
    with contextlib.closing(person.client):
        person.see("/sign-in")
        person.send("sign-in", client=clerk.number, user="olga", password=first)
        assert person.path == "/me/password", person.page.text
        person.send("password", password=first, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
        assert opens(person, token_of(person)) == 200
    sign_in = {"client": clerk.number, "user": "olga", "password": first}
    told = httpx.post(f"{clerk.house.http_url}/api/v1/sessions", json=sign_in)
    assert (told.status_code, told.json()["code"]) == (401, "sign_in_refused")


def test_a_token_that_was_worked_on_is_nobodys(clerk: Clerk) -> None:
    token = token_of(clerk)
    other = "A" if token[-1] != "A" else "B"
    for worked_on in (
        token[:-1], token[1:], token[:-1] + other, token.swapcase(), token[:20], "", "%00" + token,
        token + "A", token + "=", token * 2, token * 400, f"{token}\\", f'"{token}', f"{token},{token}",
    ):  # fmt: skip
        assert opens(clerk, worked_on) in {401, 431}, worked_on[:60]
    assert opens(clerk, token) == 200
    twice = {"Cookie": f"{COOKIE}={CHOSEN}; {COOKIE}={token}"}
    assert httpx.get(f"{clerk.house.http_url}/api/v1/me", headers=twice).status_code == 401


@pytest.mark.parametrize("path", ["/admin/groups/new", "/goods/groups/new", "/admin/users/new", "/sign-out", "/me"])
def test_a_strangers_csrf_token_is_refused_with_ones_own_cookie(alice: Clerk, charlie: Clerk, path: str) -> None:
    theirs = csrf_token(token_of(charlie))
    told = alice.client.post(path, data={"name": "X", "login": "x", "roles": "viewer", "csrf": theirs})
    assert told.status_code == 403
    told = alice.client.post(path, data={"name": "X", "login": "x"}, headers={"X-CSRF-Token": theirs})
    assert told.status_code == 403
    for cut in (csrf_token(token_of(alice))[:-4], csrf_token(token_of(alice)) + "AAAA", csrf_token("")):
        assert alice.client.post(path, data={"name": "X", "csrf": cut}).status_code == 403
    assert alice.client.get("/api/v1/me").status_code == 200

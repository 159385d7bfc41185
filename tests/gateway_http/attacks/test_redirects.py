"""Open redirects, and headers that somebody tries to write through what we repeat: names, addresses, ids."""

import re
from urllib.parse import quote

import httpx
import pytest

from gateway_http.csrf import csrf_token
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Reading, Visitor

HOSTILE = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "https://evil.example", "http:/evil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example",
    "\t//evil.example", " //evil.example", "/\n/evil.example", "\u200b//evil.example", "@evil.example",
    ".evil.example", "/\r\nSet-Cookie: a=b", "/x\r\n\r\n<script>", "", "x" * 600, "/" + "x" * 600,
)  # fmt: skip
ENCODED = ("%2F%2Fevil.example", "/%2Fevil.example", "/%5Cevil.example", "/%09/evil.example", "/%0d%0aX-Evil:1")
BREAKS = ("\r\n", "\n", "\r", "\u2028", "\x85", "\v", "\f", "\x00")


def leads_home(answer: httpx.Response) -> bool:
    """Whether the next address is a path of this server."""
    target = answer.headers["location"]
    return bool(re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", target)) and "evil" not in target.partition("?")[0].lower()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_signing_in_leads_nowhere_else(alice: Clerk, hostile: str) -> None:
    signed_in = alice.client.get("/sign-in", params={"next": hostile}, follow_redirects=False)
    assert signed_in.status_code == 303 and leads_home(signed_in)
    with httpx.Client(base_url=alice.house.http_url, timeout=30) as browser:
        page = browser.get("/sign-in", params={"next": hostile})
        assert Reading(page.text).form("sign-in").fields["next"] == ["/registers"]
        typed = {"client": alice.number, "user": "admin", "password": PASSWORD, "next": hostile}
        told = browser.post("/sign-in", data={**typed, "csrf": csrf_token(browser.cookies["kkt_visitor"])})
        assert told.status_code == 303 and told.headers["location"] == "/registers"


@pytest.mark.parametrize("encoded", ENCODED)
def test_an_encoded_address_is_a_path_of_this_server(alice: Clerk, encoded: str) -> None:
    for query in (encoded, quote(encoded, safe="")):
        told = alice.client.get(f"/sign-in?next={query}", follow_redirects=False)
        assert told.status_code == 303
        assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", told.headers["location"]), told.headers["location"]
        assert "x-evil" not in told.headers


@pytest.mark.parametrize(
    "path", ["//evil.example/registers", "/\\evil.example", "/registers?x=\u0451", "/registers?q=%0d%0aX:1"]
)
def test_a_stranger_is_led_to_our_own_sign_in(visitor: Visitor, path: str) -> None:
    told = visitor.client.get(visitor.house.http_url + path, follow_redirects=False)
    assert told.status_code in {303, 404}
    if told.status_code == 303:
        assert told.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("wanted", ["/registers?q=\u0451\u0436", "/goods?q=\U0001f600", "/registers?q=a b"])
def test_any_letters_may_stand_in_the_address_that_one_wanted(alice: Clerk, wanted: str) -> None:
    told = alice.client.get("/sign-in", params={"next": wanted}, follow_redirects=False)
    assert told.status_code == 303 and leads_home(told)
    assert alice.client.get(told.headers["location"]).status_code == 200


def test_changing_the_password_leads_nowhere_else(clerk: Clerk) -> None:
    passwords = [PASSWORD, "another way to Rzhev 88", "a third way to Kashin 99"]
    for hostile, old, new in zip(HOSTILE, passwords, passwords[1:], strict=False):
        fields = clerk.see("/me/password").form("password").fields
        typed = {**fields, "password": old, "new_password": new, "new_password_again": new, "next": hostile}
        told = clerk.client.post("/me/password", data=typed, follow_redirects=False)
        assert (told.status_code, told.headers["location"]) == (303, "/registers")


@pytest.mark.parametrize("broken", BREAKS)
def test_no_header_is_written_through_a_name_of_a_file(alice: Clerk, broken: str) -> None:
    name = f'прайс"; filename=evil.exe{broken}X-Evil: 1.csv'
    goods = "Код;Наименование;Цена\n5;;1\n".encode()
    token = {"X-CSRF-Token": csrf_token(alice.client.cookies["kkt_session"])}
    query = {"dry_run": "true", "filename": name}
    alice.client.patch("/api/v1/accounts/current", json={"default_tax_code": 11}, headers=token)
    told = alice.client.post("/api/v1/imports", params=query, content=goods, headers=token)
    if told.status_code == 422:
        assert "\0" in broken  # nothing of ours holds it
        return
    answer = alice.client.get(f"/goods/imports/{told.json()['id']}/problems.csv")
    assert answer.status_code == 200 and "x-evil" not in answer.headers
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment;") and disposition.isprintable() and disposition.isascii()
    assert re.sub(r'"(?:[^"\\]|\\.)*"', "", disposition).count("filename=") == 1


def test_no_header_is_written_through_an_id_of_a_request(visitor: Visitor) -> None:
    for told in ("a b", "a;b", "x" * 65, "<script>", "a,b", "é"):
        visitor.see("/sign-in", **{"X-Request-Id": told.encode("latin-1")})  # type: ignore[arg-type]
        given = visitor.answer.headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{32}", given), told
    visitor.see("/sign-in?lang=ru%0d%0aX-Evil:1")
    assert "x-evil" not in visitor.answer.headers and "lang" not in visitor.answer.headers.get("set-cookie", "")

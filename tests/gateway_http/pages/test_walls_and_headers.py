"""What every answer carries, what is refused before anything is done, and that accounts do not see each other."""

import re

import pytest

from tests.gateway_http.pages.visitor import Clerk, Visitor

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/000000000000/site.css", "/healthz"])
def test_security_headers_are_on_every_answer(visitor: Visitor, path: str) -> None:
    visitor.see(path)
    headers = visitor.answer.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-request-id"]


def test_static_files_are_kept_by_browsers_and_travel_packed(visitor: Visitor) -> None:
    visitor.see("/sign-in")
    address = re.findall(r'href="(/static/[^"]+\.css)"', visitor.answer.text)[0]
    visitor.see(address)
    assert "immutable" in visitor.answer.headers["cache-control"]
    assert visitor.answer.headers["content-encoding"] == "gzip"


def test_pages_are_not_kept_and_travel_packed(clerk: Clerk) -> None:
    clerk.see("/registers")
    assert clerk.answer.headers["cache-control"] == "no-store"
    assert clerk.answer.headers["content-encoding"] == "gzip"


def test_unknown_page_says_so_with_the_request_id(clerk: Clerk) -> None:
    page = clerk.see("/no/such/page", **{"X-Request-Id": "my-request-1"})
    assert clerk.answer.status_code == 404
    assert "Такой страницы нет" in page.text and "my-request-1" in page.text


def test_write_without_our_token_is_refused(clerk: Clerk) -> None:
    for data in ({"name": "X"}, {"name": "X", "csrf": "garbage"}):
        told = clerk.client.post("/admin/groups/new", data=data)
        assert told.status_code == 403
    clerk.see("/admin/groups/new")
    fields = {**clerk.page.form("/admin/groups/new").fields, "name": "X"}
    told = clerk.client.post("/admin/groups/new", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert told.status_code == 403
    assert "Касс пока нет" in clerk.see("/admin/registers").text


def test_token_of_another_session_is_refused(clerk: Clerk, alice: Clerk) -> None:
    fields = alice.see("/admin/groups/new").form("/admin/groups/new").fields
    assert clerk.client.post("/admin/groups/new", data={**fields, "name": "X"}).status_code == 403


def test_large_form_is_refused_unread(clerk: Clerk) -> None:
    told = clerk.client.post("/admin/groups/new", data={"name": "x" * 300_000})
    assert told.status_code == 413


def test_things_of_another_account_are_not_there(clerk: Clerk, alice: Clerk) -> None:
    register = alice.add_register()
    alice.see("/admin/groups/new")
    alice.send("/admin/groups/new", name="Тайная группа")
    group = next(link for link in alice.page.links if link.startswith("/admin/groups/") and link.endswith("/edit"))
    for path in (
        f"/registers/{register}",
        f"/registers/{register}/card",
        f"/registers/{register}/history",
        f"/admin/registers/{register}/edit",
        f"/admin/registers/{register}/delete",
        group,
    ):
        clerk.see(path)
        assert clerk.answer.status_code == 404, path
    assert "Тайная группа" not in clerk.see("/admin/registers").text


@pytest.mark.parametrize("path", ["/registers/1", "/registers/%00", "/exchanges/x", "/admin/registers/../edit"])
def test_odd_addresses_are_no_faults(clerk: Clerk, path: str) -> None:
    clerk.see(path)
    assert clerk.answer.status_code in {404, 422}


@pytest.mark.parametrize("query", ["after=garbage", "sync=odd&online=odd", "group=x", "q=%00%FF", "lang=xx"])
def test_odd_queries_are_no_faults(clerk: Clerk, query: str) -> None:
    for path in ("/registers", "/admin/registers", "/exchanges"):
        clerk.see(f"{path}?{query}")
        assert clerk.answer.status_code < 500, f"{path}?{query}"


def test_what_people_type_is_only_shown(clerk: Clerk) -> None:
    register = clerk.add_register(NASTY)
    for path in ("/registers", "/admin/registers", f"/registers/{register}", f"/admin/registers/{register}/edit"):
        clerk.see(path)
        assert "<script>alert" not in clerk.answer.text and "<img src=x" not in clerk.answer.text
        assert NASTY in clerk.page.text or NASTY in str(clerk.page.forms[-1].fields) or path.endswith("edit")


def test_language_is_remembered(clerk: Clerk) -> None:
    assert "Goods base" in clerk.see("/registers?lang=en").text
    assert "Administration" in clerk.see("/registers").text
    assert "Администрирование" in clerk.see("/registers?lang=ru").text


def test_ids_of_a_page_are_unique(clerk: Clerk) -> None:
    clerk.add_register()
    for path in ("/registers", "/admin/registers", "/admin/account", "/patterns", "/exchanges"):
        ids = clerk.see(path).ids
        assert len(ids) == len(set(ids)) or path == "/patterns", path

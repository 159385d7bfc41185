"""Sign-in, «Выход», the ended session, and that typed work is not lost by it."""

import httpx
import pytest

from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor
from tests.house.running import RunningHouse

EXPIRED = "В связи с отсутствием активности в целях безопасности сессия была завершена"


def test_sign_in_form_has_the_three_fields_of_the_guide(visitor: Visitor) -> None:
    page = visitor.see("/registers")
    assert visitor.path == "/sign-in"
    for label in ("Клиент", "Пользователь", "Пароль"):
        assert label in page.text


@pytest.mark.parametrize("by_name", [True, False], ids=["name", "number"])
def test_sign_in_by_number_or_name(clerk: Clerk, house: RunningHouse, by_name: bool) -> None:
    visitor = Visitor(house)
    visitor.see("/goods?q=milk")
    client = f"  «{clerk.name.upper()}» " if by_name else clerk.number
    visitor.send("sign-in", client=client, user="Admin", password=PASSWORD)
    assert visitor.answer.url.raw_path == b"/goods?q=milk"
    visitor.leave()


def test_wrong_sign_in_keeps_what_was_typed_but_the_password(clerk: Clerk, house: RunningHouse) -> None:
    visitor = Visitor(house)
    visitor.see("/sign-in")
    page = visitor.send("sign-in", client=clerk.number, user="admin", password="wrong password")
    assert visitor.answer.status_code == 422
    assert "Неверный клиент, пользователь или пароль" in page.text
    fields = page.form("sign-in").fields
    assert fields["client"] == [clerk.number] and fields["password"] == [""]
    visitor.leave()


def test_session_cookie_is_out_of_reach_of_scripts_and_sites(clerk: Clerk) -> None:
    clerk.see("/registers")
    clerk.send("/sign-out")
    clerk.client.follow_redirects = False
    clerk.type_sign_in()
    cookie = next(text for text in clerk.answer.headers.get_list("set-cookie") if text.startswith("kkt_session="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


def test_sign_out_ends_the_session(clerk: Clerk) -> None:
    token = clerk.client.cookies["kkt_session"]
    clerk.see("/registers")
    clerk.send("/sign-out")
    assert clerk.path == "/sign-in"
    old = httpx.get(f"{clerk.house.http_url}/registers", cookies={"kkt_session": token})
    assert old.status_code == 401


def test_ended_session_says_so_and_leads_back(clerk: Clerk) -> None:
    clerk.end_session_elsewhere()
    page = clerk.see("/admin/account")
    assert clerk.answer.status_code == 401
    assert EXPIRED in page.text
    clerk.type_sign_in()
    assert clerk.path == "/admin/account" and clerk.answer.status_code == 200


def test_typed_work_outlives_the_session(clerk: Clerk) -> None:
    clerk.see("/admin/registers/new")
    clerk.end_session_elsewhere()
    page = clerk.send("/admin/registers/new", name="Касса «Ёлка» <1>", serial_number="04001234")
    assert EXPIRED in page.text and "Введённое сохранено" in page.text
    clerk.type_sign_in()
    page = clerk.send("kept")
    fields = page.form("/admin/registers/new").fields
    assert fields["name"] == ["Касса «Ёлка» <1>"] and fields["serial_number"] == ["04001234"]
    page = clerk.send("/admin/registers/new")
    assert clerk.path.endswith("/card") and "Касса «Ёлка» <1>" in page.text


def test_typed_work_outlives_a_mistyped_password_too(clerk: Clerk) -> None:
    clerk.see("/admin/groups/new")
    clerk.end_session_elsewhere()
    clerk.send("/admin/groups/new", name="Рынок")
    clerk.type_sign_in(password="wrong password")
    assert clerk.answer.status_code == 422
    clerk.type_sign_in()
    assert clerk.send("kept").form("/admin/groups/new").fields["name"] == ["Рынок"]


def test_typed_work_is_shown_to_nobody_else(clerk: Clerk, house: RunningHouse) -> None:
    other = Clerk(house, "Другая организация")
    clerk.see("/admin/groups/new")
    clerk.end_session_elsewhere()
    clerk.send("/admin/groups/new", name="Тайный рынок")
    page = clerk.type_sign_in(client=other.number)
    assert clerk.answer.status_code == 200 and clerk.path == "/registers"
    assert "Тайный рынок" not in page.text
    other.leave()


def test_deleting_is_asked_again_after_an_ended_session(clerk: Clerk) -> None:
    register = clerk.add_register()
    clerk.see(f"/admin/registers/{register}/delete")
    clerk.end_session_elsewhere()
    clerk.send(f"/admin/registers/{register}/delete")
    clerk.type_sign_in()
    page = clerk.send("kept")
    assert "Удалить кассу?" in page.text
    assert clerk.see(f"/registers/{register}").title.startswith("Касса 1")


def test_dialog_over_the_page_renews_the_session(clerk: Clerk) -> None:
    """What a script does: the form in the page stays, the tokens are new."""
    me = clerk.client.get("/api/v1/me").json()
    clerk.see("/admin/groups/new")
    form = clerk.page.form("/admin/groups/new")
    clerk.end_session_elsewhere()
    script = {"HX-Request": "true", "HX-Target": "dialog-body", "X-Expected-User": str(me["user"]["id"])}
    told = clerk.client.post(form.action, data={**form.fields, "name": "Склад"}, headers=script)
    assert told.status_code == 401 and EXPIRED in told.text and "<html" not in told.text
    clerk._show(told)
    sign_in = clerk.page.form("sign-in").fields
    told = clerk.client.post(
        "/sign-in",
        data={**sign_in, "client": clerk.number, "user": "admin", "password": PASSWORD},
        headers={**script, "HX-Target": "session-dialog-body"},
    )
    assert told.status_code == 204, told.text
    token = told.headers["HX-Trigger"].split('"csrf":"')[1].split('"')[0]
    told = clerk.client.post(form.action, data={**form.fields, "name": "Склад", "csrf": token}, headers=script)
    assert told.status_code == 204 and told.headers["HX-Redirect"] == "/admin/registers"


def test_background_refresh_of_a_signed_out_page_is_told(clerk: Clerk) -> None:
    clerk.end_session_elsewhere()
    page = clerk.see("/registers", **{"HX-Request": "true", "HX-Target": "registers", "X-Background": "1"})
    assert clerk.answer.status_code == 401 and EXPIRED in page.text

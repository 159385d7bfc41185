"""«Администрирование» → «Пользователи», without scripts."""

import re

import pytest

from services.contracts.permissions import Role
from tests.gateway_http.pages.colleagues import colleague
from tests.gateway_http.pages.visitor import Clerk, Visitor

LIST = "/admin/users"
SECRET = re.compile('<code class="secret"[^>]*>([^<]+)</code>')


def sign_in(clerk: Clerk, login: str, password: str) -> Visitor:
    browser = Visitor(clerk.house)
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user=login, password=password)
    return browser


def add(clerk: Clerk, login: str, **typed: str | list[str]) -> str:
    """The one-time password that was shown."""
    clerk.see(f"{LIST}/new")
    page = clerk.send(f"{LIST}/new", login=login, **typed)
    assert "Пользователь добавлен" in page.text, page.text
    return SECRET.findall(clerk.answer.text)[-1]


def link_of(clerk: Clerk, login: str) -> str:
    """The address of a user's pages."""
    page = clerk.see(f"{LIST}?q={login}")
    edit = next(link for link in page.links if link.endswith("/edit"))
    return edit.removesuffix("/edit")


def test_a_user_is_added_and_its_password_shown_once(clerk: Clerk) -> None:
    password = add(clerk, "vera", name="Вера Ильина", roles=["goods_manager", "viewer"])
    page = clerk.see(LIST)
    assert "Вера Ильина" in page.text and "Товаровед" in page.text and password not in page.text
    browser = sign_in(clerk, "vera", password)
    assert browser.path == "/me/password"
    browser.leave()


def test_what_is_wrong_is_named_and_the_rest_kept(clerk: Clerk) -> None:
    add(clerk, "anna", roles=["viewer"])
    clerk.see(f"{LIST}/new")
    page = clerk.send(f"{LIST}/new", login="ANNA", name="Другая", roles=["viewer"])
    assert clerk.answer.status_code == 422
    form = page.form(f"{LIST}/new")
    assert form.fields["name"] == ["Другая"] and "#f-login" in page.links
    page = clerk.send(f"{LIST}/new", login="", email="none", roles=[])
    assert clerk.answer.status_code == 422 and "#f-login" in page.links and "#f-email" in page.links


def test_a_user_is_edited_and_the_slower_hand_is_told(clerk: Clerk) -> None:
    add(clerk, "oleg", roles=["viewer"])
    at = link_of(clerk, "oleg")
    old = clerk.see(f"{at}/edit").form(f"{at}/edit").fields
    clerk.send(f"{at}/edit", name="Олег", dealer="1")
    assert clerk.path == LIST and "Сохранено" in clerk.page.text and "Дилер" in clerk.page.text
    late = clerk.client.post(f"{at}/edit", data={**old, "name": "Поздно", "form_id": "another"})
    assert late.status_code == 422 and "Олег" in clerk.see(LIST).text


def test_a_disabled_user_is_out_at_once(clerk: Clerk) -> None:
    browser = sign_in(clerk, "igor", add(clerk, "igor", roles=["viewer"]))
    at = link_of(clerk, "igor")
    clerk.see(f"{at}/edit")
    clerk.send(f"{at}/edit", disabled="1")
    assert "Отключён" in clerk.page.text
    browser.see("/registers")
    assert browser.answer.status_code == 401
    browser.leave()


def test_a_one_time_password_takes_the_place_of_the_present_one(clerk: Clerk) -> None:
    first = add(clerk, "nina", roles=["viewer"])
    at = link_of(clerk, "nina")
    assert "Выдать одноразовый пароль" in clerk.see(f"{at}/password").text
    clerk.send(f"{at}/password")
    second = SECRET.findall(clerk.answer.text)[-1]
    assert second != first
    for password, path in ((first, "/sign-in"), (second, "/me/password")):
        browser = sign_in(clerk, "nina", password)
        assert browser.path == path
        browser.leave()


def test_a_user_is_deleted_after_a_question(clerk: Clerk) -> None:
    add(clerk, "fedor", roles=["viewer"])
    at = link_of(clerk, "fedor")
    assert "Удалить пользователя?" in clerk.see(f"{at}/delete").text
    page = clerk.send(f"{at}/delete")
    assert "Пользователь удалён" in page.text and "fedor" not in page.text
    assert clerk.client.get(f"{at}/edit").status_code == 404


def test_nobody_locks_itself_out(clerk: Clerk) -> None:
    at = link_of(clerk, "admin")
    clerk.see(f"{at}/delete")
    page = clerk.send(f"{at}/delete")
    assert clerk.answer.status_code == 422 and "admin" in page.text
    clerk.see(f"{at}/edit")
    clerk.send(f"{at}/edit", roles=["viewer"])
    assert clerk.answer.status_code == 422


@pytest.mark.parametrize("page", ["", "/new", "/{user}/edit", "/{user}/delete", "/{user}/password"])
def test_users_are_hidden_from_those_who_may_not_and_from_strangers(clerk: Clerk, alice: Clerk, page: str) -> None:
    made = colleague(clerk, f"viewer{len(page)}", Role.VIEWER)
    path = LIST + page.format(user=made.user.id)
    if "{user}" in page:
        assert alice.client.get(path).status_code == 404
    browser = sign_in(clerk, made.user.login, str(made.password))
    browser.send(
        "password",
        password=str(made.password),
        new_password="the kettle hums 9",
        new_password_again="the kettle hums 9",
    )
    assert LIST not in browser.see("/admin/registers").links
    assert browser.client.get(path).status_code == 403
    browser.leave()

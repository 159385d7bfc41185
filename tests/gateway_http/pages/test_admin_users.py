"""«Администрирование» → «Пользователи», without scripts."""

import re

import pytest

from services.contracts.permissions import Role
from services.contracts.values import DEFAULT_PAGE
from tests.gateway_http.pages.colleagues import Operator, SecondFactor, colleague, in_database, secret_on
from tests.gateway_http.pages.visitor import Clerk, Reading, Visitor

LIST = "/admin/users"
NEW_PASSWORD = "the kettle hums 9"
SECRET = re.compile('<code class="secret"[^>]*>([^<]+)</code>')
# till00, till01 and so on: one by one through the door would take half a minute.
MANY = """
INSERT INTO identity.app_user (account_id, user_id, login, login_key, look_key, name, dealer, disabled, search_key,
  version, roles, password_hash, must_change_password, created_at)
SELECT account_id, gen_random_uuid(), till, till, till, till, false, false, till, 1, '{viewer}', password_hash, false,
  created_at
FROM identity.app_user, generate_series(0, %s) n, LATERAL (SELECT 'till' || lpad(n::text, 2, '0') AS till) named
WHERE account_id = (SELECT account_id FROM identity.account WHERE number = %s)
"""


def sign_in(clerk: Clerk, login: str, password: str) -> Visitor:
    browser = Visitor(clerk.house)
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user=login, password=password)
    return browser


def own_password(browser: Visitor, first: str) -> Visitor:
    """Past the one-time password."""
    browser.send("password", password=first, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
    assert browser.path == "/registers", browser.page.text
    return browser


def add(clerk: Clerk, login: str, **typed: str | list[str]) -> str:
    """The one-time password that was shown."""
    clerk.see(f"{LIST}/new")
    page = clerk.send(f"{LIST}/new", login=login, **typed)
    assert "Пользователь добавлен" in page.text, page.text
    return str(SECRET.findall(clerk.answer.text)[-1])


def link_of(clerk: Visitor, login: str) -> str:
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
    page = Reading(late.text)
    assert "Сейчас: Олег" in page.text and "Сейчас: да" in page.text, "what the other one saved"
    assert page.form(f"{at}/edit").fields["name"] == ["Поздно"], "what was typed"
    again = clerk.client.post(f"{at}/edit", data=page.form(f"{at}/edit").fields)
    assert again.url.path == LIST and "Поздно" in again.text, "whoever has seen it may save"


def test_a_disabled_user_is_out_at_once(clerk: Clerk) -> None:
    browser = sign_in(clerk, "igor", add(clerk, "igor", roles=["viewer"]))
    at = link_of(clerk, "igor")
    clerk.see(f"{at}/edit")
    clerk.send(f"{at}/edit", disabled="1")
    assert "Отключён" in clerk.page.text
    browser.see("/registers")
    assert browser.answer.status_code == 401
    clerk.see(f"{at}/edit")
    page = clerk.send(f"{at}/edit", disabled=None)
    assert clerk.path == LIST and "Отключён" not in page.text
    browser.leave()


def test_a_user_more_than_the_account_may_have_is_refused_and_what_was_typed_kept(clerk: Clerk) -> None:
    operator = Operator(clerk.house)
    url = f"/operator/accounts/{operator.account_id(clerk.number)}/limits"
    operator.see(url)
    operator.send(url, users="2")
    operator.leave()
    add(clerk, "second", roles=["viewer"])
    clerk.see(f"{LIST}/new")
    page = clerk.send(f"{LIST}/new", login="third", roles=["viewer"])
    assert clerk.answer.status_code == 422 and "пользователей не больше 2" in page.text, page.text
    assert page.form(f"{LIST}/new").fields["login"] == ["third"] and "third" not in clerk.see(LIST).text


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


def test_all_sessions_of_a_user_end_at_once(clerk: Clerk) -> None:
    browser = own_password(sign_in(clerk, "roman", first := add(clerk, "roman", roles=["viewer"])), first)
    at = link_of(clerk, "roman")
    clerk.see(f"{at}/edit")
    page = clerk.send(f"{at}/end-sessions")
    assert clerk.path == LIST and "Завершена 1 сессия" in page.text
    assert browser.client.get("/registers", follow_redirects=False).status_code == 401
    browser.leave()


def test_the_second_step_of_somebody_who_lost_the_device_is_taken_away(clerk: Clerk) -> None:
    first = add(clerk, "pavel", roles=["viewer"])
    browser = own_password(sign_in(clerk, "pavel", first), first)
    browser.see("/me/second-factor")
    page = browser.send("offer", password=NEW_PASSWORD)
    browser.send("confirm", otp=SecondFactor(secret_on(page)).code())
    at = link_of(clerk, "pavel")
    assert "Двухэтапный вход" in clerk.page.text and f"{at}/second-factor" in clerk.see(f"{at}/edit").links
    assert "pavel" in clerk.see(f"{at}/second-factor").text
    clerk.send(f"{at}/second-factor")
    assert clerk.path == LIST and f"{at}/second-factor" not in clerk.see(f"{at}/edit").links
    again = sign_in(clerk, "pavel", NEW_PASSWORD)
    assert again.path == "/registers"
    assert "двухэтапный вход снят" in again.see("/notifications").text.lower()
    again.leave()
    browser.leave()


def test_the_last_administrator_cannot_be_lost(clerk: Clerk) -> None:
    first = add(clerk, "zoya", roles=["administrator"])
    zoya = own_password(sign_in(clerk, "zoya", first), first)
    at = link_of(zoya, "admin")
    zoya.see(f"{at}/edit")
    zoya.send(f"{at}/edit", disabled="1")
    assert zoya.path == LIST, "there are two of them"
    own = link_of(zoya, "zoya")
    zoya.see(f"{own}/edit")
    page = zoya.send(f"{own}/edit", roles=["viewer"])
    assert zoya.answer.status_code == 422 and "должен остаться администратор" in page.text, page.text
    zoya.leave()


def test_the_form_says_what_the_roles_may_do(clerk: Clerk) -> None:
    told = clerk.see(f"{LIST}/new").text
    assert "Оператор обмена : видит всё, начинает обмен" in told
    assert "Наблюдатель : видит всё" in told and "ведёт учётные записи сервера" not in told


def test_users_are_found_and_paged(clerk: Clerk) -> None:
    assert in_database(clerk, MANY, DEFAULT_PAGE, int(clerk.number)) == DEFAULT_PAGE + 1
    page = clerk.see(LIST)
    following = next(link for link in page.links if "after=" in link)
    assert "till00" in page.text and "till50" not in page.text
    assert "till50" in clerk.see(following).text and LIST in clerk.page.links
    assert "Ничего не найдено" in clerk.see(f"{LIST}?q=никто").text


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


def test_what_a_viewer_or_a_stranger_sends_is_refused_and_changes_nothing(clerk: Clerk, alice: Clerk) -> None:
    first = add(clerk, "viewer", roles=["viewer"])
    viewer = own_password(sign_in(clerk, "viewer", first), first)
    made = colleague(clerk, "victim", Role.VIEWER)
    victim = own_password(sign_in(clerk, "victim", str(made.password)), str(made.password))
    at = f"{LIST}/{made.user.id}"
    typed = {"login": "stolen", "roles": "administrator", "version": str(made.user.version)}
    for browser, status in ((viewer, 403), (alice, 404)):
        for number, path in enumerate(("edit", "delete", "password", "second-factor", "end-sessions")):
            tokens = browser.see("/registers").form("/sign-out").fields
            sent = {"csrf": tokens["csrf"], "form_id": f"{path}-{number}", **typed}
            assert browser.client.post(f"{at}/{path}", data=sent).status_code == status, path
    tokens = viewer.see("/registers").form("/sign-out").fields
    assert viewer.client.post(f"{LIST}/new", data={"csrf": tokens["csrf"], **typed}).status_code == 403
    page = clerk.see(LIST)
    assert "victim" in page.text and "stolen" not in page.text
    assert victim.client.get("/registers", follow_redirects=False).status_code == 200, "its session still stands"
    again = sign_in(clerk, "victim", NEW_PASSWORD)
    assert again.path == "/registers"
    for browser in (viewer, victim, again):
        browser.leave()

"""The second step of signing in, and sessions that must mend their sign-in before anything else."""

from collections.abc import Iterator

import pytest

from services.contracts.identity import AccountChanges, IdentityRpc
from services.contracts.users import UserWithPassword
from tests.gateway_http.pages.colleagues import (
    SecondFactor,
    as_clerk,
    codes_on,
    colleague,
    in_database,
    secret_on,
    set_up_second_factor,
)
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor
from tests.house.running import RunningHouse

OWN_PASSWORD = "the samovar sings at six 41"


@pytest.fixture(scope="module")
def guarded(house: RunningHouse) -> Iterator[tuple[Clerk, SecondFactor, list[str]]]:
    """A clerk with a second factor, its program and its recovery codes."""
    clerk = Clerk(house, "Осторожный")
    program, codes = set_up_second_factor(clerk)
    yield clerk, program, codes
    clerk.leave()


@pytest.fixture
def newcomer(clerk: Clerk) -> Iterator[tuple[Visitor, UserWithPassword]]:
    """A browser of a colleague who has only a one-time password."""
    issued = colleague(clerk, "vera")
    browser = Visitor(clerk.house)
    yield browser, issued
    browser.leave()


def sign_in(browser: Visitor, clerk: Clerk, user: str, password: str | None) -> None:
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user=user, password=password or "")


def test_the_code_is_asked_for_and_leads_where_one_wanted(guarded: tuple[Clerk, SecondFactor, list[str]]) -> None:
    clerk, program, _ = guarded
    browser = Visitor(clerk.house)
    browser.see("/goods?q=milk")
    page = browser.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    assert (
        "Второй шаг" in page.text and "Код" in page.text and "коды восстановления" in page.text.replace("кодов", "коды")
    )
    assert "kkt_session" not in browser.client.cookies
    page = browser.send("sign-in-code", otp="000000")
    assert browser.answer.status_code == 422 and "Код неверен" in page.text
    browser.send("sign-in-code", otp=program.code())
    assert browser.answer.url.raw_path == b"/goods?q=milk"
    browser.leave()


def test_the_wrong_password_is_refused_as_without_a_second_factor(
    guarded: tuple[Clerk, SecondFactor, list[str]],
) -> None:
    clerk, _, _ = guarded
    browser = Visitor(clerk.house)
    sign_in(browser, clerk, "admin", "wrong password")
    assert "Неверный клиент, пользователь или пароль" in browser.page.text
    browser.leave()


def test_a_recovery_code_is_good_once(guarded: tuple[Clerk, SecondFactor, list[str]]) -> None:
    clerk, _, codes = guarded
    assert len(codes) == 10
    browser = Visitor(clerk.house)
    sign_in(browser, clerk, "admin", PASSWORD)
    browser.send("sign-in-code", otp=codes[0].lower())
    assert browser.path == "/registers"
    assert "Осталось кодов восстановления 9" in browser.see("/me/second-factor").text
    browser.send("/sign-out")
    sign_in(browser, clerk, "admin", PASSWORD)
    browser.send("sign-in-code", otp=codes[0])
    assert browser.answer.status_code == 422
    browser.leave()


def test_typed_work_goes_through_both_steps(guarded: tuple[Clerk, SecondFactor, list[str]]) -> None:
    clerk, _, codes = guarded
    browser = Visitor(clerk.house)
    sign_in(browser, clerk, "admin", PASSWORD)
    browser.send("sign-in-code", otp=codes[1])
    browser.see("/admin/groups/new")
    token = browser.client.cookies["kkt_session"]
    browser.client.delete("/api/v1/sessions/current", headers={"Authorization": f"Bearer {token}"})
    browser.send("/admin/groups/new", name="Рынок")
    browser.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    page = browser.send("sign-in-code", otp=codes[2])
    assert page.form("kept").action == "/admin/groups/new"
    assert browser.send("kept").form("/admin/groups/new").fields["name"] == ["Рынок"]
    browser.leave()


def test_one_may_begin_anew(guarded: tuple[Clerk, SecondFactor, list[str]]) -> None:
    clerk, _, _ = guarded
    browser = Visitor(clerk.house)
    browser.see("/exchanges")
    browser.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    page = browser.send("sign-in-code", again="1", otp="")
    assert page.form("sign-in").fields["next"] == ["/exchanges"]
    browser.leave()


def test_both_steps_work_in_the_dialog_over_the_page(guarded: tuple[Clerk, SecondFactor, list[str]]) -> None:
    """What a script does: the form in the page stays, the tokens are new."""
    clerk, _, codes = guarded
    browser = Visitor(clerk.house)
    sign_in(browser, clerk, "admin", PASSWORD)
    browser.send("sign-in-code", otp=codes[3])
    me = str(browser.client.get("/api/v1/me").json()["user"]["id"])
    form = browser.see("/admin/groups/new").form("/admin/groups/new")
    token = browser.client.cookies["kkt_session"]
    browser.client.delete("/api/v1/sessions/current", headers={"Authorization": f"Bearer {token}"})
    script = {"HX-Request": "true", "HX-Target": "dialog-body", "X-Expected-User": me}
    browser._show(browser.client.post(form.action, data={**form.fields, "name": "Склад"}, headers=script))
    dialog = {**script, "HX-Target": "session-dialog-body"}
    fields = browser.page.form("sign-in").fields
    typed = {**fields, "client": clerk.number, "user": "admin", "password": PASSWORD}
    told = browser.client.post("/sign-in", data=typed, headers=dialog)
    assert told.status_code == 200 and "<html" not in told.text
    browser._show(told)
    fields = browser.page.form("sign-in-code").fields
    told = browser.client.post("/sign-in/code", data={**fields, "otp": codes[4]}, headers=dialog)
    assert told.status_code == 204 and "session-renewed" in told.headers["HX-Trigger"]
    browser.leave()


def test_a_forged_ticket_opens_nothing(clerk: Clerk) -> None:
    browser = Visitor(clerk.house)
    browser.see("/sign-in")
    fields = {**browser.page.form("sign-in").fields, "ticket": "forged", "otp": "123456"}
    told = browser.client.post("/sign-in/code", data=fields)
    assert told.status_code == 422 and "kkt_session" not in browser.client.cookies
    browser.leave()


def test_a_one_time_password_is_changed_first(newcomer: tuple[Visitor, UserWithPassword], clerk: Clerk) -> None:
    browser, issued = newcomer
    browser.see("/exchanges?show=over")
    page = browser.send("sign-in", client=clerk.number, user="vera", password=issued.password or "")
    assert browser.path == "/me/password" and "Вы вошли с одноразовым паролем" in page.text
    assert "База товаров" not in page.text  # no tabs lead astray
    for path in ("/registers", "/goods", "/admin/registers", "/me", "/me/sessions", "/notifications"):
        browser.see(path)
        assert browser.path == "/me/password", path
    told = browser.client.post("/goods/bulk", data={**page.form("password").fields, "action": "delete", "pick": "1"})
    assert told.status_code == 403 and "Сначала задайте собственный пароль" in told.text
    browser.see("/exchanges?show=over")
    typed = {"new_password": OWN_PASSWORD, "new_password_again": OWN_PASSWORD}
    browser.send("password", password=issued.password or "", **typed)
    assert browser.answer.url.raw_path == b"/exchanges?show=over"
    assert "Пароль изменён" in browser.page.text
    again = Visitor(clerk.house)
    sign_in(again, clerk, "vera", OWN_PASSWORD)
    assert again.path == "/registers"
    again.leave()


def test_a_restricted_session_may_sign_out(newcomer: tuple[Visitor, UserWithPassword], clerk: Clerk) -> None:
    browser, issued = newcomer
    sign_in(browser, clerk, "vera", issued.password)
    browser.send("/sign-out")
    assert browser.path == "/sign-in"


def test_a_part_that_refreshes_itself_is_left_alone(newcomer: tuple[Visitor, UserWithPassword], clerk: Clerk) -> None:
    browser, issued = newcomer
    sign_in(browser, clerk, "vera", issued.password)
    script = {"HX-Request": "true", "HX-Target": "registers"}
    assert browser.client.get("/registers", headers={**script, "X-Background": "1"}).status_code == 204
    assert browser.client.get("/registers", headers=script).headers["HX-Redirect"] == "/me/password"


def test_the_accounts_policy_asks_administrators_for_a_second_factor(clerk: Clerk) -> None:
    as_clerk(clerk, IdentityRpc.change_account, AccountChanges(second_factor_required=True), None)
    page = clerk.see("/admin/registers?q=x")
    assert clerk.path == "/me/second-factor" and "В вашей учётной записи нужен двухэтапный вход" in page.text
    page = clerk.send("offer", password=PASSWORD)
    page = clerk.send("confirm", otp=SecondFactor(secret_on(page)).code())
    assert len(codes_on(page)) == 10
    assert "/admin/registers?q=x" in page.links
    clerk.see("/me/second-factor")
    assert "выключить его нельзя" in clerk.page.text
    assert clerk.see("/admin/registers").title.startswith("Группы и кассы")


def test_a_form_sent_too_late_is_kept_while_the_sign_in_is_mended(clerk: Clerk) -> None:
    clerk.see("/admin/groups/new")
    as_clerk(clerk, IdentityRpc.change_account, AccountChanges(second_factor_required=True), None)
    page = clerk.send("/admin/groups/new", name="Рынок")
    assert clerk.answer.status_code == 403
    assert page.form("retry").fields["name"] == ["Рынок"] and "/me/second-factor" in page.links


def test_too_many_wrong_codes_void_the_ticket(guarded: tuple[Clerk, SecondFactor, list[str]]) -> None:
    clerk, _, codes = guarded
    browser = Visitor(clerk.house)
    sign_in(browser, clerk, "admin", PASSWORD)
    for _ in range(5):
        browser.send("sign-in-code", otp="AAAA-AAAA-AAAA-AAAA-AAAA-AAAA")
    browser.send("sign-in-code", otp=codes[5])
    assert browser.answer.status_code in {422, 429} and "kkt_session" not in browser.client.cookies
    browser.leave()


def test_a_one_time_password_that_ran_out_is_told_so(newcomer: tuple[Visitor, UserWithPassword], clerk: Clerk) -> None:
    browser, issued = newcomer
    gone = "UPDATE identity.app_user SET password_until = now() - interval '1 minute' WHERE user_id = %s"
    assert in_database(clerk, gone, issued.user.id) == 1
    sign_in(browser, clerk, "vera", issued.password)
    assert browser.answer.status_code == 422 and "kkt_session" not in browser.client.cookies
    assert "Срок одноразового пароля истёк. Попросите администратора выдать новый." in browser.page.text
    sign_in(browser, clerk, "vera", "not the password")  # only whoever knows it is told
    assert "Неверный клиент, пользователь или пароль" in browser.page.text

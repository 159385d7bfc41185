"""«Администрирование» → «Учётная запись»: the limits of the account and how much of them is used."""

import os
import signal

from tests.gateway_http.pages.colleagues import Operator, colleague, set_up_second_factor, watcher
from tests.gateway_http.pages.visitor import Clerk, Reading

ACCOUNT = "/admin/account"


def limits_on(page: Reading) -> str:
    """The panel's own words; a space that does not break is a space here."""
    assert "limits" in page.ids, page.text
    return page.text.split("Ограничения", 1)[1].replace("\u00a0", " ")


def test_limits_tell_what_is_used_and_who_lives_elsewhere_is_not_counted(clerk: Clerk, alice: Clerk) -> None:
    clerk.add_register("Касса 1")
    clerk.add_register("Касса 2")
    colleague(clerk, "second")
    told = limits_on(clerk.see(ACCOUNT))
    assert "Пользователи 2 из 100" in told and "Кассы 2 из 1 000" in told
    assert "Товары 0 из 500 000" in told and "Загрузок из файлов за сутки 0 из 500" in told
    assert "Касс на связи одновременно 0 из 1 000" in told and "Запросов в минуту" in told
    strange = limits_on(alice.see(ACCOUNT))
    assert "Пользователи 1 из 100" in strange and "Кассы 0 из 1 000" in strange


def test_limits_are_those_that_the_operator_set(clerk: Clerk) -> None:
    operator = Operator(clerk.house)
    url = f"/operator/accounts/{operator.account_id(clerk.number)}/limits"
    operator.see(url)
    operator.send(url, users="7", api_per_minute="90")
    assert operator.answer.status_code == 200, operator.page.text
    operator.leave()
    told = limits_on(clerk.see(ACCOUNT))
    assert "Пользователи 1 из 7" in told and "Запросов в минуту 90" in told


def test_a_viewer_sees_the_limits_and_changes_nothing(clerk: Clerk) -> None:
    browser = watcher(clerk)
    page = browser.see(ACCOUNT)
    assert "Пользователи 2 из 100" in limits_on(page) and "Москва (UTC+3)" in page.text
    assert ACCOUNT not in [form.action for form in page.forms], "nothing can be typed that could not be saved"
    sent = {**page.form("/sign-out").fields, "name": "Чужое имя"}
    assert browser.client.post(ACCOUNT, data=sent).status_code == 403
    browser.leave()
    assert clerk.name in clerk.see(ACCOUNT).form(ACCOUNT).fields["name"]


def test_two_step_sign_in_can_be_asked_of_administrators(clerk: Clerk) -> None:
    clerk.see(ACCOUNT)
    clerk.send(ACCOUNT, second_factor_required="1")
    clerk.see("/registers")
    assert clerk.path == "/me/second-factor", "who asks for it has none"
    set_up_second_factor(clerk)
    page = clerk.see(ACCOUNT)
    assert page.form(ACCOUNT).fields["second_factor_required"] == ["1"]
    clerk.send(ACCOUNT, second_factor_required=None)
    assert "second_factor_required" not in clerk.see(ACCOUNT).form(ACCOUNT).fields


def test_a_refused_form_shows_the_limits_too(clerk: Clerk) -> None:
    clerk.see(ACCOUNT)
    page = clerk.send(ACCOUNT, idle_minutes="4")
    assert clerk.answer.status_code == 422 and "Пользователи 1 из 100" in limits_on(page)


def test_a_room_that_does_not_answer_spoils_only_its_own_numbers(clerk: Clerk) -> None:
    clerk.add_register()
    room = clerk.house.processes["catalog"]
    os.kill(room, signal.SIGSTOP)
    try:
        told = limits_on(clerk.see(ACCOUNT))
    finally:
        os.kill(room, signal.SIGCONT)
    assert clerk.answer.status_code == 200 and "Кассы 1 из 1 000" in told
    assert "Товары — из 500 000" in told and "Загрузок из файлов за сутки — из 500" in told
    clerk.house.wait_ready()
    assert "Товары 0 из 500 000" in limits_on(clerk.see(ACCOUNT))

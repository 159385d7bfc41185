"""«Сервер»: the operator's console, and that nobody else has it."""

import re
import secrets
from collections.abc import Iterator

import httpx
import pytest

from services.contracts.limits import LIMIT_BOUNDS
from tests.gateway_http.pages.colleagues import Operator, in_database
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor
from tests.house.running import RunningHouse

LIST = "/operator/accounts"
OWN_PASSWORD = "the kettle hums in tune 9"


@pytest.fixture(scope="module")
def operator(house: RunningHouse) -> Iterator[Operator]:
    person = Operator(house)
    yield person
    person.leave()


def open_account(operator: Operator, name: str, **typed: str) -> dict[str, str]:
    """Through the form; what is handed over to the first administrator."""
    operator.see(f"{LIST}/new")
    page = operator.send(f"{LIST}/new", name=name, login="admin", **typed)
    assert "Учётная запись добавлена" in page.text, page.text
    number, *_, password = shown_once(operator)
    return {"number": number, "password": password, "page": operator.answer.text}


def shown_once(operator: Operator) -> list[str]:
    """What the page has to be noted down from; the password stands last."""
    return re.findall('<code class="secret"[^>]*>([^<]+)</code>', operator.answer.text)


def sign_in(house: RunningHouse, number: str, user: str, password: str) -> Visitor:
    browser = Visitor(house)
    browser.see("/sign-in")
    browser.send("sign-in", client=number, user=user, password=password)
    return browser


def test_an_operator_begins_in_the_console(operator: Operator, house: RunningHouse) -> None:
    browser = sign_in(house, operator.number, "admin", PASSWORD)
    assert browser.path == LIST and "Сервер" in browser.page.text
    browser.leave()


def test_accounts_are_found_by_number_name_and_state(operator: Operator, clerk: Clerk, alice: Clerk) -> None:
    page = operator.see(f"{LIST}?q={clerk.number}")
    assert clerk.name in page.text and alice.name not in page.text
    page = operator.see(f"{LIST}?q={clerk.name.rsplit(' ', 1)[1]}")
    assert clerk.number in page.text and alice.number not in page.text
    page = operator.see(f"{LIST}?q={clerk.number}&state=suspended")
    assert "Ничего не найдено" in page.text
    page = operator.see(f"{LIST}?state=nonsense&q={clerk.number}")
    assert clerk.name in page.text


def test_many_accounts_come_by_pages(operator: Operator, house: RunningHouse) -> None:
    name = f"Сеть {secrets.token_hex(4)}"
    for n in range(51):
        house.create_account(f"{name} магазин {n}", "admin", PASSWORD)
    page = operator.see(f"{LIST}?q={name}")
    assert "магазин 49" in page.text and "магазин 50" not in page.text
    page = operator.see(next(link for link in page.links if "after=" in link))
    assert "магазин 50" in page.text and "магазин 49" not in page.text


def test_an_account_is_opened_and_its_password_shown_once(operator: Operator, house: RunningHouse) -> None:
    given = open_account(operator, "ООО «Василёк»", inn="7707083893", time_zone="Asia/Omsk", default_tax_code="11")
    assert given["page"].count(given["password"]) == 1  # neither in an address nor in a form
    account = operator.account_id(given["number"])
    page = operator.see(f"{LIST}/{account}")
    assert "ООО «Василёк»" in page.text and "7707083893" in page.text and given["password"] not in page.text
    browser = sign_in(house, given["number"], "admin", given["password"])
    assert browser.path == "/me/password"
    typed = {"new_password": OWN_PASSWORD, "new_password_again": OWN_PASSWORD}
    browser.send("password", password=given["password"], **typed)
    assert "Asia/Omsk" in browser.see("/registers").text
    browser.leave()


def test_the_same_form_sent_twice_opens_one_account(operator: Operator) -> None:
    fields = operator.see(f"{LIST}/new").form(f"{LIST}/new").fields
    twice = f"Дважды {secrets.token_hex(4)}"
    typed = {**fields, "name": twice, "login": "admin"}
    first, second = (operator.client.post(f"{LIST}/new", data=typed).text for _ in range(2))
    assert "Пароль уже был показан" not in first and "Пароль уже был показан" in second
    operator.see(f"{LIST}?q={twice}")
    assert len({link for link in operator.page.links if len(link) == len(LIST) + 37}) == 1


def test_namesakes_get_names_of_their_own(operator: Operator) -> None:
    first = open_account(operator, "ИП Иванов")
    told = operator.client.get("/operator/sign-in-name", params={"name": "ИП Иванов"})
    assert "Если не заполнить, будет" in told.text
    second = open_account(operator, "ИП Иванов")
    assert first["number"] != second["number"]
    operator.see(f"{LIST}/new")
    page = operator.send(f"{LIST}/new", name="ИП Иванов", login="admin", sign_in_name="ип иванов")
    assert operator.answer.status_code in {409, 422} and "занято" in page.text
    assert page.form(f"{LIST}/new").fields["name"] == ["ИП Иванов"]


def test_what_is_wrong_is_named_beside_its_field(operator: Operator) -> None:
    operator.see(f"{LIST}/new")
    page = operator.send(f"{LIST}/new", name="", login="", inn="123")
    assert operator.answer.status_code == 422
    assert "ИНН" in page.text and page.form(f"{LIST}/new").fields["inn"] == ["123"]


def test_a_doubtful_inn_warns_but_is_taken(operator: Operator) -> None:
    given = open_account(operator, "ООО «Опечатка»", inn="7707083894")
    page = operator.see(f"{LIST}/{operator.account_id(given['number'])}")
    assert "7707083894" in page.text and "ИНН, возможно, неверный" in page.text


def test_an_account_is_edited_and_the_slower_hand_is_told(operator: Operator, clerk: Clerk) -> None:
    at = f"{LIST}/{operator.account_id(clerk.number)}"
    stale = dict(operator.see(f"{at}/edit").form(f"{at}/edit").fields)
    page = operator.send(f"{at}/edit", idle_minutes="45", second_factor_required="1")
    assert operator.path == at and "45" in page.text and "обязател" in page.text
    told = operator.client.post(f"{at}/edit", data={**stale, "form_id": "another", "idle_minutes": "10"})
    assert told.status_code == 422 and "45" in operator.see(at).text
    assert clerk.see("/registers") and clerk.path == "/me/second-factor"  # the policy counts at the next request
    operator.see(f"{at}/edit")
    operator.send(f"{at}/edit", idle_minutes="4")
    assert operator.answer.status_code == 422 and "от 5 до 480" in operator.page.text


def test_limits_are_set_within_their_bounds(operator: Operator, clerk: Clerk) -> None:
    at = f"{LIST}/{operator.account_id(clerk.number)}"
    operator.see(f"{at}/limits")
    page = operator.send(f"{at}/limits", users="7", registers=str(LIMIT_BOUNDS["registers"][1] + 1), items="x")
    assert operator.answer.status_code == 422 and page.form(f"{at}/limits").fields["users"] == ["7"]
    assert page.text.count("Введите целое число") + page.text.count("целое число от") >= 2
    page = operator.send(f"{at}/limits", users="7", registers="20", items="1000")
    assert operator.path == at and "Пользователи 7" in page.text and "Кассы 20" in page.text


def test_a_suspended_account_is_shut_until_it_is_resumed(operator: Operator, clerk: Clerk, house: RunningHouse) -> None:
    at = f"{LIST}/{operator.account_id(clerk.number)}"
    operator.see(f"{at}/suspend")
    page = operator.send(f"{at}/suspend", reason="не оплачено")
    assert operator.path == at and "Приостановлена" in page.text and "не оплачено" in page.text
    assert clerk.see("/registers") and clerk.answer.status_code == 401
    browser = sign_in(house, clerk.number, "admin", PASSWORD)
    assert browser.answer.status_code == 422 and "Учётная запись приостановлена" in browser.page.text
    browser.leave()
    page = operator.send(f"{at}/resume")
    assert "Учётная запись снова работает" in page.text
    clerk.sign_in()
    assert clerk.path == "/registers"


def test_a_deletion_is_confirmed_announced_and_taken_back(operator: Operator, clerk: Clerk) -> None:
    at = f"{LIST}/{operator.account_id(clerk.number)}"
    page = operator.see(f"{at}/delete")
    assert clerk.name in page.text and "1 пользователь" in page.text and "через 30 дней" in page.text
    page = operator.send(f"{at}/delete", reason="договор кончился", number="100")
    assert operator.answer.status_code == 422 and "Это не номер клиента этой учётной записи" in page.text
    assert page.form(f"{at}/delete").fields["reason"] == ["договор кончился"]
    page = operator.send(f"{at}/delete", reason="договор кончился", number=clerk.number)
    assert operator.path == at and "будет удалена" in page.text
    user = sign_in(clerk.house, clerk.number, "admin", PASSWORD)
    assert user.path == "/registers" and "Учётная запись будет удалена" in user.page.text
    operator.see(at)
    operator.send(f"{at}/restore")
    assert "снова работает" in operator.page.text
    assert "Учётная запись будет удалена" not in user.see("/registers").text
    assert user.answer.status_code == 200
    user.leave()
    assert operator.client.post(f"{at}/restore", data=operator.page.form("/sign-out").fields).status_code == 409


def test_the_operators_own_account_stays(operator: Operator) -> None:
    at = f"{LIST}/{operator.account_id(operator.number)}"
    page = operator.see(at)
    assert f"{at}/suspend" not in page.links and f"{at}/delete" not in page.links
    operator.see(f"{at}/suspend")
    page = operator.send(f"{at}/suspend", reason="ошибка")
    assert operator.answer.status_code == 422 and "нельзя ни приостановить, ни удалить" in page.text


def test_a_one_time_password_for_any_user(operator: Operator, clerk: Clerk, house: RunningHouse) -> None:
    at = f"{LIST}/{operator.account_id(clerk.number)}"
    operator.see(f"{at}/password")
    page = operator.send(f"{at}/password", login="nobody")
    assert operator.answer.status_code == 422 and "нет такого пользователя" in page.text
    operator.send(f"{at}/password", login="admin")
    password = shown_once(operator)[-1]
    assert clerk.see("/registers") and clerk.answer.status_code == 401
    browser = sign_in(house, clerk.number, "admin", password)
    assert browser.path == "/me/password"
    browser.leave()


def test_goods_and_registers_of_accounts_are_not_the_operators(operator: Operator, clerk: Clerk) -> None:
    register = clerk.add_register()
    assert operator.see(f"/registers/{register}") and operator.answer.status_code == 404


PATHS = ("", "/new", "/{account}", "/{account}/edit", "/{account}/limits", "/{account}/suspend", "/{account}/delete")
WRITES = ("/new", *(f"/{{account}}/{what}" for what in ("edit", "limits", "suspend", "resume", "delete", "restore")))


@pytest.mark.parametrize("path", [*PATHS, "/{account}/password"])
def test_the_console_is_closed_to_all_others(operator: Operator, alice: Clerk, path: str) -> None:
    account = operator.account_id(alice.number)
    alice.see(LIST + path.format(account=account))
    assert alice.answer.status_code == 403 and account not in alice.page.text
    assert LIST not in alice.see("/registers").links


@pytest.mark.parametrize("path", [*WRITES, "/{account}/password"])
def test_nobody_else_writes_there(operator: Operator, alice: Clerk, path: str) -> None:
    account = operator.account_id(alice.number)
    fields = alice.see("/registers").form("/sign-out").fields
    whole = {"name": "x", "login": "admin", "reason": "x", "number": alice.number, "idle_minutes": "30", "version": "1"}
    limits = {name: str(most) for name, (_, most) in LIMIT_BOUNDS.items()}
    told = alice.client.post(LIST + path.format(account=account), data={**fields, **whole, **limits})
    assert told.status_code == 403
    assert alice.see("/registers") and alice.answer.status_code == 200


def test_an_account_that_is_not_there_is_told_so(operator: Operator) -> None:
    for path in ("00000000-0000-0000-0000-000000000000", "nonsense"):
        operator.see(f"{LIST}/{path}")
        assert operator.answer.status_code == 404


def test_a_stranger_is_sent_to_the_sign_in(house: RunningHouse) -> None:
    told = httpx.get(f"{house.http_url}{LIST}")
    assert told.status_code == 303 and told.headers["location"].startswith("/sign-in")


def test_an_administrator_without_the_role_has_no_console(house: RunningHouse) -> None:
    """The role decides, not the account."""
    person = Operator(house)
    mine = "account_id = (SELECT account_id FROM identity.account WHERE number = %s)"
    in_database(person, "UPDATE identity.app_user SET roles = '{administrator}' WHERE " + mine, int(person.number))
    person.see(LIST)
    assert person.answer.status_code == 403 and LIST not in person.see("/registers").links
    person.leave()

"""«Сервер» under hands: the operator's console in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.looks import stumbles
from tests.browser.window import Window
from tests.gateway_http.pages.colleagues import Operator
from tests.gateway_http.pages.visitor import Clerk
from tests.house.running import RunningHouse
from tests.waiting import wait_for

LIST = "/operator/accounts"


@pytest.fixture(scope="module")
def operator(house: RunningHouse) -> Iterator[Operator]:
    person = Operator(house)
    yield person
    person.leave()


def opened(browser: Browser, operator: Operator, width: int, height: int) -> Iterator[Window]:
    window = Window(browser, operator, width, height)
    window.open("/sign-in")
    window.type_sign_in()
    window.page.wait_for_url(f"**{LIST}")
    yield window
    window.close()
    assert window.complaints == []


@pytest.fixture
def console(browser: Browser, operator: Operator) -> Iterator[Window]:
    yield from opened(browser, operator, 1440, 900)


@pytest.fixture
def pocket(browser: Browser, operator: Operator) -> Iterator[Window]:
    """The console on a phone."""
    yield from opened(browser, operator, 380, 780)


def pages_of(operator: Operator, clerk: Clerk) -> list[str]:
    at = f"{LIST}/{operator.account_id(clerk.number)}"
    return [LIST, f"{LIST}/new", at, *(f"{at}/{what}" for what in ("edit", "limits", "suspend", "delete", "password"))]


def test_the_list_answers_while_one_types(console: Window, clerk: Clerk) -> None:
    page = console.page
    page.keyboard.press("/")
    page.keyboard.type(clerk.number)
    page.wait_for_url(f"**{LIST}?q=*")
    wait_for(lambda: page.locator("tbody tr").count() == 1, what="one account to be found")
    page.locator("tbody tr").click()
    page.wait_for_url(f"**{LIST}/*")
    assert clerk.name in page.inner_text("h1")


def test_a_sign_in_name_is_offered_while_the_name_is_typed(console: Window) -> None:
    page = console.page
    console.press("Добавить учётную запись")
    page.locator("[name=name]").press_sequentially("ООО «Подсолнух»")
    console.wait_text("Если не заполнить, будет:")
    assert page.inner_text("#suggested-sign_in_name strong").strip()
    page.press("[name=name]", "Enter")
    page.wait_for_selector(".shown-once")
    secret = page.locator(".secret").last.inner_text()
    page.reload()  # the browser asks whether to send the form again, or shows it anew: never the password again
    assert secret not in page.content()


def test_an_account_is_suspended_and_deleted_in_dialogs(console: Window, operator: Operator, clerk: Clerk) -> None:
    page = console.page
    console.open(f"{LIST}/{operator.account_id(clerk.number)}")
    console.press("Приостановить", "main")
    page.fill("#dialog [name=reason]", "не оплачено")
    console.press("Приостановить", "#dialog form")
    console.wait_text("не оплачено")
    console.press("Возобновить", "main")
    console.wait_text("Учётная запись снова работает", "#toasts")
    console.press("Удалить", "main")
    page.fill("#dialog [name=number]", "1")
    console.press("Удалить", "#dialog form")
    console.wait_text("Это не номер клиента этой учётной записи", "#dialog")
    page.fill("#dialog [name=number]", clerk.number)
    console.press("Удалить", "#dialog form")
    console.wait_text("До этого её можно восстановить")
    console.press("Восстановить", "main")
    console.wait_text("Учётная запись снова работает", "#toasts")


def test_the_users_of_an_account_are_warned_of_its_end(browser: Browser, operator: Operator, clerk: Clerk) -> None:
    at = f"{LIST}/{operator.account_id(clerk.number)}"
    operator.see(f"{at}/delete")
    operator.send(f"{at}/delete", reason="", number=clerk.number)
    for width in (1440, 380):
        window = Window(browser, clerk, width, 800)
        window.sign_in()
        window.wait_text("Учётная запись будет удалена", "body")
        assert window.overflow() <= 0 and stumbles(window) == {"unnamed": [], "faint": []}
        window.close()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_console_fits_a_phone(pocket: Window, operator: Operator, clerk: Clerk, language: str) -> None:
    for path in pages_of(operator, clerk):
        pocket.open(f"{path}?lang={language}")
        assert pocket.overflow() <= 0, f"{path} is {pocket.overflow()} pixels too wide"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_can_be_read_and_named(console: Window, operator: Operator, clerk: Clerk, scheme: str) -> None:
    console.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in pages_of(operator, clerk):
        console.open(path)
        assert stumbles(console) == {"unnamed": [], "faint": []}, path

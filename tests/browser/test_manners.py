"""How the pages behave under hands: dialogs, the keyboard, unsaved work, the ended session, phones, no scripts."""

import json
import time

import pytest
from playwright.sync_api import Browser, Dialog, Route

from tests.browser.looks import stumbles
from tests.browser.window import Window
from tests.gateway_http.pages.visitor import Clerk
from tests.waiting import wait_for

PAGES = ("/registers", "/goods", "/goods/imports", "/exchanges", "/admin/registers", "/admin/account", "/patterns")
EXPIRED = "В связи с отсутствием активности в целях безопасности сессия была завершена"
FIRST_VISIT_BYTES = 150 * 1024
NEXT_VISIT_BYTES = 30 * 1024


def choose_tax(clerk: Clerk) -> None:
    clerk.see("/goods/imports")
    clerk.send("/goods/vat", default_tax_code="11")


def add_item(clerk: Clerk, code: int, name: str) -> None:
    clerk.see("/goods/new")
    clerk.send("/goods/new", code=str(code), name=name, price="10")


def test_dialog_keeps_unsaved_work(window: Window) -> None:
    page = window.page
    window.press("Добавить группу")
    page.wait_for_selector("#dialog[open]")
    window.press("Сохранить", "#dialog")
    page.wait_for_selector("#dialog [data-error-summary]")
    page.fill("#dialog [name=name]", "Рынок")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", answer)
    page.keyboard.press("Escape")
    wait_for(lambda: asked, what="the question about unsaved work")
    assert page.is_visible("#dialog[open]") and page.input_value("#dialog [name=name]") == "Рынок"
    page.press("#dialog [name=name]", "Enter")
    page.wait_for_url("**/admin/registers")
    window.wait_text("Рынок")
    window.wait_text("Сохранено", "#toasts")


def test_ended_session_is_renewed_over_the_page(window: Window) -> None:
    page = window.page
    window.press("Добавить группу")
    page.fill("#dialog [name=name]", "Рынок")
    token = next(cookie["value"] for cookie in window.context.cookies() if cookie["name"] == "kkt_session")
    window.clerk.client.cookies.clear()
    window.clerk.client.cookies.set("kkt_session", token)
    window.clerk.end_session_elsewhere()
    page.wait_for_selector("#session-dialog[open]")  # nobody pressed anything: the open page heard of it
    assert EXPIRED in page.inner_text("#session-dialog")
    window.type_sign_in("#session-dialog form")
    page.wait_for_selector("#session-dialog", state="hidden")
    assert page.input_value("#dialog [name=name]") == "Рынок"
    window.press("Сохранить", "#dialog")
    page.wait_for_url("**/admin/registers")
    window.wait_text("Рынок")


def test_keyboard_finds_and_opens(window: Window) -> None:
    choose_tax(window.clerk)
    add_item(window.clerk, 1, "Молоко")
    add_item(window.clerk, 2, "Хлеб")
    page = window.page
    window.open("/goods")
    page.keyboard.press("/")
    page.keyboard.type("хлеб")
    page.wait_for_url("**/goods?q=*")
    wait_for(lambda: page.locator("tbody tr").count() == 1, what="the search to answer while typing")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#dialog[open] [name=price]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#dialog", state="hidden")
    page.go_back()
    wait_for(lambda: page.locator("tbody tr").count() == 2, what="Back to show all again")


def test_ticked_rows_show_what_can_be_done(window: Window) -> None:
    choose_tax(window.clerk)
    for code in (1, 2, 3):
        add_item(window.clerk, code, f"Товар номер {code}")
    page = window.page
    window.open("/goods")
    assert not page.is_visible("[data-bulk]")
    page.check("[data-pick-all]")
    assert page.inner_text("[data-picked]") == "3"
    page.locator("[data-pick]").first.uncheck()
    window.press("Удалить", "[data-bulk]")
    window.wait_text("Будут удалены 2 товара")
    window.press("Удалить", "main form")
    window.wait_text("Удалено 2 товара", "#toasts")


def test_open_page_hears_of_changes_within_a_second(window: Window) -> None:
    window.clerk.add_register("Первая")
    window.open("/registers")
    window.wait_text("Первая")
    with window.page.expect_response("**/live/events"):
        window.page.reload()
    took = []
    for name in ("Вторая", "Третья"):
        window.clerk.add_register(name)
        saved = time.monotonic()
        window.wait_text(name, seconds=5)
        took.append(time.monotonic() - saved)
    assert min(took) < 1.0, took


def test_without_the_stream_the_page_asks_by_itself(window: Window) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    window.page.route("**/live/events", refuse)
    window.clerk.add_register("Первая")
    window.open("/registers")
    window.clerk.add_register("Вторая")
    window.wait_text("Вторая", seconds=12)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_pages_fit_a_phone(phone: Window, language: str) -> None:
    register = phone.clerk.add_register("Касса с довольно длинным названием, улица Ленина, дом 5")
    choose_tax(phone.clerk)
    add_item(phone.clerk, 1, "Очень длинное название товара " * 4)
    tabs = ("", "/goods", "/settings", "/history", "/card")
    for path in (*PAGES, *(f"/registers/{register}{tab}" for tab in tabs), "/goods/1"):
        phone.open(f"{path}?lang={language}")
        assert phone.overflow() <= 0, f"{path} is {phone.overflow()} pixels too wide"


def test_pages_fit_a_desktop(window: Window) -> None:
    register = window.clerk.add_register()
    for path in (*PAGES, f"/registers/{register}"):
        window.open(path)
        assert window.overflow() <= 0, path


def test_everything_works_without_scripts(browser: Browser, clerk: Clerk) -> None:
    window = Window(browser, clerk, 1024, 800, scripts=False)
    window.sign_in()
    window.press("Добавить кассу")
    window.page.fill("[name=name]", "Без скриптов")
    window.press("Сохранить")
    window.wait_text("Без скриптов")
    window.open("/registers")
    window.press("Без скриптов")
    window.press("Проверить связь")
    window.wait_text("Тест связи")
    window.close()


def test_pages_are_light_on_the_line(browser: Browser, clerk: Clerk) -> None:
    clerk.add_register()
    window = Window(browser, clerk, 1440, 900)
    wire = window.context.new_cdp_session(window.page)
    received: list[float] = []
    wire.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    wire.send("Network.enable")
    window.sign_in()
    first = sum(received)
    received.clear()
    window.open("/admin/registers")
    window.page.wait_for_selector("table")
    assert first < FIRST_VISIT_BYTES, f"{first} bytes at the first visit"
    assert sum(received) < NEXT_VISIT_BYTES, f"{sum(received)} bytes at the next page"
    window.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_are_named_and_words_can_be_read(window: Window, scheme: str) -> None:
    register = window.clerk.add_register()
    window.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in (*PAGES, f"/registers/{register}", f"/registers/{register}/goods", "/goods/new"):
        window.open(path)
        wrong = stumbles(window)
        assert wrong == {"unnamed": [], "faint": []}, f"{path}: {json.dumps(wrong, ensure_ascii=False)}"

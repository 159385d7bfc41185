"""«Администрирование» under hands: users, keys, the journal and the policy of sign-in in a browser."""

import csv
import io
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from gateway_http.import_errors import BOM
from services.contracts.permissions import Role
from tests.browser.looks import stumbles
from tests.browser.window import Window
from tests.gateway_http.pages.colleagues import SecondFactor, colleague, secret_on
from tests.gateway_http.pages.test_admin_journal import add_item, api, open_entry
from tests.gateway_http.pages.test_admin_keys import make
from tests.gateway_http.pages.test_admin_users import NEW_PASSWORD, add, link_of, own_password, sign_in
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor
from tests.waiting import wait_for

USERS, KEYS, JOURNAL, ACCOUNT = "/admin/users", "/admin/keys", "/admin/journal", "/admin/account"


@pytest.fixture
def other(browser: Browser, clerk: Clerk) -> Iterator[Window]:
    """Another browser, in which somebody else of the same account signs in."""
    opened = Window(browser, clerk, 1440, 900)
    yield opened
    opened.close()
    assert opened.complaints == []


def type_sign_in(window: Window, login: str, password: str) -> Page:
    page = window.page
    window.open("/sign-in")
    page.fill("[name=client]", window.clerk.number)
    page.fill("[name=user]", login)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    return page


def choose_password(page: Page, present: str) -> None:
    """Past a one-time password."""
    page.wait_for_url("**/me/password*")
    page.fill("[name=password]", present)
    page.fill("[name=new_password]", NEW_PASSWORD)
    page.fill("[name=new_password_again]", NEW_PASSWORD)
    page.press("[name=new_password_again]", "Enter")
    page.wait_for_url("**/registers")


def open_user(window: Window, login: str) -> None:
    """The list, and the user in the dialog over it."""
    window.open(USERS)
    window.page.locator("tbody tr").filter(has_text=login).get_by_role("link", name=login, exact=True).click()
    window.page.wait_for_selector("#dialog[open] [name=login]")


def with_second_step(clerk: Clerk, login: str) -> Visitor:
    """A viewer, signed in elsewhere, whose sign-in takes two steps."""
    first = add(clerk, login, roles=["viewer"])
    browser = own_password(sign_in(clerk, login, first), first)
    browser.see("/me/second-factor")
    page = browser.send("offer", password=NEW_PASSWORD)
    browser.send("confirm", otp=SecondFactor(secret_on(page)).code())
    return browser


def test_a_new_user_signs_in_with_what_was_shown_once(window: Window, other: Window) -> None:
    page = window.page
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.open(USERS)
    window.press("Добавить пользователя")
    page.locator("[name=login]").press_sequentially("Вера")
    page.get_by_label("Товаровед").check()
    page.press("[name=login]", "Enter")
    page.wait_for_selector(".shown-once")
    secret = page.locator(".secret").last.inner_text()
    page.locator(".shown-once [data-copy]").last.click()
    window.wait_text("Скопировано", "#toasts")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.reload()  # the form is sent once more: nothing is done twice, and the password is not shown again
    window.wait_text("Пароль уже был показан")
    assert secret not in page.content()
    window.press("К пользователям")
    page.wait_for_url(f"**{USERS}")
    assert "Одноразовый пароль" in page.locator("tbody tr").filter(has_text="Вера").inner_text()

    theirs = type_sign_in(other, "вера", secret)
    choose_password(theirs, secret)
    assert "Вера" in theirs.inner_text("header")


def test_a_user_is_changed_and_deleted_from_the_list(window: Window) -> None:
    page, browser = window.page, with_second_step(window.clerk, "boris")
    open_user(window, "boris")
    page.get_by_label("Наблюдатель").uncheck()
    page.get_by_label("Оператор обмена").check()
    window.press("Сохранить", "#dialog")
    window.wait_text("Сохранено", "#toasts")
    window.wait_text("Оператор обмена", "tbody")
    assert browser.client.get("/registers").status_code == 200, "other rights end no session"
    open_user(window, "boris")
    window.press("Завершить все сессии", "#dialog")
    window.wait_text("Завершена 1 сессия", "#toasts")
    assert browser.client.get("/registers", follow_redirects=False).status_code == 401
    open_user(window, "boris")
    window.press("Снять второй шаг входа", "#dialog")
    page.wait_for_url("**/second-factor")
    window.press("Снять", "main form")
    page.wait_for_url(f"**{USERS}")
    assert "Двухэтапный вход" not in page.inner_text("main")
    row = page.locator("tbody tr").filter(has_text="boris")
    row.get_by_role("link", name="Удалить").click()
    window.wait_text("Будет удалено: boris", "#dialog")
    page.keyboard.press("Escape")
    page.wait_for_selector("#dialog", state="hidden")
    row.get_by_role("link", name="Удалить").click()
    window.press("Удалить", "#dialog form")
    window.wait_text("Пользователь удалён", "#toasts")
    assert row.count() == 0
    browser.leave()


def test_a_key_is_shown_once_and_revoked_in_the_dialog(window: Window) -> None:
    page = window.page

    def answer_to_key() -> int:
        return httpx.get(f"{window.url}/api/v1/items", headers={"Authorization": f"Bearer {token}"}).status_code

    window.open(KEYS)
    window.press("Создать ключ", "main")
    page.locator("[name=name]").press_sequentially("1С")
    page.press("[name=name]", "Enter")
    page.wait_for_selector(".shown-once")
    token = page.locator(".secret").last.inner_text()
    assert answer_to_key() == 200
    window.press("К ключам")
    page.wait_for_url(f"**{KEYS}")
    assert token not in page.content() and token[:8] in page.inner_text("tbody tr")
    page.locator("tbody tr").get_by_role("link", name="Отозвать").click()
    window.wait_text("Отозвать ключ?", "#dialog")
    window.press("Отозвать", "#dialog form")
    window.wait_text("Ключ отозван", "#toasts")
    window.wait_text("Ключей пока нет")
    assert answer_to_key() == 401


def test_the_journal_is_searched_read_and_downloaded(window: Window) -> None:
    page, clerk = window.page, window.clerk
    code = add_item(clerk, "Сыр «Российский»", price=89000)
    add_item(clerk, "Соль")
    api(clerk, "PATCH", f"/items/{code}", {"price": 95050})
    open_entry(clerk, "change_item")
    window.open(JOURNAL)
    window.wait_text("Вход", "tbody")
    page.select_option("[name=thing]", "item")
    page.wait_for_url("**thing=item*")
    wait_for(lambda: page.locator("tbody tr").count() == 3, what="what was done to goods alone")
    page.keyboard.press("/")
    page.keyboard.type("сыр")
    wait_for(lambda: page.locator("tbody tr").count() == 2, what="what was done to the cheese")
    page.locator("tbody tr").first.click()
    page.wait_for_selector("#dialog[open] .facts")
    told = page.inner_text("#dialog").replace("\u00a0", " ")
    assert "Изменён товар" in told and "890,00 ₽" in told and "950,50 ₽" in told
    page.keyboard.press("Escape")
    page.wait_for_selector("#dialog", state="hidden")
    with page.expect_download() as file:
        window.press("Скачать таблицу")
    head, *rows = csv.reader(io.StringIO(file.value.path().read_text().removeprefix(BOM)), delimiter=";")
    deeds = [row[head.index("Что сделано")] for row in rows]
    assert deeds == ["Изменён товар", "Добавлен товар"] and file.value.suggested_filename == "journal.csv"


def test_who_asks_for_two_steps_sets_them_up_first(window: Window) -> None:
    page = window.page
    window.open(ACCOUNT)
    page.get_by_label("Требовать двухэтапный вход").check()
    window.press("Сохранить", "main")
    page.wait_for_url("**/me/second-factor*")
    window.open(USERS)
    page.wait_for_url("**/me/second-factor*")
    page.fill("#offer [name=password]", PASSWORD)
    page.press("#offer [name=password]", "Enter")
    page.wait_for_selector(".id-qr svg")
    page.fill("#confirm [name=otp]", SecondFactor(page.get_attribute("#totp-secret", "data-value") or "").code())
    page.press("#confirm [name=otp]", "Enter")
    page.wait_for_selector("#recovery-codes")
    window.open(ACCOUNT)
    assert page.get_by_label("Требовать двухэтапный вход").is_checked()


def test_a_viewer_sees_only_the_tabs_that_open(window: Window, other: Window) -> None:
    made = colleague(window.clerk, "watcher", Role.VIEWER)
    page = type_sign_in(other, "watcher", str(made.password))
    choose_password(page, str(made.password))
    other.press("Администрирование", "header")
    tabs = page.locator(".subtabs a")
    assert tabs.all_inner_texts() == ["Группы и кассы", "Учётная запись"]
    other.press("Учётная запись", ".subtabs")
    page.wait_for_url(f"**{ACCOUNT}")
    assert page.get_by_role("button", name="Сохранить").count() == 0
    other.open(USERS)
    other.wait_text("Ваши права этого не позволяют")


def pages_of(clerk: Clerk) -> list[str]:
    """Every page of the administration, with something on it."""
    with_second_step(clerk, "boris").leave()
    add(
        clerk,
        "vera",
        name="Константин Константинопольский-Переяславский",
        roles=["goods_manager", "viewer"],
        dealer="1",
    )
    make(clerk, "Обмен товарами и ценами с розницей", roles=["viewer", "goods_manager", "exchange_operator"])
    user = link_of(clerk, "boris")
    revoke = next(link for link in clerk.see(KEYS).links if link.endswith("/revoke"))
    open_entry(clerk, "add_user")
    entry = str(clerk.answer.url).removeprefix(clerk.house.http_url) + "&"
    user_pages = [f"{user}/{page}?" for page in ("edit", "password", "second-factor", "delete")]
    pages = [USERS, f"{USERS}/new", KEYS, f"{KEYS}/new", revoke, JOURNAL, ACCOUNT]
    return [*(f"{page}?" for page in pages), *user_pages, entry]


def test_administration_fits_a_phone_in_both_languages(phone: Window) -> None:
    pages = pages_of(phone.clerk)
    for language in ("en", "ru"):
        for path in pages:
            phone.open(f"{path}lang={language}")
            assert phone.overflow() <= 0, f"{path} in {language} is {phone.overflow()} pixels too wide"


def test_administration_can_be_read_and_named_by_day_and_by_night(window: Window) -> None:
    pages = pages_of(window.clerk)
    for scheme in ("light", "dark"):
        window.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in pages:
            window.open(path)
            assert stumbles(window) == {"unnamed": [], "faint": []}, (path, scheme)

"""One's own pages under hands: the session that is about to end, the bell, two-step sign-in, the profile."""

import pytest
from playwright.sync_api import Browser, Page

from services.contracts.permissions import Role
from services.contracts.users import UsersRpc
from services.contracts.values import UserId
from tests.browser.looks import stumbles
from tests.browser.window import Window
from tests.gateway_http.pages.colleagues import SecondFactor, as_clerk, colleague, in_database
from tests.gateway_http.pages.test_goods_base import choose_tax
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor
from tests.waiting import wait_for

PAGES = ("/me", "/me/password", "/me/second-factor", "/me/sessions", "/me/notifications", "/notifications")
EXPIRED = "В связи с отсутствием активности в целях безопасности сессия была завершена"
BOSS_PASSWORD = "seven owls at a table 8"
IDLE_SECONDS = 30 * 60  # of a new account
LEFT_SECONDS = 90  # when a test looks
UNUSED = "UPDATE identity.session SET last_seen_at = now() - make_interval(secs => %s) WHERE account_id = %s"
OLD = "UPDATE identity.session SET expires_at = now() + make_interval(secs => %s) WHERE account_id = %s"


def account_of(clerk: Clerk) -> str:
    return str(clerk.client.get("/api/v1/me").json()["account"]["id"])


def begin_typing(window: Window, text: str) -> Page:
    """A form that is half filled in, on a page whose time a test can let pass."""
    page = window.page
    page.clock.install()
    window.open("/registers")
    window.press("Добавить группу")
    page.locator("#dialog [name=name]").press_sequentially(text)
    return page


def let_pass(window: Window, clerk: Clerk, seconds: float) -> None:
    """Nobody touches anything for so long, neither here nor on the server."""
    assert in_database(clerk, UNUSED, seconds, account_of(clerk))
    window.page.clock.fast_forward(int(seconds * 1000))


def save(window: Window, name: str) -> None:
    window.press("Сохранить", "#dialog")
    window.page.wait_for_url("**/admin/registers")
    window.wait_text(name)


def test_before_the_session_ends_one_goes_on_and_what_was_typed_stays(window: Window) -> None:
    page = begin_typing(window, "Ры")
    let_pass(window, window.clerk, IDLE_SECONDS - LEFT_SECONDS)
    page.wait_for_selector("#session-warning[open]")
    assert "Сессия завершится через 1:" in page.inner_text("#session-warning")
    shown = page.inner_text("[data-left]")
    wait_for(lambda: page.inner_text("[data-left]") != shown, what="the seconds to be counted down")
    with page.expect_response("**/me/session") as renewed:
        window.press("Продолжить работу", "#session-warning")
        page.wait_for_selector("#session-warning", state="hidden")
    assert renewed.value.ok
    again = "SELECT 1 FROM identity.session WHERE account_id = %s AND last_seen_at > now() - interval '20 s'"
    wait_for(lambda: in_database(window.clerk, again, account_of(window.clerk)), what="the session to be renewed")
    assert page.input_value("#dialog [name=name]") == "Ры"
    page.locator("#dialog [name=name]").press_sequentially("нок")
    save(window, "Рынок")


def test_the_warning_by_keyboard(window: Window) -> None:
    page = begin_typing(window, "Склад")
    let_pass(window, window.clerk, IDLE_SECONDS - LEFT_SECONDS)
    page.wait_for_selector("#session-warning[open]")
    assert page.evaluate("document.activeElement.matches('#session-warning [data-renew]')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#session-warning", state="hidden")
    save(window, "Склад")


def test_no_warning_while_another_tab_is_used(window: Window) -> None:
    page = begin_typing(window, "Рынок")
    with page.expect_response("**/me/session"):  # the server knows better than this tab's clock
        page.clock.fast_forward((IDLE_SECONDS - LEFT_SECONDS) * 1000)
    page.wait_for_timeout(300)
    assert not page.is_visible("#session-warning")
    save(window, "Рынок")


def test_a_session_as_old_as_may_be_is_told_so(window: Window) -> None:
    assert in_database(window.clerk, OLD, LEFT_SECONDS, account_of(window.clerk))
    window.open("/admin/account")
    page = window.page
    page.wait_for_selector("#session-warning[open]")
    assert "Она длится столько, сколько может длиться сессия" in page.inner_text("#session-warning")
    assert not page.is_visible("[data-renew]")
    window.press("Понятно", "#session-warning")
    page.wait_for_selector("#session-warning", state="hidden")


def test_after_the_end_one_signs_in_over_the_page(window: Window) -> None:
    page = begin_typing(window, "Рынок")
    let_pass(window, window.clerk, IDLE_SECONDS + 1)
    page.wait_for_selector("#session-dialog[open]")
    assert EXPIRED in page.inner_text("#session-dialog") and not page.is_visible("#session-warning")
    window.type_sign_in("#session-dialog form")
    page.wait_for_selector("#session-dialog", state="hidden")
    assert page.input_value("#dialog [name=name]") == "Рынок"
    save(window, "Рынок")


def test_two_step_sign_in_is_set_up_and_used(browser: Browser, window: Window) -> None:
    page = window.page
    window.open("/me/second-factor")
    page.fill("#offer [name=password]", PASSWORD)
    window.press("Показать QR-код", "main")
    page.wait_for_selector(".id-qr svg")
    box = page.locator(".id-qr svg").bounding_box()
    assert box is not None and box["width"] >= 150 and abs(box["width"] - box["height"]) < 2
    program = SecondFactor(page.get_attribute("#totp-secret", "data-value") or "")
    page.fill("#confirm [name=otp]", program.code())
    window.press("Включить", "#confirm")
    page.wait_for_selector("#recovery-codes")
    codes = page.locator("#recovery-codes code").all_inner_texts()
    with page.expect_download() as file:
        window.press("Скачать")
    assert file.value.suggested_filename == "kkt-recovery-codes.txt"
    assert file.value.path().read_text().split() == codes and len(codes) == 10
    other = Window(browser, window.clerk, 1440, 900)
    other.open("/goods")
    other.type_sign_in()
    other.page.wait_for_selector("#sign-in-code")
    other.page.fill("[name=otp]", program.code())
    other.page.keyboard.press("Enter")
    other.page.wait_for_url("**/goods")
    other.close()
    assert other.complaints == []


def test_own_pages_work_without_scripts(browser: Browser, clerk: Clerk) -> None:
    window = Window(browser, clerk, 1024, 800, scripts=False)
    window.sign_in()
    window.open("/me")
    window.page.fill("[name=name]", "Вера")
    window.press("Сохранить", "main")
    window.wait_text("Сохранено", "#toasts")
    window.open("/me/second-factor")
    window.page.fill("#offer [name=password]", PASSWORD)
    window.press("Показать QR-код", "main")
    window.page.wait_for_selector(".id-qr svg")
    window.press("Уведомления", "header")
    window.page.wait_for_url("**/notifications")
    window.close()


def with_second_factor_offered(window: Window) -> None:
    window.open("/me/second-factor")
    window.page.fill("#offer [name=password]", PASSWORD)
    window.page.press("#offer [name=password]", "Enter")
    window.page.wait_for_selector(".id-qr svg")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_own_pages_fit_a_phone(phone: Window, language: str) -> None:
    begin_import(phone.clerk)
    for path in PAGES:
        phone.open(f"{path}?lang={language}")
        assert phone.overflow() <= 0, f"{path} is {phone.overflow()} pixels too wide"
    with_second_factor_offered(phone)
    assert phone.overflow() <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_own_pages_can_be_read_and_named(window: Window, scheme: str) -> None:
    window.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    begin_import(window.clerk)
    for path in PAGES:
        window.open(path)
        assert stumbles(window) == {"unnamed": [], "faint": []}, path
    with_second_factor_offered(window)
    assert stumbles(window) == {"unnamed": [], "faint": []}


def bell_says(window: Window) -> str:
    return window.page.inner_text("#bell").strip()


def test_the_bell_rings_on_an_open_page(window: Window) -> None:
    page = window.page
    with page.expect_response("**/live/events"):
        window.open("/registers")
    assert bell_says(window) == "Уведомления"
    begin_import(window.clerk)
    wait_for(lambda: "1 новое уведомление" in bell_says(window), what="the bell to ring by itself")
    assert page.inner_text(".bell-count") == "1"
    page.click("#bell")
    window.press("Файл не загружен: пусто.csv")
    page.wait_for_url("**/goods/imports/*")
    wait_for(lambda: bell_says(window) == "Уведомления", what="the bell to fall silent")


def test_the_open_list_grows_by_itself(window: Window) -> None:
    with window.page.expect_response("**/live/events"):
        window.open("/notifications")
    window.wait_text("Уведомлений пока нет")
    begin_import(window.clerk)
    window.wait_text("Файл не загружен: пусто.csv")
    window.press("Прочитано")
    wait_for(lambda: "новое" not in window.page.inner_text("table"), what="the row to be marked")


def test_rights_taken_away_close_the_stream_and_a_new_one_opens(window: Window) -> None:
    """The user's rights are others: the line ends, and whoever comes back is authenticated anew."""
    page = window.page
    with page.expect_response("**/live/events"):
        window.open("/registers")
    with page.expect_response("**/live/events") as again:
        colleague_changes(window.clerk)
    assert again.value.ok
    begin_import(window.clerk)
    wait_for(lambda: "1 новое уведомление" in bell_says(window), what="the bell to ring through the new line")


def begin_import(clerk: Clerk) -> None:
    """A file that says nothing: it fails soon, and its author is told."""
    choose_tax(clerk)
    fields = clerk.see("/goods/imports").form("upload").fields
    told = clerk.client.post("/goods/imports", data=fields, files={"file": ("пусто.csv", b"\x00\x01\x02\x03")})
    assert told.status_code == 200, told.text
    wait_for(lambda: "пусто.csv" in clerk.see("/notifications").text, what="the author to be told")


def colleague_changes(clerk: Clerk) -> None:
    """Another administrator gives the clerk one more role."""
    boss = colleague(clerk, "boss", Role.ADMINISTRATOR)
    assert boss.password is not None
    me = as_clerk(clerk, UsersRpc.get_user, UserId(str(clerk.client.get("/api/v1/me").json()["user"]["id"])))
    browser = Visitor(clerk.house)
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user="boss", password=boss.password)
    browser.send("password", password=boss.password, new_password=BOSS_PASSWORD, new_password_again=BOSS_PASSWORD)
    token = browser.client.cookies["kkt_session"]
    told = browser.client.patch(
        f"/api/v1/users/{me.id}",
        json={"roles": ["administrator", "viewer"]},
        headers={"Authorization": f"Bearer {token}", "If-Match": f'"{me.version}"'},
    )
    assert told.status_code == 200, told.text
    browser.leave()

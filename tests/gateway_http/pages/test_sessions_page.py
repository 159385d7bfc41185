"""«Мой профиль» → «Сессии», and what open pages are told of their session."""

from collections.abc import Iterator

import pytest

from gateway_http.i18n import load_languages
from gateway_http.words.account_words import device_text
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def beside(clerk: Clerk) -> Iterator[Visitor]:
    """The same user in another browser."""
    browser = Visitor(clerk.house, **{"User-Agent": FIREFOX})
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    yield browser
    browser.leave()


def test_sessions_are_told_by_device_address_and_time(clerk: Clerk, beside: Visitor) -> None:
    page = clerk.see("/me/sessions")
    assert "Firefox, Linux" in page.text and "127.0.0.1" in page.text and "2 сессии" in page.text
    assert page.text.count("эта") >= 1


def test_one_session_is_ended_from_another(clerk: Clerk, beside: Visitor) -> None:
    page = clerk.see("/me/sessions")
    ending = [form.action for form in page.forms if form.action.endswith("/end")]
    assert len(ending) == 1  # not the one in use
    page = clerk.send(ending[0])
    assert "Сессия завершена" in page.text and "1 сессия" in page.text
    beside.see("/registers")
    assert beside.answer.status_code == 401
    assert "уже была завершена" in clerk.client.post(ending[0], data=page.form("/sign-out").fields).text


def test_all_others_are_ended_at_once(clerk: Clerk, beside: Visitor) -> None:
    third = Visitor(clerk.house)
    third.see("/sign-in")
    third.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    clerk.see("/me/sessions")
    page = clerk.send("/me/sessions/end-others")
    assert "Завершены 2 сессии" in page.text
    for browser in (beside, third):
        browser.see("/registers")
        assert browser.answer.status_code == 401
    third.leave()


def test_a_session_of_another_account_is_not_there(clerk: Clerk, alice: Clerk) -> None:
    told = alice.client.get("/api/v1/sessions/current").json()
    page = clerk.see("/me/sessions")
    clerk.client.post(f"/me/sessions/{told['id']}/end", data=page.form("/sign-out").fields)
    assert alice.client.get("/me/session").json()["user"] == told["user"]["id"]


def test_an_open_page_asks_without_keeping_the_session_alive(clerk: Clerk) -> None:
    told = clerk.client.get("/me/session").json()
    assert 0 < told["idle_left"] <= 30 * 60 < told["session_left"] <= 12 * 3600
    before = clerk.client.get("/api/v1/sessions/current", headers={"X-Background": "1"}).json()["idle_until"]
    assert before
    clerk.end_session_elsewhere()
    answer = clerk.client.get("/me/session")
    assert answer.json() == {"over": True} and answer.headers["cache-control"] == "no-store"
    assert "kkt_session" not in answer.headers.get("set-cookie", "")  # the next page is told why


def test_going_on_needs_the_pages_token(clerk: Clerk) -> None:
    assert clerk.client.post("/me/session").status_code == 403
    token = clerk.client.get("/me/session").json()["csrf"]
    told = clerk.client.post("/me/session", headers={"X-CSRF-Token": token})
    assert told.status_code == 200 and told.json()["idle_left"] > 1790


def test_the_token_that_an_open_page_is_told_is_good_for_its_forms(clerk: Clerk) -> None:
    fields = clerk.see("/admin/groups/new").form("/admin/groups/new").fields
    token = clerk.client.get("/me/session").json()["csrf"]
    told = clerk.client.post("/admin/groups/new", data={**fields, "csrf": token, "name": "Рынок"})
    assert told.status_code == 200 and "Рынок" in told.text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
            "Safari/537.36",
            "Chrome, Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 YaBrowser/24.7 "
            "Safari/537.36",
            "Яндекс.Браузер, Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
            "Chrome/121.0 Mobile Safari/537.36",
            "Samsung Internet, Android",
        ),
        ("python-httpx/0.28.1", "Python"),
        ("<script>alert(1)</script>", "Неизвестное устройство"),
        ("", "Неизвестное устройство"),
    ],
)
def test_devices_in_words(agent: str, words: str) -> None:
    assert device_text(agent, load_languages()["ru"]) == words

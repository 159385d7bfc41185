"""The bell, the page of notifications, and the choice of which to hear."""

import secrets
from datetime import UTC, datetime

import pytest

from gateway_http.i18n import LANGUAGES, load_languages
from gateway_http.words.notification_words import KINDS, notification_told
from services.contracts.limits import AccountState
from services.contracts.notifications import Notification, NotificationKind
from services.contracts.registers import ExchangeKind
from services.contracts.values import NotificationId
from tests.gateway_http.pages.colleagues import in_database, set_up_second_factor
from tests.gateway_http.pages.test_page_parts import MOSCOW
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor
from tests.waiting import wait_for

TELL = """
INSERT INTO identity.notification (account_id, user_id, notification_id, source, kind, params, link, on_pages, at,
    seen_at, rang_at, to_mail)
SELECT account_id, user_id, gen_random_uuid(), %s || n, 'import_ended',
    jsonb_build_object('filename', 'прайс' || n || '.csv', 'state', 'applied', 'created', 1, 'changed', 2,
        'failed', 0, 'reason', ''),
    '/goods/imports', true, now() - n * interval '1 minute', NULL, now(), false
FROM identity.app_user JOIN identity.account USING (account_id), generate_series(1, %s) AS n
WHERE account.number = %s AND login = 'admin'
"""


def tell(clerk: Clerk, count: int = 1) -> None:
    """So many loaded files, told to the clerk: прайс1.csv is the newest."""
    assert in_database(clerk, TELL, secrets.token_hex(8), count, int(clerk.number)) == count


def bell(person: Visitor) -> str:
    """What the bell says to a screen reader."""
    script = {"HX-Request": "true", "HX-Target": "bell"}
    return person._show(person.client.get("/notifications/bell", headers=script)).text


def picks(person: Visitor) -> list[str]:
    return [one for form in person.page.forms for one in form.fields.get("pick", [])]


def test_no_notifications_teach_what_they_would_be(clerk: Clerk) -> None:
    page = clerk.see("/notifications")
    assert "Уведомлений пока нет" in page.text and "/me/notifications" in page.links
    assert bell(clerk) == "Уведомления"


def test_what_really_happened_rings_the_bell(clerk: Clerk) -> None:
    set_up_second_factor(clerk)
    wait_for(lambda: "1 новое уведомление" in bell(clerk), what="the bell to ring")
    page = clerk.see("/notifications")
    assert "Двухэтапный вход настроен" in page.text and "новое" in page.text


def test_opening_what_is_told_marks_it_as_seen(clerk: Clerk) -> None:
    tell(clerk)
    page = clerk.see("/notifications")
    assert "Файл загружен: прайс1.csv" in page.text and "Создано: 1, изменено: 2" in page.text
    opening = next(form for form in page.forms if "go" in form.fields)
    clerk._show(clerk.client.post(opening.action, data=opening.fields))
    assert clerk.path == "/goods/imports"
    assert bell(clerk) == "Уведомления"


def test_one_or_all_are_marked_and_the_filter_stays(clerk: Clerk) -> None:
    tell(clerk, 3)
    assert "3 новых уведомления" in bell(clerk)
    page = clerk.see("/notifications?show=unseen")
    marking = next(form for form in page.forms if "pick" in form.fields and "go" not in form.fields)
    clerk._show(clerk.client.post(marking.action, data=marking.fields))
    assert str(clerk.answer.url).endswith("/notifications?show=unseen")
    assert "прайс1.csv" not in clerk.page.text and "прайс2.csv" in clerk.page.text
    marking = next(form for form in clerk.page.forms if "all" in form.fields)
    clerk._show(clerk.client.post(marking.action, data=marking.fields))
    assert "Вы прочитали все уведомления" in clerk.page.text
    page = clerk.see("/notifications")
    assert "прайс3.csv" in page.text and picks(clerk) and "новое" not in page.text.split("Когда", 1)[1]


def test_many_are_shown_by_pages_and_the_bell_stops_counting(clerk: Clerk) -> None:
    tell(clerk, 120)
    html = clerk.client.get("/notifications/bell", headers={"HX-Request": "true", "HX-Target": "bell"}).text
    assert "99+" in html and "120" not in html
    page = clerk.see("/notifications")
    assert "прайс50.csv" in page.text and "прайс51.csv" not in page.text
    further = next(link for link in page.links if "after=" in link)
    page = clerk.see(further)
    assert "прайс51.csv" in page.text and "прайс50.csv" not in page.text
    assert "/notifications" in page.links  # back to the newest


def test_notifications_of_others_are_neither_seen_nor_marked(clerk: Clerk, alice: Clerk) -> None:
    tell(alice)
    alice.see("/notifications")
    wanted = picks(alice)[0]
    page = clerk.see("/notifications")
    assert "прайс" not in page.text
    own = {"csrf": page.form("/sign-out").fields["csrf"][0]}
    told = clerk.client.post("/notifications/seen", data={**own, "pick": wanted})
    assert told.status_code == 200 and "1 новое" in bell(alice)


@pytest.mark.parametrize("go", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_marking_leads_nowhere_else(alice: Clerk, go: str) -> None:
    fields = alice.see("/notifications").form("/sign-out").fields
    alice._show(alice.client.post("/notifications/seen", data={**fields, "pick": "x", "go": go}))
    assert alice.path == "/notifications" and str(alice.answer.url).startswith(alice.house.http_url)


def test_texts_of_strangers_are_shown_as_texts(clerk: Clerk) -> None:
    tell(clerk)
    evil = '{"filename": "<img src=x onerror=alert(1)>.csv", "state": "failed", "reason": "no_such_reason"}'
    in_database(clerk, "UPDATE identity.notification SET params = %s::jsonb WHERE source LIKE %s", evil, "%1")
    clerk.see("/notifications")
    assert "<img" not in clerk.answer.text and "&lt;img" in clerk.answer.text


def test_one_chooses_what_to_hear(clerk: Clerk) -> None:
    page = clerk.see("/me/notifications")
    kinds = page.form("choices").options["on_pages"]
    assert kinds == [kind.value for kind in NotificationKind]
    kept = [kind for kind in kinds if kind != NotificationKind.SECOND_FACTOR]
    page = clerk.send("choices", on_pages=kept)
    assert "Сохранено" in page.text and page.form("choices").fields["on_pages"] == kept
    set_up_second_factor(clerk)
    assert bell(clerk) == "Уведомления"


def test_without_a_mail_server_e_mail_cannot_be_ticked(clerk: Clerk) -> None:
    clerk.see("/me/notifications")
    assert clerk.answer.text.count("disabled") >= len(NotificationKind)
    assert "У вас здесь не указан адрес, или этот сервер не отправляет писем" in clerk.page.text
    clerk.see("/me")
    clerk.send("email", email="vera@shop.ru", password=PASSWORD)
    assert "Этот сервер не отправляет писем" in clerk.see("/me/notifications").text
    page = clerk.send("choices", by_mail=["new_place"])  # forged
    assert "Сохранено" in page.text and "by_mail" not in page.form("choices").fields


def params_of(kind: NotificationKind) -> list[dict[str, str | int]]:
    """What the rooms tell with each kind, every variant of it."""
    until = "2026-11-26T10:00:00+00:00"
    files: dict[str, str | int] = {"filename": "прайс.csv", "created": 1, "changed": 22, "failed": 0, "reason": ""}
    exchange: dict[str, str | int] = {"register": "Касса 1", "exchange": ExchangeKind.LOAD_GOODS.value, "reason": ""}
    told: dict[NotificationKind, list[dict[str, str | int]]] = {
        NotificationKind.ONE_TIME_PASSWORD: [{"by": "Вера", "until": until}],
        NotificationKind.NEW_PLACE: [{"address": "203.0.113.7", "agent": "curl/8"}],
        NotificationKind.SECOND_FACTOR: [
            {"what": what, "by": "Вера"} for what in ("set_up", "taken_away", "recovery_code_used")
        ],
        NotificationKind.IMPORT_ENDED: [
            {**files, "state": "applied"},
            {**files, "state": "applied", "failed": 3},
            {**files, "state": "failed", "reason": "unknown_format"},
        ],
        NotificationKind.REGISTER_ALARM: [{"register": "Касса 1", "alarm": "drift"}],
        NotificationKind.EXCHANGE_FAILED: [{**exchange, "state": "failed"}, {**exchange, "state": "expired"}],
        NotificationKind.ACCOUNT_STATE: [
            {"state": state.value, "delete_at": until, "reason": "договор кончился"} for state in AccountState
        ],
    }
    return told[kind]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_has_words(kind: NotificationKind, language: str) -> None:
    words = load_languages()[language]
    assert words.gettext(KINDS[kind])
    for params in params_of(kind):
        one = Notification(NotificationId("n"), kind, params, "", datetime.now(UTC), seen=False)
        told = notification_told(one, words, MOSCOW)
        assert told.text and "‹" not in told.text + told.more and "%(" not in told.text + told.more, told
        assert "2026-11" not in told.text + told.more  # times are written for people, in the account's zone

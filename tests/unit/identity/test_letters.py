"""What e-mails say, how long they wait, and where pages of a list by time go on."""

import base64
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.limits import AccountState
from services.contracts.notifications import NotificationKind
from services.contracts.refusals import Invalid
from services.contracts.values import Cursor
from services.identity.domain.letter_delays import LONGEST, delay_after
from services.identity.domain.letter_texts import VALUE_MAX, notification_text, password_text
from services.identity.domain.time_cursors import decode_time_cursor, encode_time_cursor

MOSCOW = ZoneInfo("Europe/Moscow")
WHOSE: dict[str, str | int] = {"account": "Acme", "client": 100001}
UNTIL = "2026-03-05T08:00:00+00:00"

# Every word by which a kind has texts of its own, with the params of the contract.
TOLD: list[tuple[NotificationKind, dict[str, str | int]]] = [
    (NotificationKind.ONE_TIME_PASSWORD, {"by": "Alice", "until": UNTIL}),
    (NotificationKind.NEW_PLACE, {"address": "192.0.2.1", "agent": "Kettle/1.0"}),
    *(
        (NotificationKind.SECOND_FACTOR, {"what": what, "by": "Alice"})
        for what in ("set_up", "taken_away", "recovery_code_used")
    ),
    *(
        (
            NotificationKind.IMPORT_ENDED,
            {"filename": "a.csv", "state": state, "created": 1, "changed": 2, "failed": 3, "reason": ""},
        )
        for state in ("applied", "failed")
    ),
    (NotificationKind.REGISTER_ALARM, {"register": "R1", "alarm": "drift"}),
    *(
        (NotificationKind.EXCHANGE_FAILED, {"register": "R1", "exchange": "load_goods", "state": state, "reason": "x"})
        for state in ("failed", "expired")
    ),
    *(
        (NotificationKind.ACCOUNT_STATE, {"state": state.value, "delete_at": UNTIL, "reason": "Debt."})
        for state in AccountState
    ),
]


def text_of(
    kind: NotificationKind, params: dict[str, str | int], language: str, public_url: str = "https://k.ru/"
) -> str:
    text = notification_text(kind, params, WHOSE, "/me", "https://k.ru/", language, MOSCOW)
    return f"{text.subject}\n{text.body}"


def test_every_kind_has_a_letter() -> None:
    assert {kind for kind, _ in TOLD} == set(NotificationKind)


@pytest.mark.parametrize(("kind", "params"), TOLD)
def test_every_letter_is_whole_in_both_languages(kind: NotificationKind, params: dict[str, str | int]) -> None:
    russian, english = text_of(kind, params, "ru"), text_of(kind, params, "en")
    assert re.search("[а-я]", russian) and not re.search("[а-я]", english)
    for text in (russian, english):
        assert "%(" not in text and "notification for you" not in text and "новое уведомление" not in text
        assert "Acme (100001)" in text and "https://k.ru/me\n" in text
        assert not re.search(r"[:«] *[.,»]", text), "a value is missing"


def test_a_word_that_is_not_known_yet_is_told_without_words_of_its_own() -> None:
    for params in ({"what": "frozen"}, {}):
        assert "A new notification" in text_of(NotificationKind.SECOND_FACTOR, dict(params), "en")
    assert "новое уведомление" in text_of(NotificationKind.ACCOUNT_STATE, {"state": "lent"}, "xx")


def test_moments_are_told_in_the_accounts_zone() -> None:
    params: dict[str, str | int] = {"client": 100001, "login": "bob", "password": "abcd-efgh", "until": UNTIL}
    assert "до 05.03.2026 11:00" in password_text(params, "", "ru", MOSCOW).body
    assert "until 5 Mar 2026, 11:00" in password_text(params, "", "en", MOSCOW).body


@given(st.text(max_size=VALUE_MAX * 3))
def test_whatever_is_named_stays_inside_its_line(named: str) -> None:
    params: dict[str, str | int] = {"filename": named, "state": "failed", "reason": ""}
    plain = text_of(NotificationKind.IMPORT_ENDED, {**params, "filename": "x"}, "en")
    text = text_of(NotificationKind.IMPORT_ENDED, params, "en")
    assert len(text.splitlines()) == len(plain.splitlines())
    assert len(text) <= len(plain) + VALUE_MAX + 1


def test_a_letter_waits_longer_after_each_try_up_to_an_hour() -> None:
    minutes = [delay_after(tries) / timedelta(minutes=1) for tries in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert delay_after(10_000) == LONGEST


# --- cursors


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_says_where_the_last_page_ended(at: datetime, row: object) -> None:
    after = decode_time_cursor(encode_time_cursor(at, str(row)))
    assert (after.at, after.id) == (at, row)


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_a_cursor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        decode_time_cursor(Cursor(text))


@pytest.mark.parametrize(
    "told",
    [
        '["2026-03-02T08:00:00","00000000-0000-0000-0000-000000000001"]',
        '["0001-01-01T00:00:00+23:59","00000000-0000-0000-0000-000000000001"]',
        '["2026-03-02T08:00:00Z","no id"]',
        '["2026-03-02T08:00:00Z"]',
        "[1,2]",
        "null",
    ],
)
def test_a_cursor_that_somebody_made_up_is_refused(told: str) -> None:
    with pytest.raises(Invalid):
        decode_time_cursor(Cursor(base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")))

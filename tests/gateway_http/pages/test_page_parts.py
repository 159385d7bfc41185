"""The pure pieces under the pages: forms, CSRF, kept work, toasts, formats, typed prices, settings."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import falcon
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http import formats
from gateway_http.csrf import csrf_right, csrf_token
from gateway_http.forms import FormData, FormView, parse_form
from gateway_http.pages.item_fields import NotAPrice, price_typed
from gateway_http.pages.kept_work import MAX_KEPT_BYTES, KeptWork, carried, carry, kept_from, local_path
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.sign_in import next_page
from gateway_http.request_state import request_id_from
from gateway_http.settings import WrongSetting, settings_from
from gateway_http.toasts import Toast, read_toast, write_toast

MOSCOW = ZoneInfo("Europe/Moscow")


def test_csrf_token_fits_its_secret_only() -> None:
    first, second = csrf_token("one"), csrf_token("one")
    assert first != second  # masked anew, so that compressed pages do not give it away
    assert csrf_right("one", first) and csrf_right("one", second)
    assert not csrf_right("two", first)
    assert not csrf_right("", csrf_token(""))
    assert not csrf_right("one", None)


@given(st.text(max_size=300))
def test_csrf_refuses_garbage(text: str) -> None:
    assert not csrf_right("one", text)


@given(st.binary(max_size=400))
def test_any_body_is_a_form_or_refused(body: bytes) -> None:
    try:
        form = parse_form(body)
    except falcon.HTTPBadRequest:
        return
    assert all(isinstance(value, str) for values in form.fields.values() for value in values)


def test_form_keeps_what_was_typed_and_names_what_is_wrong() -> None:
    view = FormView.typed(FormData({"name": ["Касса"], "groups": ["a", "b"]}))
    view.wrong("name", "first")
    view.wrong("name", "second")
    view.wrong("hidden", "belongs to the whole")
    view.named("name", "Название")
    view.settle()
    assert view.value("name") == "Касса" and view.chosen("groups", "b") and not view.chosen("groups", "c")
    assert view.errors == {"name": "first"} and view.general == ["belongs to the whole"]
    assert view.label("name") == "Название"


def test_kept_work_comes_back_without_secrets() -> None:
    form = FormData(
        {
            "name": ["Ёлка «1»"],
            "groups": ["a", "b"],
            "password": ["x"],
            "csrf": ["y"],
            "form_id": ["z"],
            "typed_by": ["u"],
        }
    )
    work = carried(carry(kept_from("/admin/account", form)))
    assert work == KeptWork("/admin/account", {"name": ["Ёлка «1»"], "groups": ["a", "b"]}, "u")


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil", "/sign-out", "/\n", ""])
def test_kept_work_stays_on_this_server(path: str) -> None:
    assert carried(carry(KeptWork(path, {"a": ["b"]}, "u"))) is None
    assert next_page(path) == "/registers"
    assert local_path("/goods?q=1")


def test_kept_work_is_bounded() -> None:
    assert carry(KeptWork("/goods", {"a": ["x" * MAX_KEPT_BYTES]}, "u")) == ""
    assert carried("A" * 100_000_0) is None


@given(st.text(max_size=200))
def test_kept_work_refuses_garbage(text: str) -> None:
    assert carried(text) is None


def test_toast_travels_in_a_cookie() -> None:
    assert read_toast(write_toast(Toast("good", "Сохранено <b>"))) == Toast("good", "Сохранено <b>")
    assert read_toast("garbage") is None and read_toast(None) is None
    assert read_toast(write_toast(Toast("purple", "x"))) is None


@pytest.mark.parametrize(
    ("typed", "kopecks"),
    [
        ("", None),
        ("0", 0),
        ("89,9", 8990),
        ("89.90", 8990),
        ("1 234,56 ₽", 123456),
        ("1\u00a0234\u202f567,5", 123456750),
        ("12 руб.", 1200),
        ("5 р.", 500),
    ],
)
def test_prices_as_people_type_them(typed: str, kopecks: int | None) -> None:
    assert price_typed(typed) == kopecks


@pytest.mark.parametrize("typed", ["-5", "1,234", "12,345", "1e3", "abc", "1,2,3", ",", "٣", "1" * 20])
def test_what_is_no_price(typed: str) -> None:
    with pytest.raises(NotAPrice):
        price_typed(typed)


@given(st.integers(0, 2_147_483_600), st.sampled_from(["ru", "en"]))
def test_a_shown_price_can_be_typed_again(kopecks: int, language: str) -> None:
    assert price_typed(formats.rubles_typed(kopecks, language)) == kopecks
    if language == "ru":
        assert price_typed(formats.rubles(kopecks, language)) == kopecks


def test_formats() -> None:
    at = datetime(2026, 11, 23, 7, 42, 5, tzinfo=UTC)
    assert formats.rubles(123456, "ru") == "1\u00a0234,56\u00a0₽"
    assert formats.rubles(123456, "en") == "1,234.56\u00a0₽"
    assert formats.kkt_id_spaced("123456789012") == "1234 5678 9012"
    assert formats.moment(at, MOSCOW, "ru") == "23.11.2026 10:42"
    assert formats.moment(at, MOSCOW, "en", seconds=True) == "23 Nov 2026, 10:42:05"
    assert formats.moment_short(at, MOSCOW, "ru", at) == "10:42"
    assert formats.moment_short(at, MOSCOW, "ru", datetime(2026, 12, 1, tzinfo=UTC)) == "23.11, 10:42"
    assert formats.moment_short(at, MOSCOW, "en", datetime(2027, 12, 1, tzinfo=UTC)) == "23 Nov 2026"
    assert formats.size(183_422, "ru") == "179\u00a0КБ" and formats.size(900, "en") == "900\u00a0B"
    assert formats.zone_named("Nowhere/../etc").key == "Europe/Moscow"


@pytest.mark.parametrize(("typed", "number"), [("100", 100), (" 1 000", 1000), ("1.5", None), ("-1", None), ("", None)])
def test_whole_numbers_as_people_type_them(typed: str, number: int | None) -> None:
    assert number_typed(typed) == number


def test_request_id_of_a_caller_is_taken_only_in_a_harmless_form() -> None:
    assert request_id_from("abc-DEF_123") == "abc-DEF_123"
    for odd in ("", "a b", "x" * 65, 'a"b', "\n", None):
        assert request_id_from(odd) != odd


def test_settings_name_the_wrong_variable() -> None:
    assert settings_from({"KKT_LINK_PORT": "9001"}).link_url == "ws://localhost:9001/link"
    assert settings_from({"KKT_SECURE_COOKIES": "1"}).secure_cookies
    with pytest.raises(WrongSetting, match="KKT_TRUSTED_PROXIES"):
        settings_from({"KKT_TRUSTED_PROXIES": "many"})

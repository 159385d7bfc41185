"""Fields of accounts and users, ИНН above all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import account_rules, inn, logins


@pytest.mark.parametrize("number", ["7707083893", "7736050003", "7830002293", "500100732259", "366512608416"])
def test_real_inn_numbers_are_right(number: str) -> None:
    assert inn.is_inn(number)
    assert not inn.is_suspicious(number)


@pytest.mark.parametrize("number", ["7707083894", "500100732258", "500100732249", "0000000000", "000000000000"])
def test_wrong_check_digits_are_suspicious(number: str) -> None:
    assert inn.is_inn(number)
    assert inn.is_suspicious(number)


@given(st.sampled_from(["7707083893", "7736050003"]), st.integers(0, 9), st.integers(1, 9))
def test_a_single_wrong_digit_of_an_organisation_is_mostly_found(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    # Two remainders, 0 and 10, share the check digit 0, so a few slips stay unseen; none turns into an error.
    assert inn.is_suspicious(wrong) in (True, False)
    assert account_rules.check_inn(wrong) is None


@pytest.mark.parametrize(
    "number", ["", "123", "77070838931", "77070838 93", "770708389a", "７７０７０８３８９３", "-707083893"]
)
def test_what_is_no_inn(number: str) -> None:
    wrong = account_rules.check_inn(number)
    assert wrong is not None
    assert (wrong.path, wrong.code) == ("inn", "inn_malformed")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "required"),
        ("«»", "required"),
        ("я" * 201, "too_long"),
        ("a\x00b", "control_characters"),
        ("a\u202eb", "control_characters"),
    ],
)
def test_wrong_account_names(name: str, code: str) -> None:
    wrong = account_rules.check_account_name(name)
    assert wrong is not None
    assert (wrong.path, wrong.code) == ("name", code)


def test_a_too_long_name_tells_the_limit() -> None:
    wrong = account_rules.check_account_name("я" * 300)
    assert wrong is not None
    assert wrong.params == {"max": 200}


@pytest.mark.parametrize("name", ["2000", "№ 100002", '"77"'])
def test_a_sign_in_name_is_no_number(name: str) -> None:
    wrong = account_rules.check_sign_in_name(name)
    assert wrong is not None
    assert wrong.code == "sign_in_name_digits"


@pytest.mark.parametrize("login", ["Иванов", "ivanov@shop.ru", "a_b-c+d", "Пётр Ильич", "1"])
def test_logins_that_pass(login: str) -> None:
    assert account_rules.check_login(logins.clean_login(login)) is None


@pytest.mark.parametrize("login", ["", "a/b", "<b>", "a\x00", "x" * 65, "a'b"])
def test_logins_that_do_not(login: str) -> None:
    assert account_rules.check_login(logins.clean_login(login)) is not None


def test_logins_differ_in_more_than_case() -> None:
    assert logins.login_key("  ИВАНОВ  Пётр") == logins.login_key("иванов пётр")


@pytest.mark.parametrize(
    ("code", "right"), [(11, True), (6, True), (10, True), (1, False), (3, False), (0, False), (13, False)]
)
def test_default_tax_codes_of_today(code: int, right: bool) -> None:
    assert (account_rules.check_default_tax_code(code) is None) is right


@pytest.mark.parametrize(("minutes", "right"), [(4, False), (5, True), (480, True), (481, False)])
def test_idle_minutes(minutes: int, right: bool) -> None:
    assert (account_rules.check_idle_minutes(minutes) is None) is right


def test_time_zone_and_language() -> None:
    assert account_rules.check_time_zone("Asia/Omsk", {"Asia/Omsk"}) is None
    assert account_rules.check_time_zone("Asia/Atlantis", {"Asia/Omsk"}) is not None
    assert account_rules.check_language("ru") is None
    assert account_rules.check_language("de") is not None

"""Which passwords are refused."""

import pytest

from services.identity.domain.account_rules import check_password
from services.identity.domain.passwords import normalise


@pytest.mark.parametrize(
    "password",
    [
        *("12345678", "87654321", "aaaaaaaa", "abcabcabcabc", "qwertyuiop", "йцукенгш", "1q2w3e4r5t", "1qaz2wsx"),
        *("password", "Password1", "PASSWORD123!", "пароль123", "Пароль2026", "gfhjkm12345", "adminadmin", "касса777"),
        *("Администратор1", "qwerty12345", "magazin2024", "testtest", "Йцукен123", "zxcvbnm1"),
    ],
)
def test_common_passwords_are_refused(password: str) -> None:
    wrong = check_password(normalise(password), "ivanov")
    assert wrong is not None
    assert (wrong.path, wrong.code) == ("password", "password_common")


@pytest.mark.parametrize(
    "password", ["зелёный чайник", "Tr0ub4dor&3", "kassa-na-uglu", "xK9#mQ2$", "12345678а9", "п" * 7 + "рст"]
)
def test_other_passwords_pass(password: str) -> None:
    assert check_password(normalise(password), "ivanov") is None


@pytest.mark.parametrize(
    ("password", "code"),
    [("", "too_short"), ("коротка", "too_short"), ("д7" * 65, "too_long"), ("petrov-m", "password_is_login")],
)
def test_length_and_login(password: str, code: str) -> None:
    wrong = check_password(normalise(password), "Petrov-M")
    assert wrong is not None
    assert wrong.code == code


def test_the_login_backwards_is_the_login() -> None:
    wrong = check_password("vonavi.a.a", "a.a.ivanov")
    assert wrong is not None
    assert wrong.code == "password_is_login"


def test_limits_are_met_exactly() -> None:
    assert check_password("ж1ъ9-ю3щ", "ivanov") is None
    assert check_password(("ж1ъ9-ю3щэ" * 15)[:128], "ivanov") is None
    assert check_password(("ж1ъ9-ю3щэ" * 15)[:129], "ivanov") is not None


def test_two_ways_to_write_a_letter_are_one_password() -> None:
    assert normalise("чаи\u0306ник") == normalise("чайник")


@pytest.mark.parametrize(
    "password", ["trustno1", "TrustNo1!", "iloveyou2", "letmein1", "екгыетщ1", "з4ыыцщкв", "ЗФЫЫЦЩКВ", "1q2w3e4r5"]
)
def test_passwords_of_the_worlds_list_are_refused_in_either_layout(password: str) -> None:
    wrong = check_password(normalise(password), "ivanov")
    assert wrong is not None
    assert wrong.code == "password_common"


NAMES = ("Пётр Берёзкин", "berezkin.p", "romashka-shop.ru", "ООО «Ромашка плюс»", "100001")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "берёзкин",
            "Березкин1",
            "БЕРЁЗКИН2026",
            "никзереб",
            "пётр-берёзкин",
            "Ромашка!",
            "ромашка2026",
            "ромашкаплюс",
        ),
        *("berezkin", "berezkinp", "romashka", "Romashka-Shop", "ромашка-берёзкин", "ivanov-ромашка", "100001100001"),
        *("ivanov2026", "Ivanov!!!", "ООО Ромашка Плюс"),
    ],
)
def test_passwords_made_of_what_everybody_knows_are_refused(password: str) -> None:
    wrong = check_password(normalise(password), "ivanov", NAMES)
    assert wrong is not None
    assert wrong.code in ("password_is_name", "password_common", "password_is_login")


@pytest.mark.parametrize("password", ["жёлтая ромашка", "романшка", "берёзовый сок", "ромашка-на-углу", "плюс-минус-9"])
def test_a_name_among_other_words_passes(password: str) -> None:
    assert check_password(normalise(password), "ivanov", NAMES) is None


@pytest.mark.parametrize("names", [(), ("",), ("—",), ("ИП",), ("a", "b", "c")])
def test_names_too_short_to_mean_something_forbid_nothing(names: tuple[str, ...]) -> None:
    assert check_password("ип-зелёный чайник", "ip", names) is None
    assert check_password("abcabd-ccb", "a", names) is None

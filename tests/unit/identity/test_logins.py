"""Logins: what they may hold, and which of them people could take for one another."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import account_rules, logins

# Capital Cyrillic letters and the Latin ones that look the same.
TWINS = dict(zip("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS", strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Anna", "\u0410nna"), ("HOMEP", "НОМЕР"), ("cop", "сор"), ("root", "r00t"), ("Bill", "BiII"), ("l", "1")),
        *(("ёлка", "елка"), ("Зоя", "3оя"), ("ivan", "\u0456van"), ("all", "a\u04cf\u04c0"), ("ana\u00a0b", "ana b")),
    ],
)
def test_logins_that_look_the_same(one: str, other: str) -> None:
    assert logins.look_key(one) == logins.look_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("anna", "anne"), ("иван", "ivan"), ("a b", "ab"), ("a-b", "a_b"), ("maria", "mariia")]
)
def test_logins_that_do_not(one: str, other: str) -> None:
    assert logins.look_key(one) != logins.look_key(other)


@given(st.text("АВЕКМНОРСТУХІЈЅ", min_size=1, max_size=12), st.data())
def test_twins_in_any_mixture_look_the_same(login: str, data: st.DataObject) -> None:
    swaps = data.draw(st.lists(st.booleans(), min_size=len(login), max_size=len(login)))
    mixed = "".join(TWINS[char] if swap else char for char, swap in zip(login, swaps, strict=True))
    assert logins.look_key(mixed) == logins.look_key(login) == logins.look_key(mixed.lower())
    assert account_rules.check_login(mixed) is None


@given(st.text(max_size=100))
def test_what_is_kept_is_found_again(typed: str) -> None:
    kept = logins.clean_login(typed)
    assert logins.clean_login(kept) == kept
    assert logins.login_key(kept) == logins.login_key(typed)
    if account_rules.check_login(kept) is None:
        key = logins.login_key(kept)
        assert key and key.isprintable() and len(key) <= 3 * logins.LOGIN_MAX
        assert logins.login_key(key) == key
        assert logins.login_key(kept.upper()) == logins.login_key(kept.lower().upper())


@given(st.characters(codec="utf-8"))
def test_only_latin_and_cyrillic_letters_and_plain_digits_are_taken(char: str) -> None:
    kept = logins.clean_login(f"x{char}x")
    if logins.has_bad_characters(kept) or char in " .,_-+@" or char.isspace():
        return
    assert all(one.isascii() or "\u00c0" <= one <= "\u017f" or "\u0400" <= one <= "\u052f" for one in kept)


@pytest.mark.parametrize(
    "login",
    ["αnna", "аnnа\u0301", "Աnna", "𝐚nna\u200b", "ann\u200da", "anna\u202e", "\u0131van", "İvan", "a٣", "イvan", "a/b"],
)
def test_letters_and_marks_that_only_look_right_are_refused(login: str) -> None:
    wrong = account_rules.check_login(logins.clean_login(login))
    assert wrong is not None and wrong.path == "login"
    assert wrong.code in ("bad_characters", "control_characters")


@pytest.mark.parametrize("login", ["Қайрат", "Їжак", "Žižka", "Müller-2", "o.brien@shop", "Ёж Ёжиков", "ъ"])
def test_names_of_our_neighbours_pass(login: str) -> None:
    assert account_rules.check_login(logins.clean_login(login)) is None


def test_no_two_plain_letters_are_one_by_mistake() -> None:
    latin, cyrillic = "abcdefghijkmnpqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    for letters in (latin, cyrillic):
        assert all(logins.look_key(a) != logins.look_key(b) for a, b in itertools.combinations(letters, 2))

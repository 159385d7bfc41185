"""What counts in a sign-in name, and how one is suggested."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.identity.domain.client_names import (
    SIGN_IN_NAME_MAX,
    client_number,
    first_free,
    is_digits_only,
    sign_in_key,
    suggestions,
)


@pytest.mark.parametrize(
    "typed",
    [
        "ООО «Ромашка Ёлка»",
        'ооо "ромашка елка"',
        "  ООО   РОМАШКА ЕЛКА ",
        "ООО “Ромашка\u00a0Ёлка”",
        "ООО \u200bРомашка Е\u0308лка",
        "ООО'РомашкаЁлка'",
    ],
)
def test_case_quotes_spaces_and_yo_do_not_matter(typed: str) -> None:
    assert sign_in_key(typed) == "оооромашкаелка"


def test_other_signs_do_matter_and_dashes_are_one() -> None:
    assert sign_in_key("Ромашка-2") != sign_in_key("Ромашка 2")
    assert sign_in_key("Ромашка–2") == sign_in_key("ромашка-2")


@pytest.mark.parametrize("typed", ["100001", " 100 001 ", "№100001", "№ 100 001", "#100001", "１００００１"])
def test_a_client_number_is_recognised(typed: str) -> None:
    assert client_number(typed) == 100001


@pytest.mark.parametrize("typed", ["", "Ромашка", "100001а", "-1", "99999999999", "4294967296", "١٠٠"])
def test_what_is_no_client_number(typed: str) -> None:
    assert client_number(typed) is None


@pytest.mark.parametrize("name", ["2000", "«2000»", "№ 7", "12345678901234567890", "٧٧"])
def test_a_name_that_is_a_number_is_seen(name: str) -> None:
    assert is_digits_only(name)


def test_suggestions_keep_the_name_typed_by_people() -> None:
    offered = list(suggestions("ООО «Ромашка»", 100007))
    assert offered[:3] == ["ООО Ромашка", "ООО Ромашка 2", "ООО Ромашка 3"]
    assert offered[-1] == "ООО Ромашка 100007"
    assert first_free(offered, {sign_in_key("ооо ромашка"), sign_in_key("ооо ромашка 2")}) == "ООО Ромашка 3"
    assert first_free(offered[:1], {"оооромашка"}) is None


def test_an_organisation_named_by_digits_gets_a_name_that_is_no_number() -> None:
    for name in ("2000", "№", "#", "No", "№ 1234567890"):
        assert not any(is_digits_only(offered) for offered in suggestions(name, 100001))


@settings(max_examples=300)
@given(st.text(min_size=1, max_size=200) | st.text(alphabet="№#Nno 0129«", min_size=1, max_size=14))
def test_suggestions_are_short_and_never_numbers(name: str) -> None:
    if not sign_in_key(name):
        return
    for offered in suggestions(name, 2**31 - 1):
        assert len(offered) <= SIGN_IN_NAME_MAX
        assert not is_digits_only(offered)


_TYPED = st.text(alphabet="абвёяАБВЁЯabzABZ019-.№ ", max_size=40)


@given(_TYPED, st.sampled_from([" ", "\u00a0", "«", "»", '"', "\t", "\u200b"]), st.integers(0, 40))
def test_the_same_name_typed_otherwise_has_the_same_key(name: str, put_in: str, at: int) -> None:
    key = sign_in_key(name)
    assert sign_in_key(name[:at] + put_in + name[at:]) == key
    assert sign_in_key(name.upper()) == key
    assert sign_in_key(name.replace("ё", "е")) == key

"""Rates, units, flags, names and groups in cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.cells import CellError, clean_text, parse_flag, parse_whole_number, unwrap
from services.catalog.domain.fiscal_words import (
    MEASURE_OTHER,
    measure_is_known,
    parse_agent,
    parse_measure,
    parse_payment_method,
    parse_section,
    parse_tax_system,
    parse_type,
)
from services.catalog.domain.group_paths import key_to_paths, parse_groups, paths_to_key
from services.catalog.domain.names import folded, in_register_alphabet, parse_name, short_name_of
from services.catalog.domain.table_rows import parse_code
from services.catalog.domain.taxes import parse_tax, parse_tax_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("22", 11), ("22%", 11), ("22 %", 11), ("22,00", 11), ("0.22", 11), ("0,22", 11), ("НДС 22%", 11),
        ("ндс22", 11), ("Ставка НДС: 22%", 11), ("VAT_22", 11), ("22/122", 12), ("НДС 22/122", 12), ("22_122", 12),
        ("20", 1), ("20%", 1), ("20/120", 3), ("0.2", 1), ("10", 2), ("10%", 2), ("10/110", 4), ("0.1", 2),
        ("0", 5), ("0%", 5), ("НДС 0%", 5), ("0.00", 5), ("5", 7), ("5%", 7), ("5/105", 9), ("7%", 8), ("7/107", 10),
        ("без НДС", 6), ("Без НДС", 6), ("-", 6), ("—", 6), ("не облагается", 6), ("Без налога", 6), ("NO_VAT", 6),
        ("", None), ("  ", None),
    ],
)  # fmt: skip
def test_rates(text: str, code: int | None) -> None:
    assert parse_tax(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("18", "tax_18"), ("18%", "tax_18"), ("НДС 18%", "tax_18"), ("18/118", "tax_18"), ("6", "tax_unknown"),
     ("11", "tax_unknown"), ("много", "tax_unknown"), ("НДС", "tax_unknown"), ("22/110", "tax_unknown")],
)  # fmt: skip
def test_what_is_no_rate(text: str, code: str) -> None:
    with pytest.raises(CellError) as refused:
        parse_tax(text)
    assert refused.value.code == code


def test_a_column_of_codes_is_not_a_column_of_rates() -> None:
    assert parse_tax_code("10") == 10
    assert parse_tax("10") == 2
    with pytest.raises(CellError):
        parse_tax_code("22")


def test_subjects_measures_sections() -> None:
    assert [parse_type(text) for text in ("Товар", "услуга", "33", "Подакцизный товар", "")] == [1, 4, 33, 2, None]
    assert [parse_measure(text) for text in ("шт", "Шт.", "кг", "796 ", "166", "м²", "пог. м", "11", "")] == [
        0, 0, 11, 0, 11, 32, 22, 11, None,
    ]  # fmt: skip
    assert parse_measure("бухта") == MEASURE_OTHER
    assert not measure_is_known("бухта")
    assert measure_is_known("иное") and measure_is_known("шт")
    assert [parse_section(text) for text in ("1", "16", "0", "")] == [1, 16, None, None]
    assert [parse_tax_system(text) for text in ("0", "5", "-1", "")] == [0, 5, None, None]
    words = ("ОСН", "УСН. Доход", "УСН доход-расход", "ЕСХН", "Патент", "Совпадает с группой")
    assert [parse_tax_system(text) for text in words] == [0, 1, 2, 4, 5, None]
    assert [parse_payment_method(text) for text in ("Полный расчёт", "Предоплата 100%", "7", "")] == [4, 1, 7, None]
    assert [parse_agent(text) for text in ("Комиссионер", "Агент", "0", "нет", "")] == [5, 6, 0, None, None]
    for parse, text in ((parse_payment_method, "в рассрочку"), (parse_agent, "7"), (parse_tax_system, "УСН")):
        with pytest.raises(CellError):
            parse(text)
    for parse, text in ((parse_type, "28"), (parse_type, "чудо"), (parse_section, "17"), (parse_tax_system, "3")):
        with pytest.raises(CellError):
            parse(text)


def test_flags() -> None:
    assert [parse_flag("marked", text) for text in ("Да", "1", "+", "нет", "0", "ЛОЖЬ", "")] == [
        True, True, True, False, False, False, None,
    ]  # fmt: skip
    with pytest.raises(CellError):
        parse_flag("marked", "наверное")


def test_whole_numbers_and_codes() -> None:
    assert [parse_whole_number(text) for text in ("12", "0012", "12.0", "12,00", "1 200", "-3")] == [
        12, 12, 12, 12, 1200, -3,
    ]  # fmt: skip
    assert [parse_whole_number(text) for text in ("12.5", "a", "", "1" * 40, "²")] == [None] * 5
    assert [parse_code(text) for text in ("7", "00000012", "12.0", "", "2147483647", '="5"')] == [
        7, 12, 12, None, 2147483647, 5,
    ]  # fmt: skip
    for text, code in (("0", "code_out_of_range"), ("2147483648", "code_out_of_range"), ("ЦБ-1", "code_not_a_number")):
        with pytest.raises(CellError) as refused:
            parse_code(text)
        assert refused.value.code == code


def test_names() -> None:
    assert parse_name("  Молоко\t топленое \n 3,2%\u00a0") == "Молоко топленое 3,2%"
    with pytest.raises(CellError) as refused:
        parse_name("я" * 300)
    assert refused.value.code == "name_too_long"
    assert refused.value.params == {"limit": 128, "length": 300}
    assert parse_name("я" * 128)
    for empty in ("", "  ", "\u200b"):
        with pytest.raises(CellError) as refused:
            parse_name(empty)
        assert refused.value.code == "name_required"
    with pytest.raises(CellError) as refused:
        parse_name("Мол\ufffdко")
    assert refused.value.code == "bad_characters"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Сок «Добрый» — яблоко", 'Сок "Добрый" - яблоко'),
        ("Чай “Ahmad” – 100г", 'Чай "Ahmad" - 100г'),
        ("Ёжик № 5", "Ёжик № 5"),
        ("Crème brûlée", "Creme brulee"),
        ("½ м²", "1/2 м2"),
        ("Кофе ☕", "Кофе ?"),
        ("Їжак і ґудзик", "Iжак i гудзик"),
        ("я" * 100, "я" * 56),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name_of(name) == short


@given(st.text(max_size=200))
def test_short_names_are_of_the_register_alphabet(name: str) -> None:
    short = short_name_of(name)
    assert len(short) <= 56
    short.encode("windows-1251")
    assert in_register_alphabet(short) == short


@given(st.text(max_size=60))
def test_clean_text_is_clean(text: str) -> None:
    clean = clean_text(text)
    assert clean == clean_text(clean)
    assert not set(clean) & {"\n", "\r", "\t", "\x00", "\\N"}


def test_groups() -> None:
    assert parse_groups("Напитки/Соки; Акции") == (("Напитки", "Соки"), ("Акции",))
    assert parse_groups("Чай > Зелёный") == (("Чай", "Зелёный"),)
    assert parse_groups("А|Б;А") == (("А",), ("Б",))
    assert parse_groups(" ; / ") == ()
    assert key_to_paths(paths_to_key(parse_groups("А/Б;В"))) == (("А", "Б"), ("В",))
    for text in ("я" * 101, "/".join("абвгдежзи"), ";".join(map(str, range(21)))):
        with pytest.raises(CellError):
            parse_groups(text)


def test_small_things() -> None:
    assert folded("ЁЛКА") == folded("елка")
    assert [unwrap(text) for text in ('="046"', "'046", "046")] == ["046"] * 3

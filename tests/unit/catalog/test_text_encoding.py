"""Which encoding a file is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.text_encoding import CP866, CP1251, UTF8, UTF16, Utf8Watch, recognise_encoding

WORDS = (
    "Сыр", "Яйцо", "Молоко", "Хлеб", "ржаной", "Цена", "Товар", "рыба", "сухари", "Творог", "щётка", "Ёжик", "Юбка",
    "Кофе", "Чай", "Шоколад", "Штрихкод", "НДС", "МОЛОКО", "КОД", "Наименование", "Группа", "шт", "кг", "Бородинский",
    "пельмени", "мороженое", "Объём", "съёмка", "электричество", "чугун", "фонарь",
)  # fmt: skip


@pytest.mark.parametrize("encoding", [CP1251, CP866])
@pytest.mark.parametrize("word", WORDS)
def test_one_word_is_enough(word: str, encoding: str) -> None:
    assert recognise_encoding(word.encode(encoding), False) == encoding


@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=30), st.sampled_from([CP1251, CP866]))
def test_texts(words: list[str], encoding: str) -> None:
    text = "1;" + " ".join(words) + ";10,50\r\n2;Water;3\r\n"
    assert recognise_encoding(text.encode(encoding), False) == encoding


def test_typography_of_windows() -> None:
    assert recognise_encoding("Сок «Добрый» — 1 л № 5".encode(CP1251), False) == CP1251


def test_utf_8_is_told_by_the_whole_file() -> None:
    body = ("a" * 200_000 + "Молоко").encode()
    watch = Utf8Watch()
    for start in range(0, len(body), 65_537):
        watch.feed(body[start : start + 65_537])
    watch.feed(b"", final=True)
    assert not watch.broken
    assert recognise_encoding(body, True) == UTF8
    cut = Utf8Watch()
    cut.feed("я".encode()[:1])
    cut.feed(b"", final=True)
    assert cut.broken


def test_one_damaged_letter_does_not_change_utf_8() -> None:
    body = ("Молоко;10\n" * 100).encode() + b"\xd0;5\n"
    assert recognise_encoding(body, False) == UTF8
    assert recognise_encoding("Код;Цена".encode("utf-16"), False) == UTF16

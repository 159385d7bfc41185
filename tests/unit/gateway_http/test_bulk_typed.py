"""What people type into the form of a bulk change, and how the change is told to them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http.i18n import Language, load_languages
from gateway_http.pages.bulk_typed import percent_typed, sum_typed
from gateway_http.words.bulk_words import change_text, note_text, percent_text
from services.contracts.bulk_changes import (
    BlockedChange,
    BulkChange,
    GroupsChange,
    PriceChange,
    PriceChangeKind,
    PriceRounding,
    Removal,
    SectionChange,
    TaxChange,
    TaxTo22,
)
from services.contracts.values import ItemGroupId

LANGUAGES = load_languages()


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [
        ("5", 500),
        ("+5 %", 500),
        ("-10", -1_000),
        ("−2,5\u00a0%", -250),
        ("0.05", 5),
        ("7,123", None),
        ("", None),
        ("--5", None),
        ("пять", None),
        ("1e3", None),
        ("٥", None),
        ("9999999", None),
    ],
)
def test_a_percentage(text: str, hundredths: int | None) -> None:
    assert percent_typed(text) == hundredths


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("10", 1_000),
        ("-1 234,50", -123_450),
        ("− 5 ₽", -500),
        ("+0,5", 50),
        ("", None),
        ("+-5", None),
        ("5-", None),
        ("1,234", None),
    ],
)
def test_a_sum(text: str, kopecks: int | None) -> None:
    assert sum_typed(text) == kopecks


@given(st.integers(-9_999, 1_000_000))
def test_a_percentage_is_read_back_as_it_is_told(hundredths: int) -> None:
    for code in ("ru", "en"):
        assert percent_typed(percent_text(hundredths, LANGUAGES[code])) == hundredths


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (PriceChange(PriceChangeKind.PERCENT, -250), "Цены −2,5\u00a0%"),
        (PriceChange(PriceChangeKind.PERCENT, 0, PriceRounding.ROUBLE), "Цены, округление до рубля"),
        (PriceChange(PriceChangeKind.SUM, 150, PriceRounding.NINETY), "Цены +1,50\u00a0₽, округление до ,90"),
        (PriceChange(PriceChangeKind.SET, 123_456), "Цена 1\u00a0234,56\u00a0₽"),
        (TaxChange(6), "НДС: без НДС"),
        (TaxTo22(), "НДС 20 % → 22 %"),
        (
            GroupsChange((ItemGroupId("Чай"),), (ItemGroupId("Кофе"),)),
            "Поместить в группы: Чай; Убрать из групп: Кофе",
        ),
        (BlockedChange(True), "Блокировка"),
        (BlockedChange(False), "Снятие блокировки"),
        (SectionChange(3), "Секция 3"),
        (Removal(), "Удаление"),
    ],
)
def test_every_change_has_its_words_also_as_the_note_of_a_revision(change: BulkChange, told: str) -> None:
    russian: Language = LANGUAGES["ru"]
    assert change_text(change, russian) == told
    assert note_text(msgspec.json.encode(change).decode(), russian) == told


def test_other_notes_are_shown_as_they_are() -> None:
    for note in ("", "прайс.csv", "{прайс}.csv", '{"kind": "burn"}'):
        assert note_text(note, LANGUAGES["ru"]) == note

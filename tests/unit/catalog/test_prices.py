"""Prices of files and of lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.cells import CellError
from services.catalog.domain.prices import parse_price, price_for_register
from services.contracts.catalog import PRICE_MAX


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("10", 1000),
        ("10,5", 1050),
        ("10.50", 1050),
        ("0,01", 1),
        ("1 234,56", 123456),
        ("1\u00a0234,56", 123456),
        ("1\u202f234,56", 123456),
        ("1\u2009234,56 ₽", 123456),
        ("1234.5", 123450),
        ("1 234,56 ₽", 123456),
        ("99 руб.", 9900),
        ("99р", 9900),
        ("1,234.56", 123456),
        ("1.234.567,89", 123456789),
        ("100.0000", 10000),
        ("12,3400", 1234),
        ("+5", 500),
        ("21474836", PRICE_MAX),
        ("0", 0),
        ("0,00", 0),
        ("", None),
        ("-", None),
        ("—", None),
    ],
)
def test_prices_as_people_write_them(text: str, kopecks: int | None) -> None:
    assert parse_price(text) == kopecks


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-5", "price_negative"),
        ("−5,00", "price_negative"),
        ("-0,01", "price_negative"),
        ("21474836,01", "price_too_large"),
        ("999999999999", "price_too_large"),
        ("12.345", "price_decimals"),
        ("1,000", "price_decimals"),
        ("1.2345", "price_decimals"),
        ("дорого", "price_not_a_number"),
        ("1e5", "price_not_a_number"),
        ("12,50,30", "price_not_a_number"),
        ("(5)", "price_not_a_number"),
        ("9" * 40, "price_not_a_number"),
        ("NaN", "price_not_a_number"),
        ("١٢", "price_not_a_number"),
    ],
)
def test_what_is_no_price(text: str, code: str) -> None:
    with pytest.raises(CellError) as refused:
        parse_price(text)
    assert refused.value.code == code
    assert refused.value.field == "price"


@given(st.text(max_size=40))
def test_any_text_is_a_price_or_a_named_error(text: str) -> None:
    try:
        price = parse_price(text)
    except CellError:
        return
    assert price is None or 0 <= price <= PRICE_MAX


@given(st.integers(0, PRICE_MAX))
def test_what_is_written_is_read(kopecks: int) -> None:
    assert parse_price(f"{kopecks // 100},{kopecks % 100:02d}") == kopecks
    assert parse_price(f"{kopecks // 100:,}.{kopecks % 100:02d}") == kopecks


@pytest.mark.parametrize(
    ("price", "percent", "rounding", "sent"),
    [
        (1000, 100, 1, 1000),
        (1000, 90, 1, 900),
        (999, 90, 1, 899),  # 899.1
        (995, 90, 1, 896),  # 895.5: half up
        (1234, 100, 10, 1230),
        (1235, 100, 10, 1240),
        (1225, 100, 50, 1250),
        (1224, 100, 50, 1200),
        (1250, 100, 100, 1300),
        (1249, 100, 100, 1200),
        (0, 150, 100, 0),  # a free price stays free
        (1, 1, 1, 1),  # and a price never becomes free
        (30, 100, 100, 100),
        (1, 1000, 10, 10),
    ],
)
def test_price_for_a_register(price: int, percent: int, rounding: int, sent: int) -> None:
    assert price_for_register(price, percent, rounding) == sent


@given(st.integers(1, PRICE_MAX), st.integers(1, 1000), st.sampled_from((1, 10, 50, 100)))
def test_a_price_is_near_its_percentage_and_on_its_step(price: int, percent: int, rounding: int) -> None:
    sent = price_for_register(price, percent, rounding)
    assert sent > 0
    assert sent % rounding == 0
    assert abs(sent - price * percent / 100) <= max(rounding, 1) + 0.5

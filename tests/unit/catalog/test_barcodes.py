"""Barcodes in cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.barcodes import barcode_key, parse_barcodes, register_number
from services.catalog.domain.cells import CellError
from services.contracts.barcodes import barcode_warning, check_digit_ok


@pytest.mark.parametrize(
    ("text", "barcodes"),
    [
        ("4600000000015", ("4600000000015",)),
        ("0460000000003", ("0460000000003",)),
        ("", ()),
        ("0", ()),
        ("0000000000000", ()),
        ("-", ()),
        ("4600000000015, 4600000000022", ("4600000000015", "4600000000022")),
        ("4600000000015;4600000000022|46000000", ("4600000000015", "4600000000022", "46000000")),
        ("4600000000015 4600000000022", ("4600000000015", "4600000000022")),
        ("4600 0000 00015", ("4600000000015",)),
        (" 8809172152829", ("8809172152829",)),
        ("4600000000015,4600000000015", ("4600000000015",)),
        ("4600000000015.0", ("4600000000015",)),
        ("4600000000015,00", ("4600000000015",)),
        ('="0460000000003"', ("0460000000003",)),
        ("'0460000000003", ("0460000000003",)),
        ("E18087200306", ("E18087200306",)),
        ("58GXGKRK", ("58GXGKRK",)),
        ("12345", ("12345",)),
    ],
)
def test_barcodes_as_people_write_them(text: str, barcodes: tuple[str, ...]) -> None:
    assert parse_barcodes(text) == barcodes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4,6E+12", "barcode_scientific"),
        ("4.60000E+12", "barcode_scientific"),
        ("4,6Е+12", "barcode_scientific"),  # a Cyrillic letter
        ("1" * 65, "barcode_length"),
        (",".join(str(10_000_000 + number) for number in range(21)), "too_many_barcodes"),
    ],
)
def test_what_is_no_barcode(text: str, code: str) -> None:
    with pytest.raises(CellError) as refused:
        parse_barcodes(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("barcode", "doubt"),
    [
        ("4600000000015", None),
        ("4600000000016", "barcode_check_digit"),
        ("46000002", None),
        ("46000003", "barcode_check_digit"),
        ("2000000000015", "barcode_internal"),
        ("E18087200306", "barcode_not_numeric"),
        ("1234567890123456789", "barcode_too_long"),
        ("12345", None),  # a code of the shop's own, no EAN
    ],
)
def test_doubts(barcode: str, doubt: str | None) -> None:
    assert barcode_warning(barcode) == doubt


def test_barcodes_are_compared_as_numbers() -> None:
    assert barcode_key("0046") == barcode_key("46") == "46"
    assert barcode_key("abc") == barcode_key("ABC")
    assert barcode_key("0" * 19 + "1") != "1"  # more digits than a register holds: text
    assert register_number("0460") == 460
    assert register_number("1234567890123456789") is None
    assert register_number("12a") is None
    assert register_number("१२") is None


@given(st.integers(0, 10**12 - 1))
def test_exactly_one_check_digit_is_right(number: int) -> None:
    assert sum(check_digit_ok(f"{number:012d}{digit}") for digit in range(10)) == 1


@given(st.text(max_size=100))
def test_any_text_is_barcodes_or_a_named_error(text: str) -> None:
    try:
        barcodes = parse_barcodes(text.strip())
    except CellError:
        return
    for barcode in barcodes:
        assert barcode and not set(barcode) & set(" \t\n\x00")

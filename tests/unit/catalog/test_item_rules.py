"""Drafts of items: every wrong field is named."""

import pytest

from services.catalog.domain.cursors import decode_cursor, encode_cursor
from services.catalog.domain.import_states import may_become
from services.catalog.domain.item_rules import check_code, check_draft, check_group_name, check_marked
from services.contracts.catalog import ItemDraft
from services.contracts.imports import ImportState
from services.contracts.refusals import Invalid
from services.contracts.values import Cursor, ItemGroupId


def wrong(draft: ItemDraft, is_new: bool = False) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        check_draft(draft, is_new)
    return [(error.path, error.code) for error in refused.value.errors]


def test_every_wrong_field_is_named() -> None:
    draft = ItemDraft(
        name="я" * 129, price=-1, barcodes=("4,6E+12", "46000002"), tax_code=13, type_code=28, measure_unit=9,
        section=17, tax_system=3, short_name="я" * 57, article="a" * 65,
    )  # fmt: skip
    assert sorted(wrong(draft)) == [
        ("article", "article_too_long"),
        ("barcodes/0", "barcode_scientific"),
        ("measure_unit", "measure_unknown"),
        ("name", "name_too_long"),
        ("price", "price_negative"),
        ("section", "section_out_of_range"),
        ("short_name", "short_name_too_long"),
        ("tax_code", "tax_unknown"),
        ("tax_system", "tax_system_unknown"),
        ("type_code", "type_unknown"),
    ]
    assert wrong(ItemDraft(), is_new=True) == [("name", "name_required")]
    assert wrong(ItemDraft(barcodes=("1",) * 21)) == [("barcodes", "too_many_barcodes")]
    assert wrong(ItemDraft(groups=tuple(ItemGroupId(str(n)) for n in range(21)))) == [
        ("groups", "too_many_item_groups")
    ]


def test_what_is_right_is_made_plain() -> None:
    draft = ItemDraft(name=" Сыр\n«Российский» ", price=None, barcodes=("0460", " 46000002 ", "0460"), short_name=None)
    assert check_draft(draft, True).values == {
        "name": "Сыр «Российский»",
        "price": None,
        "barcodes": ["0460", "46000002"],
        "short_name": None,
    }


def test_codes_marks_and_group_names() -> None:
    for code in (0, -1, 2**31):
        with pytest.raises(Invalid):
            check_code(code)
    check_marked(True, 33)
    check_marked(False, 1)
    with pytest.raises(Invalid):
        check_marked(True, 1)
    assert check_group_name(" Соки \t воды ") == "Соки воды"
    for name in ("", "я" * 101, "\ud800"):
        with pytest.raises(Invalid):
            check_group_name(name)


def test_cursors() -> None:
    assert decode_cursor(encode_cursor("молоко", 5), str, int) == ("молоко", 5)
    assert decode_cursor(None, int) is None
    for broken in ("!", "W10", encode_cursor("a"), "a" * 7):
        with pytest.raises(Invalid):
            decode_cursor(Cursor(broken), int)


def test_an_import_never_goes_back() -> None:
    assert may_become(ImportState.READING, ImportState.APPLYING)
    assert may_become(ImportState.PREVIEWED, ImportState.CANCELLED)
    assert not may_become(ImportState.APPLYING, ImportState.CANCELLED)
    assert not any(may_become(ImportState.APPLIED, state) for state in ImportState)

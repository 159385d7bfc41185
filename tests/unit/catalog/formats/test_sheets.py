"""Spreadsheets as rows of a table: what cells become, which sheet is read, and files that mean harm."""

import math
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.columns import COLUMNS_MAX
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import sheets
from services.catalog.domain.formats.sheet_child import cell_text
from services.catalog.domain.formats.sheets import sheet_kind, sheet_rows
from tests.unit.catalog.formats.sheet_files import HEADER, Cell, Raw, cells_of, goods_of, ods, rows_of, xlsx, zipped
from tests.unit.catalog.goods_files import codes_of, parts_of

DATA = Path(__file__).parents[3] / "data" / "sheets"


def refusal_of(body: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        rows_of(body)
    return refused.value.failure.value


# ---- what a file is


def test_kinds_are_told_by_content() -> None:
    assert sheet_kind(xlsx([HEADER])) == "xlsx"
    assert sheet_kind(ods("")) == "ods"
    assert sheet_kind((DATA / "price_list.xls").read_bytes()) == "xls"
    assert sheet_kind(zipped({"import.xml": "<КоммерческаяИнформация/>"})) is None
    assert sheet_kind(zipped({"a.bin": b"xl/ _rels/.rels [Content_Types].xml"}, zipfile.ZIP_STORED)) is None
    assert sheet_kind(zipped({"[Content_Types].xml": "", "word/document.xml": ""})) is None
    assert sheet_kind("Код;Наименование".encode()) is None
    assert sheet_kind(b"") is None


# ---- cells


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12.0, "12"), (-3.0, "-3"), (-0.0, "0"), (45.5, "45.5"), (1.1500000000000001, "1.15"), (0.1 + 0.2, "0.3"),
        (4600000000015.0, "4600000000015"), (9007199254740991.0, "9007199254740991"), (1e-05, "0.00001"),
        (99.99000000000001, "99.99"), (1.23456789012346e17, "1.23456789012346e+17"), (math.nan, ""), (math.inf, ""),
        (5, "5"), (True, "да"), (False, "нет"),
    ],
)  # fmt: skip
def test_numbers_are_what_people_typed(number: float, text: str) -> None:
    assert cell_text(number) == text


@given(st.integers(0, 10**9 - 1))
def test_every_price_survives_a_sheet(kopecks: int) -> None:
    text = f"{kopecks // 100}.{kopecks % 100:02}"
    assert cell_text(float(text)) == (text.rstrip("0").rstrip(".") or "0")


def test_cells_of_a_workbook() -> None:
    formula = Raw('<c r="{at}"><f>A1*2</f><v>91</v></c>')
    wrong = Raw('<c r="{at}" t="e"><f>1/0</f><v>#VALUE!</v></c>')
    body = xlsx([HEADER, (1, "Вода", formula, 4600000000015), (2, " Сыр ", wrong, "0460000000003"), (3, "Х", True)])
    assert cells_of(body)[1:] == [
        ["1", "Вода", "91", "4600000000015"],
        ["2", " Сыр ", "#VALUE!", "0460000000003"],
        ["3", "Х", "да"],
    ]


def test_a_table_that_begins_somewhere_in_the_sheet_keeps_its_row_numbers() -> None:
    rows = rows_of(xlsx([(), (), (None, *HEADER), (), (None, 1, "Вода", 5), (None, " ", None, None)]))
    assert [(row.line, row.cells) for row in rows] == [(3, ["", *HEADER]), (5, ["", "1", "Вода", "5"])]
    assert rows[1].text == ";1;Вода;5"


def test_notes_to_the_right_of_the_headers_are_cut_off() -> None:
    goods, reader = goods_of(xlsx([HEADER, (1, "Вода", 5, None, None, "проверить!"), (2, "Сыр", 7)]))
    assert [(row.code, row.price) for row in goods] == [(1, 500), (2, 700)]
    assert reader.failed == 0


def test_titles_in_merged_cells_are_no_goods_but_lone_names_are() -> None:
    body = xlsx([HEADER, ("Напитки",), (1, "Вода", 5), (None, "Без цены")], merged="A2:D2")
    assert [row.line for row in rows_of(body)] == [1, 3, 4]


def test_a_cell_that_others_are_merged_into_counts_once() -> None:
    body = xlsx([HEADER, (1, "Вода", 5), (2, "Вода с газом", None)], merged="C2:C3")
    assert cells_of(body)[1:] == [["1", "Вода", "5"], ["2", "Вода с газом"]]


def test_a_sheet_is_never_wider_than_a_table_may_be() -> None:
    wide = [f"К{number}" for number in range(COLUMNS_MAX + 50)]
    assert [len(cells) for cells in cells_of(xlsx([wide, wide]))] == [COLUMNS_MAX, COLUMNS_MAX]


def test_a_row_too_long_is_named_and_the_next_ones_are_read() -> None:
    goods, reader = goods_of(xlsx([HEADER, (1, "Я" * 70_000, 5), (2, "Сыр", 7)]))
    assert codes_of(reader) == [(2, None, "line_too_long")]
    assert [row.code for row in goods] == [2]


def test_digits_that_a_sheet_lost_are_named() -> None:
    goods, reader = goods_of(xlsx([HEADER, (1, "Вода", 5, 123456789012345678.0), (2, "Сыр", 7, 46000002)]))
    assert codes_of(reader) == [(2, "barcode", "barcode_scientific")]
    assert [row.barcodes for row in goods] == ["46000002"]


# ---- other formats


def test_an_old_workbook() -> None:
    goods, reader = goods_of((DATA / "price_list.xls").read_bytes())
    assert [(row.line, row.code, row.name, row.price, row.barcodes, row.tax_code) for row in goods] == [
        (5, 1, "Вода питьевая 1,5 л", 4550, "4600000000015", 11),
        (6, 2, "Сыр весовой", 89900, "0460000000003", 11),
        (7, 3, "Ошибка", None, "46000002", None),
    ]
    assert reader.failed == 0


def test_an_open_document() -> None:
    def cell(text: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    def number(value: str) -> str:
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>?</text:p></table:table-cell>'
        )

    empty = '<table:table-cell table:number-columns-repeated="16000"/>'
    body = ods(
        f"<table:table-row>{''.join(map(cell, HEADER))}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="3">{empty}</table:table-row>'
        f"<table:table-row>{number('1')}{cell('Вода')}{number('45.5')}{number('4600000000015')}{empty}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048000">{empty}</table:table-row>'
    )
    goods, reader = goods_of(body)
    assert [(row.line, row.code, row.price, row.barcodes) for row in goods] == [(5, 1, 4550, "4600000000015")]
    assert reader.failed == 0


# ---- which sheet


COVER: list[tuple[Cell, ...]] = [("ООО «Ромашка»",), ("Прайс-лист",), ("Телефон", "Адрес")]
GOODS: list[tuple[Cell, ...]] = [HEADER, (1, "Вода", 5, None)]
FULLER: list[tuple[Cell, ...]] = [(*HEADER, "НДС", "Артикул"), (9, "Сыр", 7, None, "22%", "a")]


def test_the_sheet_with_the_goods_is_found_behind_others() -> None:
    assert rows_of(xlsx(COVER, GOODS))[1].cells == ["1", "Вода", "5"]
    assert rows_of(xlsx(GOODS, FULLER))[1].cells[0] == "9"
    assert rows_of(xlsx(GOODS, [HEADER, (2, "Сыр", 1)]))[1].cells[0] == "1"  # the first of equals
    assert rows_of(xlsx([], GOODS))[1].cells[0] == "1"


def test_a_hidden_sheet_is_read_only_if_there_is_no_other_or_if_it_is_named() -> None:
    assert rows_of(xlsx(GOODS, FULLER, hidden=(2,)))[1].cells[0] == "1"
    assert rows_of(xlsx(FULLER, hidden=(1,)))[1].cells[0] == "9"
    assert rows_of(xlsx(GOODS, FULLER, hidden=(2,)), "Лист2")[1].cells[0] == "9"


def test_a_sheet_that_is_not_there_is_refused() -> None:
    with pytest.raises(FileRefused):
        rows_of(xlsx(GOODS), "Лист9")


def test_an_empty_workbook_is_refused() -> None:
    assert refusal_of(xlsx([], [(None, " ")])) == "empty_file"


def test_an_abandoned_file_leaves_no_process() -> None:
    def children() -> str:
        return "".join(task.read_text() for task in Path("/proc/self/task").glob("*/children"))

    before = children()
    rows = sheet_rows(parts_of(xlsx([HEADER, *((n, f"Товар {n}", n) for n in range(1, 5000))])))
    next(rows)
    assert children() != before
    del rows
    assert children() == before


def test_more_rows_than_an_import_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_ROWS_MAX", 10)
    assert refusal_of(xlsx([HEADER, *((n, f"Товар {n}", n) for n in range(1, 12))])) == "too_many_rows"


# ---- files that mean harm


def test_a_password_is_told_as_a_sheet_that_cannot_be_opened() -> None:
    assert refusal_of((DATA / "with_password.xlsx").read_bytes()) == "sheet_broken"


def test_a_cell_in_the_last_row_and_column_takes_no_memory_of_ours() -> None:
    far = Raw('<c r="XFD1048576"><v>1</v></c>')
    assert refusal_of(xlsx([HEADER, (1, far)])) == "unpacks_too_large"


def test_an_old_workbook_that_claims_to_be_huge() -> None:
    body = bytearray((DATA / "price_list.xls").read_bytes())
    at = body.index(b"\x00\x02\x0e\x00")  # the record of a sheet's dimensions
    struct.pack_into("<II", body, at + 4, 0, 0x7FFFFFF)
    assert refusal_of(bytes(body)) == "unpacks_too_large"


def test_what_swells_is_refused_before_it_is_opened() -> None:
    part = b" " * 1_000_000
    assert refusal_of(zipped({"[Content_Types].xml": part * 2})) == "unpacks_too_large"  # 1 : 1000
    stored = zipped({"[Content_Types].xml": b"", "xl/a.xml": b"x"})
    lying = stored.replace(struct.pack("<II", 1, 1)[4:] + struct.pack("<H", 8), b"\xff\xff\xff\x7f" + b"\x08\x00")
    assert lying != stored
    assert refusal_of(lying) in ("unpacks_too_large", "sheet_broken")


def test_too_many_members() -> None:
    assert refusal_of(zipped({f"xl/{number}": "" for number in range(sheets.MEMBERS_MAX + 1)})) == "sheet_broken"


def test_other_archives_and_damaged_ones() -> None:
    body = xlsx(GOODS)
    assert refusal_of(body[:-100]) == "sheet_broken"
    assert refusal_of(body[:200]) == "sheet_broken"
    assert refusal_of(zipped({"[Content_Types].xml": "", "xl/workbook.xml": "<x>"})) == "sheet_broken"
    assert refusal_of(zipped({"[Content_Types].xml": "a"}, zipfile.ZIP_BZIP2)) == "sheet_broken"
    assert refusal_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)) == "sheet_broken"


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([xlsx(GOODS), ods(""), (DATA / "price_list.xls").read_bytes()]),
    st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=30),
    st.integers(0, 300),
)
def test_damaged_files_are_read_or_refused(body: bytes, hits: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(body[: len(body) - cut])
    for place, byte in hits:
        damaged[place % len(damaged)] = byte
    try:
        rows = rows_of(bytes(damaged))
    except FileRefused:
        return
    assert all(len(row.cells) <= COLUMNS_MAX for row in rows)

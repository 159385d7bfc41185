"""Whole files: what they are, how they are written, what their rows say."""

import itertools
import re
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.goods_block import GoodsBlock
from services.catalog.domain.goods_file import texts_of
from services.catalog.domain.goods_row import GoodsRow
from tests.unit.catalog.goods_files import codes_of, parts_of, read

RUSSIAN = "Код{d}Наименование{d}Цена{d}Штрихкод{d}НДС{d}Группа"
ENGLISH = "code{d}name{d}price{d}barcode{d}vat{d}group"
ROWS = "1{d}Молоко топлёное{d}{q}70,50{q}{d}0460000000002{d}22%{d}Молочное\n2{d}Сыр{d}1 234.5{d}{d}10{d}"


@pytest.mark.parametrize(
    ("encoding", "delimiter", "header"),
    list(itertools.product(("utf-8", "utf-8-sig", "windows-1251", "cp866"), (";", ",", "\t"), (RUSSIAN, ENGLISH))),
)
def test_every_usual_way_of_writing_a_table(encoding: str, delimiter: str, header: str) -> None:
    quote = '"' if delimiter == "," else ""
    text = f"{header}\n{ROWS}\n".format(d=delimiter, q=quote).replace("\n", "\r\n")
    rows, goods, file = read(text.encode(encoding))
    assert file.encoding == encoding.removesuffix("-sig")
    assert file.delimiter == delimiter
    assert [(row.line, row.code, row.name, row.price, row.barcodes, row.tax_code, row.groups) for row in rows] == [
        (2, 1, "Молоко топлёное", 7050, "0460000000002", 11, "Молочное"),
        (3, 2, "Сыр", 123450, "", 2, ""),
    ]
    assert goods.problems == []


def test_utf_16_of_spreadsheets() -> None:
    rows, _, file = read("Код\tНаименование\n1\tСыр\n".encode("utf-16"))
    assert (file.encoding, file.delimiter, rows[0].name) == ("utf-16", "\t", "Сыр")


def test_every_bad_row_is_named() -> None:
    rows, goods, _ = read(
        "Код;Наименование;Цена;Штрихкод;НДС\n"
        f"1;{'я' * 300};10;;\n"
        "2;;10;;\n"
        "3;Сыр;-5;;18%\n"
        "4;Чай;дорого;4,6E+12;\n"
        "1;Кофе;5;;\n"
        "5;Мука;5;4600000000015;\n"
        "6;Рис;5;04600000000015;\n"
        "1;Соль;6;;\n"
        "7;Сок;7,123;;99\n"
        "8;Вода;1;2;3;4;5\n"
        "9;Хлеб;99999999999;;\n"
        "x;Пирог;1;;\n".encode()
    )
    assert codes_of(goods) == [
        (2, "name", "name_too_long"),
        (3, "name", "name_required"),
        (4, "price", "price_negative"),
        (4, "tax", "tax_18"),
        (5, "price", "price_not_a_number"),
        (5, "barcode", "barcode_scientific"),
        (8, "barcode", "barcode_duplicate"),
        (9, "code", "code_duplicate"),
        (10, "price", "price_decimals"),
        (10, "tax", "tax_unknown"),
        (11, None, "too_many_cells"),
        (12, "price", "price_too_large"),
        (13, "code", "code_not_a_number"),
    ]
    assert [row.code for row in rows] == [1, 5]
    assert goods.problems[6].params == {"value": "04600000000015", "first_line": 7}
    assert goods.problems[7].params == {"value": 1, "first_line": 6}
    assert (goods.rows, goods.failed, goods.legacy_tax_rows) == (12, 10, 1)
    assert all(problem.text and len(problem.text) <= 200 for problem in goods.problems)


def test_doubtful_rows_go_in() -> None:
    rows, goods, _ = read(
        "Код;Наименование;Цена;Штрихкод;НДС;Ед. изм.;Маркировка;Тип\n"
        "1;Сыр;0;4600000000016;20%;бухта;;\n2;Чай;1;AB12;;;да;1\n3;Икра;;2000000000015;;;;\n".encode()
    )
    assert codes_of(goods) == [
        (2, "barcode", "barcode_check_digit"),
        (2, "price", "price_free"),
        (2, "tax", "tax_20"),
        (2, "measure", "measure_unknown"),
        (3, "barcode", "barcode_not_numeric"),
        (3, "type", "marked_type"),
        (4, "barcode", "barcode_internal"),
    ]
    assert {problem.severity for problem in goods.problems} == {"warning"}
    assert (rows[0].price, rows[0].tax_code, rows[0].measure_unit) == (0, 1, 255)
    assert (rows[1].type_code, rows[1].marked) == (33, True)
    assert (rows[2].price, rows[2].price_given) == (None, True)
    assert (goods.failed, goods.warnings, goods.legacy_tax_rows) == (0, 7, 1)


def test_what_the_file_does_not_say_stays_unsaid() -> None:
    rows, _, _ = read("Код;Цена\n1;5\n".encode())
    row = rows[0]
    assert (row.name, row.short_name, row.barcodes, row.groups, row.article, row.tax_code) == (None,) * 6
    assert row.price_given and not row.tax_system_given


def test_rows_without_a_code() -> None:
    rows, goods, _ = read("Наименование;Цена;Штрихкод\nСыр;1;\nсыр;2;\nСыр;3;46000002\nСыр;4;46000019\n".encode())
    assert [row.line for row in rows] == [2, 4, 5]
    assert codes_of(goods)[0] == (3, "name", "item_duplicate")
    assert goods.codeless == 3


def test_the_dealers_sheet_has_its_row_numbers_as_codes() -> None:
    rows, goods, _ = read("Вода 1,5 л;4600000000015;1;69,00;1;33;6;1;1;0\nСыр;;0;450,50;2;1;2;0;;0\n".encode("cp1251"))
    assert [(row.code, row.name, row.price, row.section, row.tax_code, row.marked, row.tax_system) for row in rows] == [
        (1, "Вода 1,5 л", 6900, 1, 6, True, 1),
        (2, "Сыр", 45050, 2, 2, False, None),
    ]
    assert goods.failed == 0


def _zip(*names: str) -> bytes:
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "0" * 1_000_000)
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty_file"),
        (_zip("[Content_Types].xml", "xl/workbook.xml"), "sheet_broken"),
        (_zip("a.txt", "b.txt"), "zip_several_files"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sheet_broken"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "looks_like_xml"),
        ("<КоммерческаяИнформация>".encode(), "xml_broken"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "looks_like_html"),
        (b"<table><tr>", "looks_like_html"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>',
            "looks_like_excel_xml",
        ),
        (b"%PDF-1.7\n", "looks_like_pdf"),
        (b"\x89PNG\r\n\x1a\n", "looks_like_image"),
        (b"\xff\xd8\xff\xe0", "looks_like_image"),
        (b"{\\rtf1\\ansi", "looks_like_rtf"),
        (b"\x1f\x8b\x08", "looks_like_gzip"),
        (bytes(range(256)) * 4, "looks_like_binary"),
        (b'{"goods_list": 5}', "not_mercury_json"),
        (b'{"base": [{"code": 1, "name": "x"', "json_broken"),
        (b'{"base": [{"code": 1}{"code": 2}]}', "json_broken"),
        (b'{"base": [' + b"[" * 30_000, "json_too_deep"),
        (b'{"base": [{"code": 1, "name": "' + b"x" * 70_000 + b'"}]}', "json_record_too_long"),
    ],
)
def test_what_is_no_goods_file(body: bytes, failure: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(body)
    assert refused.value.failure == failure


def test_a_table_nobody_can_make_sense_of_is_not_usable() -> None:
    _, _, file = read(b"1;2\n3;4\n")
    assert file.layout is not None and not file.layout.is_usable
    _, _, file = read("альфа;бета\nодин;два\n".encode(), columns={"0": "article"})
    assert file.layout is not None and not file.layout.is_usable


def test_texts_are_found_again() -> None:
    body = "Код;Наименование\n1;Сыр\n2;Чай\n".encode("cp866")
    _, _, file = read(body)
    assert texts_of(file, parts_of(body), {3}) == {3: "2;Чай"}
    body = b'{"base":[{"code":1,"name":"a"},{"code":2,"name":"b"}]}'
    _, _, file = read(body)
    assert texts_of(file, parts_of(body), {2}) == {2: '{"code":2,"name":"b"}'}


def _through_copy(line: str) -> list[str | None]:
    signs = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    return [
        None if field == "\\N" else re.sub(r"\\(.)", lambda match: signs[match[1]], field) for field in line.split("\t")
    ]


TEXTS = st.text(max_size=30) | st.sampled_from(["\\N", "\\", "a\tb", "a\nb", "a\r", ""])


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS, st.none() | st.integers(0, 10**9)), min_size=1, max_size=5))
def test_staged_lines_come_out_as_they_went_in(said: list[tuple[str, str | None, int | None]]) -> None:
    rows = [
        GoodsRow(
            line, None, name, name, False, price, True, None, None, None, article, 6, None, None, None, None, True,
            None, False, None, None,
        )
        for line, (name, article, price) in enumerate(said, 1)
    ]  # fmt: skip
    block = GoodsBlock.of(rows)
    text = block.copy_text(GoodsRow._fields)
    assert text.endswith("\n")
    lines = [_through_copy(line) for line in text[:-1].split("\n")]
    assert [len(line) for line in lines] == [len(GoodsRow._fields)] * len(rows)
    assert [(line[2], line[10]) for line in lines] == [(name, article) for name, article, _ in said]
    assert [line[5] for line in lines] == [None if price is None else str(price) for _, _, price in said]
    some = block.copy_text(("line", "article"))
    assert [_through_copy(line) for line in some[:-1].split("\n")] == [[line[0], line[10]] for line in lines]


def test_columns_that_no_row_says_are_not_staged() -> None:
    rows, _, _ = read("Код;Наименование\n1;Чай\n2;Сыр\n".encode())
    block = GoodsBlock.of(rows)
    assert block.columns.keys() == {"line", "code", "name", "short_name"}
    assert list(block.rows()) == rows
    more = rows[1]._replace(foreign_id="a", blocked=False)
    said = GoodsBlock.of([rows[0], more]).columns.keys()
    assert said == {"line", "code", "name", "short_name", "foreign_id", "blocked"}
    assert block.copy_text(("line", "code", "name", "price_given")) == "2\t1\tЧай\tFalse\n3\t2\tСыр\tFalse\n"


LINE = st.lists(
    st.text(max_size=20) | st.sampled_from(["1", "Сыр", "10,5", "4600000000015", '"', "22%", ""]), max_size=7
)


@settings(max_examples=150)
@given(st.lists(LINE, max_size=12), st.sampled_from([";", ",", "\t"]), st.booleans())
def test_garbage_below_a_header_gives_problems_and_never_faults(
    lines: list[list[str]], delimiter: str, headed: bool
) -> None:
    header = "Код;Наименование;Цена;Штрихкод;НДС;Группа;Ед. изм.".replace(";", delimiter) + "\n" if headed else ""
    body = (header + "\n".join(delimiter.join(line) for line in lines)).encode("utf-8", "replace")
    try:
        rows, goods, _ = read(body)
    except FileRefused:
        return
    assert goods.rows == len(rows) + goods.failed
    for row in rows:
        GoodsBlock.of([row]).copy_text(GoodsRow._fields).encode()
        assert row.name is None or 1 <= len(row.name) <= 128


@settings(max_examples=100)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        rows, _, _ = read(body)
    except FileRefused:
        return
    for row in rows:
        GoodsBlock.of([row]).copy_text(GoodsRow._fields).encode()

"""Cutting text files into rows."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.csv_reader import LINE_MAX, TableRow, read_lines, read_rows, recognise_delimiter
from services.contracts.import_codes import RowCode


def rows_of(text: str, delimiter: str = ";", part: int = 7) -> list[TableRow]:
    body = text.encode()
    parts = (body[start : start + part] for start in range(0, len(body), part))
    return list(read_rows(read_lines(parts, "utf-8"), delimiter))


def test_quotes_and_line_breaks() -> None:
    rows = rows_of('a;b\n1;"две\nстроки"\n\n2;"Хлеб ""Бородинский"""\r\n3;Монитор 19" LG\r4;"x;y"')
    assert [(row.line, row.cells) for row in rows] == [
        (1, ["a", "b"]),
        (2, ["1", "две\nстроки"]),
        (5, ["2", 'Хлеб "Бородинский"']),
        (6, ["3", 'Монитор 19" LG']),
        (7, ["4", "x;y"]),
    ]


def test_a_forgotten_quote_costs_its_own_line_only() -> None:
    rows = rows_of('1;"Чай;50\n2;Кофе;60\n3;"Сок" яблочный;7\n4;Мука;8')
    assert [(row.line, row.error) for row in rows] == [(1, RowCode.UNCLOSED_QUOTE), (2, None), (3, None), (4, None)]
    assert rows[2].cells == ["3", "Сок яблочный", "7"]


def test_many_forgotten_quotes() -> None:
    rows = rows_of('1;"x\n' + "2;y\n" * 200 + '3;"z\n' + "4;w\n" * 60)
    assert [row.line for row in rows if row.error] == [1, 202]
    assert len(rows) == 262


def test_a_line_without_end_is_bounded() -> None:
    body = b"1;" + b"x" * (10 * LINE_MAX) + b"\n2;ok\n"
    parts = [body[start : start + 100_000] for start in range(0, len(body), 100_000)]
    lines = list(read_lines(parts, "utf-8"))
    assert len(lines[0]) <= 100_000 + LINE_MAX
    rows = list(read_rows(lines, ";"))
    assert rows[0].error is RowCode.LINE_TOO_LONG
    assert rows[1].cells == ["2", "ok"]


def test_byte_order_marks_and_bad_bytes() -> None:
    assert list(read_lines(["Код".encode("utf-8-sig")], "utf-8")) == ["Код"]
    assert list(read_lines(["Код;Цена".encode("utf-16")], "utf-16")) == ["Код;Цена"]
    assert list(read_lines([b"\x98\xcc"], "windows-1251")) == ["\ufffdМ"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    lines = [delimiter.join(cells) for cells in (["Код", "Имя", "Цена"], ["1", "Сыр", "10.50"], ["2", "Чай", "5"])]
    assert recognise_delimiter(lines) == delimiter


def test_a_decimal_comma_is_no_delimiter() -> None:
    assert recognise_delimiter(["Имя;Цена", "Сыр;10,50", "Чай;5,00"]) == ";"
    assert recognise_delimiter(["Имя,Цена", 'Сыр,"10,50"', 'Чай,"5,00"']) == ","
    assert recognise_delimiter(["одна колонка"]) == ";"


CELLS = st.text(alphabet=st.sampled_from('ab;," \n1Ж'), max_size=8).map(str.strip)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=8), st.sampled_from([";", ",", "\t"]))
def test_what_a_proper_writer_writes_is_read(table: list[list[str]], delimiter: str) -> None:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\r\n").writerows(table)
    read = [[cell.strip() for cell in row.cells] for row in rows_of(target.getvalue(), delimiter)]
    assert read == [row for row in table if any(row)]


@given(st.text(max_size=300), st.sampled_from([";", ",", "\t"]))
def test_any_text_gives_rows(text: str, delimiter: str) -> None:
    body = text.encode("utf-8", "replace")
    for row in read_rows(read_lines([body], "utf-8"), delimiter):
        assert row.line >= 1

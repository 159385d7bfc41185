"""Both ways of reading a table's rows, by columns and row by row, come to the same."""

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.catalog.domain.barcodes import check_digits_ok
from services.catalog.domain.columns import TableLayout, recognise_table
from services.catalog.domain.csv_reader import TableRow, read_rows
from services.catalog.domain.formats.sheet_child import SheetRow, packed
from services.catalog.domain.goods_block import BLOCK_ROWS
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.names import short_name_of, short_names_of
from services.catalog.domain.table_blocks import TableBlocks
from services.catalog.domain.table_columns import RowBlock, TableColumns, rows_in
from services.catalog.domain.table_rows import TableRowReader
from services.contracts.barcodes import check_digit_ok

# Header → cells that people write under it, plain ones and such of which something has to be told.
COLUMNS: dict[str, list[str]] = {
    "Код": ["1", "2", "77", "0", "007", "", "99999999999", "x", "12.0", " 5 ", "-3", '="15"', "2147483648"],
    "Код 1С": ["00-00000123", "ЦБ-7", "", "А" * 201, "00-00000124"],
    "Наименование": ["Сыр", "Чай «Лето»", "", " Хлеб  ржаной", "я" * 129, "я" * 57, "Café ½", "О'Кей", "=1+1",
                     "a\x07b", "#Н/Д", " #REF! ", "#1 сорт"],
    "Краткое наименование": ["", "Сыр", "Ж" * 57, "Œuf"],
    "Цена": ["10", "10,5", "1 234,56", "0", "", "-1", "дорого", "99999999999", "7,123", "45.50", "12 ₽", "#N/A",
             "'#N/A"],
    "Артикул": ["", "А-1", "A  2", "z" * 65],
    "НДС": ["#ИМЯ?", "22%", "20%", "18%", "без НДС", "", "9%"],
    "Признак предмета расчета": ["1", "2", "33", "", "99", "товар"],
    "Ед. изм.": ["шт", "кг", "796", "ящик", "", "иное"],
    "Отдел": ["1", "16", "17", "", "0"],
    "Маркировка": ["да", "нет", "", "1", "может быть"],
    "Штрихкод": ["4600000000015", "4600000000022", "04600000000015", "2000000000015", "", "0", "46000002",
                 "4600000000016", "4,6E+12", "АБВ-1", "4600000000015 46000002", "#N/A", "000000000000", "12345678901"],
    "Группа": ["Молочное", "Сыры/Твёрдые; Акции", "", "г" * 101, "#ССЫЛКА!"],
    "Заблокирован": ["", "да", "нет", "?"],
    "Страна": ["", "643", "56", "Россия"],
    "Примечание": ["", "свежий", "п" * 1001],
}  # fmt: skip


def in_both_ways(
    layout: TableLayout, rows: list[TableRow], size: int = BLOCK_ROWS
) -> tuple[list[GoodsRow], GoodsReader]:
    """What both ways say, which must be one."""
    slow, fast = GoodsReader(), GoodsReader()
    one_by_one = TableRowReader(layout, slow)
    taken = [one_by_one.read(row._replace(cells=list(row.cells))) for row in rows]
    some = ([row._replace(cells=list(row.cells)) for row in rows[at : at + size]] for at in range(0, len(rows), size))
    got = [row for block in TableBlocks(layout, fast).read(some) for row in block.rows()]
    assert got == [row for row in taken if row is not None]
    assert _all_of(fast) == _all_of(slow)
    return got, fast


def _all_of(goods: GoodsReader) -> dict[str, Any]:
    return vars(goods)


def table(text: str) -> tuple[TableLayout, list[TableRow]]:
    """A table as a file would give it."""
    rows = list(read_rows(text.split("\n"), ";"))
    layout = recognise_table(rows[:40], ";")
    return layout, [row for row in rows if row.line > layout.header_line]


@st.composite
def tables(draw: st.DrawFn) -> str:
    headers = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=7, unique=True))
    row = st.tuples(*(st.sampled_from(COLUMNS[header]) for header in headers))
    cut = st.integers(-1, 1)
    lines = [";".join(headers)]
    for cells, more in draw(st.lists(st.tuples(row, cut), min_size=1, max_size=12)):
        lines.append(";".join(cells[:more] if more < 0 else [*cells, *["лишнее"] * (more * draw(st.booleans()))]))
    return "\n".join(lines)


@settings(max_examples=600)
@given(tables())
@example("Код;Наименование;Цена\n1;Сыр;10\n1;Чай;5\n2;Сыр;0")
@example("Наименование;Цена\nСыр;10\nСыр;11\nЧай;1")
@example("Штрихкод;Цена;Наименование\n4600000000015;10;Сыр\n04600000000015;10;Сыр")
def test_rows_problems_and_counts_are_the_same(text: str) -> None:
    in_both_ways(*table(text))
    in_both_ways(*table(text), size=3)


@settings(max_examples=200)
@given(tables())
@example("Код;Наименование\n1;Сыр\n2;;\n3")
def test_rows_of_a_spreadsheet_come_by_columns_and_are_the_same(text: str) -> None:
    layout, rows = table(text)
    sent = packed([SheetRow(row.line, row.cells) for row in rows])
    come = msgspec.json.decode(msgspec.json.encode(sent), type=RowBlock)
    assert isinstance(come, TableColumns) and len(come) == len(rows)
    by_rows, by_columns = GoodsReader(), GoodsReader()
    reader = TableRowReader(layout, by_rows)
    wanted = [reader.read(row) for row in rows_in(come)]
    got = [row for block in TableBlocks(layout, by_columns).read([come]) for row in block.rows()]
    assert got == [row for row in wanted if row is not None]
    assert _all_of(by_columns) == _all_of(by_rows)


def test_a_cell_of_several_lines_and_a_row_too_long_keep_their_rows_whole() -> None:
    broken, long = SheetRow(3, ["1", "a\nb"]), SheetRow(4, [], error="line_too_long")
    for rows in ([broken, SheetRow(5, ["2"])], [SheetRow(2, ["1"]), long]):
        come = msgspec.json.decode(msgspec.json.encode(packed(rows)), type=RowBlock)
        assert come == rows_in(come) == [TableRow(row.line, row.cells, None, row.error) for row in rows]  # type: ignore[arg-type]


def test_more_rows_than_a_block_with_one_bad_row_in_each() -> None:
    lines = ["Код;Наименование;Цена;НДС"]
    for code in range(1, 3 * BLOCK_ROWS):
        lines.append(f"{code};Сыр {code};{'дорого' if code % BLOCK_ROWS == 7 else '10,50'};22%")
    rows, goods = in_both_ways(*table("\n".join(lines)))
    assert (goods.rows, goods.failed, len(rows)) == (3 * BLOCK_ROWS - 1, 3, 3 * BLOCK_ROWS - 4)


@pytest.mark.parametrize("fields", list(itertools.permutations(["Штрихкод", "Штрихкод", "Группа", "Подгруппа"])))
def test_columns_that_several_cells_make_are_read_row_by_row(fields: tuple[str, ...]) -> None:
    text = f"Код;Наименование;{';'.join(fields)}\n1;Сыр;46000002;4600000000015;Еда;Сыры\n2;Чай;;;;\n"
    in_both_ways(*table(text))


@given(st.lists(st.text("0123456789", min_size=14, max_size=14), min_size=1), st.sampled_from([8, 12, 13, 14]))
def test_check_digits_of_many_are_those_of_each(codes: list[str], length: int) -> None:
    codes = [code[:length] for code in codes]
    assert check_digits_ok(codes) == list(map(check_digit_ok, codes))


@given(st.lists(st.text(max_size=80)))
def test_short_names_of_many_are_those_of_each(names: list[str]) -> None:
    stripped = [name.strip() for name in names]
    assert list(short_names_of(stripped)) == list(map(short_name_of, stripped))

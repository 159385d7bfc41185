"""Cells of spreadsheets in which a formula failed."""

import pytest

from tests.unit.catalog.formats.sheet_files import HEADER, Cell, Raw, goods_of, ods, rows_of, xlsx
from tests.unit.catalog.goods_files import codes_of

FAILED = [Raw(f'<c r="{{at}}" t="e"><f>VLOOKUP(A2,Z:Z,1,0)</f><v>{text}</v></c>') for text in ("#N/A", "#DIV/0!")]


def test_a_formula_that_failed_is_named_and_takes_no_price_away() -> None:
    rows: list[tuple[Cell, ...]] = [
        HEADER,
        (1, "Вода", 45.5, None),
        (2, "Чай", FAILED[0], None),
        (3, FAILED[1], 5, None),
    ]
    goods, reader = goods_of(xlsx([("Прочее",), ("#N/A",)], rows))
    assert [row.code for row in goods] == [1]
    assert [(problem.line, problem.field, problem.code, problem.params) for problem in reader.problems] == [
        (3, "price", "cell_error", {"value": "#N/A"}),
        (4, "name", "cell_error", {"value": "#DIV/0!"}),
    ]


def test_errors_far_into_a_large_sheet_are_found_where_they_are() -> None:
    rows: list[tuple[Cell, ...]] = [HEADER, *((code, f"Вода {code}", 5.5, None) for code in range(1, 12_000))]
    rows[7_000:7_001] = [(7_000, "Чай", FAILED[0], None)]
    rows.append((12_000, "Сок", None, FAILED[1]))
    goods, reader = goods_of(xlsx(rows))
    assert len(goods) == len(rows) - 3
    assert codes_of(reader) == [(7_001, "price", "cell_error"), (12_001, "barcode", "cell_error")]


@pytest.mark.parametrize(
    "cell",
    ["<f>10*1.5</f><v></v>", "<f>10*1.5</f><v/>", "<f>10*1.5</f>", '<f t="shared" si="0"/>', "<f>A2&amp;B2</f><v />"],
)
def test_a_formula_that_nobody_reckoned_is_named_and_takes_no_price_away(cell: str) -> None:
    rows: list[tuple[Cell, ...]] = [
        HEADER,
        (1, "Вода", Raw('<c r="{at}" t="str"><f>""</f><v></v></c>'), None),
        (2, "Чай", Raw(f'<c r="{{at}}" s="1">{cell}</c>'), None),
        (3, "Сок", Raw('<c r="{at}"><f>10*1.5</f><v>15</v></c>'), None),
    ]
    goods, reader = goods_of(xlsx(rows))
    assert [(row.code, row.price) for row in goods] == [(1, None), (3, 1500)]
    assert codes_of(reader) == [(3, "price", "cell_error")]


def test_texts_that_only_look_like_marks_of_errors() -> None:
    [told] = rows_of(xlsx([("Вода", "#1", '<c r="A1" t="e"> t="e"', "#Н/Д к чаю")]))
    assert told.cells == ["Вода", "#1", '<c r="A1" t="e"> t="e"', "#Н/Д к чаю"]


def test_failed_formulas_of_an_open_document() -> None:
    calc = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"

    def cells(*texts: str) -> str:
        return "".join(
            f'<table:table-cell office:value-type="string"><text:p>{one}</text:p></table:table-cell>' for one in texts
        )

    failed = (
        f'<table:table-cell xmlns:calcext="{calc}" table:formula="of:=1/0" office:value-type="string"'
        ' office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    empty = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    body = ods(
        f"<table:table-row>{cells(*HEADER)}</table:table-row>{empty}"
        f"<table:table-row>{cells('1', 'Вода')}{failed}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{cells("2", "Сок", "5")}{failed}</table:table-row>'
    )
    goods, reader = goods_of(body)
    assert goods == []
    assert codes_of(reader) == [(5, "price", "cell_error"), (6, "barcode", "cell_error"), (7, "barcode", "cell_error")]

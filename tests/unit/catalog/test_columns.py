"""What the columns of a table hold."""

import pytest

from services.catalog.domain.column_words import plain_header, words_to_fields
from services.catalog.domain.columns import first_row, map_errors, recognise_table, with_map
from services.catalog.domain.csv_reader import TableRow, read_rows


def fields_of(text: str, delimiter: str = ";") -> list[str | None]:
    return [column.field for column in recognise_table(list(read_rows(text.split("\n"), delimiter)), delimiter).columns]


def test_every_known_header_means_one_thing() -> None:
    assert len(words_to_fields()) > 150


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Код;Наименование;Цена;Штрихкод", ["code", "name", "price", "barcode"]),
        ("code;name;price;barcode;vat", ["code", "name", "price", "barcode", "tax"]),
        ("ШК;Название;Цена, руб.;Ставка НДС", ["barcode", "name", "price", "tax"]),
        ("EAN;Товар;Цена продажи;Ед. изм.", ["barcode", "name", "price", "measure"]),
        ("Артикул;Наименование товара;Розничная цена (₽)", ["article", "name", "price"]),
        ("Код товара;Имя;Цена розничная, руб;Закупочная цена", ["code", "name", "price", None]),
        (
            "UUID;Тип;Группы;Код;Наименование;Внешний код;Артикул;Цена продажи;Признак предмета расчёта;НДС",
            ["foreign_id", None, "group", "code", "name", None, "article", "price", "type", "tax"],
        ),
        ("Тип;Наименование;ГТД;Вид маркировки", ["type", "name", "customs_declaration", "marking"]),
        ("Штрихкод EAN13;Штрихкод EAN8;Наименование", ["barcode", "barcode", "name"]),
        ("Признак предмета расчёта;Наименование;Код", ["type", "name", "code"]),
        ("КОД ; НАИМЕНОВАНИЕ ;\tЦЕНА", ["code", "name", "price"]),
        ("Код;Наименование;Цена;Цена со скидкой", ["code", "name", "price", None]),
        ("Код НДС;Наименование", ["tax_code", "name"]),
        (
            "Номенклатура.Код;Номенклатура;Номенклатура.Артикул;Номенклатура.Ставка НДС;Розн. цена",
            ["code", "name", "article", "tax", "price"],
        ),
    ],
)
def test_headers(header: str, fields: list[str | None]) -> None:
    assert fields_of(header + "\n" + ";".join("1" for _ in fields)) == fields


def test_a_title_above_the_header() -> None:
    rows = list(read_rows(["ООО «Ромашка»", "Прайс-лист на 01.02.2026;;", "", "Код;Наименование;Цена", "1;Сыр;5"], ";"))
    layout = recognise_table(rows, ";")
    assert layout.header_line == 4
    assert [column.field for column in layout.columns] == ["code", "name", "price"]
    assert layout.columns[1].samples == ("Сыр",)


def test_department_is_a_section_or_a_group() -> None:
    assert fields_of("Код;Наименование;Отдел\n1;Сыр;2\n2;Чай;16") == ["code", "name", "section"]
    assert fields_of("Код;Наименование;Отдел\n1;Сыр;Молочный") == ["code", "name", "group"]


def test_guesses_without_a_header() -> None:
    table = "\n".join(f"{n};Товар номер {n};46000000{n:05d};{n * 10},50" for n in range(1, 30))
    assert fields_of(table) == ["code", "name", "barcode", "price"]
    assert fields_of("\n".join(f"{n};Сыр {n};{n * 7}" for n in range(1, 9))) == ["code", "name", "price"]
    assert fields_of("\n".join(f"Сыр {n};{n * 7}.00" for n in range(1, 9))) == ["name", "price"]
    assert fields_of("\n".join(f"Сыр номер {n}" for n in range(1, 9))) == [None]
    assert fields_of("1;2;3") == [None, None, None]


def test_the_dealers_sheet() -> None:
    rows = list(read_rows(["Вода 1,5 л;4600000000015;1;69,00;1;33;6;1;1;0", "Сыр;;0;450,50;2;1;2;0;;0"], ";"))
    layout = recognise_table(rows, ";")
    assert layout.row_is_code
    assert [column.field for column in layout.columns] == [
        "name", "barcode", "marked", "price", "section", "type", "tax_code", "undivided", "tax_system", None,
    ]  # fmt: skip


def test_a_persons_map() -> None:
    rows = list(read_rows(["альфа;бета;гамма", "1;Сыр;5"], ";"))
    layout = recognise_table(rows, ";")
    mapped = with_map(layout, {"0": "code", "1": "name", "2": "price"}, first_row(rows, layout))
    assert mapped.header_line == 1
    assert [column.field for column in mapped.columns] == ["code", "name", "price"]
    bare = list(read_rows(["1;Сыр;5"], ";"))
    assert with_map(recognise_table(bare, ";"), {"0": "code", "1": "name"}, bare[0]).header_line == 0
    assert map_errors({"0": "code", "1": "code"}) == ["1"]
    assert map_errors({"0": "barcode", "1": "barcode", "x": "name", "3": "цвет", "4": "-"}) == ["x", "3"]


def test_headers_are_compared_plainly() -> None:
    assert plain_header(" Цена, руб.") == plain_header("ЦЕНА (₽)") == "цена"
    assert plain_header("Учёт") == "учет"


def test_codes_of_another_program_are_no_codes_of_registers() -> None:
    rows = [TableRow(1, ["Код", "Наименование"], "")]
    rows += [TableRow(line, [f"НФ-0000{line}", "Сыр"], "") for line in range(2, 9)]
    assert recognise_table([*rows, TableRow(9, ["12", "Чай"], "")], ";").columns[0].field == "foreign_id"
    mostly = [TableRow(line, [str(line), "Сыр"], "") for line in range(10, 20)]
    assert recognise_table([*rows, *mostly], ";").columns[0].field == "code"

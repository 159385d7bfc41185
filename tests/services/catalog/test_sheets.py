"""Spreadsheets in the base: read as tables are, whatever program saved them."""

from services.contracts.imports import ImportState
from tests.services.catalog.catalog_house import CatalogHouse
from tests.unit.catalog.formats.sheet_files import xlsx

HEAD = ("Код", "Наименование", "Цена", "Штрихкод")
GOODS = xlsx(
    [
        ("Прайс-лист магазина", None, None, None),
        HEAD,
        (1, "Сыр «Российский»", 1234.5, 4600000000015),
        (2, "Чай", "без цены", None),
        (3, "Кофе", 0.1 + 0.2, "0046000"),
    ]
)


def test_a_workbook_goes_in_and_twice_changes_nothing(catalog: CatalogHouse) -> None:
    told = catalog.bring(GOODS)
    assert (told.state, told.format, told.encoding) == (ImportState.APPLIED, "xlsx", None)
    assert (told.created, told.failed) == (2, 1)
    assert [(item.code, item.price, item.barcodes) for item in catalog.all_items()] == [
        (1, 123450, ("4600000000015",)),
        (3, 30, ("0046000",)),
    ]
    assert [(problem.line, problem.field) for problem in catalog.problems(told.id) if problem.severity == "error"] == [
        (4, "price")
    ]
    assert catalog.bring(GOODS).revision is None


def test_columns_of_a_workbook_can_be_set_right_and_are_remembered(catalog: CatalogHouse) -> None:
    body = xlsx([("Раз", "Два", "Три"), *((number, f"Товар {number}", number * 10) for number in range(1, 9))])
    told = catalog.bring(body, columns={"0": "code", "1": "name", "2": "price"}, save_columns=True)
    assert (told.created, told.failed) == (8, 0)
    again = catalog.bring(xlsx([("Раз", "Два", "Три"), (1, "Товар 1", 99)]))
    assert (again.changed, again.unchanged) == (1, 0)


def test_an_id_of_another_program_finds_its_item_in_any_kind_of_table(catalog: CatalogHouse) -> None:
    catalog.bring(xlsx([("Код", "Наименование", "Цена"), *((f"НФ-00{n}", f"Товар {n}", n) for n in range(1, 9))]))
    told = catalog.bring("Код;Наименование;Цена\nНФ-003;Переименован;5\n".encode())
    assert (told.state, told.created, told.changed) == (ImportState.APPLIED, 0, 1)
    assert {item.code: item.name for item in catalog.all_items()}[3] == "Переименован"


def test_a_workbook_that_cannot_be_opened_changes_nothing(catalog: CatalogHouse) -> None:
    told = catalog.bring(GOODS[:-300])
    assert (told.state, told.reason, catalog.all_items()) == (ImportState.FAILED, "sheet_broken", [])

"""Files of other programs in the base: items keep their codes, changes stay changes, and nothing leaves by accident."""

from pathlib import Path

import pytest

from services.contracts.imports import ImportState
from tests.services.catalog.catalog_house import CatalogHouse

DATA = Path(__file__).parents[2] / "data" / "commerceml"
CATALOG = (DATA / "dobromyslov__data_import0_1.xml").read_bytes()
OFFERS = (DATA / "dobromyslov__data_offers0_1.xml").read_bytes()


def codes(catalog: CatalogHouse) -> dict[int, str]:
    return {item.code: item.name for item in catalog.all_items()}


def exchange(*products: str, changes_only: bool = False) -> bytes:
    only = "true" if changes_only else "false"
    goods = "".join(f"<Товар><Ид>{product}</Ид><Наименование>{product}</Наименование></Товар>" for product in products)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><КоммерческаяИнформация ВерсияСхемы="2.07">'
        f'<Каталог СодержитТолькоИзменения="{only}"><Товары>{goods}</Товары></Каталог></КоммерческаяИнформация>'
    ).encode()


def test_goods_get_codes_and_keep_them(catalog: CatalogHouse) -> None:
    first = catalog.bring(CATALOG)
    assert (first.state, first.format, first.created, first.failed) == (ImportState.APPLIED, "commerceml", 35, 0)
    before = codes(catalog)
    again = catalog.bring(CATALOG)
    assert (again.created, again.changed, again.unchanged, again.revision) == (0, 0, 35, None)
    catalog.remove(min(before))
    back = catalog.bring(CATALOG)
    assert (back.created, back.unchanged) == (1, 34)
    assert codes(catalog) == before


def test_offers_set_the_prices_of_goods_that_came_before(catalog: CatalogHouse) -> None:
    catalog.bring(CATALOG)
    assert all(item.price is None for item in catalog.all_items())
    told = catalog.bring(OFFERS)
    assert told.state is ImportState.APPLIED and told.changed > 30 and told.failed == 0
    priced = [item for item in catalog.all_items() if item.price is not None]
    assert len(priced) == told.changed + told.created
    assert catalog.bring(OFFERS).revision is None


def test_a_code_given_to_foreign_goods_is_given_to_nothing_else(catalog: CatalogHouse) -> None:
    catalog.bring(exchange("сыр", "чай"))
    catalog.remove(1, 2)
    assert catalog.bring(exchange("кофе")).created == 1
    assert codes(catalog) == {3: "кофе"}
    catalog.bring(exchange("чай"))
    assert codes(catalog) == {2: "чай", 3: "кофе"}


def test_what_a_file_says_is_deleted_is_removed_and_may_come_back(catalog: CatalogHouse) -> None:
    catalog.bring(exchange("сыр", "чай"))
    gone = exchange("сыр", changes_only=True).replace("<Товар>".encode(), '<Товар Статус="Удален">'.encode())
    told = catalog.bring(gone)
    assert (told.removed, told.created, told.changed) == (1, 0, 0)
    assert codes(catalog) == {2: "чай"}
    assert catalog.bring(gone).revision is None
    catalog.bring(exchange("сыр"))
    assert codes(catalog) == {1: "сыр", 2: "чай"}


def test_only_a_whole_file_replaces_the_base(catalog: CatalogHouse) -> None:
    many = [f"т{n}" for n in range(20)]
    catalog.bring(exchange(*many))
    refused = catalog.bring(exchange("т0", changes_only=True), mode="replace", confirm_removals=True)
    assert (refused.state, refused.reason) == (ImportState.FAILED, "replace_needs_whole_file")
    bad = exchange(*many[:-1]).replace("<Наименование>т3</Наименование>".encode(), b"")
    refused = catalog.bring(bad, mode="replace")
    assert refused.reason == "replace_needs_good_rows" or refused.removed == 1  # an item that is there needs no name
    assert catalog.bring(exchange(*many), mode="replace").state is ImportState.APPLIED
    told = catalog.bring(exchange(*many[:18]), mode="replace")
    assert (told.state, told.removed) == (ImportState.APPLIED, 2)
    assert len(codes(catalog)) == 18


@pytest.mark.parametrize("dry_run", [False, True])
def test_more_than_a_tenth_leaves_only_when_confirmed(catalog: CatalogHouse, dry_run: bool) -> None:
    many = [f"т{n}" for n in range(20)]
    catalog.bring(exchange(*many))
    refused = catalog.bring(exchange(*many[:17]), mode="replace", dry_run=dry_run)
    if dry_run:
        assert (refused.state, refused.removed) == (ImportState.PREVIEWED, 3)
        assert [row.what for row in catalog.rows(refused.id, "removed")] == ["removed"] * 3
        refused = catalog.apply(refused.id)
    assert (refused.state, refused.reason) == (ImportState.FAILED, "too_many_removals")
    assert refused.reason_params == {"removed": 3, "items": 20} and len(codes(catalog)) == 20
    taken = catalog.bring(exchange(*many[:17]), mode="replace", dry_run=dry_run, confirm_removals=True)
    if dry_run:
        taken = catalog.apply(taken.id)
    assert (taken.state, taken.removed) == (ImportState.APPLIED, 3) and len(codes(catalog)) == 17


def test_a_strangers_goods_have_names_and_codes_of_their_own(catalog: CatalogHouse) -> None:
    catalog.bring(exchange("сыр"))
    charlie = catalog.as_stranger()
    charlie.bring(exchange("хлеб", "сыр"))
    assert codes(charlie) == {1: "хлеб", 2: "сыр"} and codes(catalog) == {1: "сыр"}


# Files of other cash programs: one item without a code of ours, one bad row, one good one.
ROWS = "A1;;Сок;;10;;;;;;;;;;;;1\r\n2;;Чай;;много;;;;;;;;;;;;1\r\n3;;Мёд;;5,5;;;;;;;;;;;;1\r\n"
OF_OTHERS = {
    "frontol": "##@@&&\r\n#\r\n$$$REPLACEQUANTITY\r\n" + ROWS,
    "shtrih": "##@@&&$$$RPL\r\n#\r\n" + ROWS,
    "pilot": "".join(
        f"OBJ=TMC,CMD=MOD,CODE={code},BC=,PRICE={price},DEPT=1,NAME={name},MEASURE=шт\r\n"
        for code, name, price in (("A1", "Сок", "10"), ("2", "Чай", "много"), ("3", "Мёд", "5.5"))
    ),
}


@pytest.mark.parametrize("format_name", OF_OTHERS)
def test_files_of_other_cash_programs_go_in_and_twice_change_nothing(catalog: CatalogHouse, format_name: str) -> None:
    body = OF_OTHERS[format_name].encode("cp866" if format_name == "pilot" else "cp1251")
    told = catalog.bring(body)
    assert (told.state, told.format, told.created, told.failed) == (ImportState.APPLIED, format_name, 2, 1)
    assert {item.name: item.price for item in catalog.all_items()} == {"Сок": 1000, "Мёд": 550}
    assert 3 in codes(catalog)
    assert catalog.bring(body).revision is None
    assert catalog.as_stranger().all_items() == []

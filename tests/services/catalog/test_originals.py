"""The file of an import is kept, can be had back, and for 1C with its mark; what it would do is told before."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from services.catalog.system_repository import ORIGINALS_KEPT, UPLOADS_KEPT, sweep
from services.catalog.use_cases import imports
from services.chassis import clock
from services.chassis.database import plain_url
from services.contracts.imports import FileGone, ImportState, ImportView
from services.contracts.refusals import Invalid, NotFound
from tests.services.catalog.catalog_house import CatalogHouse

ONE_C = Path(__file__).parents[2] / "data" / "one_c"
EXPORT = (ONE_C / "ExportData_3003_constructed.xml").read_bytes()
OLD = (ONE_C / "PriceList_1006_constructed.xml").read_bytes()
CSV = "Код;Наименование;Цена\n1;Сыр;100\n2;Чай;50\n".encode()


def original(catalog: CatalogHouse, view: ImportView, processed: bool = False) -> bytes:
    with catalog.session() as session:
        return b"".join(
            imports.read_original(catalog.actor.account, session, view.id, number, processed)
            for number in range(view.parts)
        )


def test_files_of_1c_go_in_and_twice_change_nothing(catalog: CatalogHouse) -> None:
    told = catalog.bring(EXPORT)
    assert (told.state, told.format, told.created, told.failed) == (ImportState.APPLIED, "one_c", 2, 0)
    assert [(item.code, item.name, item.price) for item in catalog.all_items()] == [
        (1001, "Вода питьевая 1,5 л", 6900),
        (1002, "Сыр весовой", 45050),
    ]
    assert catalog.bring(EXPORT).revision is None
    told = catalog.bring(OLD)
    assert (told.created, told.failed) == (5, 0) and len(catalog.all_items()) == 7
    assert catalog.bring(OLD).revision is None
    replaced = catalog.bring(EXPORT, mode="replace", confirm_removals=True)
    assert (replaced.removed, len(catalog.all_items())) == (5, 2)


def test_the_file_is_kept_and_marked_for_1c(catalog: CatalogHouse) -> None:
    told = catalog.get(catalog.bring(EXPORT).id)
    assert told.kept and original(catalog, told) == EXPORT
    marked = original(catalog, told, processed=True)
    assert b' Processed="' in marked and len(marked) == len(EXPORT) + len(' Processed="2026-11-26T09:05:07Z"')
    assert catalog.bring(marked).revision is None
    table = catalog.get(catalog.bring(CSV).id)
    assert original(catalog, table, processed=True) == CSV


def test_a_stranger_gets_no_file_and_nobody_a_part_that_is_not_there(catalog: CatalogHouse) -> None:
    told = catalog.bring(CSV)
    with pytest.raises(NotFound):
        original(catalog.as_stranger(), told)
    with catalog.session() as session, pytest.raises(Invalid):
        imports.read_original(catalog.actor.account, session, told.id, 1, False)


def test_files_of_the_base_are_kept_longer_than_others(catalog: CatalogHouse) -> None:
    applied, failed = catalog.bring(CSV), catalog.bring(b"%PDF-1.7 " + bytes(99))
    now = clock.now()
    for later, kept in (
        (UPLOADS_KEPT + timedelta(minutes=5), (True, False)),
        (ORIGINALS_KEPT + timedelta(minutes=5), (False, False)),
    ):
        with catalog.database.system() as session:
            sweep(session, now + later)
        assert (catalog.get(applied.id).kept, catalog.get(failed.id).kept) == kept
    with pytest.raises(FileGone):
        original(catalog, applied)


def test_prices_that_jump_are_counted_and_can_be_looked_at(catalog: CatalogHouse) -> None:
    catalog.bring("Код;Наименование;Цена\n1;а;100\n2;б;100\n3;в;100\n4;г;100\n5;д;\n6;е;0\n8;з;100\n9;и;100\n".encode())
    told = catalog.bring(
        "Код;Наименование;Цена\n1;а;150\n2;б;150,01\n3;в;49,99\n4;г;50\n5;д;900\n6;е;9\n7;ж;9\n8;з;0\n9;и;\n".encode(),
        dry_run=True,
    )
    assert (told.changed, told.jumps) == (8, 4)
    assert [row.item["code"] for row in catalog.rows(told.id, "jump")] == [2, 3, 8, 9]


def test_a_preview_that_removes_is_applied_once_that_is_confirmed(catalog: CatalogHouse) -> None:
    catalog.bring("Код;Наименование\n".encode() + b"".join(b"%d;x%d\n" % (n, n) for n in range(1, 21)))
    told = catalog.bring("Код;Наименование\n1;x1\n".encode(), mode="replace", dry_run=True)
    assert (told.state, told.removed, told.mode) == (ImportState.PREVIEWED, 19, "replace")
    assert catalog.apply(told.id, confirm_removals=True).state is ImportState.APPLIED
    assert [item.code for item in catalog.all_items()] == [1]


def test_the_same_file_again_is_known_until_the_base_changes(catalog: CatalogHouse) -> None:
    bad = CSV + "3;;10\n4;Мёд;дорого\n".encode()
    first = catalog.bring(bad)
    with psycopg.connect(plain_url(catalog.database.url)) as behind_its_back:
        behind_its_back.execute("UPDATE catalog.item SET price = 7 WHERE account_id = %s", (catalog.account,))
    again = catalog.bring(bad)  # nothing of the file is read: what no revision tells of stays unseen
    assert (again.created, again.unchanged, again.failed, again.revision) == (0, 2, first.failed, None)
    told = [(problem.line, problem.code, problem.text) for problem in catalog.problems(first.id)]
    assert told and [(one.line, one.code, one.text) for one in catalog.problems(again.id)] == told
    assert (again.rows, again.warnings, again.columns) == (first.rows, first.warnings, first.columns)
    catalog.change(1, price=1)
    mended = catalog.bring(bad)
    assert (mended.changed, mended.unchanged) == (2, 0) and catalog.item(1).price == 10_000
    in_another_way = catalog.bring(bad, columns={"0": "code", "1": "article", "2": "price"})
    assert in_another_way.changed == 2
    assert catalog.as_stranger().bring(bad).created == 2

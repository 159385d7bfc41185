"""Imports on a real database: what goes in, what does not, and that nothing else happens."""

import hashlib
import itertools
import uuid
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from services.catalog import system_repository
from services.catalog.use_cases import imports, uploads
from services.catalog.use_cases.import_run import ImportRun, NotHeld
from services.chassis import clock
from services.chassis.database import Database, plain_url
from services.contracts.imports import (
    UPLOAD_MAX_BYTES,
    UPLOAD_PART_BYTES,
    CannotCancelImport,
    FileTooLarge,
    ImportBaseMoved,
    ImportNotReady,
    NewImport,
    TooManyImports,
    UploadIncomplete,
)
from services.contracts.refusals import Invalid, NotFound
from services.contracts.values import UploadId
from tests.services.catalog.catalog_house import CatalogHouse, new_actor

SAMPLE = Path(__file__).parents[2] / "data" / "mercury_base.json"
HEADER = "Код;Наименование;Цена;Штрихкод;НДС;Группа\n"
GOODS = (
    "1;Молоко топлёное;70,50;0460000000002;22%;Молочное/Молоко\n"
    "2;Сыр;1 234,56;4600000000022;10%;Молочное;\n"
    ";Чай чёрный;55;;;Чай|Акции\n"
)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    list(itertools.product(("utf-8", "utf-8-sig", "windows-1251", "cp866"), (";", ",", "\t"))),
)
def test_a_table_goes_in_and_the_same_again_changes_nothing(
    catalog: CatalogHouse, encoding: str, delimiter: str
) -> None:
    text = "Код;Наименование;Цена;Штрихкод\n1;Молоко топлёное;70.50;0460000000002\n;Сыр;1234.5;\n"
    body = text.replace(";", delimiter).encode(encoding)
    done = catalog.bring(body)
    assert (done.state, done.rows, done.created, done.failed, done.revision) == ("applied", 2, 2, 0, 1)
    assert (done.encoding, done.delimiter) == (encoding.removesuffix("-sig"), delimiter)
    milk, cheese = catalog.item(1), catalog.item(2)
    assert (milk.name, milk.price, milk.barcodes, milk.tax_code) == ("Молоко топлёное", 7050, ("0460000000002",), 11)
    assert (cheese.name, cheese.price) == ("Сыр", 123450)
    again = catalog.bring(body)
    assert (again.created, again.changed, again.unchanged, again.revision) == (0, 0, 2, None)
    assert catalog.revision() == 1
    assert catalog.item(1) == milk


def test_groups_come_with_the_file(catalog: CatalogHouse) -> None:
    done = catalog.bring((HEADER + GOODS).encode())
    assert (done.state, done.failed, done.groups_created) == ("applied", 0, 4)
    groups = catalog.groups()
    assert groups["Молоко"].parent == groups["Молочное"].id
    assert catalog.item(1).groups == (groups["Молоко"].id,)
    assert set(catalog.item(3).groups) == {groups["Чай"].id, groups["Акции"].id}
    again = catalog.bring((HEADER + GOODS).encode())
    assert (again.groups_created, again.unchanged) == (0, 3)
    # A single name finds the only group that has it, wherever it stands.
    catalog.bring("Код;Наименование;Группа\n4;Кефир;молоко\n".encode())
    assert catalog.item(4).groups == (groups["Молоко"].id,)
    # Groups of rows that are refused are not made.
    refused = catalog.bring("Код;Наименование;Цена;Группа\n5;Соль;-1;Бакалея\n".encode())
    assert (refused.groups_created, refused.failed, "Бакалея" in catalog.groups()) == (0, 1, False)


def test_columns_that_are_not_there_stay_untouched(catalog: CatalogHouse) -> None:
    group = catalog.add_group("Напитки")
    catalog.add(
        1, name="Сок", price=100, barcodes=("46000002",), groups=(group.id,), article="A", tax_code=2, section=3
    )
    before = catalog.item(1)
    done = catalog.bring("Код;Цена\n1;2,50\n77;5\n".encode())
    assert (done.changed, done.failed) == (1, 1)
    assert [(problem.line, problem.field, problem.code) for problem in catalog.problems(done.id)] == [
        (3, "name", "name_required")
    ]
    assert catalog.problems(done.id)[0].text == "77;5"
    after = catalog.item(1)
    assert after.price == 250
    assert (after.name, after.barcodes, after.groups, after.article, after.tax_code, after.section) == (
        before.name, before.barcodes, before.groups, before.article, before.tax_code, before.section,
    )  # fmt: skip
    catalog.bring("Код;Наименование;Цена;Штрихкод\n1;Сок яблочный;;\n".encode())
    emptied = catalog.item(1)
    assert (emptied.name, emptied.short_name, emptied.price, emptied.barcodes) == ("Сок яблочный",) * 2 + (None, ())


def test_rows_without_codes_find_their_items(catalog: CatalogHouse) -> None:
    head = "Наименование;Цена;Штрихкод;Артикул\n"
    catalog.add(3, name="занято")
    first = catalog.bring((head + "Сыр;1;46000002;\nЧай;2;;Ч-1\nЧай;3;;Ч-2\nСыр;4;46000019;\n").encode())
    assert (first.created, first.failed) == (4, 0)
    assert [catalog.item(code).price for code in (1, 2, 4, 5)] == [100, 200, 300, 400]
    again = catalog.bring((head + "Сыр;1;46000002;\nЧай;2;;Ч-1\nЧай;3;;Ч-2\nСыр;4;46000019;\n").encode())
    assert (again.unchanged, again.revision) == (4, None)
    turned = catalog.bring((head + "чай;9;;ч-2\nСыр российский;1;046000002;\nМука;5;;\n").encode())
    assert (turned.changed, turned.created, turned.failed) == (2, 1, 0)
    assert (catalog.item(4).price, catalog.item(1).name, catalog.item(6).name) == (900, "Сыр российский", "Мука")
    doubtful = catalog.bring("Наименование;Цена\nЧай;1\nМука;6\n".encode())
    assert [problem.code for problem in catalog.problems(doubtful.id)] == ["item_ambiguous"]
    assert catalog.item(6).price == 600
    same = catalog.bring("Код;Наименование;Цена\n6;Мука;7\n;Мука;8\n".encode())
    assert (same.failed, same.created) == (0, 1)  # an item that the file names by its code is nobody else's
    several = catalog.bring((head + "Набор;1;46000002 46000019;\n").encode())
    assert [problem.code for problem in catalog.problems(several.id)] == ["item_ambiguous"]


def test_barcodes_of_others_are_not_taken(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Сыр", barcodes=("46000002",))
    catalog.add(2, name="Чай", barcodes=("46000019",))
    done = catalog.bring("Код;Наименование;Штрихкод\n3;Мука;46000002\n4;Соль;46000026\n".encode())
    problem = catalog.problems(done.id)[0]
    assert (problem.line, problem.code, problem.params) == (2, "barcode_taken", {"value": "46000002", "item": 1})
    assert (done.created, done.failed) == (1, 1)
    # Two items that change places give up what they had.
    swapped = catalog.bring("Код;Наименование;Штрихкод\n1;Сыр;46000019\n2;Чай;46000002\n".encode())
    assert (swapped.changed, swapped.failed) == (2, 0)
    assert (catalog.item(1).barcodes, catalog.item(2).barcodes) == (("46000019",), ("46000002",))
    # But whoever is refused keeps its own.
    chain = catalog.bring("Код;Наименование;Штрихкод\n1;Сыр;46000033\n5;Рис;46000019\n2;Чай;46000026\n".encode())
    assert [(problem.line, problem.code) for problem in catalog.problems(chain.id)] == [(4, "barcode_taken")]
    assert catalog.item(5).barcodes == ("46000019",)


def test_mercury_json(catalog: CatalogHouse) -> None:
    done = catalog.bring(SAMPLE.read_bytes())
    assert (done.state, done.format, done.created, done.failed) == ("applied", "mercury_json", 2, 0)
    water = catalog.item(1)
    assert (water.price, water.marked, water.type_code, water.tax_system, water.tax_code) == (6900, True, 33, 1, 6)
    assert water.extra == {"partsCount": 0, "partPrice": 0}
    assert catalog.item(2).undivided is False
    assert catalog.bring(SAMPLE.read_bytes()).unchanged == 2
    marked = catalog.bring(b'{"base":[{"code":2,"marked":true},{"code":3,"barcode":4600000000015}]}')
    assert [(problem.line, problem.code) for problem in catalog.problems(marked.id)] == [(2, "name_required")]
    assert (catalog.item(2).type_code, catalog.item(2).name) == (33, "Сыр весовой")


def test_a_preview_is_put_in_as_it_was_shown(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Молоко", price=6000, barcodes=("46000002",))
    catalog.add(9, name="Чай чёрный", price=5500)
    shown = catalog.bring((HEADER + GOODS).encode(), dry_run=True)
    assert (shown.state, shown.created, shown.changed, shown.groups_created) == ("previewed", 1, 2, 4)
    assert catalog.groups() == {}
    assert catalog.revision() == 2
    rows = {row.item["code"]: row for row in catalog.rows(shown.id)}
    assert rows[2].what == "created" and rows[2].before is None
    assert rows[2].item["price"] == 123456
    assert rows[1].before == {"name": "Молоко", "price": 6000, "barcodes": ["46000002"], "groups": []}
    assert rows[9].item["groups"] == ["Чай", "Акции"]
    assert [row.item["code"] for row in catalog.rows(shown.id, "created")] == [2]
    done = catalog.apply(shown.id)
    assert (done.state, done.created, done.changed, done.revision) == ("applied", 1, 2, 3)
    assert set(catalog.groups()) == {"Молочное", "Молоко", "Чай", "Акции"}
    assert catalog.item(1).price == 7050
    assert catalog.rows(shown.id) == []
    with pytest.raises(ImportNotReady):
        catalog.apply(shown.id)


def test_a_preview_of_a_base_that_moved_is_not_put_in(catalog: CatalogHouse) -> None:
    shown = catalog.bring((HEADER + GOODS).encode(), dry_run=True)
    catalog.add(1, name="inzwischen")
    with pytest.raises(ImportBaseMoved):
        catalog.apply(shown.id)
    assert catalog.revision() == 1
    again = catalog.bring((HEADER + GOODS).encode(), dry_run=True)
    with catalog.session() as session:
        imports.apply_import(catalog.actor, session, again.id, False)
    catalog.change(1, name="moved under the worker's hands")
    assert catalog.worker.do_import()
    assert (catalog.get(again.id).state, catalog.get(again.id).reason) == ("failed", "base_moved")


def test_ten_thousand_errors(catalog: CatalogHouse) -> None:
    body = HEADER + "".join(f"{n};Товар;цена {n};;;\n" for n in range(1, 10_001)) + "10001;Сыр;5;;;\n"
    done = catalog.bring(body.encode("cp1251"))
    assert (done.state, done.rows, done.failed, done.created) == ("applied", 10_001, 10_000, 1)
    walked, after = 0, None
    while True:
        with catalog.session() as session:
            page = imports.page_problems(catalog.account, session, done.id, after, 500)
        walked += len(page.items)
        after = page.next
        if after is None:
            break
    assert walked == 10_000
    assert page.items[-1].line == 10_001
    assert page.items[-1].text == "10000;Товар;цена 10000;;;"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty_file"),
        ("Код;Наименование\n".encode(), "no_rows"),
        (b"PK\x03\x04" + bytes(22) + b"\x0f\x00\x00\x00xl/workbook.xml", "sheet_broken"),
        (b"<?xml version='1.0'?>", "looks_like_xml"),
        (b'{"base":[{"code":1}', "json_broken"),
        (b"1;2\n3;4\n", "columns_unknown"),
    ],
)
def test_files_that_are_refused_change_nothing(catalog: CatalogHouse, body: bytes, reason: str) -> None:
    catalog.add(1, name="a")
    failed = catalog.bring(body)
    assert (failed.state, failed.reason, failed.revision) == ("failed", reason, None)
    assert failed.finished_at is not None
    assert catalog.revision() == 1
    assert [event["state"] for event in catalog.events("import_changed")][-1] == "failed"


def test_unknown_columns_are_told_and_can_be_mapped_and_remembered(catalog: CatalogHouse) -> None:
    body = "альфа;бета;гамма\n7;Сыр;5,50\n".encode()
    failed = catalog.bring(body)
    assert (failed.reason, [column.header for column in failed.columns]) == ("columns_unknown", ["1", "2", "3"])
    mapped = {"0": "code", "1": "name", "2": "price"}
    done = catalog.bring(body, columns=mapped, save_columns=True)
    assert (done.state, catalog.item(7).price) == ("applied", 550)
    again = catalog.bring(body.replace(b"7;", b"8;"))
    assert (again.state, again.created) == ("applied", 1)
    assert catalog.as_stranger().bring(body).state == "failed"
    with pytest.raises(Invalid) as refused:
        catalog.start(body, columns={"0": "code", "1": "code"})
    assert refused.value.errors[0].path == "columns/1"
    with pytest.raises(Invalid):
        catalog.start(body, encoding="koi8-r")
    forced = catalog.bring("Код;Наименование\n1;Сыр\n".encode("cp866"), encoding="windows-1251", dry_run=True)
    assert forced.encoding == "windows-1251"


def test_uploads_are_whole_and_bounded(catalog: CatalogHouse) -> None:
    upload = UploadId(str(uuid.uuid4()))

    def put(number: int, body: bytes, to: UploadId = upload) -> int:
        with catalog.session() as session:
            return uploads.upload_part(catalog.account, session, to, number, body, clock.now())

    assert put(1, b"bc") == put(1, b"bc") == 2
    request = NewImport(upload, 2, 3, hashlib.sha256(b"abc").hexdigest(), "x.csv")

    def start(new: NewImport) -> None:
        with catalog.session() as session:
            imports.start_import(catalog.actor, session, new, 11, clock.now())

    with pytest.raises(UploadIncomplete):
        start(request)
    put(0, b"x")
    with pytest.raises(UploadIncomplete):
        start(request)
    with pytest.raises(FileTooLarge):
        start(NewImport(upload, 2, 2 * 1024**3, "", "x.csv"))
    for number, body in ((-1, b"a"), (0, b""), (0, b"a" * (UPLOAD_PART_BYTES + 1))):
        with pytest.raises(Invalid):
            put(number, body)
    with catalog.session() as session:
        row = session.connection().exec_driver_sql(
            f"UPDATE catalog.upload SET bytes = {UPLOAD_MAX_BYTES - 1} RETURNING bytes"
        )
        assert row.scalar_one() == UPLOAD_MAX_BYTES - 1
    with pytest.raises(FileTooLarge):
        put(5, b"ab")
    for _ in range(uploads.UPLOADS_MAX - 1):
        put(0, b"a", UploadId(str(uuid.uuid4())))
    with pytest.raises(TooManyImports):
        put(0, b"a", UploadId(str(uuid.uuid4())))
    with catalog.session() as session:
        session.connection().exec_driver_sql("UPDATE catalog.upload SET touched_at = touched_at - interval '1 hour'")
    put(0, b"a", UploadId(str(uuid.uuid4())))


def test_imports_in_waiting_are_bounded_and_can_be_cancelled(catalog: CatalogHouse) -> None:
    started = [catalog.start(f"Код;Наименование\n{n};Товар\n".encode()) for n in range(1, 11)]
    with pytest.raises(TooManyImports):
        catalog.start(b"code;name\n1;x\n")
    with catalog.session() as session:
        assert imports.cancel_import(catalog.account, session, started[0].id, clock.now()).state == "cancelled"
        assert [view.id for view in imports.page_imports(catalog.account, session, None, 3).items] == [
            view.id for view in started[:-4:-1]
        ]
    while catalog.worker.do_import():
        pass
    assert [catalog.get(view.id).state for view in started] == ["cancelled"] + ["applied"] * 9
    with catalog.session() as session, pytest.raises(CannotCancelImport):
        imports.cancel_import(catalog.account, session, started[1].id, clock.now())


def test_a_cancelled_reading_stops(catalog: CatalogHouse) -> None:
    started = catalog.start((HEADER + GOODS).encode())
    with catalog.database.system() as session:
        row = system_repository.take_import(session, str(uuid.uuid4()), timedelta(seconds=10))
        assert row is not None
    with catalog.session() as session:
        imports.cancel_import(catalog.account, session, started.id, clock.now())
    with pytest.raises(NotHeld):
        ImportRun(catalog.database, row, str(row.worker), clock.now).run()
    assert catalog.get(started.id).state == "cancelled"
    assert catalog.revision() == 0


def test_two_workers_never_hold_one_import(catalog: CatalogHouse) -> None:
    started = catalog.start((HEADER + GOODS).encode())
    lease = timedelta(seconds=10)

    def take() -> str | None:
        with catalog.database.system() as session:
            row = system_repository.take_import(session, str(uuid.uuid4()), lease)
            return None if row is None else row.import_id

    assert take() == started.id
    assert take() is None
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        connection.execute("UPDATE catalog.goods_import SET lease_until = now() - interval '1 second'")
    assert take() == started.id  # its worker fell silent
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        connection.execute("UPDATE catalog.goods_import SET lease_until = NULL, attempts = 3")
    assert catalog.worker.do_import()
    assert (catalog.get(started.id).state, catalog.get(started.id).reason) == ("failed", "worker_lost")


def test_walls(catalog: CatalogHouse) -> None:
    done = catalog.bring((HEADER + GOODS + "5;;;;;\n").encode(), dry_run=True)
    charlie = catalog.as_stranger()
    with pytest.raises(NotFound):
        charlie.get(done.id)
    with pytest.raises(NotFound):
        charlie.problems(done.id)
    with pytest.raises(NotFound):
        charlie.rows(done.id)
    with pytest.raises(NotFound):
        charlie.apply(done.id)
    with charlie.session() as session, pytest.raises(NotFound):
        imports.cancel_import(charlie.account, session, done.id, clock.now())
    with charlie.session() as session, pytest.raises(UploadIncomplete):
        body = (HEADER + GOODS + "5;;;;;\n").encode()
        stolen = NewImport(done.upload, 1, len(body), hashlib.sha256(body).hexdigest(), "x")
        imports.start_import(charlie.actor, session, stolen, 11, clock.now())
    with pytest.raises(NotFound):
        charlie.get("no uuid")
    assert catalog.apply(done.id).state == "applied"
    assert charlie.revision() == 0


def test_what_ran_out_is_forgotten(catalog: CatalogHouse) -> None:
    shown = catalog.bring((HEADER + GOODS).encode(), dry_run=True)
    done = catalog.bring("Код;Наименование\n1;x\n".encode())
    with catalog.database.system() as session:
        system_repository.sweep(session, clock.now() + timedelta(hours=25))
    assert catalog.get(shown.id).state == "cancelled"
    with catalog.session() as session:
        left = session.connection().exec_driver_sql(
            "SELECT (SELECT count(*) FROM catalog.upload), (SELECT count(*) FROM catalog.upload_part)"
        )
        assert tuple(left.one()) == (1, 1)  # what went into the base is kept longer
    with catalog.database.system() as session:
        system_repository.sweep(session, clock.now() + timedelta(days=200))
    with pytest.raises(NotFound):
        catalog.get(done.id)


def test_matching_by_name_does_not_compare_every_row_with_every_item(module_database: str) -> None:
    """Twenty thousand rows without codes, twice; no statement may take long."""
    database = Database(module_database, "catalog", 8, statement_timeout_ms=8_000)
    catalog = CatalogHouse(database, new_actor("alice"))
    body = "Наименование;Цена\n" + "".join(f"Товар номер {n};{n},50\n" for n in range(20_000))
    assert catalog.bring(body.encode()).created == 20_000
    again = catalog.bring(body.encode())
    assert (again.state, again.unchanged) == ("applied", 20_000)
    database.close()

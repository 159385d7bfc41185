"""Limits of accounts in the goods base, and how the room forgets an account that is gone."""

import threading
from datetime import timedelta

import psycopg
import pytest

from services.catalog.service import forget_gone_accounts, want_price_list
from services.catalog.use_cases.usage import get_usage
from services.chassis import clock, forgetting
from services.chassis.account_terms import hear_forgotten, hear_terms, terms_of, unless_forgotten
from services.chassis.database import plain_url
from services.chassis.handled_requests import begin_request
from services.contracts.bulk_changes import PriceChange, PriceChangeKind, Selection
from services.contracts.catalog import CatalogUsage, TooManyItems
from services.contracts.events import EventRecord
from services.contracts.imports import ImportState, TooManyImportsToday
from services.contracts.limits import AccountForgottenEvent, AccountLimits, AccountState, AccountTermsEvent
from services.contracts.recipe import Recipe, recipe_id
from services.contracts.refusals import NotFound
from services.contracts.registers import PriceListWantedEvent
from services.contracts.values import ItemCode, SystemActor
from tests.services.catalog.catalog_house import CatalogHouse
from tests.services.catalog.test_schedules import schedule_change
from tests.services.forgotten_rows import fill_empty_tables, rows_of, state_of, tables_of

ROOM = "catalog"
HEADER = "Код;Наименование;Цена\n"
RECIPE = Recipe((), 100, 1, "", "", "", 0)


def fact(catalog: CatalogHouse, kind: str) -> EventRecord:
    return EventRecord(1, catalog.account, kind, {}, SystemActor(name="tests"), "", clock.now())


def terms(catalog: CatalogHouse, version: int, **limits: int) -> None:
    event = AccountTermsEvent(catalog.account, version, AccountState.ACTIVE, AccountLimits(**limits))
    with catalog.database.system() as session:
        hear_terms(session, fact(catalog, "account_terms"), event)


def forgotten(catalog: CatalogHouse) -> None:
    with catalog.database.system() as session:
        hear_forgotten(session, fact(catalog, "account_forgotten"), AccountForgottenEvent(catalog.account, 100001))


def want_list(catalog: CatalogHouse) -> None:
    wanted = PriceListWantedEvent(recipe_id(RECIPE), RECIPE, catalog.revision())
    with catalog.database.system() as session:
        unless_forgotten(want_price_list)(session, fact(catalog, "price_list_wanted"), wanted)


def file_of(first: int, count: int) -> bytes:
    return (HEADER + "".join(f"{code};Товар {code};10\n" for code in range(first, first + count))).encode()


def usage(catalog: CatalogHouse) -> CatalogUsage:
    with catalog.session() as session:
        return get_usage(catalog.account, session, clock.now())


def test_older_terms_heard_later_change_nothing(catalog: CatalogHouse) -> None:
    for version, items in ((2, 20), (1, 10), (2, 99)):
        terms(catalog, version, items=items)
    with catalog.session() as session:
        assert terms_of(session, catalog.account).limits.items == 20


def test_no_more_items_are_added_by_hand_than_the_account_may_have(catalog: CatalogHouse) -> None:
    terms(catalog, 1, items=2)
    catalog.add(name="Хлеб"), catalog.add(name="Сыр")
    with pytest.raises(TooManyItems) as refused:
        catalog.add(name="Мёд")
    assert refused.value.params == {"limit": 2}
    catalog.change(1, name="Хлеб чёрный")
    catalog.remove(2)
    catalog.add(name="Мёд")
    charlie = catalog.as_stranger()
    for name in ("Хлеб", "Сыр", "Мёд"):
        charlie.add(name=name)
    assert (usage(catalog), usage(charlie)) == (CatalogUsage(2, 0), CatalogUsage(3, 0))


def test_two_who_add_the_last_item_at_once_do_not_both(catalog: CatalogHouse) -> None:
    terms(catalog, 1, items=3)
    catalog.add(name="Хлеб"), catalog.add(name="Сыр")
    refused: list[int] = []
    start = threading.Barrier(3)

    def add(number: int) -> None:
        start.wait()
        try:
            catalog.add(name=f"Мёд {number}")
        except TooManyItems:
            refused.append(number)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2 and usage(catalog).items == 3


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_import_above_the_limit_is_refused_whole(catalog: CatalogHouse, dry_run: bool) -> None:
    terms(catalog, 1, items=3)
    catalog.add(1, name="Хлеб")
    done = catalog.bring(file_of(2, 3), dry_run=dry_run)
    assert (done.state, done.reason, done.reason_params) == (ImportState.FAILED, "too_many_items", {"limit": 3})
    assert usage(catalog).items == 1
    assert catalog.bring(file_of(2, 2)).state is ImportState.APPLIED


def test_a_preview_of_yesterdays_limit_is_refused_by_todays(catalog: CatalogHouse) -> None:
    seen = catalog.bring(file_of(1, 3), dry_run=True)
    terms(catalog, 1, items=2)
    assert catalog.apply(seen.id).reason == "too_many_items"
    assert usage(catalog).items == 0


def test_prices_can_be_imported_while_there_are_more_items_than_a_lowered_limit(catalog: CatalogHouse) -> None:
    catalog.bring(file_of(1, 3))
    terms(catalog, 1, items=1)
    prices = (HEADER + "1;Товар 1;99\n").encode()
    assert catalog.apply(catalog.bring(prices, dry_run=True).id).changed == 1
    assert catalog.bring(prices.replace(b"99", b"98")).changed == 1


def test_so_many_imports_are_begun_in_a_day_as_the_account_may(catalog: CatalogHouse) -> None:
    terms(catalog, 1, imports=2)
    catalog.bring(file_of(1, 1)), catalog.bring(file_of(1, 1))
    with pytest.raises(TooManyImportsToday) as refused:
        catalog.start(file_of(1, 1))
    assert refused.value.params["limit"] == 2 and 86_000 < int(refused.value.params["retry_after"]) <= 86_400
    assert catalog.as_stranger().bring(file_of(1, 1)).state is ImportState.APPLIED
    assert usage(catalog).imports == 2
    with catalog.database.system() as session:
        long_ago = clock.now() - timedelta(hours=24, seconds=1)
        session.connection().exec_driver_sql(
            "UPDATE catalog.goods_import SET created_at = %(at)s WHERE account_id = %(account)s",
            {"at": long_ago, "account": catalog.account},
        )
    assert catalog.bring(file_of(1, 1)).state is ImportState.APPLIED


def test_two_imports_begun_at_once_do_not_come_over_the_limit(catalog: CatalogHouse) -> None:
    terms(catalog, 1, imports=1)
    refused: list[int] = []
    start = threading.Barrier(3)

    def begin(number: int) -> None:
        start.wait()
        try:
            catalog.start(file_of(number, 1))
        except TooManyImportsToday:
            refused.append(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2 and usage(catalog).imports == 1


# ---- forgetting


# A file of another system: what it calls its items is remembered.
EXCHANGE = (
    '<КоммерческаяИнформация ВерсияСхемы="2.07"><Каталог><Товары><Товар><Ид>т1</Ид><Наименование>Чай</Наименование>'
    "</Товар></Товары></Каталог></КоммерческаяИнформация>"
).encode()


def live(catalog: CatalogHouse) -> None:
    """Goods, groups, imports, price lists."""
    group = catalog.add_group("Молочное")
    catalog.add(1, name="Сыр", price=100, barcodes=("4600000000017",), groups=(group.id,))
    catalog.add(2, name="Хлеб")
    catalog.bring(EXCHANGE)
    catalog.remove(2)
    catalog.bring(file_of(3, 2) + b"x;y;z\n")
    catalog.bring(file_of(5, 2), dry_run=True, columns={"0": "code", "1": "name", "2": "price"}, save_columns=True)
    want_list(catalog)
    while catalog.worker.do_price_list():
        pass
    while catalog.worker.do_chores():
        pass


def leave_work(catalog: CatalogHouse) -> None:
    """What waits for a worker, a request and a dead letter."""
    catalog.start(file_of(9, 1))
    catalog.add(7, name="Мёд")
    schedule_change(catalog, PriceChange(PriceChangeKind.SET, 100), Selection(codes=(ItemCode(7),)))
    want_list(catalog)
    with catalog.session() as session:
        begin_request(session, catalog.account, "key", "digest")
    letter = (
        "(source, number, account_id, type, record, error)"
        " VALUES ('registers', (SELECT count(*) FROM catalog.dead_letter), %(account)s, 'x', '{}', 'x')"
    )
    fill_empty_tables(catalog.database.url, ROOM, catalog.account, {"dead_letter": letter})


def test_every_table_forgets_the_account_and_no_other(catalog: CatalogHouse) -> None:
    url, charlie = catalog.database.url, catalog.as_stranger()
    live(catalog), live(charlie)
    leave_work(catalog), leave_work(charlie)
    assert sorted(rows_of(url, ROOM, catalog.account)) == tables_of(url, ROOM)
    others = rows_of(url, ROOM, charlie.account)
    forgotten(catalog)
    forget_gone_accounts(catalog.database)
    assert rows_of(url, ROOM, catalog.account) == {}
    assert state_of(url, ROOM, catalog.account) == "forgetting"
    assert rows_of(url, ROOM, charlie.account) == others


def test_nothing_of_a_gone_account_comes_back(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Хлеб")
    started = catalog.start(file_of(2, 2))
    forgotten(catalog)
    terms(catalog, 7)
    want_list(catalog)
    for attempt in (lambda: catalog.add(3, name="Сыр"), lambda: catalog.start(file_of(9, 1))):
        with pytest.raises(NotFound):
            attempt()
    forget_gone_accounts(catalog.database)
    with pytest.raises(NotFound):
        catalog.get(started.id)
    while catalog.worker.do_import() or catalog.worker.do_price_list():
        pass
    assert rows_of(catalog.database.url, ROOM, catalog.account) == {}


def test_a_hundred_thousand_items_go_in_batches_that_a_kill_does_not_undo(
    catalog: CatalogHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.add(1, name="Хлеб", price=100)
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        connection.execute("SET ROLE kkt_catalog_system")
        connection.execute(
            "INSERT INTO catalog.item_search SELECT %s, code, 'товар ' || code FROM generate_series(2, 100000) code",
            (catalog.account,),
        )
    forgotten(catalog)
    monkeypatch.setattr(forgetting, "BATCHES_MAX", 15)
    forget_gone_accounts(catalog.database)
    left = rows_of(catalog.database.url, ROOM, catalog.account)["item_search"]
    assert 0 < left < 30_000
    for _ in range(5):
        forget_gone_accounts(catalog.database)
    assert rows_of(catalog.database.url, ROOM, catalog.account) == {}

"""Changes that wait: worked out at once, in force at their time, once, and not at all when cancelled."""

from datetime import datetime, timedelta

import psycopg
import pytest

from services.catalog.use_cases import schedules
from services.chassis import clock
from services.chassis.database import plain_url
from services.contracts.bulk_changes import (
    BlockedChange,
    BulkChange,
    GroupsChange,
    PriceChange,
    PriceChangeKind,
    Removal,
    Selection,
    TaxTo22,
)
from services.contracts.catalog import ItemQuery
from services.contracts.imports import ImportNotReady
from services.contracts.refusals import Invalid, NotFound, Stale
from services.contracts.schedules import (
    SCHEDULES_MAX,
    NothingToChange,
    ScheduledItem,
    ScheduleOver,
    ScheduleState,
    ScheduleView,
    TooManySchedules,
)
from services.contracts.values import Cursor, ImportId, ItemCode, ScheduleId
from tests.services.catalog.catalog_house import CatalogHouse

ALL = Selection(matching=ItemQuery())
PLUS_10 = PriceChange(PriceChangeKind.PERCENT, 1000)


def tomorrow() -> datetime:
    return clock.now() + timedelta(days=1)


def schedule_change(
    catalog: CatalogHouse, change: BulkChange = PLUS_10, selection: Selection = ALL, due_at: datetime | None = None
) -> ScheduleView:
    with catalog.session() as session:
        return schedules.schedule_bulk_change(
            catalog.actor, session, selection, change, due_at or tomorrow(), None, None, clock.now()
        )


def get(catalog: CatalogHouse, schedule: str) -> ScheduleView:
    with catalog.session() as session:
        return schedules.get_schedule(catalog.account, session, ScheduleId(schedule))


def cancel(catalog: CatalogHouse, schedule: str) -> ScheduleView:
    with catalog.session() as session:
        return schedules.cancel_schedule(catalog.account, session, ScheduleId(schedule), clock.now())


def planned(catalog: CatalogHouse, schedule: str, after: Cursor | None = None, limit: int = 50) -> list[ScheduledItem]:
    with catalog.session() as session:
        return list(schedules.page_items(catalog.account, session, ScheduleId(schedule), after, limit).items)


def its_time_comes(catalog: CatalogHouse, *views: ScheduleView) -> None:
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        for view in views:
            connection.execute(
                "UPDATE catalog.schedule SET due_at = now() - interval '1 s' WHERE schedule_id = %s", [view.id]
            )
    catalog.worker.do_chores()


def prices(catalog: CatalogHouse) -> dict[int, int | None]:
    return {item.code: item.price for item in catalog.all_items()}


@pytest.fixture
def shop(catalog: CatalogHouse) -> CatalogHouse:
    for code, price in ((1, 1000), (2, 2000), (3, None), (4, 0)):
        catalog.add(code, name=f"Товар {code}", price=price, tax_code=1)
    return catalog


def test_prices_change_at_their_time_and_not_before(shop: CatalogHouse) -> None:
    view = schedule_change(shop)
    assert (view.state, view.field, view.source, view.items, view.by) == (
        "waiting",
        "price",
        "bulk",
        2,
        shop.actor.name,
    )
    shop.worker.do_chores()
    assert prices(shop) == {1: 1000, 2: 2000, 3: None, 4: 0}
    assert [(one.code, one.before, one.now, one.after) for one in planned(shop, view.id)] == [
        (1, 1000, 1000, 1100),
        (2, 2000, 2000, 2200),
    ]
    before = shop.revision()
    its_time_comes(shop, view)
    assert prices(shop) == {1: 1100, 2: 2200, 3: None, 4: 0}
    done = get(shop, view.id)
    assert (done.state, done.changed, done.revision) == (ScheduleState.APPLIED, 2, before + 1)
    its_time_comes(shop, view)  # a second worker, or a second time
    assert prices(shop)[1] == 1100 and shop.revision() == before + 1


def test_what_was_worked_out_holds_whatever_happens_meanwhile(shop: CatalogHouse) -> None:
    view = schedule_change(shop)
    shop.change(1, price=5000)
    shop.remove(2)
    shop.change(3, price=300)  # it had no price when the change was worked out
    assert [(one.code, one.name, one.before, one.now, one.after) for one in planned(shop, view.id)] == [
        (1, "Товар 1", 1000, 5000, 1100),
        (2, None, 2000, None, 2200),
    ]
    its_time_comes(shop, view)
    assert prices(shop) == {1: 1100, 3: 300, 4: 0}
    assert get(shop, view.id).changed == 1


def test_a_change_that_is_there_already_makes_no_revision(shop: CatalogHouse) -> None:
    view = schedule_change(shop, PriceChange(PriceChangeKind.SET, 1000), Selection(codes=(ItemCode(2),)))
    shop.change(2, price=1000)
    before = shop.revision()
    its_time_comes(shop, view)
    done = get(shop, view.id)
    assert (done.state, done.changed, done.revision, shop.revision()) == (ScheduleState.APPLIED, 0, None, before)


def test_a_cancelled_change_does_not_happen(shop: CatalogHouse) -> None:
    view = schedule_change(shop)
    assert cancel(shop, view.id).state is ScheduleState.CANCELLED
    its_time_comes(shop, view)
    assert prices(shop)[1] == 1000 and planned(shop, view.id) == []
    with pytest.raises(ScheduleOver):
        cancel(shop, view.id)


def test_vat_groups_and_blocking_can_wait_too(shop: CatalogHouse) -> None:
    group = shop.add_group("Акции")
    gone = shop.add_group("Временная")
    one = Selection(codes=(ItemCode(1),))
    views = [
        schedule_change(shop, TaxTo22()),
        schedule_change(shop, GroupsChange((group.id, gone.id)), one),
        schedule_change(shop, BlockedChange(True), one),
    ]
    assert [view.source for view in views] == ["vat", "bulk", "bulk"]
    with psycopg.connect(plain_url(shop.database.url)) as connection:
        connection.execute("DELETE FROM catalog.item_group WHERE group_id = %s", [gone.id])
    its_time_comes(shop, *views)
    item = shop.item(1)
    assert (item.tax_code, item.groups, item.blocked) == (11, (group.id,), True)
    assert {other.tax_code for other in shop.all_items()} == {11}


def test_a_move_of_vat_rates_leaves_alone_what_has_another_rate_by_then(shop: CatalogHouse) -> None:
    view = schedule_change(shop, TaxTo22())
    shop.change(2, tax_code=2)
    shop.change(3, tax_code=11)
    its_time_comes(shop, view)
    assert {item.code: item.tax_code for item in shop.all_items()} == {1: 11, 2: 2, 3: 11, 4: 11}
    assert get(shop, view.id).changed == 2


def test_prices_of_a_checked_file_can_wait(shop: CatalogHouse) -> None:
    shown = shop.bring(
        "Код;Наименование;Цена\n1;Другое имя;15\n2;Товар 2;20\n9;Новый;5\n3;x;7\n".encode(), dry_run=True
    )

    def schedule(import_id: str) -> ScheduleView:
        with shop.session() as session:
            return schedules.schedule_import_prices(shop.actor, session, ImportId(import_id), tomorrow(), clock.now())

    view = schedule(shown.id)
    assert (view.source, view.note, view.items) == ("import", shown.filename, 2)
    assert [(one.code, one.before, one.after) for one in planned(shop, view.id)] == [(1, 1000, 1500), (3, None, 700)]
    its_time_comes(shop, view)
    assert prices(shop) == {1: 1500, 2: 2000, 3: 700, 4: 0} and shop.item(1).name == "Товар 1"
    with pytest.raises(ImportNotReady):
        schedule(shop.bring("Код;Наименование;Цена\n1;x;99\n".encode()).id)


def test_times_and_changes_that_cannot_be(shop: CatalogHouse) -> None:
    for due_at, code in (
        (clock.now() - timedelta(seconds=1), "in_the_past"),
        (clock.now() + timedelta(days=500), "too_far_ahead"),
        (clock.now().replace(tzinfo=None) + timedelta(days=1), "no_time_zone"),
    ):
        with pytest.raises(Invalid) as refused:
            schedule_change(shop, due_at=due_at)
        assert [error.code for error in refused.value.errors] == [code]
    with pytest.raises(Invalid):
        schedule_change(shop, Removal())
    with pytest.raises(NothingToChange):
        schedule_change(shop, PriceChange(PriceChangeKind.SET, 1000), Selection(codes=(ItemCode(1), ItemCode(77))))
    with shop.session() as session, pytest.raises(Stale):
        schedules.schedule_bulk_change(shop.actor, session, ALL, PLUS_10, tomorrow(), 1, None, clock.now())
    with shop.session() as session:
        assert schedules.page_schedules(shop.account, session, None, 50).items == ()


def test_only_so_many_wait(shop: CatalogHouse) -> None:
    first = schedule_change(shop)
    with psycopg.connect(plain_url(shop.database.url)) as connection:
        connection.execute(
            "INSERT INTO catalog.schedule SELECT (s).* FROM (SELECT jsonb_populate_record(s,"
            " jsonb_build_object('schedule_id', gen_random_uuid())) AS s FROM catalog.schedule s,"
            " generate_series(2, %s) WHERE schedule_id = %s) x",
            [SCHEDULES_MAX, first.id],
        )
    with pytest.raises(TooManySchedules):
        schedule_change(shop)
    cancel(shop, first.id)
    assert schedule_change(shop).state is ScheduleState.WAITING


def test_pages_have_the_next_ones_first_and_the_last_ended_after_them(shop: CatalogHouse) -> None:
    days = [schedule_change(shop, due_at=clock.now() + timedelta(days=n)).id for n in (3, 1, 2, 5, 4)]
    cancel(shop, days[0])
    cancel(shop, days[4])
    wanted = [days[1], days[2], days[3], days[4], days[0]]
    for limit in (1, 2, 3, 50):
        seen: list[str] = []
        after: Cursor | None = None
        while True:
            with shop.session() as session:
                page = schedules.page_schedules(shop.account, session, after, limit)
            seen += [view.id for view in page.items]
            if page.next is None:
                break
            after = page.next
        assert seen == wanted, limit


def test_a_stranger_sees_and_cancels_nothing(shop: CatalogHouse) -> None:
    charlie = shop.as_stranger()
    view = schedule_change(shop)
    for touch in (get, cancel, planned):
        with pytest.raises(NotFound):
            touch(charlie, view.id)
        with pytest.raises(NotFound):
            touch(shop, "no uuid")
    with charlie.session() as session:
        assert schedules.page_schedules(charlie.account, session, None, 50).items == ()


def test_a_change_that_breaks_fails_alone(shop: CatalogHouse) -> None:
    broken, good = schedule_change(shop), schedule_change(shop, BlockedChange(True))
    with psycopg.connect(plain_url(shop.database.url)) as connection:
        connection.execute("UPDATE catalog.schedule SET field = 'nothing' WHERE schedule_id = %s", [broken.id])
    its_time_comes(shop, broken, good)
    failed = get(shop, broken.id)
    assert (failed.state, failed.reason, failed.revision) == (ScheduleState.FAILED, "internal_error", None)
    assert get(shop, good.id).state is ScheduleState.APPLIED and prices(shop)[1] == 1000

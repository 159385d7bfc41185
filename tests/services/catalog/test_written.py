"""What goods, item groups and imports tell the journal: before and after, and whose work it was."""

import msgspec

from services.catalog.use_cases import imports, item_changes, item_groups
from services.chassis import clock
from services.contracts.bulk import MAX_BULK, ItemChange
from services.contracts.catalog import ItemDraft
from services.contracts.imports import ImportState
from services.contracts.journal import CHANGES_TOLD
from services.contracts.values import ItemCode, UserId
from tests.services.catalog.catalog_house import DEFAULT_TAX, CatalogHouse
from tests.services.written import Written, written

GOODS = "Код;Наименование;Цена;Группа\n1;Сыр;10,50;Молочное\n2;Хлеб;20\n".encode()


def told(catalog: CatalogHouse) -> list[Written]:
    return written(catalog.database, catalog.account)


def bulk(catalog: CatalogHouse, *changes: ItemChange) -> None:
    with catalog.session() as session:
        item_changes.change_items(catalog.account, session, "alice", changes, lambda: DEFAULT_TAX, clock.now())


def test_an_item_that_comes_changes_and_goes_is_told(catalog: CatalogHouse) -> None:
    group = catalog.add_group("Молочное")
    catalog.add(5, name="Молоко", price=9900, barcodes=("4600000000017",), groups=(group.id,))
    catalog.change(5, price=None, name="Молоко топлёное", barcodes=())
    catalog.change(5, price=None)
    catalog.remove(5, 6)
    added, changed, removed = (one.only for one in told(catalog)[1:])
    assert (added.thing, added.id, added.name, added.before) == ("item", "5", "Молоко", None)
    assert added.after is not None
    assert (added.after["price"], added.after["groups"]) == (9900, ["Молочное"])
    assert changed.before == {
        "name": "Молоко",
        "short_name": "Молоко",
        "price": 9900,
        "barcodes": ["4600000000017"],
    }
    assert changed.after == {"name": "Молоко топлёное", "short_name": "Молоко топлёное", "price": None, "barcodes": []}
    assert removed.after is None and removed.before is not None
    assert removed.before["name"] == "Молоко топлёное" and "price" not in removed.before


def test_a_stranger_gets_none_of_it(catalog: CatalogHouse) -> None:
    charlie = catalog.as_stranger()
    catalog.add(5, name="Молоко")
    assert told(charlie) == []
    assert [one.record.actor for one in told(catalog)] == [catalog.actor]


def test_an_item_changed_twice_in_one_write_is_told_as_it_was_and_as_it_is(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.add(2, name="Хлеб", price=200)
    bulk(
        catalog,
        ItemChange(1, ItemCode(1), draft=ItemDraft(price=150)),
        ItemChange(2, ItemCode(1), draft=ItemDraft(price=300, name="Сыр")),
        ItemChange(3, ItemCode(2), draft=ItemDraft(price=250)),
        ItemChange(4, ItemCode(2), removed=True),
        ItemChange(5, ItemCode(2), draft=ItemDraft(name="Батон")),
        ItemChange(6, ItemCode(3), draft=ItemDraft(name="Соль")),
        ItemChange(7, ItemCode(3), removed=True),
    )
    changes = {one.id: one for one in told(catalog)[-1].changes}
    assert changes.keys() == {"1", "2"}
    assert (changes["1"].before, changes["1"].after) == ({"price": 100}, {"price": 300})
    before, after = changes["2"].before, changes["2"].after
    assert before is not None and after is not None
    assert (before["name"], before["price"]) == ("Хлеб", 200)
    assert after["name"] == "Батон" and "price" not in after


def test_of_many_items_the_first_are_told_and_the_rest_is_counted(catalog: CatalogHouse) -> None:
    def rows(price: int) -> tuple[ItemChange, ...]:
        draft = ItemDraft(name="Я" * 128, price=price)
        return tuple(ItemChange(number, ItemCode(number), draft=draft) for number in range(1, MAX_BULK + 1))

    bulk(catalog, *rows(100))
    bulk(catalog, *rows(200))
    created, changed = told(catalog)
    assert len(created.changes) + created.event.more == MAX_BULK
    assert len(msgspec.json.encode(created.event)) < 40 * 1024
    assert len(changed.changes) == CHANGES_TOLD and changed.event.more == MAX_BULK - CHANGES_TOLD
    assert [(one.before, one.after) for one in changed.changes] == [({"price": 100}, {"price": 200})] * CHANGES_TOLD


def test_flags_of_groups_are_told_by_name(catalog: CatalogHouse) -> None:
    milk, sale = catalog.add_group("Молочное"), catalog.add_group("Акция")
    catalog.add(1, name="Сыр", groups=(milk.id,))
    with catalog.session() as session:
        codes = (ItemCode(1), ItemCode(2))
        item_changes.put_in_groups(catalog.account, session, "alice", codes, (sale.id,), (milk.id,), clock.now())
    change = told(catalog)[-1].only
    assert (change.before, change.after) == ({"groups": ["Молочное"]}, {"groups": ["Акция"]})


def test_item_groups_are_told_with_what_stands_in_them(catalog: CatalogHouse) -> None:
    food = catalog.add_group("Еда")
    milk = catalog.add_group("Молоко", food.id)
    cheese = catalog.add_group("Сыр", milk.id)
    catalog.add(1, name="Гауда", groups=(milk.id,))
    with catalog.session() as session:
        item_groups.change_group(catalog.account, session, "alice", milk.id, "Молочное", food.id, None, clock.now())
    changed = told(catalog)[-1].only
    assert (changed.name, changed.before, changed.after) == ("Молоко", {"name": "Молоко"}, {"name": "Молочное"})
    with catalog.session() as session:
        item_groups.remove_group(catalog.account, session, "alice", milk.id, lambda _: (), clock.now())
    moved, removed = told(catalog)[-1].changes
    assert (moved.id, moved.before, moved.after) == (cheese.id, {"parent": "Молочное"}, {"parent": "Еда"})
    assert (removed.id, removed.after) == (milk.id, None)
    assert removed.before == {"name": "Молочное", "parent": "Еда", "items": 1}


def test_an_import_is_told_at_its_start_and_with_its_counts_at_its_end(catalog: CatalogHouse) -> None:
    done = catalog.bring(GOODS)
    assert done.state is ImportState.APPLIED
    started, ended = told(catalog)
    assert started.only.before is None and started.only.after is not None
    assert (started.only.thing, started.only.id, started.only.name) == ("import", done.id, "goods.csv")
    assert ended.what == "import_applied" and ended.only.id == done.id
    assert ended.only.after is not None and ended.only.before is not None
    assert (ended.only.after["state"], ended.only.after["created"]) == ("applied", 2)
    assert ended.only.after["groups_created"] == 1
    assert ended.record.actor == catalog.actor


def test_a_preview_that_another_one_applies_is_the_work_of_that_one(catalog: CatalogHouse) -> None:
    preview = catalog.bring(GOODS, dry_run=True)
    boris = CatalogHouse(
        catalog.database, msgspec.structs.replace(catalog.actor, name="Борис", user=UserId(catalog.account))
    )
    boris.apply(preview.id)
    started, asked, applied = told(catalog)
    assert started.record.actor == catalog.actor
    assert asked.record.actor == applied.record.actor == boris.actor
    assert (asked.only.before, asked.only.after) == ({"state": "previewed"}, {"state": "applying"})
    assert applied.what == "import_applied"


def test_an_import_that_is_cancelled_or_fails_is_told(catalog: CatalogHouse) -> None:
    preview = catalog.bring(GOODS, dry_run=True)
    with catalog.session() as session:
        imports.cancel_import(catalog.account, session, preview.id, clock.now())
    cancelled = told(catalog)[-1].only
    assert (cancelled.before, cancelled.after) == ({"state": "previewed"}, {"state": "cancelled"})
    failed = catalog.bring("Код;Наименование\n".encode())
    assert failed.state is ImportState.FAILED
    last = told(catalog)[-1]
    assert last.what == "import_failed" and last.record.actor == catalog.actor
    assert last.only.after == {"state": "failed", "reason": failed.reason}


def test_a_large_import_is_one_entry(catalog: CatalogHouse) -> None:
    rows = "".join(f"{code};Товар {code};10,50\n" for code in range(1, 100_001))
    done = catalog.bring(f"Код;Наименование;Цена\n{rows}".encode())
    assert done.created == 100_000
    assert [one.what for one in told(catalog)][1:] == ["import_applied"]

"""Items and groups on a real database."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.catalog.repository.base import lock_base
from services.catalog.use_cases import item_changes, item_groups, items
from services.chassis import clock
from services.contracts.bulk import ItemChange
from services.contracts.catalog import (
    BarcodeTaken,
    CodeTaken,
    DefaultTaxCodeMissing,
    ItemDraft,
    ItemGroupInUse,
    ItemGroupNameTaken,
    ItemQuery,
)
from services.contracts.refusals import Invalid, NotFound, Stale
from services.contracts.values import ItemCode, ItemGroupId
from tests.services.catalog.catalog_house import CatalogHouse


def found(catalog: CatalogHouse, **query: object) -> list[int]:
    with catalog.session() as session:
        page = items.page(catalog.account, session, ItemQuery(**query))  # type: ignore[arg-type]
    assert page.found == len(page.items) or page.next is not None or query.get("after") is not None
    return [int(item.code) for item in page.items]


def test_an_item_lives(catalog: CatalogHouse) -> None:
    added = catalog.add(name="Сок «Добрый»", price=9900, barcodes=("0460",))
    assert (added.code, added.version, added.tax_code, added.short_name) == (1, 1, 11, 'Сок "Добрый"')
    changed = catalog.change(1, name="Сок яблочный", version=1)
    assert (changed.version, changed.short_name, changed.changed_revision) == (2, "Сок яблочный", 2)
    with pytest.raises(Stale):
        catalog.change(1, name="x", version=1)
    assert catalog.change(1, price=9900).version == 2  # nothing changed: no version, no revision
    assert catalog.revision() == 2
    named = catalog.change(1, short_name="СОК")
    assert (named.short_name, named.short_name_edited) == ("СОК", True)
    assert catalog.change(1, name="Сок грушевый").short_name == "СОК"
    assert catalog.change(1, short_name=None).short_name == "Сок грушевый"
    assert catalog.remove(1, 77) == 1
    with pytest.raises(NotFound):
        catalog.item(1)
    assert catalog.add(name="Снова").code == 1  # the lowest free code
    sources = [(event["revision"], event["source"], event["changed"]) for event in catalog.events("base_changed")]
    assert sources[0] == (1, "edit", 1)
    assert [revision for revision, _, _ in sources] == list(range(1, len(sources) + 1))


def test_codes_and_barcodes_are_taken_once(catalog: CatalogHouse) -> None:
    catalog.add(5, name="a", barcodes=("0046000002", "x1"))
    with pytest.raises(CodeTaken):
        catalog.add(5, name="b")
    for barcode in ("46000002", "X1"):
        with pytest.raises(BarcodeTaken) as refused:
            catalog.add(6, name="b", barcodes=(barcode,))
        assert refused.value.params["item"] == 5
    catalog.change(5, barcodes=("x1",))
    catalog.add(6, name="b", barcodes=("46000002",))
    with pytest.raises(BarcodeTaken):
        catalog.change(5, barcodes=("046000002",))
    catalog.remove(6)
    catalog.change(5, barcodes=("046000002",))
    assert catalog.item(5).barcodes == ("046000002",)


def test_what_the_base_says_in_a_line(catalog: CatalogHouse) -> None:
    with catalog.session() as session:
        assert items.base_status(catalog.account, session).revision == 0
    catalog.add(name="a", price=1)
    catalog.add(name="b")
    catalog.add(name="c")
    catalog.change(2, price=5)
    catalog.remove(3)
    with catalog.session() as session:
        status = items.base_status(catalog.account, session)
    assert (status.revision, status.items, status.no_price, status.groups) == (5, 2, 0, 0)


def test_search_sort_and_pages(catalog: CatalogHouse) -> None:
    names = ("Ёлочка зелёная", "Молоко топлёное 3,2%", "молоко Домик", "Хлеб 100%", "Хлеб_ржаной")
    for number, name in enumerate(names):
        catalog.add(10 + number, name=name, price=None if number == 3 else 100 * (9 - number), article=f"АРТ-{number}")
    catalog.change(11, barcodes=("0460000000002",))
    assert found(catalog, q="МОЛОКО") == [11, 12]
    assert found(catalog, q="топленое молоко") == [11]
    assert found(catalog, q="елочка") == [10]
    assert found(catalog, q="арт-4") == [14]
    assert found(catalog, q="0460000000002") == [11]
    assert found(catalog, q="60000000002") == [11]
    assert found(catalog, q="14") == [14]
    assert found(catalog, q="100%") == [13]
    assert found(catalog, q="ё_") == []
    assert found(catalog, q="' OR 1=1 --") == []
    assert found(catalog, sort="name") == [10, 12, 11, 13, 14]
    assert found(catalog, sort="-price") == [10, 11, 12, 14, 13]
    assert found(catalog, no_price=True) == [13]
    for sort in ("code", "-code", "name", "-name", "price", "-price", "changed", "-changed"):
        walked: list[int] = []
        after = None
        for _ in range(10):
            with catalog.session() as session:
                query = ItemQuery(sort=sort, limit=2, after=after)
                page = items.page(catalog.account, session, query)
            walked += [int(item.code) for item in page.items]
            after = page.next
            if after is None:
                break
        assert walked == found(catalog, sort=sort), sort
        assert len(walked) == 5
    with catalog.session() as session, pytest.raises(Invalid):
        items.page(catalog.account, session, ItemQuery(sort="colour"))


def test_search_goes_by_the_index_when_it_is_right_and_without_it_when_not(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Молоко")
    body = "Код;Наименование\n" + "\n".join(f"{n};Чай номер {n}" for n in range(2, 50))
    assert catalog.bring(body.encode()).state == "applied"
    assert found(catalog, q="чай 17") == [17]  # the copy is behind: looked for one by one
    catalog.change(17, name="Кофе номер 17")
    assert found(catalog, q="кофе") == [17]
    while catalog.worker.do_chores():
        pass
    assert not catalog.worker.do_chores()
    with catalog.session() as session:
        plan = session.connection().exec_driver_sql("SELECT search_revision = revision FROM catalog.goods_base")
        assert plan.scalar_one() is True
    assert found(catalog, q="кофе") == [17]
    catalog.change(18, name="Какао")
    catalog.remove(17)
    assert found(catalog, q="какао") == [18]
    assert found(catalog, q="кофе") == []


def test_groups(catalog: CatalogHouse) -> None:
    drinks = catalog.add_group("Напитки")
    juices = catalog.add_group("Соки", drinks.id)
    with pytest.raises(ItemGroupNameTaken):
        catalog.add_group("НАПИТКИ")
    catalog.add(1, name="Сок", groups=(juices.id,))
    catalog.add(2, name="Вода", groups=(drinks.id, juices.id))
    catalog.add(3, name="Хлеб")
    with pytest.raises(Invalid):
        catalog.change(3, groups=(ItemGroupId("11111111-1111-1111-1111-111111111111"),))
    assert {name: group.items for name, group in catalog.groups().items()} == {"Напитки": 2, "Соки": 2}
    assert found(catalog, group=drinks.id) == [1, 2]
    assert found(catalog, group="none") == [3]
    revision = catalog.revision()
    with catalog.session() as session:
        codes = (ItemCode(1), ItemCode(3))
        moved = item_changes.put_in_groups(
            catalog.account, session, "alice", codes, (drinks.id,), (juices.id,), clock.now()
        )
    assert moved == 2
    assert catalog.revision() == revision + 1
    assert catalog.item(1).groups == (drinks.id,)

    def change(name: str, parent: ItemGroupId | None, version: int | None = None) -> None:
        with catalog.session() as session:
            item_groups.change_group(catalog.account, session, "alice", juices.id, name, parent, version, clock.now())

    change("Соки и воды", drinks.id)
    assert catalog.revision() == revision + 1  # a new name changes no item
    with pytest.raises(Stale):
        change("x", None, version=1)
    change("Соки и воды", None)
    assert catalog.revision() == revision + 2  # but a move changes what filters let in
    assert catalog.item(2).changed_revision == revision + 2
    with catalog.session() as session, pytest.raises(Invalid):
        item_groups.change_group(catalog.account, session, "alice", juices.id, "x", juices.id, None, clock.now())


def test_removing_a_group(catalog: CatalogHouse) -> None:
    outer = catalog.add_group("А")
    inner = catalog.add_group("Б", outer.id)
    catalog.add(1, name="x", groups=(outer.id, inner.id))

    def remove(registers: tuple[str, ...]) -> None:
        with catalog.session() as session:
            item_groups.remove_group(catalog.account, session, "alice", outer.id, lambda group: registers, clock.now())

    with pytest.raises(ItemGroupInUse) as refused:
        remove(("Касса 1", "Касса 2"))
    assert refused.value.params["registers"] == "Касса 1, Касса 2"
    remove(())
    assert catalog.item(1).groups == (inner.id,)
    assert catalog.groups()["Б"].parent is None


def test_many_changes_in_one_revision(catalog: CatalogHouse) -> None:
    catalog.add(1, name="a", barcodes=("46000002",), price=1)
    changes = (
        ItemChange(1, ItemCode(1), draft=ItemDraft(price=2, barcodes=())),
        ItemChange(2, ItemCode(2), draft=ItemDraft(name="b", barcodes=("46000002",))),  # free since row 1
        ItemChange(3, None, draft=ItemDraft(name="c")),
        ItemChange(4, ItemCode(4), draft=ItemDraft(name="")),
        ItemChange(5, ItemCode(9), removed=True),
        ItemChange(6, ItemCode(1), draft=ItemDraft(price=2)),
        ItemChange(7, ItemCode(5), draft=ItemDraft(name="d", barcodes=("046000002",))),
        ItemChange(8, ItemCode(2**40), draft=ItemDraft(name="e")),
        ItemChange(9, ItemCode(2), removed=True),
        ItemChange(10, ItemCode(2), draft=ItemDraft(name="again")),
    )
    with catalog.session() as session:
        outcomes = item_changes.change_items(catalog.account, session, "alice", changes, lambda: 11, clock.now())
    assert [(outcome.what, outcome.code, outcome.refusal) for outcome in outcomes] == [
        ("changed", 1, None),
        ("created", 2, None),
        ("created", 3, None),
        ("refused", 4, "invalid"),
        ("absent", 9, None),
        ("unchanged", 1, None),
        ("refused", 5, "barcode_taken"),
        ("refused", 2**40, "invalid"),
        ("removed", 2, None),
        ("created", 2, None),
    ]
    assert catalog.revision() == 2
    assert catalog.item(2).name == "again"

    def missing() -> int:
        raise DefaultTaxCodeMissing()

    with catalog.session() as session, pytest.raises(DefaultTaxCodeMissing):
        item_changes.change_items(catalog.account, session, "alice", changes[2:3], missing, clock.now())


class TaxOffice:
    """Stands for the room that knows the default tax code. Whoever asks it must not hold the base's lock."""

    def __init__(self, catalog: CatalogHouse) -> None:
        self.catalog = catalog
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        with self.catalog.session() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = 100"))
            lock_base(self.catalog.account, session)
        return 6


def test_the_default_tax_code_is_asked_for_before_the_base_is_locked(catalog: CatalogHouse) -> None:
    tax, account = TaxOffice(catalog), catalog.account

    def bring(*drafts: tuple[int | None, ItemDraft]) -> list[str]:
        rows = tuple(
            ItemChange(row, None if code is None else ItemCode(code), draft=draft)
            for row, (code, draft) in enumerate(drafts)
        )
        with catalog.session() as session:
            outcomes = item_changes.change_items(account, session, "alice", rows, tax, clock.now())
        return [outcome.what for outcome in outcomes]

    with catalog.session() as session:
        added = item_changes.add_item(account, session, "alice", None, ItemDraft(name="a"), tax, clock.now())
        assert (added.tax_code, tax.asked) == (6, 1)
    with catalog.session() as session:
        draft = ItemDraft(name="b", tax_code=2)
        assert item_changes.add_item(account, session, "alice", None, draft, tax, clock.now()).tax_code == 2
    assert bring((1, ItemDraft(price=1)), (7, ItemDraft(name="c", tax_code=2))) == ["changed", "created"]
    assert tax.asked == 1  # nobody needed it
    assert bring((None, ItemDraft(name="d")), (9, ItemDraft(name="e"))) == ["created", "created"]
    assert (tax.asked, catalog.item(3).tax_code, catalog.item(9).tax_code) == (2, 6, 6)


def test_revisions_are_taken_one_after_the_other(catalog: CatalogHouse) -> None:
    catalog.add(1, name="a", price=0)
    threads = [threading.Thread(target=catalog.change, args=(1,), kwargs={"price": price}) for price in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert catalog.revision() == 9
    assert catalog.item(1).version == 9


def test_walls(catalog: CatalogHouse) -> None:
    group = catalog.add_group("Тайное")
    catalog.add(1, name="Секрет", barcodes=("46000002",), groups=(group.id,))
    charlie = catalog.as_stranger()
    with pytest.raises(NotFound):
        charlie.item(1)
    assert found(charlie, q="секрет") == []
    assert charlie.groups() == {}
    assert charlie.remove(1) == 0
    charlie.add(1, name="Моё", barcodes=("46000002",))
    with pytest.raises(Invalid):
        charlie.change(1, groups=(group.id,))
    with charlie.session() as session, pytest.raises(NotFound):
        item_groups.change_group(charlie.account, session, "c", group.id, "x", None, None, clock.now())
    with charlie.session() as session, pytest.raises(NotFound):
        items.page(charlie.account, session, ItemQuery(group=group.id))
    # Even with Alice's account as argument the walls of Charlie's session hold.
    with charlie.session() as session:
        assert items.page(catalog.account, session, ItemQuery(q="секрет")).items == ()
    assert catalog.item(1).name == "Секрет"


def test_items_that_no_register_gets_are_found(catalog: CatalogHouse) -> None:
    drinks = catalog.add_group("Напитки")
    juice = catalog.add_group("Соки", drinks.id)
    bread = catalog.add_group("Хлеб")
    catalog.add(1, name="Сок", price=1, groups=(juice.id,))
    catalog.add(2, name="Батон", price=1, groups=(bread.id,))
    catalog.add(3, name="Пакет", price=1)
    catalog.add(4, name="Сок без цены", groups=(juice.id,))
    assert found(catalog, outside=(drinks.id,)) == [2, 3, 4]
    assert found(catalog, outside=(bread.id, drinks.id)) == [3, 4]
    assert found(catalog, outside=()) == [1, 2, 3, 4]
    nobodys = catalog.as_stranger().add_group("Чужая")
    assert found(catalog, outside=(nobodys.id,)) == [1, 2, 3, 4]


def test_items_changed_since_are_found(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Сок", price=1)
    catalog.add(2, name="Чай", price=1)
    since = catalog.change(2, price=5).changed_at
    assert found(catalog, changed_since=since) == [2]
    assert found(catalog, changed_since=since + timedelta(seconds=1)) == []
    with pytest.raises(Invalid):
        found(catalog, changed_since=since.replace(tzinfo=None))


def test_items_with_a_doubt_are_found_and_it_is_told(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Сок", price=1, barcodes=("4600000000015", "1234567890123456789"))
    catalog.add(2, name="Чай")
    catalog.add(3, name="Старый налог", price=1, tax_code=1)
    catalog.add(4, name="Буквы", price=1, barcodes=("46", "A1B2C3"))
    catalog.add(5, name="Длинное", short_name="ОДНО", price=1)
    catalog.add(6, name="Другое", short_name="ОДНО", price=1)
    catalog.add(7, name="Всё хорошо", price=0, barcodes=("123456789012345678",))
    catalog.as_stranger().add(7, name="Чужое", short_name="Всё хорошо", price=1)
    with catalog.session() as session:
        page = items.page(catalog.account, session, ItemQuery(problem=True))
    assert {code: set(doubts) for code, doubts in page.doubts} == {
        1: {"barcode"},
        2: {"no_price"},
        3: {"old_tax"},
        4: {"barcode"},
        5: {"same_short_name"},
        6: {"same_short_name"},
    }
    assert [item.code for item in page.items] == [1, 2, 3, 4, 5, 6]
    assert found(catalog, problem=False) == [7]
    assert found(catalog, short_name="ОДНО") == [5, 6]
    assert found(catalog, short_name="ОДН") == []
    assert found(catalog.as_stranger(), short_name="ОДНО") == []

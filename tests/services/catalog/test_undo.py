"""Undoing revisions: what each kind of change set gives back, what later changes keep, and what stands in the way."""

import pytest

from services.chassis.database import Database
from services.contracts.bulk import ItemChange
from services.contracts.catalog import ItemDraft, TooManyItems
from services.contracts.limits import AccountLimits, AccountState, AccountTermsEvent
from services.contracts.refusals import Busy, Invalid, NotFound
from services.contracts.revisions import BaseMoved, NothingToUndo
from services.contracts.values import ItemCode
from tests.services.catalog.catalog_house import new_actor
from tests.services.catalog.history_house import HistoryHouse
from tests.services.written import written

GOODS = "Код;Наименование;Цена;Штрихкод;Группа\n1;Сыр;10,50;4600000000015;Молочное\n2;Хлеб;20;;\n".encode()
DEARER = "Код;Наименование;Цена;Штрихкод\n1;Сыр;12;4600000000015\n2;Хлеб;20;\n3;Чай;;4600000000022\n".encode()


@pytest.fixture
def catalog(database: Database) -> HistoryHouse:
    """The room as Alice sees it."""
    return HistoryHouse(database, new_actor("alice"))


def assert_consistent(catalog: HistoryHouse) -> None:
    """Counts, barcodes and removed codes are those of the items."""
    from tests.services.catalog.base_check import check_base

    check_base(catalog)


def test_an_edit_is_taken_back_field_by_field(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100, article="А-1")
    catalog.change(1, price=150, article="А-2")
    catalog.change(1, name="Сыр российский")
    done = catalog.undo(2)
    assert (done.revision, done.created, done.changed, done.removed, done.conflicts) == (4, 0, 1, 0, 0)
    item = catalog.item(1)
    assert (item.name, item.price, item.article) == ("Сыр российский", 100, "А-1")
    assert (item.changed_revision, item.version) == (4, 4)
    view = catalog.get_revision(4)
    assert (view.source, view.undoes, view.author, view.changed) == ("undo", 2, "alice", 1)
    assert catalog.get_revision(2).undone_by == 4
    assert_consistent(catalog)


def test_the_same_undo_twice_changes_nothing_and_says_so(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.change(1, price=150)
    catalog.undo(2)
    with pytest.raises(NothingToUndo) as refused:
        catalog.undo(2)
    assert refused.value.params == {"conflicts": 0}
    assert catalog.revision() == 3 and catalog.item(1).price == 100
    told = catalog.preview(2)
    assert (told.changed, told.unchanged, told.conflicts) == (0, 1, 0)


def test_an_undo_can_be_undone(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.change(1, price=150)
    before = catalog.plain_items()
    catalog.undo(2)
    catalog.undo(3)
    assert catalog.plain_items() == before
    catalog.undo(4)
    assert catalog.item(1).price == 100


def test_what_was_changed_again_stays_and_is_told(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100, article="А-1")
    catalog.change(1, price=150, article="А-2")
    catalog.change(1, price=170)
    told = catalog.preview(2)
    assert (told.changed, told.conflicts, told.forceable, told.base_revision) == (1, 1, 1, 3)
    (conflict,) = told.first_conflicts
    assert (conflict.code, conflict.name, conflict.field, conflict.kind) == (1, "Сыр", "price", "changed_later")
    (change,) = told.first_changes
    assert (change.before, change.after) == ({"article": "А-2"}, {"article": "А-1"})
    assert catalog.revision() == 3  # a preview changes nothing
    done = catalog.undo(2)
    assert done.conflicts == 1
    assert (catalog.item(1).price, catalog.item(1).article) == (170, "А-1")
    done = catalog.undo(2, "force")
    assert (done.changed, done.conflicts) == (1, 0)
    assert catalog.item(1).price == 100


def test_a_later_change_to_the_same_value_is_no_conflict(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.change(1, price=150)
    catalog.change(1, price=100)
    told = catalog.preview(2)
    assert (told.unchanged, told.conflicts) == (1, 0)


def test_all_in_conflict_is_nothing_to_undo(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.change(1, price=150)
    catalog.change(1, price=170)
    with pytest.raises(NothingToUndo) as refused:
        catalog.undo(2)
    assert refused.value.params == {"conflicts": 1}


def test_an_import_is_taken_back(catalog: HistoryHouse) -> None:
    catalog.bring(GOODS)
    before = catalog.plain_items()
    applied = catalog.bring(DEARER)
    assert (applied.created, applied.changed) == (1, 1)
    done = catalog.undo(applied.revision or 0)
    assert (done.created, done.changed, done.removed) == (0, 1, 1)
    assert catalog.plain_items() == before
    assert catalog.get_revision(done.revision).note == "goods.csv"
    assert_consistent(catalog)
    done = catalog.undo(1)  # the import that made them all
    assert (done.removed, catalog.all_items()) == (2, [])
    assert_consistent(catalog)
    done = catalog.undo(done.revision)
    assert (done.created, catalog.plain_items()) == (2, before)
    assert_consistent(catalog)
    assert catalog.bring(GOODS).unchanged == 2


def test_a_replacing_import_gives_removed_items_back(catalog: HistoryHouse) -> None:
    catalog.bring(DEARER)
    before = catalog.plain_items()
    applied = catalog.bring(GOODS, mode="replace", confirm_removals=True)
    assert applied.removed == 1
    catalog.undo(applied.revision or 0)
    assert catalog.plain_items() == before
    assert_consistent(catalog)


def test_a_bulk_change_is_taken_back_whole(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.add(2, name="Хлеб", price=200, barcodes=("4600000000015",))
    before = catalog.plain_items()
    catalog.bulk(
        ItemChange(1, ItemCode(1), draft=ItemDraft(price=150)),
        ItemChange(2, ItemCode(2), removed=True),
        ItemChange(3, ItemCode(3), draft=ItemDraft(name="Чай", price=None, barcodes=("4600000000015",))),
    )
    done = catalog.undo(3)
    assert (done.created, done.changed, done.removed, done.conflicts) == (1, 1, 1, 0)
    assert catalog.plain_items() == before
    assert_consistent(catalog)


def test_deleted_items_come_back_whole(catalog: HistoryHouse) -> None:
    group = catalog.add_group("Молочное")
    catalog.add(
        7, name="Молоко 3,2 % «Простоквашино»", short_name="МОЛОКО", price=8990, barcodes=("012", "4600000000015"),
        groups=(group.id,), article="А", tax_code=2, type_code=33, marked=True, marking="dairy", measure_unit=41,
        section=3, tax_system=1, blocked=True, payment_method=1, agent=6, excise=5, country="643",
        customs_declaration="1/2", alcohol=True, volume_ml=500, note="на верхней полке",
    )  # fmt: skip
    before = catalog.plain_items()
    catalog.remove(7)
    done = catalog.undo(2)
    assert (done.created, done.changed, done.removed) == (1, 0, 0)
    assert catalog.plain_items() == before
    assert_consistent(catalog)


def test_a_code_that_was_taken_meanwhile_is_a_conflict(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.remove(1)
    catalog.add(1, name="Мыло", price=50)
    (conflict,) = catalog.preview(2).first_conflicts
    assert (conflict.kind, conflict.field, conflict.name, conflict.forceable) == ("code_taken", None, "Мыло", True)
    with pytest.raises(NothingToUndo):
        catalog.undo(2)
    done = catalog.undo(2, "force")
    assert (done.created, done.changed) == (0, 1)
    assert (catalog.item(1).name, catalog.item(1).price) == ("Сыр", 100)
    assert_consistent(catalog)


def test_an_item_removed_later_stays_away_even_if_forced(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.change(1, price=150)
    catalog.remove(1)
    (conflict,) = catalog.preview(2).first_conflicts
    assert (conflict.kind, conflict.name, conflict.forceable) == ("removed_later", "Сыр", False)
    assert catalog.preview(2, "force").conflicts == 1
    for word in ("skip", "force"):
        with pytest.raises(NothingToUndo):
            catalog.undo(2, word)


def test_a_new_item_that_was_changed_later_goes_only_if_forced(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.change(1, price=150)
    (conflict,) = catalog.preview(1).first_conflicts
    assert (conflict.kind, conflict.field, conflict.forceable) == ("changed_later", None, True)
    with pytest.raises(NothingToUndo):
        catalog.undo(1)
    assert catalog.undo(1, "force").removed == 1
    assert catalog.all_items() == []
    assert_consistent(catalog)


def test_a_barcode_that_moved_on_stays_with_its_new_item(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", barcodes=("4600000000015", "555"))
    catalog.change(1, barcodes=())
    catalog.add(2, name="Чай", barcodes=("4600000000015",))
    (conflict,) = catalog.preview(2).first_conflicts
    assert (conflict.field, conflict.kind, conflict.forceable) == ("barcodes", "barcode_taken", False)
    assert conflict.params == {"barcode": "4600000000015", "item": 2}
    assert catalog.undo(2, "force").conflicts == 1
    assert catalog.item(1).barcodes == ("555",) and catalog.item(2).barcodes == ("4600000000015",)
    assert_consistent(catalog)


def test_barcodes_that_changed_hands_in_one_revision_go_back(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", barcodes=("111",))
    catalog.add(2, name="Чай", barcodes=("222",))
    catalog.bulk(
        ItemChange(1, ItemCode(1), draft=ItemDraft(barcodes=())),
        ItemChange(2, ItemCode(2), draft=ItemDraft(barcodes=("111",))),
        ItemChange(3, ItemCode(1), draft=ItemDraft(barcodes=("222", "Абв"))),
    )
    assert catalog.undo(3).changed == 2
    assert (catalog.item(1).barcodes, catalog.item(2).barcodes) == (("111",), ("222",))
    assert_consistent(catalog)
    catalog.undo(4)
    assert (catalog.item(1).barcodes, catalog.item(2).barcodes) == (("222", "Абв"), ("111",))
    assert_consistent(catalog)


def test_a_group_that_is_no_more_is_left_out(catalog: HistoryHouse) -> None:
    milk, sale = catalog.add_group("Молочное"), catalog.add_group("Акция")
    catalog.add(1, name="Сыр", groups=(milk.id, sale.id))
    catalog.put([1], [], [milk.id, sale.id])
    catalog.remove_group(sale.id)
    (conflict,) = catalog.preview(2).first_conflicts
    assert (conflict.field, conflict.kind, conflict.params) == ("groups", "group_gone", {"group": sale.id})
    catalog.undo(2)
    assert catalog.item(1).groups == (milk.id,)
    with pytest.raises(NothingToUndo):
        catalog.undo(2)


def test_deleting_a_group_keeps_how_its_items_were(catalog: HistoryHouse) -> None:
    milk = catalog.add_group("Молочное")
    catalog.add(1, name="Сыр", price=100, groups=(milk.id,))
    catalog.change(1, price=150)
    catalog.remove_group(milk.id)
    (change,) = catalog.changes(3)
    assert (change.before, change.after) == ({"groups": [milk.id]}, {"groups": []})
    (change,) = catalog.changes(2)
    assert (change.before, change.after) == ({"price": 100}, {"price": 150})
    catalog.undo(2)
    assert (catalog.item(1).price, catalog.item(1).groups) == (100, ())
    with pytest.raises(NothingToUndo):
        catalog.undo(3)  # the group is no more


def test_moving_a_group_changes_no_item_and_cannot_be_undone(catalog: HistoryHouse) -> None:
    food, milk = catalog.add_group("Еда"), catalog.add_group("Молочное")
    catalog.add(1, name="Сыр", groups=(milk.id,))
    from services.catalog.use_cases import item_groups
    from services.chassis import clock

    with catalog.session() as session:
        item_groups.change_group(catalog.account, session, "alice", milk.id, "Молочное", food.id, None, clock.now())
    assert catalog.get_revision(2).known is False and catalog.changes(2) == []
    with pytest.raises(NothingToUndo):
        catalog.undo(2)


def test_a_short_name_follows_the_name_that_stays(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр")
    catalog.change(1, short_name="СЫР!")
    catalog.change(1, name="Сыр новый")
    catalog.undo(2)
    item = catalog.item(1)
    assert (item.name, item.short_name, item.short_name_edited) == ("Сыр новый", "Сыр новый", False)


def test_marked_goods_keep_a_type_that_fits(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", type_code=1)
    catalog.change(1, type_code=2)
    catalog.change(1, type_code=31, marked=True)
    told = catalog.preview(2)
    assert [(one.field, one.kind) for one in told.first_conflicts] == [("type_code", "changed_later")]
    catalog.undo(2, "force")
    assert (catalog.item(1).type_code, catalog.item(1).marked) == (1, False)


def test_a_base_that_moved_is_not_what_was_shown(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)
    catalog.change(1, price=150)
    told = catalog.preview(2)
    catalog.add(2, name="Чай")
    with pytest.raises(BaseMoved) as refused:
        catalog.undo(2, "skip", told.base_revision)
    assert refused.value.params == {"revision": 3}
    assert catalog.undo(2, "skip", 3).revision == 4


def test_items_come_back_only_while_there_is_room(catalog: HistoryHouse) -> None:
    from services.chassis.account_terms import store_terms

    catalog.add(1, name="Сыр")
    catalog.remove(1)
    catalog.add(2, name="Чай")
    limits = AccountLimits(items=1)
    with catalog.database.system() as session:
        store_terms(session, AccountTermsEvent(catalog.account, 1, AccountState.ACTIVE, limits))
    with pytest.raises(TooManyItems):
        catalog.undo(2)
    with pytest.raises(TooManyItems):
        catalog.restore(1)
    assert [item.code for item in catalog.all_items()] == [2]


def test_wrong_words_and_numbers_are_refused(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр")
    for revision in (0, -1, 2, 2**31, 2**70):
        with pytest.raises(NotFound):
            catalog.undo(revision)
        with pytest.raises(NotFound):
            catalog.preview(revision)
    with pytest.raises(Invalid):
        catalog.undo(1, "perhaps")


def test_the_journal_and_the_other_rooms_are_told(catalog: HistoryHouse) -> None:
    group = catalog.add_group("Молочное")
    catalog.add(1, name="Сыр", price=100)
    catalog.bulk(
        ItemChange(1, ItemCode(1), draft=ItemDraft(price=150, groups=(group.id,))),
        ItemChange(2, ItemCode(2), draft=ItemDraft(name="Чай", price=10)),
    )
    catalog.undo(2)
    item, tea = written(catalog.database, catalog.account)[-1].changes
    assert (item.id, item.name, item.before, item.after) == (
        "1",
        "Сыр",
        {"price": 150, "groups": ["Молочное"]},
        {"price": 100, "groups": []},
    )
    assert (tea.id, tea.after) == ("2", None)
    assert tea.before is not None and tea.before["name"] == "Чай"
    assert catalog.events("base_changed")[-1]["source"] == "undo"
    assert catalog.events("base_changed")[-1]["changed"] == 2


def test_of_many_items_the_first_are_told_and_the_rest_is_counted(catalog: HistoryHouse) -> None:
    rows = "".join(f"{code};Товар {code};10\n" for code in range(1, 1201))
    catalog.bring(f"Код;Наименование;Цена\n{rows}".encode())
    assert catalog.preview(1).removed == 1200
    with catalog.seats.seat(catalog.account), pytest.raises(Busy):
        catalog.preview(1)  # of an account one at a time
    catalog.undo(1)
    told = written(catalog.database, catalog.account)[-1]
    assert len(told.changes) + told.event.more == 1200 and told.event.more >= 1150
    assert catalog.all_items() == []
    assert_consistent(catalog)


def test_a_stranger_sees_and_undoes_nothing(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Секрет", price=100)
    catalog.change(1, price=150)
    catalog.remove(1)
    charlie = catalog.as_stranger()
    assert charlie.revisions().items == () and charlie.removed() == [] and charlie.compare(0, 0) == []
    for ask in (charlie.get_revision, charlie.changes, charlie.preview, charlie.undo):
        with pytest.raises(NotFound):
            ask(2)
    assert charlie.restore(1).restored == 0
    charlie.add(1, name="Моё", price=1)
    charlie.change(1, price=2)
    charlie.undo(2)
    assert charlie.item(1).price == 1
    assert [item.code for item in catalog.removed()] == [1] and catalog.revision() == 3

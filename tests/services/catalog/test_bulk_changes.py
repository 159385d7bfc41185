"""One change of many items: each kind, what stays as it is and why, previews that no longer hold, the walls."""

import json
import threading
import uuid
from random import Random

import pytest
import sqlalchemy as sa

from services.catalog.domain.price_rules import price_after, rule_of
from services.catalog.models import Item
from services.chassis.database import Database
from services.contracts.bulk import ItemChange
from services.contracts.bulk_changes import (
    CODES_MAX,
    CODES_SHOWN,
    ROWS_SHOWN,
    BlockedChange,
    BulkChange,
    GroupsChange,
    PriceChange,
    PriceChangeKind,
    PriceRounding,
    Removal,
    SectionChange,
    Selection,
    TaxChange,
    TaxTo22,
)
from services.contracts.catalog import PRICE_MAX, ItemDraft, ItemQuery
from services.contracts.journal import CHANGES_TOLD
from services.contracts.refusals import Busy, Invalid, NotFound, Stale
from services.contracts.values import ItemCode, ItemGroupId
from tests.services.catalog.base_check import check_base
from tests.services.catalog.bulk_house import ALL, BulkHouse, by_percent, by_sum, found, ticked, to_price
from tests.services.catalog.catalog_house import new_actor
from tests.services.written import written


@pytest.fixture
def catalog(database: Database) -> BulkHouse:
    """The room as Alice sees it."""
    return BulkHouse(database, new_actor("alice"))


def fill(catalog: BulkHouse, *prices: int | None) -> None:
    """Items from code 1 on."""
    catalog.bulk(
        *(ItemChange(n, ItemCode(n), draft=ItemDraft(name=f"Товар {n}", price=p)) for n, p in enumerate(prices, 1))
    )


def reasons(told: object) -> dict[str, tuple[int, tuple[int, ...]]]:
    return {one.reason: (one.items, one.first) for one in told.skipped}  # type: ignore[attr-defined]


def test_prices_go_up_as_the_preview_said(catalog: BulkHouse) -> None:
    fill(catalog, 10_000, 9_990, None, 0, 33)
    seen = catalog.look(ALL, by_percent(500, PriceRounding.NINETY))
    assert (seen.base_revision, seen.matched, seen.changed, seen.unchanged, seen.jumps) == (1, 5, 3, 0, 1)
    assert reasons(seen) == {"no_price": (1, (3,)), "free_price": (1, (4,))}
    assert [(row.code, row.before, row.after, row.jump) for row in seen.first] == [
        (5, {"price": 33}, {"price": 90}, True),
        (1, {"price": 10_000}, {"price": 10_490}, False),
        (2, {"price": 9_990}, {"price": 10_490}, False),
    ]
    assert catalog.prices() == {1: 10_000, 2: 9_990, 3: None, 4: 0, 5: 33} and catalog.revision() == 1
    done = catalog.do(ALL, by_percent(500, PriceRounding.NINETY), seen)
    assert (done.revision, done.matched, done.changed, done.unchanged) == (2, 5, 3, 0)
    assert done.skipped == seen.skipped
    assert catalog.prices() == {1: 10_490, 2: 10_490, 3: None, 4: 0, 5: 90}
    item = catalog.item(1)
    assert (item.version, item.changed_revision) == (2, 2) and catalog.item(3).version == 1
    view = catalog.get_revision(2)
    assert (view.source, view.author, view.created, view.changed, view.removed) == ("bulk", "alice", 0, 3, 0)
    assert json.loads(view.note) == {"kind": "price", "how": "percent", "amount": 500, "rounding": "ninety"}
    assert catalog.events("base_changed")[-1] == {
        "type": "base_changed",
        "revision": 2,
        "source": "bulk",
        "changed": 3,
    }
    check_base(catalog)


def test_a_change_is_undone_in_one_step(catalog: BulkHouse) -> None:
    fill(catalog, 100, 200, None)
    catalog.do(ALL, to_price(500))
    assert catalog.prices() == {1: 500, 2: 500, 3: 500}
    assert catalog.undo(2).changed == 3
    assert catalog.prices() == {1: 100, 2: 200, 3: None}
    catalog.do(ALL, Removal())
    assert catalog.all_items() == []
    assert catalog.undo(4).created == 3
    assert catalog.prices() == {1: 100, 2: 200, 3: None}
    check_base(catalog)


def test_what_cannot_be_priced_stays_as_it_is(catalog: BulkHouse) -> None:
    fill(catalog, 100, 500, PRICE_MAX, None, 0)
    seen = catalog.look(ALL, by_sum(-100))
    assert reasons(seen) == {"price_below_zero": (1, (1,)), "no_price": (1, (4,)), "free_price": (1, (5,))}
    seen = catalog.look(ALL, by_sum(100))
    assert reasons(seen)["price_above_limit"] == (1, (3,)) and seen.changed == 2
    catalog.do(ALL, by_sum(100))
    assert catalog.prices() == {1: 200, 2: 600, 3: PRICE_MAX, 4: None, 5: 0}


def test_a_set_price_is_for_all_and_counts_the_base_anew(catalog: BulkHouse) -> None:
    fill(catalog, 100, None, 0, 700)
    seen = catalog.look(ALL, to_price(700))
    assert (seen.changed, seen.unchanged, seen.skipped, seen.jumps) == (3, 1, (), 1)
    catalog.do(ALL, to_price(700), seen)
    assert set(catalog.prices().values()) == {700}
    check_base(catalog)
    catalog.do(ticked(1), to_price(0))
    assert catalog.item(1).price == 0


def test_the_database_reckons_as_the_rule_says(catalog: BulkHouse) -> None:
    chance = Random(7)
    prices = [*range(1, 160), *(chance.randint(1, PRICE_MAX) for _ in range(300)), PRICE_MAX, PRICE_MAX - 1, 0, None]
    fill(catalog, *prices)
    for how, amounts in (
        (PriceChangeKind.PERCENT, (-9_999, -5_000, -1, 0, 1, 250, 1_000_000)),
        (PriceChangeKind.SUM, (-PRICE_MAX, -100, -1, 0, 1, 12_345, PRICE_MAX)),
    ):
        for amount in amounts:
            for rounding in PriceRounding:
                change = PriceChange(how, amount, rounding)
                rule = rule_of(change)
                wanted = {n: price_after(rule, price) for n, price in enumerate(prices, 1)}
                with catalog.session() as session:
                    from services.catalog.repository import bulk_changes as rows

                    rows.select_found(catalog.account, session, sa.select(Item))
                    rows.stage_prices(catalog.account, session, rule)
                    reckoned = session.execute(sa.text("SELECT code, coalesce(reason, fresh::text) FROM bulk")).all()
                assert dict(tuple(row) for row in reckoned) == {n: str(fresh) for n, fresh in wanted.items()}, change


def test_what_is_so_already_is_no_revision(catalog: BulkHouse) -> None:
    fill(catalog, 100, 200)
    for change in (by_percent(0), to_price(100), TaxChange(11), TaxTo22(), BlockedChange(False), SectionChange(1)):
        done = catalog.do(ticked(1), change)
        assert (done.revision, done.changed, done.unchanged) == (None, 0, 1), change
    assert catalog.revision() == 1
    assert catalog.do(ticked(99), Removal()).matched == 0


def test_vat_moves_to_22_only_where_it_was_20(catalog: BulkHouse) -> None:
    for code, tax in enumerate((1, 3, 2, 6, 11, 1), 1):
        catalog.add(code, name=f"Товар {code}", tax_code=tax, price=100)
    assert catalog.taxes() == {1: 2, 2: 1, 3: 1, 6: 1, 11: 1}
    seen = catalog.look(ALL, TaxTo22())
    assert (seen.matched, seen.changed, seen.unchanged) == (6, 3, 3)
    assert seen.first[0].before == {"tax_code": 1} and seen.first[0].after == {"tax_code": 11}
    done = catalog.do(ALL, TaxTo22(), seen)
    assert catalog.taxes() == {2: 1, 6: 1, 11: 3, 12: 1}
    assert done.revision is not None
    view = catalog.get_revision(done.revision)
    assert (view.source, json.loads(view.note)) == ("vat", {"kind": "tax_to_22"})
    catalog.do(found(q="товар 3"), TaxChange(6))
    assert catalog.item(3).tax_code == 6
    check_base(catalog)


def test_groups_sections_and_blocking(catalog: BulkHouse) -> None:
    milk, sale = catalog.add_group("Молочное"), catalog.add_group("Акция")
    fill(catalog, 100, 200, 300)
    catalog.put([1], [milk.id])
    seen = catalog.look(ticked(1, 2), GroupsChange(put=(sale.id,), take=(milk.id,)))
    assert [(row.before, row.after) for row in seen.first] == [
        ({"groups": [milk.id]}, {"groups": [sale.id]}),
        ({"groups": []}, {"groups": [sale.id]}),
    ]
    done = catalog.do(ticked(1, 2), GroupsChange(put=(ItemGroupId(sale.id.upper()),), take=(milk.id,)), seen)
    assert [item.groups for item in catalog.all_items()] == [(sale.id,), (sale.id,), ()]
    assert done.revision is not None
    assert json.loads(catalog.get_revision(done.revision).note) == {
        "kind": "groups",
        "put": ["Акция"],
        "take": ["Молочное"],
    }
    both = sorted((milk.id, sale.id))
    catalog.do(ALL, GroupsChange(put=(milk.id, sale.id)))
    assert [list(item.groups) for item in catalog.all_items()] == [both] * 3
    catalog.do(found(group=milk.id), BlockedChange(True))
    catalog.do(ticked(2), SectionChange(5))
    assert [item.blocked for item in catalog.all_items()] == [True] * 3
    assert [item.section for item in catalog.all_items()] == [1, 5, 1]
    catalog.do(ticked(3), BlockedChange(False))
    assert not catalog.item(3).blocked
    check_base(catalog)


def test_changes_of_other_kinds_follow_on_the_same_connection(catalog: BulkHouse) -> None:
    """The driver prepares a statement that it meets often; what it prepared for one column does not fit another."""
    group = catalog.add_group("Молочное")
    fill(catalog, 100)
    for turn in range(12):
        catalog.do(ALL, BlockedChange(turn % 2 == 1))
    catalog.do(ALL, SectionChange(5))
    catalog.do(ALL, GroupsChange(put=(group.id,)))
    item = catalog.item(1)
    assert (item.section, item.blocked, item.groups) == (5, True, (group.id,))


def test_removed_items_leave_nothing_behind_and_their_codes_are_kept(catalog: BulkHouse) -> None:
    catalog.add(1, name="Сыр", price=None, barcodes=("4600000000015",))
    catalog.add(2, name="Хлеб", price=100, barcodes=("4600000000022",))
    seen = catalog.look(found(q="сыр"), Removal())
    assert seen.changed == 1 and seen.first[0].after is None and seen.first[0].before == {"price": None, "groups": []}
    catalog.do(found(q="сыр"), Removal(), seen)
    assert [item.code for item in catalog.all_items()] == [2]
    assert [item.code for item in catalog.removed()] == [1]
    catalog.add(3, name="Сыр другой", barcodes=("4600000000015",))
    with catalog.session() as session:
        assert session.execute(sa.text("SELECT count(*) FROM catalog.find_item_codes(ARRAY['%сыр%'], 9)")).scalar() == 1
    check_base(catalog)


def test_only_what_is_selected_changes(catalog: BulkHouse) -> None:
    group = catalog.add_group("Молочное")
    inner = catalog.add_group("Сыры", group.id)
    catalog.add(1, name="Сыр российский", price=100, groups=(inner.id,))
    catalog.add(2, name="Сыр голландский", price=None)
    catalog.add(3, name="Хлеб", price=100, groups=(group.id,))
    for selection, codes in (
        (found(q="СЫР"), {1, 2}),
        (found(group=group.id), {1, 3}),
        (found(group="none"), {2}),
        (found(no_price=True), {2}),
        (found(no_price=False, q="сыр"), {1}),
        (ticked(3, 3, 77, -1, 2**40), {3}),
        (found(limit=1, sort="-name"), {1, 2, 3}),
    ):
        seen = catalog.look(selection, SectionChange(7))
        assert {row.code for row in seen.first} == codes and seen.matched == len(codes), selection


def test_a_preview_holds_while_its_own_items_stay(catalog: BulkHouse) -> None:
    fill(catalog, 100, 200, 300)
    one = found(q="товар 1")
    seen = catalog.look(one, by_percent(1_000))
    catalog.change(2, price=999)  # another item: nobody has to look again
    assert catalog.do(one, by_percent(1_000), seen).revision == 3
    for spoil in (
        lambda: catalog.change(1, price=50),
        lambda: catalog.add(11, name="Товар 1 новый", price=5),
        lambda: catalog.remove(11),
        lambda: catalog.change(1, name="Другое"),
    ):
        seen = catalog.look(one, by_percent(1_000))
        spoil()
        before = catalog.prices()
        with pytest.raises(Stale):
            catalog.do(one, by_percent(1_000), seen)
        assert catalog.prices() == before


def test_of_two_at_the_same_time_the_second_is_stale_or_told_to_wait(catalog: BulkHouse) -> None:
    fill(catalog, *([100] * 50))
    seen = catalog.look(ALL, by_percent(1_000))
    outcomes: list[object] = []

    def change() -> None:
        try:
            outcomes.append(catalog.do(ALL, by_percent(1_000), seen))
        except (Stale, Busy) as refusal:
            outcomes.append(type(refusal))

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(not isinstance(outcome, type) for outcome in outcomes) == 1, outcomes
    assert set(catalog.prices().values()) == {110} and catalog.revision() == 2


def test_the_journal_hears_of_the_first_items_and_of_how_many(catalog: BulkHouse) -> None:
    group = catalog.add_group("Акция")
    fill(catalog, *([100] * (CHANGES_TOLD + 7)))
    catalog.do(ALL, by_sum(1))
    last = written(catalog.database, catalog.account)[-1]
    assert (len(last.changes), last.event.more) == (CHANGES_TOLD, 7)
    assert (last.changes[0].id, last.changes[0].before, last.changes[0].after) == ("1", {"price": 100}, {"price": 101})
    catalog.do(ticked(1), GroupsChange(put=(group.id,)))
    told = written(catalog.database, catalog.account)[-1].only
    assert (told.name, told.before, told.after) == ("Товар 1", {"groups": []}, {"groups": ["Акция"]})
    catalog.do(ticked(1), Removal())
    told = written(catalog.database, catalog.account)[-1].only
    assert told.after is None and told.before is not None and told.before["price"] == 101
    assert told.before["groups"] == ["Акция"]
    assert [one.record.actor for one in written(catalog.database, catalog.account)][-1] == catalog.actor


def test_previews_show_a_part_and_count_all(catalog: BulkHouse) -> None:
    fill(catalog, *([100] * (ROWS_SHOWN + 5)), *([None] * (CODES_SHOWN + 5)))
    seen = catalog.look(ALL, by_percent(100))
    assert (len(seen.first), seen.changed) == (ROWS_SHOWN, ROWS_SHOWN + 5)
    assert (len(seen.skipped[0].first), seen.skipped[0].items) == (CODES_SHOWN, CODES_SHOWN + 5)


@pytest.mark.parametrize(
    ("selection", "change", "field"),
    [
        (Selection(), Removal(), "codes"),
        (Selection(codes=(ItemCode(1),), matching=ItemQuery()), Removal(), "matching"),
        (Selection(codes=tuple(map(ItemCode, range(1, CODES_MAX + 2)))), Removal(), "codes"),
        (ALL, by_percent(-10_000), "amount"),
        (ALL, to_price(-1), "amount"),
        (ALL, TaxChange(18), "tax_code"),
        (ALL, SectionChange(17), "section"),
        (ALL, GroupsChange(), "put"),
        (ALL, GroupsChange(put=(ItemGroupId("nope"),)), "put"),
        (ALL, GroupsChange(take=(ItemGroupId(str(uuid.uuid4())),)), "take"),
    ],
)
def test_wrong_wishes_are_refused_by_field(
    catalog: BulkHouse, selection: Selection, change: BulkChange, field: str
) -> None:
    fill(catalog, 100)
    for ask in (catalog.look, catalog.do):
        with pytest.raises(Invalid) as refused:
            ask(selection, change)
        assert refused.value.errors[0].path == field
    with pytest.raises(NotFound):
        catalog.look(found(group=str(uuid.uuid4())), Removal())


def test_a_stranger_neither_sees_nor_changes(catalog: BulkHouse) -> None:
    group = catalog.add_group("Тайное")
    catalog.add(1, name="Секрет", price=100, groups=(group.id,))
    charlie = catalog.as_stranger()
    charlie.add(2, name="Моё", price=100)
    for change in (Removal(), to_price(1), BlockedChange(True), TaxTo22()):
        assert charlie.look(ticked(1), change).matched == 0
        assert charlie.do(ticked(1), change).revision is None
    assert charlie.look(found(q="секрет"), Removal()).matched == 0
    assert charlie.look(ALL, Removal()).matched == 1
    with pytest.raises(NotFound):
        charlie.look(found(group=group.id), Removal())
    with pytest.raises(Invalid):
        charlie.do(ticked(2), GroupsChange(put=(group.id,)))
    assert charlie.taxes() == {11: 1}
    # Even with Alice's account as argument the walls of Charlie's session hold.
    from services.catalog.use_cases import bulk_changes

    with charlie.session() as session:
        assert bulk_changes.preview(catalog.account, session, ALL, Removal()).matched == 0
    assert catalog.item(1).price == 100

"""Looking at the history of a goods base: revisions, what each did, two of them compared, removed items."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import exc

from services.catalog.domain.barcodes import barcode_key
from services.catalog.domain.undo import units_of
from services.catalog.models import Item
from services.catalog.repository.history import HISTORY_COLUMNS
from services.catalog.repository.undoing import BARCODE_KEY
from services.catalog.use_cases import revisions
from services.chassis.database import Database
from services.contracts.bulk import ItemChange
from services.contracts.catalog import ItemDraft
from services.contracts.refusals import Invalid, NotFound
from services.contracts.revisions import RESTORED_MAX, RemovedQuery
from services.contracts.values import Cursor, ItemCode
from tests.services.catalog.base_check import check_base
from tests.services.catalog.catalog_house import new_actor
from tests.services.catalog.history_house import HistoryHouse


@pytest.fixture
def catalog(database: Database) -> HistoryHouse:
    """The room as Alice sees it."""
    return HistoryHouse(database, new_actor("alice"))


def test_revisions_come_newest_first_page_by_page(catalog: HistoryHouse) -> None:
    assert catalog.revisions().items == ()
    for code in range(1, 6):
        catalog.add(code, name=f"Товар {code}")
    catalog.remove(2)
    first = catalog.revisions(limit=4)
    assert [view.revision for view in first.items] == [6, 5, 4, 3]
    assert (first.items[0].source, first.items[0].removed, first.items[0].author) == ("edit", 1, "alice")
    rest = catalog.revisions(limit=4, after=first.next)
    assert [view.revision for view in rest.items] == [2, 1] and rest.next is None
    for limit in (0, 501):
        with pytest.raises(Invalid):
            catalog.revisions(limit=limit)
    with pytest.raises(Invalid):
        catalog.revisions(after=Cursor("no cursor"))


def test_a_revision_tells_what_it_did_item_by_item(catalog: HistoryHouse) -> None:
    group = catalog.add_group("Молочное")
    catalog.add(1, name="Сыр", price=100, barcodes=("4600000000015", "555"), groups=(group.id,))
    catalog.add(2, name="Чай")
    catalog.bulk(
        ItemChange(1, ItemCode(1), draft=ItemDraft(price=None, barcodes=("555",), groups=())),
        ItemChange(2, ItemCode(2), removed=True),
        ItemChange(3, ItemCode(3), draft=ItemDraft(name="Соль", price=0)),
    )
    catalog.change(1, name="Сыр российский")  # what came later is not told of the earlier revision
    changed, removed, created = catalog.changes(3)
    assert (changed.code, changed.what, changed.name) == (1, "changed", "Сыр")
    assert changed.before == {"price": 100, "barcodes": ["4600000000015", "555"], "groups": [group.id]}
    assert changed.after == {"barcodes": ["555"], "groups": []}
    assert (removed.what, removed.after, removed.name) == ("removed", None, "Чай")
    assert removed.before is not None and removed.before["name"] == "Чай" and "article" not in removed.before
    assert (created.what, created.before, created.name) == ("created", None, "Соль")
    assert created.after is not None and created.after["price"] == 0 and created.after["tax_code"] == 11


def test_changes_come_page_by_page(catalog: HistoryHouse) -> None:
    rows = "".join(f"{code};Товар {code};10\n" for code in range(1, 31))
    catalog.bring(f"Код;Наименование;Цена\n{rows}".encode())
    seen: list[int] = []
    after: Cursor | None = None
    while True:
        with catalog.session() as session:
            page = revisions.page_changes(catalog.account, session, 1, after, 7)
        seen += [one.code for one in page.items]
        after = page.next
        if after is None:
            break
    assert seen == list(range(1, 31))


def test_two_revisions_are_compared_by_their_net_difference(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", price=100)  # 1
    catalog.add(2, name="Чай", price=50)  # 2
    catalog.change(1, price=150)  # 3
    catalog.change(1, price=100)  # 4
    catalog.change(2, price=70)  # 5
    catalog.change(2, article="А")  # 6
    catalog.remove(1)  # 7
    assert catalog.compare(2, 4) == []
    (tea,) = catalog.compare(4, 6)
    assert (tea.code, tea.before, tea.after) == (2, {"price": 50, "article": ""}, {"price": 70, "article": "А"})
    (cheese,) = catalog.compare(2, 3)
    assert (cheese.before, cheese.after) == ({"price": 100}, {"price": 150})
    assert [(one.code, one.what) for one in catalog.compare(0, 7)] == [(2, "created")]
    assert [(one.code, one.what) for one in catalog.compare(3, 7)] == [(1, "removed"), (2, "changed")]
    for older, newer in ((0, 8), (-1, 2), (8, 9), (2, 2**40)):
        with pytest.raises(NotFound):
            catalog.compare(older, newer)
    with pytest.raises(Invalid):
        catalog.compare(3, 2)


def test_removed_items_are_listed_searched_and_brought_back(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Чай зелёный", price=100, article="А-1", barcodes=("4600000000015",))
    catalog.add(2, name="Кофе", price=None)
    catalog.add(3, name="Сыр")
    before = catalog.plain_items()
    catalog.remove(1)
    catalog.remove(2, 3)
    assert [(item.code, item.revision) for item in catalog.removed()] == [(3, 5), (2, 5), (1, 4)]
    (tea,) = catalog.removed("ЗЕЛЕНЫЙ чай")
    assert (tea.name, tea.price, tea.article, tea.barcodes) == ("Чай зелёный", 100, "А-1", ("4600000000015",))
    assert (tea.source, tea.author, tea.revision) == ("edit", "alice", 4)
    for q in ("а-1", "46000000", "1"):
        assert [item.code for item in catalog.removed(q)] == [1], q
    assert catalog.removed("100%") == [] and catalog.removed("_ай") == []
    done = catalog.restore(1, 2, 3, 77)
    assert (done.revision, done.restored, done.conflicts) == (6, 3, ())
    assert catalog.plain_items() == before and catalog.removed() == []
    view = catalog.get_revision(6)
    assert (view.source, view.undoes, view.created) == ("undo", None, 3)
    check_base(catalog)
    assert catalog.restore(1).revision is None and catalog.restore(0, -5, 2**31).restored == 0
    catalog.undo(6)
    assert catalog.all_items() == []
    with pytest.raises(Invalid):
        catalog.restore(*range(1, RESTORED_MAX + 2))


def test_removed_items_come_page_by_page(catalog: HistoryHouse) -> None:
    for code in range(1, 8):
        catalog.add(code, name=f"Товар {code}")
    catalog.remove(2, 4, 6)
    catalog.remove(1, 3, 5, 7)
    seen: list[int] = []
    after: Cursor | None = None
    while True:
        with catalog.session() as session:
            page = revisions.page_removed(catalog.account, session, RemovedQuery(after=after, limit=2))
        seen += [item.code for item in page.items]
        after = page.next
        if after is None:
            break
    assert seen == [7, 5, 3, 1, 6, 4, 2]


def test_items_that_shared_a_barcode_come_back_with_one_owner(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Сыр", barcodes=("012", "777"))
    catalog.remove(1)
    catalog.add(2, name="Чай", barcodes=("12",))
    catalog.remove(2)
    done = catalog.restore(2, 1)
    assert done.restored == 2
    (conflict,) = done.conflicts
    assert (conflict.code, conflict.kind, conflict.params) == (2, "barcode_taken", {"barcode": "12", "item": 1})
    assert (catalog.item(1).barcodes, catalog.item(2).barcodes) == (("012", "777"), ())
    check_base(catalog)


def test_foreign_attributes_come_back_as_they_were(catalog: HistoryHouse) -> None:
    extra = {"nothing": None, "deep": {"none": None, "some": [1, None]}}
    catalog.add(1, name="Сыр", price=100)
    with catalog.session() as session:
        session.execute(sa.update(Item).values(extra=extra))
    catalog.remove(1)
    catalog.undo(2)
    assert catalog.item(1).extra == extra
    catalog.change(1, price=150)
    catalog.undo(4)
    assert catalog.item(1).extra == extra and catalog.item(1).price == 100


def test_the_history_of_an_account_stands_behind_its_wall(catalog: HistoryHouse) -> None:
    catalog.add(1, name="Секрет")
    charlie = catalog.as_stranger()
    charlie.add(1, name="Моё")
    with charlie.session() as session:
        seen = session.execute(sa.text("SELECT account_id FROM catalog.item_history")).scalars().all()
    assert {str(account) for account in seen} == {charlie.account}
    statement = "INSERT INTO catalog.item_history (account_id, revision, code) VALUES (:alice, 9, 9)"
    with pytest.raises(exc.ProgrammingError, match="row-level security"), charlie.session() as session:
        session.execute(sa.text(statement), {"alice": catalog.account})


def test_every_column_is_taken_back_in_exactly_one_unit() -> None:
    columns = [column for unit in units_of(HISTORY_COLUMNS) for column in unit]
    assert sorted(columns) == sorted(HISTORY_COLUMNS)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc"]), min_size=1, max_size=20), max_size=30))
def test_the_database_compares_barcodes_as_the_domain_does(module_database: str, barcodes: list[str]) -> None:
    barcodes = [*barcodes, "000", "0012", "1" * 18, "0" * 18 + "1", "абв", "ß", "ёЁ"]
    engine = sa.create_engine(module_database.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        question = sa.text(f"SELECT {BARCODE_KEY.format('b')} FROM unnest(CAST(:told AS text[])) b")
        assert list(connection.execute(question, {"told": barcodes}).scalars()) == [*map(barcode_key, barcodes)]

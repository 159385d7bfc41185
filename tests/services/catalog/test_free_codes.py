"""New items without a code get the lowest free one; finding it locks a large base no longer than a small one."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from services.catalog.repository.base import lock_base
from services.catalog.repository.free_codes import BLOCK, free_codes
from services.catalog.repository.items import renew_search
from tests.services.catalog.catalog_house import CatalogHouse

LARGE, MANY = 200_000, 20_000  # items


def fill(catalog: CatalogHouse, codes: str, parameters: dict[str, object]) -> None:
    """Give the base items with the codes that a query yields."""
    with catalog.session() as session:
        base = lock_base(catalog.account, session)
        added = session.execute(
            sa.text(
                "INSERT INTO catalog.item (account_id, code, name, short_name, short_name_edited, barcodes, groups,"
                " article, tax_code, type_code, measure_unit, section, marked, undivided, blocked, changed_revision,"
                " version, changed_at) SELECT :account, code, 'Товар', 'Товар', false, '', '{}', '', 11, 1, 0, 1,"
                f" false, true, false, 1, 1, now() FROM ({codes}) AS given (code) RETURNING code"
            ),
            {"account": catalog.account, **parameters},
        ).all()
        base.items = base.no_price = len(added)
        base.revision = base.search_revision = 1


def pages_read(session: Session) -> int:
    """Pages of items and their indexes that this transaction has asked for so far."""
    return int(
        session.execute(
            sa.text(
                "SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class WHERE oid = 'catalog.item'::regclass"
                " OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'catalog.item'::regclass)"
            )
        ).scalar_one()
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    codes=st.sets(st.integers(1, 30) | st.integers(BLOCK - 3, BLOCK + 3) | st.just(2**31 - 1), max_size=40),
    dense=st.sampled_from((0, 7, BLOCK - 1, BLOCK, 2 * BLOCK + 1)),
    count=st.integers(1, 20) | st.just(1000),
)
def test_they_are_the_lowest(catalog: CatalogHouse, codes: set[int], dense: int, count: int) -> None:
    who = catalog.as_stranger("one more")
    taken = codes | set(range(1, dense + 1))
    fill(who, "SELECT unnest(cast(:codes AS integer[]))", {"codes": sorted(taken)})
    with who.session() as session:
        found = free_codes(who.account, session, lock_base(who.account, session), count)
    lowest = (code for code in range(1, len(taken) + count + 1) if code not in taken)
    assert found == [code for code, _ in zip(lowest, range(count), strict=False)]


@pytest.mark.parametrize("gap", [0, 77])
def test_a_large_base_is_not_looked_through(catalog: CatalogHouse, gap: int) -> None:
    fill(catalog, "SELECT n FROM generate_series(1, :last) AS n WHERE n <> :gap", {"last": LARGE, "gap": gap})
    with catalog.session() as session:
        base = lock_base(catalog.account, session)
        before = pages_read(session)
        found = free_codes(catalog.account, session, base, 1)
        read = pages_read(session) - before
    assert found == [gap or LARGE + 1]
    assert read < 200, "as a rule 4 or 35; looking at every item reads thousands"
    assert catalog.add(name="Сыр").code == (gap or LARGE + 1)
    assert catalog.add(name="Хлеб").code == LARGE + (1 if gap else 2)


def test_renewing_the_search_of_a_large_base_does_not_compare_each_with_each(catalog: CatalogHouse) -> None:
    fill(catalog, "SELECT n FROM generate_series(1, :last) AS n", {"last": MANY})
    with catalog.session() as session:
        lock_base(catalog.account, session).search_revision = 0
    with catalog.session() as session:
        renew_search(catalog.account, session)
        read = pages_read(session)
    assert read < 10 * MANY, "some four for each item; each with each reads millions"
    catalog.change(7, name="Хлеб")
    catalog.remove(8)
    with catalog.session() as session:
        lock_base(catalog.account, session).search_revision = 1
    with catalog.session() as session:
        renew_search(catalog.account, session)
        copies = session.execute(
            sa.text("SELECT code, search FROM catalog.item_search WHERE account_id = :account AND code IN (7, 8, 9)"),
            {"account": catalog.account},
        ).all()
        assert {code: search.split("\n")[0] for code, search in copies} == {7: "хлеб", 9: "товар"}

"""One account's large files and impatient people keep no other account waiting."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from services.catalog.repository.base import lock_base
from services.catalog.use_cases import item_groups, items
from services.catalog.use_cases.price_list_preview import PreviewSeats, preview
from services.chassis import clock
from services.chassis.database import plain_url
from services.contracts.catalog import PriceListPreview
from services.contracts.recipe import Recipe
from services.contracts.refusals import Busy
from tests.services.catalog.catalog_house import CatalogHouse
from tests.waiting import wait_for

RECIPE = Recipe((), 100, 1, "185F", "0.4", "1.2", 5000)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def wishes(catalog: CatalogHouse) -> int:
    """Price lists of the account that wait for a worker."""
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        question = "SELECT count(*) FROM catalog.price_list_job WHERE account_id = %s"
        counted = connection.execute(question, (catalog.account,)).fetchone()
    return int(counted[0]) if counted is not None else 0


def test_few_previews_wait_and_the_others_are_told_at_once(catalog: CatalogHouse, threads: ThreadPoolExecutor) -> None:
    seats = PreviewSeats()
    bob, charlie = catalog.as_stranger("bob"), catalog.as_stranger("charlie")

    def look(who: CatalogHouse) -> PriceListPreview:
        with who.session() as session:
            return preview(who.account, session, who.database, seats, RECIPE, None, 50, clock.now())

    def look_and_wait(who: CatalogHouse) -> "Future[PriceListPreview]":
        waiting = threads.submit(look, who)
        wait_for(lambda: wishes(who) == 1, 5, "the wish of whoever waits")
        return waiting

    for who in (catalog, bob, charlie):
        who.add(1, name="Сыр", price=100)
    waiting = [look_and_wait(catalog)]
    with pytest.raises(Busy) as busy:
        look(catalog)  # an account has one seat
    assert busy.value.params["retry_after"] == 2
    waiting.append(look_and_wait(bob))
    with pytest.raises(Busy):
        look(charlie)
    assert wishes(charlie) == 0  # nothing was asked for: told at once, not after waiting
    while catalog.worker.do_price_list():
        pass
    assert [one.result(10).records for one in waiting] == [1, 1]
    waiting = [look_and_wait(charlie)]  # seats are free again
    assert (look(catalog).records, look(bob).records) == (1, 1)  # what is built needs none
    while catalog.worker.do_price_list():
        pass
    assert waiting[0].result(10).records == 1


@pytest.mark.parametrize("first_change", [True, False])
def test_a_call_does_not_wait_for_a_long_merge(catalog: CatalogHouse, first_change: bool) -> None:
    if not first_change:
        catalog.add(1, name="Сыр")
    with catalog.session() as merging:
        lock_base(catalog.account, merging)
        with pytest.raises(Busy) as busy:
            catalog.add(2, name="Хлеб")
        assert busy.value.params["retry_after"] == 2
        with pytest.raises(Busy):
            catalog.add_group("Молочное")
        with catalog.session() as session:
            assert items.base_status(catalog.account, session).items == (0 if first_change else 1)
    assert catalog.add(2, name="Хлеб").code == 2


def test_only_the_base_is_waited_for_so_shortly(catalog: CatalogHouse) -> None:
    with catalog.session() as session:
        before = session.connection().exec_driver_sql("SHOW lock_timeout").scalar_one()
        item_groups.add_group(catalog.account, session, "alice", "Молочное", None, clock.now())
        assert session.connection().exec_driver_sql("SHOW lock_timeout").scalar_one() == before == "10s"

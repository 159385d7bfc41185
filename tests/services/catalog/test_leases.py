"""Who holds which work: one import of an account at a time, whatever the clocks of the workers' machines say."""

import threading
import uuid
from datetime import timedelta

import psycopg

from services.catalog import system_repository
from services.catalog.use_cases import price_lists
from services.catalog.work_places import LEASE, WorkPlaces
from services.chassis import clock
from services.chassis.database import plain_url
from services.contracts.recipe import Recipe
from tests.services.catalog.catalog_house import CatalogHouse
from tests.waiting import wait_for

BODY = "Код;Наименование\n1;Сыр\n".encode()
RECIPE = Recipe((), 100, 1, "185F", "0.4", "1.2", 5000)


def waits_for_a_lock(catalog: CatalogHouse) -> bool:
    """Whether some transaction of this database waits for another."""
    question = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = %s)"
    )
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        row = connection.execute(question, ("Lock",)).fetchone()
    return row is not None and bool(row[0])


def test_two_imports_of_an_account_are_not_taken_at_once(catalog: CatalogHouse) -> None:
    first, second = catalog.start(BODY), catalog.start(BODY)
    charlie = catalog.as_stranger()
    other = charlie.start(BODY)
    taken: list[str | None] = []

    def take() -> None:
        with catalog.database.system() as session:
            row = system_repository.take_import(session, str(uuid.uuid4()), LEASE)
            taken.append(None if row is None else row.import_id)

    rival = threading.Thread(target=take)
    with catalog.database.system() as session:
        row = system_repository.take_import(session, str(uuid.uuid4()), LEASE)
        assert row is not None and row.import_id == first.id
        rival.start()
        wait_for(lambda: taken or waits_for_a_lock(catalog), 5, "the rival has chosen, or waits for its turn")
    rival.join(10)
    assert taken == [other.id]  # the next account's
    take()
    assert taken == [other.id, None]
    assert catalog.get(second.id).state == "queued"
    for who in (catalog, charlie):  # leaves nothing for the tests after this one
        with who.session() as session:
            session.connection().exec_driver_sql("DELETE FROM catalog.goods_import")


def test_leases_do_not_compare_the_clocks_of_two_machines(catalog: CatalogHouse) -> None:
    ahead = WorkPlaces(catalog.database, lambda: clock.now() + timedelta(hours=1))
    behind = WorkPlaces(catalog.database, lambda: clock.now() - timedelta(hours=1))
    catalog.add(1, name="Сыр", price=1)
    started = catalog.start(BODY)
    with catalog.session() as session:
        price_lists.want_preview(catalog.account, session, RECIPE, clock.now())
    holder = str(uuid.uuid4())
    with catalog.database.system() as session:
        assert system_repository.take_import(session, holder, LEASE) is not None
        assert system_repository.take_price_list_job(session, holder, LEASE) is not None
    assert not ahead.do_import() and not ahead.do_price_list()  # both are held, whatever the hour here
    run_out(catalog)
    with catalog.database.system() as session:
        system_repository.extend_leases(session, [holder], LEASE)
    assert not ahead.do_import() and not ahead.do_price_list()
    run_out(catalog)
    assert behind.do_import() and behind.do_price_list()  # nobody holds them any more
    assert catalog.get(started.id).state == "applied"


def run_out(catalog: CatalogHouse) -> None:
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        for table in ("goods_import", "price_list_job"):
            connection.execute(f"UPDATE catalog.{table} SET lease_until = now() - interval '1 second'")

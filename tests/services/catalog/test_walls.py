"""Row security as the second lock: what the database itself lets each role see."""

import importlib
import inspect
import pkgutil

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from services.catalog import repository, system_repository
from services.catalog.models import Base, Item
from services.chassis.database import plain_url
from services.contracts.values import AccountId
from tests.services.catalog.catalog_house import CatalogHouse

# Every function that looks over the walls, with its reason.
OVER_THE_WALLS = {
    "take_import": "a worker serves every account",
    "take_price_list_job": "a worker serves every account",
    "extend_leases": "a worker holds work of any account",
    "due_schedules": "a worker serves every account",
    "stale_searches": "a worker serves every account",
    "sweep": "the sweep goes over all accounts",
}


def own_functions(module: object) -> dict[str, object]:
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if inspect.unwrap(function).__module__ == getattr(module, "__name__", "") and not name.startswith("_")
    }


def test_who_looks_over_the_walls_is_listed_with_a_reason() -> None:
    assert own_functions(system_repository).keys() == OVER_THE_WALLS.keys()


def test_every_other_question_has_the_account_first() -> None:
    asked = 0
    for module in pkgutil.iter_modules(repository.__path__, f"{repository.__name__}."):
        for name, function in own_functions(importlib.import_module(module.name)).items():
            parameters = inspect.signature(function).parameters  # type: ignore[arg-type]
            if all(parameter.annotation is not Session for parameter in parameters.values()):
                continue  # SQL for others: whoever has no session asks nothing
            first = next(iter(parameters.items()))
            assert first[0] == "account" and first[1].annotation is AccountId, f"{module.name}.{name}"
            asked += 1
    assert asked > 40


def test_every_table_has_its_wall_and_the_columns_of_its_model(catalog: CatalogHouse) -> None:
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        walls = connection.execute(
            """
            SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
              (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
            FROM pg_class c WHERE c.relnamespace = 'catalog'::regnamespace AND c.relkind = 'r'
              AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id')
            """
        ).fetchall()
        columns = connection.execute(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = 'catalog' GROUP BY table_name"
        ).fetchall()
    told: dict[str, list[str]] = dict(columns)
    assert len(walls) > 15
    assert [name for name, forced, policies in walls if not forced or policies != 2] == []
    for table in Base.metadata.tables.values():
        made_by_the_database = {"search"} if table.name == "item" else set()
        assert set(told[table.name]) == {column.name for column in table.columns} | made_by_the_database, table.name


def test_without_an_account_nothing_is_seen(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Секрет")
    with catalog.session() as session:
        session.execute(sa.text("SELECT set_config('kkt.account', '', true)"))
        assert session.scalars(sa.select(Item.code)).all() == []
        found = sa.text("SELECT * FROM catalog.find_item_codes(ARRAY['%%'], 10)")
        assert session.execute(found).all() == []
    with catalog.session() as session:
        assert session.execute(sa.text("SELECT * FROM catalog.find_item_codes(ARRAY['%%'], 10)")).all() == [(1,)]


def test_rows_of_another_account_cannot_be_made_or_moved(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Секрет")
    charlie = catalog.as_stranger()
    charlie.add(1, name="Моё")
    for statement in (
        "INSERT INTO catalog.barcode (account_id, key, code) VALUES (:alice, '1', 1)",
        "UPDATE catalog.item SET account_id = :alice, code = 2",
    ):
        with pytest.raises(ProgrammingError, match="row-level security"), charlie.session() as session:
            session.execute(sa.text(statement), {"alice": catalog.account})
    with charlie.session() as session:
        deleted = session.execute(sa.text("DELETE FROM catalog.item RETURNING account_id")).all()
    assert [str(row.account_id) for row in deleted] == [charlie.account]
    assert catalog.item(1).name == "Секрет"


def test_the_room_cannot_change_its_walls(catalog: CatalogHouse) -> None:
    for statement in (
        "ALTER TABLE catalog.item DISABLE ROW LEVEL SECURITY",
        "TRUNCATE catalog.item",
        "SELECT count(*) FROM identity.account",
        "SELECT * FROM catalog.event_cursor",
    ):
        with pytest.raises(ProgrammingError), catalog.session() as session:
            session.execute(sa.text(statement))

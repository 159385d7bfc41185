"""The room's use cases on a real database. Each test has accounts of its own, so one database serves a module."""

from collections.abc import Iterator

import pytest

from services.chassis.database import Database
from tests.services.catalog.catalog_house import CatalogHouse, new_actor


@pytest.fixture(scope="module")
def database(module_database: str) -> Iterator[Database]:
    database = Database(module_database, "catalog", 8)
    yield database
    database.close()


@pytest.fixture
def catalog(database: Database) -> CatalogHouse:
    """The room as Alice sees it."""
    return CatalogHouse(database, new_actor("alice"))

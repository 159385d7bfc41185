"""The room's use cases on a real database, with a clock that the test moves."""

from collections.abc import Iterator

import pytest

from services.chassis.database import Database
from services.contracts.values import UserActor
from tests.house.servers import TestServers
from tests.services.registers.registers_house import Device, RegistersHouse, empty_room, user


@pytest.fixture(scope="session")
def database(infrastructure: TestServers) -> Iterator[Database]:
    """One database for all tests of the room; `room` empties it."""
    url = infrastructure.create_database()
    database = Database(url, "registers", 6)
    yield database
    database.close()
    infrastructure.drop_database(url)


@pytest.fixture
def room(database: Database) -> RegistersHouse:
    empty_room(database.url)
    return RegistersHouse(database)


@pytest.fixture
def alice() -> UserActor:
    return user("Алиса")


@pytest.fixture
def charlie() -> UserActor:
    """A stranger: the administrator of another account."""
    return user("Чарли")


@pytest.fixture
def device() -> Device:
    return Device()

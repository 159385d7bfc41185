"""The room's use cases on a real database, with a clock that the test moves."""

from collections.abc import Iterator

import pytest

from services.chassis.database import Database
from services.contracts.values import UserActor
from tests.services.registers.registers_house import Device, RegistersHouse, empty_room, user


@pytest.fixture(scope="module")
def database(module_database: str) -> Iterator[Database]:
    database = Database(module_database, "registers", 6)
    yield database
    database.close()


@pytest.fixture
def house_of_registers(database: Database) -> RegistersHouse:
    empty_room(database.url)
    return RegistersHouse(database)


@pytest.fixture
def room(house_of_registers: RegistersHouse) -> RegistersHouse:
    return house_of_registers


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

"""The fixtures themselves; `tests/conftest.py` makes them known to every test."""

from collections.abc import Iterator

import pytest

from tests.house.running import RunningHouse, start_house
from tests.house.servers import (
    TestServers,
    discard,
    running_servers,
    scratch_place,
    shared_place,
    start_servers,
    stop_servers,
)


@pytest.fixture(scope="session")
def infrastructure() -> Iterator[TestServers]:
    """A PostgreSQL and a RabbitMQ: those of KKT_TEST_DIR, or a pair of this run's own."""
    shared = shared_place()
    if shared is not None:
        yield running_servers(shared)
        return
    place = scratch_place("servers")
    try:
        servers = start_servers(place)
    except BaseException:
        discard(place)
        raise
    yield servers
    stop_servers(servers)


@pytest.fixture
def fresh_database(infrastructure: TestServers) -> Iterator[str]:
    """The address of a migrated, empty database that only this test uses."""
    url = infrastructure.create_database()
    yield url
    infrastructure.drop_database(url)


@pytest.fixture(scope="module")
def module_database(infrastructure: TestServers) -> Iterator[str]:
    """As `fresh_database`, shared by the tests of one module."""
    url = infrastructure.create_database()
    yield url
    infrastructure.drop_database(url)


@pytest.fixture
def empty_database(infrastructure: TestServers) -> Iterator[str]:
    """The address of a database without any of our schemas."""
    url = infrastructure.create_empty_database()
    yield url
    infrastructure.drop_database(url)


@pytest.fixture
def fresh_vhost(infrastructure: TestServers) -> Iterator[str]:
    """The address of an empty virtual host that only this test uses."""
    url = infrastructure.create_vhost()
    yield url
    infrastructure.drop_vhost(url)


@pytest.fixture(scope="module")
def module_vhost(infrastructure: TestServers) -> Iterator[str]:
    """As `fresh_vhost`, shared by the tests of one module."""
    url = infrastructure.create_vhost()
    yield url
    infrastructure.drop_vhost(url)


@pytest.fixture(scope="session")
def house(infrastructure: TestServers) -> Iterator[RunningHouse]:
    """Every process of the product, shared by this run; tests make accounts of their own in it."""
    place = scratch_place("house")
    database, vhost = infrastructure.create_database(), infrastructure.create_vhost()
    try:
        running = start_house(place, database_url=database, amqp_url=vhost)
        yield running
        running.stop()
    finally:
        discard(place)
        infrastructure.drop_vhost(vhost)
        infrastructure.drop_database(database)


@pytest.fixture
def fragile_house() -> Iterator[RunningHouse]:
    """Every process with its own PostgreSQL and RabbitMQ, for one test that breaks things."""
    place = scratch_place("fragile")
    try:
        running = start_house(place)
        yield running
        running.stop()
    finally:
        discard(place)

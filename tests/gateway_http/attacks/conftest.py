"""Who is attacked and by whom: accounts that are strangers to each other."""

from collections.abc import Iterator

import pytest

from tests.gateway_http.pages.visitor import Clerk, Visitor
from tests.house.running import RunningHouse


@pytest.fixture
def visitor(house: RunningHouse) -> Iterator[Visitor]:
    """A browser that nobody has signed in with."""
    person = Visitor(house)
    yield person
    person.leave()


@pytest.fixture
def clerk(house: RunningHouse) -> Iterator[Clerk]:
    """The administrator of an account in which nothing has happened yet."""
    person = Clerk(house)
    yield person
    person.leave()


@pytest.fixture(scope="module")
def alice(house: RunningHouse) -> Iterator[Clerk]:
    """An account that the tests of a module share."""
    person = Clerk(house, "Алиса")
    yield person
    person.leave()


@pytest.fixture(scope="module")
def charlie(house: RunningHouse) -> Iterator[Clerk]:
    """A stranger: the administrator of another account."""
    person = Clerk(house, "Чужой")
    yield person
    person.leave()

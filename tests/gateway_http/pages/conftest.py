"""Fixtures of the pages' tests."""

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

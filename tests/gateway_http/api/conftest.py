"""Fixtures of the API's tests: Alice and Bob work in accounts of their own."""

from collections.abc import Iterator

import httpx
import pytest

from tests.gateway_http.api.people import Described, Person
from tests.house.running import RunningHouse


@pytest.fixture(scope="session")
def described(house: RunningHouse) -> Described:
    """The API's description as the running server gives it."""
    return Described(httpx.get(f"{house.http_url}/api/v1/openapi.json").raise_for_status().json())


@pytest.fixture(scope="session")
def alice(house: RunningHouse, described: Described) -> Iterator[Person]:
    """The account that most tests work in; its data are those of earlier tests, too."""
    person = Person(house, described, "Алиса")
    yield person
    person.leave()


@pytest.fixture(scope="session")
def bob(house: RunningHouse, described: Described) -> Iterator[Person]:
    """Another account's administrator, for looking over the wall."""
    person = Person(house, described, "Боб")
    yield person
    person.leave()


@pytest.fixture
def newcomer(house: RunningHouse, described: Described) -> Iterator[Person]:
    """An account in which nothing has happened yet."""
    person = Person(house, described, "Новичок")
    yield person
    person.leave()

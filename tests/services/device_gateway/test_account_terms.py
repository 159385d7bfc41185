"""What the limits, the state and the end of an account mean to its registers, over real sockets and the real bus."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import httpx
import pytest

from services.contracts.limits import AccountState
from tests.gateway_http.api.people import Described, Person
from tests.house.running import RunningHouse
from tests.services.device_gateway.conftest import RunningGateway
from tests.services.device_gateway.line import Line
from tests.services.forgotten_rows import limits_of, rows_of, state_of
from tests.services.identity_facts import account_of, tell_forgotten, tell_terms

pytestmark = pytest.mark.asyncio(loop_scope="module")

Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def tenant(house: RunningHouse) -> Iterator[Person]:
    """An account of this test alone, with one item in its base."""
    person = Person(house, Described(httpx.get(f"{house.http_url}/api/v1/openapi.json").json()), "Срок")
    person.choose_tax()
    assert person.client.post("/items", json={"name": "Хлеб", "price": 5000}).status_code == 201
    yield person
    person.leave()


async def _linked(gateway: RunningGateway, tenant: Person) -> tuple[Line, str]:
    register = await asyncio.to_thread(tenant.add_register)
    line = Line(gateway.url, register["kkt_id"])
    assert (await line.open())["type"] == "welcome"
    await line.settle()
    return line, register["id"]


def _start_load(tenant: Person, register: str) -> httpx.Response:
    return tenant.client.post(f"/registers/{register}/exchanges", json={"kind": "load_goods"})


async def test_above_the_limit_of_links_a_register_is_told_to_come_later(
    house: RunningHouse, gateway: RunningGateway, tenant: Person, eventually: Eventually
) -> None:
    url, account = house.database_url, account_of(house.database_url, tenant.number)
    first, _register = await _linked(gateway, tenant)
    tell_terms(url, account, 1, AccountState.ACTIVE, links=1)
    await eventually(lambda: limits_of(url, "registers", account).get("links") == 1)
    second = Line(gateway.url, (await asyncio.to_thread(tenant.add_register))["kkt_id"])
    refused = await second.open()
    assert (refused["type"], refused["code"], refused["retry_after"]) == ("refused", "busy_server", 60)
    assert await second.end() == (4403, "refused: busy_server")
    tell_terms(url, account, 2, AccountState.ACTIVE, links=2)
    await eventually(lambda: limits_of(url, "registers", account).get("links") == 2)
    assert (await second.open())["type"] == "welcome"
    await first.leave()
    await second.leave()


async def test_a_suspended_account_gets_no_loads_and_its_waiting_one_goes_on_after_the_resumption(
    house: RunningHouse, gateway: RunningGateway, tenant: Person, eventually: Eventually
) -> None:
    url, account = house.database_url, account_of(house.database_url, tenant.number)
    line, register = await _linked(gateway, tenant)
    await line.leave()
    told = await asyncio.to_thread(_start_load, tenant, register)
    exchange = told.json()["id"]
    tell_terms(url, account, 1, AccountState.SUSPENDED)
    await eventually(lambda: state_of(url, "registers", account) == "suspended")
    assert (await line.open())["type"] == "welcome"
    refused = await asyncio.to_thread(_start_load, tenant, register)
    assert (refused.status_code, refused.json()["code"]) == (409, "account_not_active")
    line.mode = "sales"
    await line.say(type="mode_changed", mode="sales", since="2026-03-02T07:41:00Z")
    line.mode = "menu"
    await line.say(type="mode_changed", mode="menu", since="2026-03-02T07:42:00Z")
    with pytest.raises(TimeoutError):
        await line.hear(seconds=1.5)
    state = (await asyncio.to_thread(tenant.client.get, f"/exchanges/{exchange}")).json()["state"]
    assert state in ("queued", "waiting")
    tell_terms(url, account, 2, AccountState.ACTIVE)
    begin = await line.hear_type("load_begin")
    assert begin["exchange"] == exchange
    await line.leave()


async def test_when_the_account_is_gone_its_links_end_and_every_row_goes(
    house: RunningHouse, gateway: RunningGateway, tenant: Person, eventually: Eventually
) -> None:
    url, account = house.database_url, account_of(house.database_url, tenant.number)
    line, _register = await _linked(gateway, tenant)
    tell_forgotten(url, account)
    for room in ("registers", "catalog"):
        await eventually(lambda room=room: state_of(url, room, account) == "forgetting")
        await eventually(lambda room=room: rows_of(url, room, account) == {})
    await line.beat()
    assert (await line.end())[0] == 4409
    assert (await line.open())["code"] == "unknown_id"

"""What people see while the bus is away: an honest page, and their form to send again. A real gateway, no broker."""

from collections.abc import AsyncIterator

import falcon
import falcon.testing
import pytest
import pytest_asyncio

from gateway_http.app import create_app
from gateway_http.csrf import csrf_token
from gateway_http.settings import HttpSettings
from services.chassis.bridge import Bridge
from tests.gateway_http.pages.visitor import Reading

NOWHERE = "amqp://nobody:nothing@127.0.0.1:1/none"  # nothing listens on port 1
TOKEN = "a-session-that-nobody-can-look-at"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[falcon.testing.ASGIConductor]:
    app = create_app(Bridge(NOWHERE, timeout=0.3), HttpSettings())
    async with falcon.testing.ASGIConductor(app, headers={"Accept-Language": "ru"}) as running:
        yield running


async def test_health_tells_life_from_readiness(gateway: falcon.testing.ASGIConductor) -> None:
    assert (await gateway.simulate_get("/healthz")).status_code == 200
    assert (await gateway.simulate_get("/readyz")).status_code == 503
    told = await gateway.simulate_get("/metrics")
    assert 'kkt_http_request_seconds_count{method="GET",route="/readyz",status="503"} 1.0' in told.text


async def test_page_says_that_a_part_does_not_answer(gateway: falcon.testing.ASGIConductor) -> None:
    told = await gateway.simulate_get("/registers", cookies={"kkt_session": TOKEN})
    assert told.status_code == 503 and told.headers["retry-after"]
    assert "Ничего не потеряно: повторите через минуту" in told.text


async def test_sign_in_says_so_too(gateway: falcon.testing.ASGIConductor) -> None:
    page = await gateway.simulate_get("/sign-in")
    visitor = page.cookies["kkt_visitor"].value
    told = await gateway.simulate_post(
        "/sign-in",
        headers={"Content-Type": falcon.MEDIA_URLENCODED},
        body=f"client=1&user=a&password=secret&csrf={csrf_token(visitor)}",
        cookies={"kkt_visitor": visitor},
    )
    assert told.status_code == 422 and "не отвечает" in told.text and "secret" not in told.text


async def test_form_can_be_sent_again_as_it_was(gateway: falcon.testing.ASGIConductor) -> None:
    told = await gateway.simulate_post(
        "/admin/registers/new",
        headers={"Content-Type": falcon.MEDIA_URLENCODED},
        body=f"name=%D0%81%D0%BB%D0%BA%D0%B0&groups=a&groups=b&form_id=once&csrf={csrf_token(TOKEN)}",
        cookies={"kkt_session": TOKEN},
    )
    assert told.status_code == 503
    fields = Reading(told.text).form("retry").fields
    assert fields["name"] == ["Ёлка"] and fields["groups"] == ["a", "b"] and fields["form_id"] == ["once"]


async def test_part_of_a_page_is_answered_by_a_toast(gateway: falcon.testing.ASGIConductor) -> None:
    told = await gateway.simulate_get(
        "/registers", cookies={"kkt_session": TOKEN}, headers={"HX-Request": "true", "HX-Target": "registers"}
    )
    assert told.status_code == 503 and "<html" not in told.text and "data-toast" in told.text

"""What happens on an open link: beats, modes, questions, pokes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest
from websockets.exceptions import ConnectionClosed

from tests.gateway_http.api.people import Person
from tests.services.device_gateway.conftest import RunningGateway
from tests.services.device_gateway.line import Line

pytestmark = pytest.mark.asyncio(loop_scope="module")

Eventually = Callable[[Callable[[], object]], Awaitable[None]]


async def _linked(gateway: RunningGateway, owner: Person) -> tuple[Line, str]:
    register = await asyncio.to_thread(owner.add_register)
    line = Line(gateway.url, register["kkt_id"])
    await line.open()
    await line.settle()
    return line, register["id"]


async def test_people_see_the_register_come_and_go(
    gateway: RunningGateway, owner: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, owner)
    path = f"/registers/{register}"
    await eventually(lambda: owner.client.get(path).json()["online"])
    await eventually(lambda: owner.client.get(f"{path}/settings").status_code == 200)
    told = owner.client.get(path).json()
    assert (told["serial_number"], told["mode"], told["state"]) == (line.serial, "menu", "bound")
    settings = owner.client.get(f"{path}/settings").json()["settings"]
    assert settings["receipt.header_1"] == "ООО «Ромашка»"
    await line.leave()
    await eventually(lambda: not owner.client.get(path).json()["online"])


async def test_a_poke_brings_the_question_at_once_and_the_answer_back(
    gateway: RunningGateway, owner: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, owner)
    asked = await asyncio.to_thread(
        lambda: owner.client.post(f"/registers/{register}/exchanges", json={"kind": "test"}).json()
    )
    test = await line.hear_type("test")  # the line never beats: nothing but a poke brings it
    await line.say(type="test_done", id=test["id"], text=test["text"], clock="2026-03-02T07:40:00Z")
    await eventually(lambda: owner.client.get(f"/exchanges/{asked['id']}").json()["state"] == "applied")
    assert owner.client.get(f"/exchanges/{asked['id']}").json()["answer"]["text"] == test["text"]
    await line.leave()


async def test_a_question_that_the_register_refuses_fails_with_its_code(
    gateway: RunningGateway, owner: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, owner)
    asked = await asyncio.to_thread(
        lambda: owner.client.post(f"/registers/{register}/exchanges", json={"kind": "test"}).json()
    )
    test = await line.hear_type("test")
    await line.say(type="error", id=test["id"], code="no_paper", register_code="510")
    await eventually(lambda: owner.client.get(f"/exchanges/{asked['id']}").json()["state"] == "failed")
    told = owner.client.get(f"/exchanges/{asked['id']}").json()
    assert (told["reason"], told["register_code"]) == ("no_paper", "510")
    await line.leave()


async def test_modes_are_seen_at_once_and_by_the_next_beat(
    gateway: RunningGateway, owner: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, owner)
    await line.say(type="mode_changed", mode="sales", since="2026-03-02T07:42:00Z")
    await eventually(lambda: owner.client.get(f"/registers/{register}").json()["mode"] == "sales")
    line.mode = "reports"
    await line.beat()
    await eventually(lambda: owner.client.get(f"/registers/{register}").json()["mode"] == "reports")
    await line.leave()


async def test_every_second_beat_asks_what_is_due(gateway: RunningGateway, owner: Person) -> None:
    line, register = await _linked(gateway, owner)
    gateway.gateway._tools.connections._poked = lambda *_: None  # type: ignore[method-assign]
    binding = gateway.gateway._tools.connections._pokes
    assert binding is not None
    await asyncio.wrap_future(binding.unbind(register))  # pokes are lost from now on
    await asyncio.to_thread(lambda: owner.client.post(f"/registers/{register}/exchanges", json={"kind": "test"}))
    await line.beat()
    await line.beat()
    assert (await line.hear_type("test"))["text"]
    await line.leave()


async def test_a_removed_register_is_sent_away(gateway: RunningGateway, owner: Person) -> None:
    line, register = await _linked(gateway, owner)
    await asyncio.to_thread(lambda: owner.client.delete(f"/registers/{register}"))
    with contextlib.suppress(ConnectionClosed):  # a poke may have ended it already
        await line.beat()
        await line.beat()
    assert (await line.end())[0] == 4409
    answer = await line.open()
    assert answer["code"] == "unknown_id"


@pytest.mark.parametrize("said", ["nonsense", '{"type":"mode_changed","mode":"lunch"}', "[1]"])
async def test_garbage_on_an_open_link_closes_it(gateway: RunningGateway, owner: Person, said: str) -> None:
    line, _ = await _linked(gateway, owner)
    await line.say_raw(said)
    assert (await line.end())[0] == 4400


async def test_an_unknown_message_is_answered_and_the_link_stays(gateway: RunningGateway, owner: Person) -> None:
    line, _ = await _linked(gateway, owner)
    await line.say(type="from_the_future", id=7)
    told = await line.hear_type("error")
    assert (told["code"], told["id"]) == ("unknown_message", 7)
    await line.leave()

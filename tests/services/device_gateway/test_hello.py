"""Who is let in, who is not, and which of two links counts."""

import asyncio
import hashlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake
from websockets.typing import Subprotocol

from services.contracts.kkt_id import new_kkt_id
from services.device_gateway.protocol.timings import Timings
from tests.gateway_http.api.people import Person
from tests.house.running import RunningHouse
from tests.services.device_gateway.conftest import RunningGateway, gateway_on
from tests.services.device_gateway.line import PROTOCOL, Line

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_first_contact_binds_for_good(gateway: RunningGateway, owner: Person) -> None:
    kkt_id = (await asyncio.to_thread(owner.add_register))["kkt_id"]
    line = Line(gateway.url, kkt_id)
    welcome = await line.open()
    assert welcome["type"] == "welcome"
    assert welcome["heartbeat_seconds"] == 30
    await line.settle()
    await line.leave()
    again = await line.open()
    assert again["epoch"] > welcome["epoch"]
    for other, code in (
        (Line(gateway.url, kkt_id, key=line.key), "bound_to_another"),
        (Line(gateway.url, kkt_id, serial=line.serial), "key_wrong"),
    ):
        assert (await other.open())["code"] == code
        assert await other.end() == (4403, f"refused: {code}")
    await line.leave()


async def test_strangers_are_refused_by_name(gateway: RunningGateway) -> None:
    wrong_digit = "100000000000"
    for kkt_id in (new_kkt_id(), wrong_digit, "", "ваша касса", "1" * 40):
        line = Line(gateway.url, kkt_id)
        assert (await line.open())["code"] == "unknown_id", kkt_id
        assert (await line.end())[0] == 4403
    line = await Line(gateway.url, new_kkt_id()).connect()
    await line.say(**{**line.hello(), "protocol": "kkt-link.v2"})
    assert (await line.hear_json())["code"] == "protocol_version"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("not json", 4400),
        ("[]", 4400),
        ('{"type":"hello"}', 4400),
        ("{" * 20_000, 4400),
        (b"\x00\x00\x00\x01\x00\x00\x00\x01{}\n", 4401),
        ('{"type":"beat"}', 4400),
        ('{"type":"mode_changed","mode":"menu","since":"2026-03-02T07:40:00Z"}', 4404),
        ('{"type":"nonsense"}', 4404),
        ("x" * 70_000, 1009),
    ],
)
async def test_garbage_closes_with_a_named_reason(gateway: RunningGateway, said: str | bytes, code: int) -> None:
    line = await Line(gateway.url, new_kkt_id()).connect()
    await line.say_raw(said)
    assert (await line.end())[0] == code


async def test_silence_closes(house: RunningHouse) -> None:
    async with gateway_on(house.amqp_url, Timings(hello=0.5)) as impatient:
        line = await Line(impatient.url, new_kkt_id()).connect()
        assert (await line.end())[0] == 4408


async def test_only_the_link_path_with_its_subprotocol_is_spoken(gateway: RunningGateway) -> None:
    for url, protocols in ((gateway.url.replace("/link", "/other"), [PROTOCOL]), (gateway.url, ["chat"])):
        with pytest.raises(InvalidHandshake):
            await connect(url, subprotocols=[Subprotocol(name) for name in protocols])


async def test_the_newest_link_wins_here_and_in_another_process(
    gateway: RunningGateway, house: RunningHouse, owner: Person
) -> None:
    kkt_id = (await asyncio.to_thread(owner.add_register))["kkt_id"]
    first = Line(gateway.url, kkt_id)
    await first.open()
    await first.settle()
    second = Line(gateway.url, kkt_id, first.serial, first.key)
    await second.open()
    assert await first.end() == (4409, "replaced")
    async with gateway_on(house.amqp_url) as other:
        third = Line(other.url, kkt_id, first.serial, first.key)
        await third.open()
        assert await second.end() == (4409, "replaced")
        await third.beat()
        assert len(other.gateway._tools.connections) == 1
    assert (await third.end())[0] in {4411, 1001}


async def test_a_storm_of_hellos_is_answered_whole(gateway: RunningGateway) -> None:
    lines = [Line(gateway.url, new_kkt_id()) for _ in range(400)]
    answers = await asyncio.gather(*(line.open() for line in lines))
    codes = {answer["code"] for answer in answers}
    assert codes <= {"unknown_id", "busy_server", "too_many_attempts"}
    assert all("retry_after" in answer for answer in answers if answer["code"] == "busy_server")
    await asyncio.gather(*(line.leave() for line in lines))


async def test_a_stopping_gateway_says_when_to_come_back(house: RunningHouse, owner: Person) -> None:
    kkt_id = (await asyncio.to_thread(owner.add_register))["kkt_id"]
    async with gateway_on(house.amqp_url) as stopping:
        line = Line(stopping.url, kkt_id)
        await line.open()
        await line.settle()
        ending = asyncio.create_task(stopping.gateway.stop())
        told = await line.hear_type("reconnect_after")
        assert 1 <= told["seconds"] <= 15
        assert await line.end() == (4411, "draining")
        await ending


async def test_the_key_is_in_no_log(house: RunningHouse, owner: Person) -> None:
    kkt_id = (await asyncio.to_thread(owner.add_register))["kkt_id"]
    line = Line(house.link_url, kkt_id)
    await line.open()
    await line.settle()
    await line.leave()
    hashed = hashlib.sha256(bytes.fromhex(line.key)).hexdigest()
    for name, text in house.all_logs(2000).items():
        assert line.key not in text, name
        assert hashed not in text, name

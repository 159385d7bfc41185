"""Registers, and strangers at their door, that do what they should not: over real sockets to both gateways."""

import asyncio
import json
import secrets
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as sync_connect
from websockets.typing import Subprotocol

from services.contracts.kkt_id import new_kkt_id
from tests.end_to_end.breaker import Breaker
from tests.house.running import RunningHouse
from tests.services.device_gateway.line import PROTOCOL, Line

UNKNOWN_IDS_ALLOWED = 20  # distinct ones from one address within ten minutes
COMPLAINTS = 64  # on one link


@pytest.fixture(scope="module")
def owner(house: RunningHouse) -> Iterator[Breaker]:
    breaker = Breaker(house)
    breaker.send("Код;Наименование;Цена\n1;Хлеб;45,50\n".encode())
    yield breaker
    breaker.leave()


@pytest.fixture(scope="module", autouse=True)
def silent(house: RunningHouse) -> Iterator[tuple[ClientConnection, socket.socket]]:
    """Two that come first and say nothing while all others are served: a link without a hello, half a handshake."""
    link = sync_connect(house.link_url, subprotocols=[Subprotocol(PROTOCOL)], compression=None, proxy=None)
    address = urlsplit(house.link_url)
    with link, socket.create_connection((address.hostname or "", address.port or 0), timeout=15) as line:
        line.sendall(b"GET /link HTTP/1.1\r\nHost: x\r\n")
        yield link, line


class Bound:
    """A register of the owner with an open, settled link; what people see of it."""

    def __init__(self, owner: Breaker) -> None:
        self.owner = owner
        told = owner.post("/registers", {"name": f"Касса {secrets.token_hex(3)}"})
        self.id, self.kkt_id = told["id"], told["kkt_id"]
        self.line = Line(owner.house.link_url, self.kkt_id)
        self.epoch = 0

    async def open(self) -> "Bound":
        self.epoch = (await self.line.open())["epoch"]
        await self.line.settle()
        return self

    def seen(self) -> dict[str, Any]:
        """As the API shows it."""
        told: dict[str, Any] = self.owner.get(f"/registers/{self.id}")
        return told

    async def answers(self) -> None:
        """The link works in both directions: a test asked for by a person reaches the register."""
        asked = self.owner.post(f"/registers/{self.id}/exchanges", {"kind": "test"})
        test = await self.line.hear_type("test")
        await self.line.say(type="test_done", id=test["id"], text=test["text"], clock="2026-03-02T07:40:00Z")
        path = f"/exchanges/{asked['id']}"
        ended = await asyncio.to_thread(lambda: self.owner.ended(path))
        assert ended["state"] == "applied", ended


@pytest.fixture
async def bound(owner: Breaker) -> Bound:
    return await Bound(owner).open()


def _identity(seen: dict[str, Any]) -> list[Any]:
    """What no stranger may change."""
    names = ("kkt_id", "name", "state", "serial_number", "model", "online", "first_contact_at", "goods", "mode")
    return [seen[name] for name in names]


async def _refused(line: Line, code: str, **changes: Any) -> dict[str, Any]:
    """Say hello, be refused by this name."""
    await line.connect()
    await line.say(**{**line.hello(), **changes})
    told = await line.hear_json()
    assert (told["type"], told["code"]) == ("refused", code), told
    assert await line.end() == (4403, f"refused: {code}")
    return told


async def test_ids_that_are_nobodys(owner: Breaker, house: RunningHouse) -> None:
    before = owner.get("/registers/summary")
    right = new_kkt_id()
    wrong_digit = right[:-1] + str((int(right[-1]) + 1) % 10)
    for kkt_id in (new_kkt_id(), wrong_digit, "", "0", "١٢٣٤٥٦٧٨٩٠١٢", "ваша касса", "' OR 1=1 --", "a\0b", "1" * 40):
        await _refused(Line(house.link_url, kkt_id), "unknown_id")
    await _refused(Line(house.link_url, new_kkt_id()), "protocol_version", protocol="kkt-link.v2")
    assert owner.get("/registers/summary") == before


async def test_a_used_id_lets_no_second_register_in(bound: Bound, house: RunningHouse) -> None:
    """Another serial number, then another key: refused by name, shown to people, and the first one works on."""
    before = bound.seen()
    assert before["alarm"] is None
    page = f"{house.http_url}/registers/{bound.id}"
    for other, code in (
        (Line(house.link_url, bound.kkt_id, key=bound.line.key), "bound_to_another"),
        (Line(house.link_url, bound.kkt_id, serial=bound.line.serial), "key_wrong"),
    ):
        await _refused(other, code)
        seen = bound.seen()
        assert (seen["alarm"], seen["alarm_at"] is not None) == (code, True)
        assert _identity(seen) == _identity(before)
        words = []
        for language in ("ru", "en"):
            cookies = {"kkt_session": bound.owner.token}
            async with httpx.AsyncClient(cookies=cookies, headers={"Accept-Language": language}) as browser:
                answer = await browser.get(page)
            assert answer.status_code == 200
            words.append(answer.text.partition("<main")[2])
        assert "касса" in words[0].lower()
        assert {"bound_to_another": "A foreign register tried this ID", "key_wrong": "has lost its key"}[code] in words[
            1
        ]
        await bound.answers()
    assert bound.owner.get("/registers/summary")["alarms"] >= 1
    await bound.line.leave()
    assert (await bound.line.open())["epoch"] > bound.epoch  # and its own key lets it in again
    await bound.line.leave()


async def test_of_two_first_contacts_one_is_bound(owner: Breaker, house: RunningHouse) -> None:
    told = owner.post("/registers", {"name": "Двое у двери"})
    lines = [Line(house.link_url, told["kkt_id"]) for _ in range(6)]
    answers = await asyncio.gather(*(line.open() for line in lines))
    welcomed = [line for line, answer in zip(lines, answers, strict=True) if answer["type"] == "welcome"]
    assert len(welcomed) == 1
    assert {answer["code"] for answer in answers if answer["type"] == "refused"} == {"bound_to_another"}
    seen = owner.get(f"/registers/{told['id']}")
    assert (seen["serial_number"], seen["online"]) == (welcomed[0].serial, True)
    await asyncio.gather(*(line.leave() for line in lines))


async def test_the_newest_link_wins_and_the_older_one_changes_nothing_more(bound: Bound, house: RunningHouse) -> None:
    newer = bound
    for _ in range(4):  # the kernel spreads them over both gateways
        older = newer.line
        newer = Bound.__new__(Bound)
        newer.owner, newer.id, newer.kkt_id = bound.owner, bound.id, bound.kkt_id
        newer.line = Line(house.link_url, bound.kkt_id, older.serial, older.key)
        newer.epoch = (await newer.line.open())["epoch"]
        assert newer.epoch > bound.epoch
        assert await older.end() == (4409, "replaced")
        assert newer.seen()["online"]
        await newer.answers()
    await newer.line.leave()


HELLO = Line("", "100000000000").hello()
BEFORE_HELLO: list[tuple[str | bytes, int]] = [
    ("not json", 4400),
    ("", 4400),
    ("\0", 4400),
    ("[]", 4400),
    ("null", 4400),
    ('{"type":"hello"}', 4400),
    ("{" * 20_000, 4400),
    ('{"type":"hello","x":' + "[" * 30_000 + "]" * 30_000 + "}", 4400),
    (json.dumps({**HELLO, "key": "short"}), 4400),
    (json.dumps({**HELLO, "kkt_id": 100000000000}), 4400),
    (json.dumps({**HELLO, "kkt_id": "1" * 41}), 4400),
    (json.dumps({**HELLO, "mode": "lunch"}), 4400),
    (json.dumps({**HELLO, "mode_since": "yesterday"}), 4400),
    (json.dumps({**HELLO, "mode_since": "9999-12-31T23:59:59Z"}), 4400),
    (json.dumps({**HELLO, "model": "x\0y"}), 4400),
    (json.dumps({**HELLO, "serial_number": "номер"}), 4400),
    (json.dumps({**HELLO, "ffd": "9.9"}), 4400),
    (json.dumps({**HELLO, "goods": {**HELLO["goods"], "count": -1}}), 4400),
    (json.dumps({**HELLO, "goods": {**HELLO["goods"], "capacity": 2**70}}), 4400),
    (json.dumps({**HELLO, "goods": {**HELLO["goods"], "base_hash": "z" * 64}}), 4400),
    (b"\x00\x00\x00\x01\x00\x00\x00\x01{}\n", 4401),
    (b"", 4401),
    ('{"type":"mode_changed","mode":"menu","since":"2026-03-02T07:40:00Z"}', 4404),
    ('{"type":"nonsense"}', 4404),
    ("x" * 70_000, 1009),
    (b"x" * 2_000_000, 1009),
]


async def test_garbage_before_the_hello_closes_with_a_named_reason(owner: Breaker, house: RunningHouse) -> None:
    async def closed(said: str | bytes) -> tuple[int, str]:
        line = await Line(house.link_url, "").connect()
        await line.say_raw(said)
        return await line.end()

    ends = await asyncio.gather(*(closed(said) for said, _ in BEFORE_HELLO))
    for (said, code), (told, reason) in zip(BEFORE_HELLO, ends, strict=True):
        assert told == code, (said[-900:], told, reason)
        assert reason or code == 1009, said[:80]


async def test_what_is_no_link_is_refused_by_http(house: RunningHouse) -> None:
    for url, protocols in (
        (house.link_url.replace("/link", "/other"), [PROTOCOL]),
        (house.link_url, ["kkt-link.v2"]),
        (house.link_url, None),
    ):
        with pytest.raises(InvalidHandshake):
            await connect(url, subprotocols=[Subprotocol(name) for name in protocols] if protocols else None)

    def plain() -> int:
        try:
            with urllib.request.urlopen(house.link_url.replace("ws://", "http://"), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert await asyncio.to_thread(plain) in {400, 426}


AFTER_WELCOME: list[tuple[str | bytes, int]] = [
    ("nonsense", 4400),
    ("[1]", 4400),
    ('{"type":"mode_changed","mode":"lunch"}', 4400),
    ('{"type":"beat"}', 4400),
    ('{"type":"settings","id":1,"settings":{"a":"\\u0000"}}', 4400),
    ('{"type":"settings","id":1,"settings":{"a":1e400}}', 4400),
    ('{"type":"chunk_ack","handle":-1,"received":1}', 4400),
    (b"\x00\x00\x00\x01\x00\x00\x00\x01{}\n", 4401),
    ('{"type":"' + "x" * 70_000 + '"}', 1009),
]


async def test_garbage_on_an_open_link_ends_that_link_alone(owner: Breaker, house: RunningHouse, bound: Bound) -> None:
    before = _identity(bound.seen())
    for said, code in AFTER_WELCOME:
        await bound.line.say_raw(said)
        told, reason = await bound.line.end()
        assert told == code, (said[:60], told, reason)
        assert (await bound.line.open())["type"] == "welcome"
    await bound.answers()
    assert _identity(bound.seen()) == before
    await bound.line.leave()


async def test_messages_of_the_future_and_answers_to_nothing_are_put_up_with(bound: Bound) -> None:
    line = bound.line
    await line.say(type="from_the_future", id=7, what={"x": [1]})
    told = await line.hear_type("error")
    assert (told["code"], told["id"], told["about"]) == ("unknown_message", 7, "from_the_future")
    await line.say(**line.hello())
    assert (await line.hear_type("error"))["code"] == "unexpected_message"
    await line.say(type="chunk_ack", handle=99, received=5)
    await line.say(type="done", id=4_000_000_000)
    await line.say(type="beat", **line.state(), news="that nobody knows")
    await bound.answers()
    for _ in range(COMPLAINTS + 1):
        await line.say(type="from_the_future")
    assert await line.end() == (4429, "too_many_errors")


async def test_nobody_speaks_for_the_exchange_of_another_register(bound: Bound, house: RunningHouse) -> None:
    """Neither on its own link nor in its hello, within the account and across the wall."""
    stranger = Breaker(house)
    victims = [(bound.owner, bound), (stranger, Bound(stranger))]
    forger = await Bound(bound.owner).open()
    hashed = "ab" * 32
    for owner, victim in victims:
        if victim is not bound:
            owner.send("Код;Наименование;Цена\n1;Хлеб;45,50\n".encode())
            await victim.open()
            await victim.line.leave()
        else:
            await victim.line.leave()
        exchange = owner.post(f"/registers/{victim.id}/exchanges", {"kind": "load_goods"})["id"]
        held = {"revision": 1, "base_hash": hashed, "count": 1}
        lies: list[dict[str, Any]] = [
            {"state": "applied", **held},
            {"state": "failed", "code": "declined"},
            {"state": "waiting", "reason": "sales_mode"},
        ]
        for lie in lies:
            await forger.line.say(type="load_state", exchange=exchange, load=hashed, **lie)
        await forger.answers()
        await forger.line.leave()
        forger.line.last_load = {
            "exchange": exchange, "load": hashed, "state": "failed", "code": "declined", "at": "2026-03-02T07:40:00Z"
        }  # fmt: skip
        forger.line.buffer = {"state": "buffered", "load": hashed, "exchange": exchange, "received": 1,
                              "prefix_sha256": hashed}  # fmt: skip
        assert (await forger.line.open())["type"] == "welcome"
        forger.line.buffer, forger.line.last_load = {"state": "empty"}, None
        await forger.answers()
        told = owner.get(f"/exchanges/{exchange}")
        assert told["state"] in {"queued", "waiting"}, told
        assert told["reason"] in {None, "offline"}, told
        assert victim.seen()["goods"]["confirmed"] is None
    await forger.line.leave()
    stranger.leave()


async def test_guessing_ids_is_stopped_and_a_right_key_never(bound: Bound, house: RunningHouse) -> None:
    address = Line("", "").address

    def guesser() -> Line:
        line = Line(house.link_url, new_kkt_id())
        line.address = address
        return line

    codes = []
    for _ in range(UNKNOWN_IDS_ALLOWED + 5):
        line = guesser()
        told = await line.open()
        codes.append(told["code"])
        await line.leave()
    assert codes == ["unknown_id"] * UNKNOWN_IDS_ALLOWED + ["too_many_attempts"] * 5
    assert 1 <= told["retry_after"] <= 86_400

    # An ID that exists but is not bound yet is no way round it, from this address.
    fresh = bound.owner.post("/registers", {"name": "Ещё не была"})
    line = Line(house.link_url, fresh["kkt_id"])
    line.address = address
    await _refused(line, "too_many_attempts")
    assert bound.owner.get(f"/registers/{fresh['id']}")["state"] == "unbound"

    bound.line.address = address
    await bound.line.leave()
    assert (await bound.line.open())["type"] == "welcome"
    await bound.answers()
    await bound.line.leave()
    line.address = Line("", "").address
    assert (await line.open())["type"] == "welcome"
    await line.leave()


def test_silence_is_not_waited_for(silent: tuple[ClientConnection, socket.socket]) -> None:
    """Ten seconds each; most of them have gone by meanwhile."""
    link, line = silent
    with pytest.raises(ConnectionClosed) as closed:
        link.recv(15)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4408, "hello_timeout")
    assert b"101" not in line.makefile("rb").read()

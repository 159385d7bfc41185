"""The stranger's client against the product's session, and against the page's own examples."""

import ast
import asyncio
import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from services.device_gateway.protocol.outputs import LoadApplied, LoadBegan, LoadFailed, LoadRestarted, LoadWaiting
from tests.devices.lists import List, base_hash, delta, full, record
from tests.devices.mini_gateway import MiniGateway
from tests.link_client import arithmetic
from tests.link_client.client import LinkClient, NotLetIn

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "register-link.md"
GOODS = [record(1), record(2, name='Сок "Мой" \\ 1 л'), {**record(3), "undivided": False, "barcode": 46}]
NEW = [record(1, 150), GOODS[2], record(4)]
DELTA = [record(1, 150), {"code": 2, "deleted": True}, record(4)]


def test_the_client_knows_nothing_of_the_product() -> None:
    """Only the standard library, the WebSocket client, and itself."""
    for path in HERE.glob("*.py"):
        if path.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root = name.partition(".")[0]
                assert root in sys.stdlib_module_names or root == "websockets" or name.startswith("tests.link_client")


def test_its_arithmetic_is_that_of_the_page() -> None:
    """The worked example, and the ID of the transcripts."""
    section = PAGE.read_text("utf-8").partition("An example of two records")[2]
    lines = section.partition("```text\n")[2].partition("```")[0].splitlines()
    records = {number: json.loads(line) for number, line in enumerate(lines) if line.startswith("{")}
    assert [arithmetic.canonical(one) for one in records.values()] == [line for line in lines if line.startswith("{")]
    assert arithmetic.base_hash(records) == lines[-1].strip()
    assert arithmetic.with_check_digit("27199916380") == "271999163800"
    assert not arithmetic.check_digit_is_right("271999163801")


async def taken(client: LinkClient, gateway: MiniGateway, revision: int) -> None:
    """Run the client in a thread of its own until it holds the revision."""
    await asyncio.to_thread(client.run, lambda: client.memory.revision == revision, 20)
    await gateway.until(lambda: len(gateway.told(LoadApplied)) == len(client.memory.log))


@pytest.mark.parametrize("second", [full(NEW, 2), delta(DELTA, GOODS, NEW, 2)], ids=["full", "delta"])
async def test_it_takes_loads(second: List) -> None:
    """A full one, then another or a delta; both sides reckon the same."""
    gateway = MiniGateway([full(GOODS, 1), second])
    async with gateway.open() as address:
        client = LinkClient("271999163800", address)
        await taken(client, gateway, 2)
    assert [client.memory.goods[code] for code in sorted(client.memory.goods)] == NEW
    assert gateway.told(LoadApplied)[-1] == LoadApplied(second.plan.exchange, 2, base_hash(NEW), 3)
    assert [revision for _, revision in client.memory.log] == [1, 2]


async def test_it_goes_on_after_a_lost_line_and_waits_out_the_sales_mode() -> None:
    """Resumed behind what it has; switched in the main menu."""
    many = [record(code) for code in range(1, 31)]
    gateway = MiniGateway([full(many, 1)])
    async with gateway.open() as address:
        client = LinkClient("271999163800", address)
        client.mode = "sales"
        thread = threading.Thread(target=client.run, args=(lambda: client.memory.revision == 1, 20))
        thread.start()
        await gateway.until(lambda: gateway.told(LoadWaiting))
        client.change_mode("reports")
        await gateway.until(lambda: gateway.told(LoadBegan) and gateway.links[0].chunks[9:])
        gateway.links[0].socket.transport.abort()
        await gateway.until(lambda: LoadWaiting("full-1", "main_menu") in gateway.told(LoadWaiting))
        client.change_mode("menu")
        await gateway.until(lambda: gateway.told(LoadApplied))
        await asyncio.to_thread(thread.join, 10)
    assert gateway.links[1].chunks[0] > 2
    assert len(client.memory.log) == 1


async def test_it_refuses_what_it_does_not_take() -> None:
    """By the codes of the page."""
    bad: list[Any] = [full([record(1), record(1)], 1), full([record(1, name="Н" * 60)], 2), full(GOODS, 3)]
    bad[2].chunks[0] = bad[2].chunks[0].replace(b"100", b"101")
    gateway = MiniGateway([bad[0]])
    async with gateway.open() as address:
        client = LinkClient("271999163800", address)
        thread = threading.Thread(target=client.run, args=(lambda: client.memory.revision == 4, 20))
        thread.start()
        for number, goods in enumerate([bad[1], bad[2], full(GOODS, 4)], 1):
            await gateway.until(lambda wanted=number: len(gateway.told(LoadFailed)) == wanted)
            await gateway.offer(goods)
        await gateway.until(lambda: gateway.told(LoadApplied))
        await asyncio.to_thread(thread.join, 10)
    assert [one.code for one in gateway.told(LoadFailed)] == ["duplicate_code", "record_refused", "hash_wrong"]
    assert gateway.told(LoadRestarted) == [LoadRestarted("full-3", "hash_wrong")] * 2


async def test_it_is_refused_by_name() -> None:
    """As the server said."""
    gateway = MiniGateway()
    gateway.refusal = lambda hello: ("bound_to_another", None)
    async with gateway.open() as address:
        with pytest.raises(NotLetIn, match="bound_to_another"):
            await asyncio.to_thread(LinkClient("271999163800", address).run, lambda: False, 10)

"""A gateway of one page for tests of the simulator: real sockets, the product's session, and a list of loads.

It lets in whom it is told to, sends the loads in their order, and orders each switch at once.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from services.device_gateway.protocol.frames import decode_chunk
from services.device_gateway.protocol.outputs import (
    Close,
    HelloReceived,
    LoadApplied,
    LoadBuffered,
    LoadFailed,
    NeedChunk,
    NeedPrefix,
    Output,
    Send,
)
from services.device_gateway.protocol.register_messages import Hello
from services.device_gateway.protocol.session import Identified, Unidentified
from services.device_gateway.protocol.timings import Timings
from services.device_gateway.protocol.values import PROTOCOL
from tests.devices.lists import List


class Connection:
    """One link: its session, its socket, what was told on it, which chunks went out."""

    def __init__(self, socket: ServerConnection, hello: Hello, link: Identified) -> None:
        self.socket = socket
        self.hello = hello
        self.link = link
        self.told: list[Output] = []
        self.chunks: list[int] = []
        self.current: List | None = None


class MiniGateway:
    """Links in the order of their hellos. `refusal` is asked before each one is let in."""

    def __init__(self, lists: Sequence[List] = (), timings: Timings | None = None) -> None:
        self.lists = list(lists)
        self.timings = timings or Timings()
        self.links: list[Connection] = []
        self.hellos: list[Hello] = []
        self.done: dict[str, set[str]] = {}
        self.refusal: Callable[[Hello], tuple[Any, int | None] | None] = lambda hello: None
        self._server: Server | None = None
        self._news = asyncio.Event()

    @asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """Serve on a free port; the address."""
        subprotocol = Subprotocol(PROTOCOL)
        async with serve(self._talk, "127.0.0.1", 0, ssl=tls, subprotocols=[subprotocol], compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            yield f"{'wss' if tls else 'ws'}://localhost:{port}/link"

    async def until(self, fact: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Wait for a fact that something told here brings about."""
        async with asyncio.timeout(seconds):
            while not (told := fact()):
                self._news.clear()
                await self._news.wait()
        return told

    def told(self, kind: type) -> list[Any]:
        """All outputs of a kind, of all links."""
        return [one for link in self.links for one in link.told if isinstance(one, kind)]

    async def offer(self, goods: List) -> None:
        """One more load, for the newest link and for those to come."""
        self.lists.append(goods)
        await self._next_load(self.links[-1])

    async def _talk(self, socket: ServerConnection) -> None:
        now = asyncio.get_running_loop().time
        fresh = Unidentified(now(), self.timings)
        try:
            outputs = fresh.text_received(await socket.recv())
            if not isinstance(outputs[0], HelloReceived):
                await self._end(socket, outputs)
                return
            hello = outputs[0].hello
            self.hellos.append(hello)
            self._news.set()
            if refusal := self.refusal(hello):
                await self._end(socket, fresh.refuse(*refusal))
                return
            link, outputs = fresh.admit(now(), len(self.links) + 1, datetime.now(UTC))
            one = Connection(socket, hello, link)
            self.links.append(one)
            await self.carry(one, outputs)
            await self._next_load(one)
            await self._listen(one)
        except ConnectionClosed:
            pass
        finally:
            self._news.set()

    async def _listen(self, one: Connection) -> None:
        now = asyncio.get_running_loop().time
        while not one.link.closed:
            try:
                async with asyncio.timeout_at(one.link.deadline()):
                    frame = await one.socket.recv()
            except TimeoutError:
                await self.carry(one, one.link.tick(now()))
                continue
            heard = one.link.text_received(frame, now()) if isinstance(frame, str) else one.link.binary_received(frame)
            await self.carry(one, heard)

    async def _next_load(self, one: Connection) -> None:
        done = self.done.setdefault(one.hello.kkt_id, set())
        for goods in self.lists:
            if goods.plan.exchange not in done and one.link.load is None:
                one.current = goods
                await self.carry(one, one.link.start_load(goods.plan, asyncio.get_running_loop().time()))
                return

    async def carry(self, one: Connection, outputs: Sequence[Output]) -> None:
        """Carry out what a session wants."""
        now = asyncio.get_running_loop().time()
        for output in outputs:
            match output:
                case Send():
                    if isinstance(output.data, bytes):
                        one.chunks.append(decode_chunk(output.data).number)
                    await one.socket.send(output.data)
                case Close():
                    one.told.append(output)
                    await one.socket.close(output.reason.code, output.text)
                case NeedChunk() if one.current:
                    await self.carry(
                        one,
                        one.link.chunk_ready(
                            output.exchange, output.number, one.current.chunks[output.number - 1], now
                        ),
                    )
                case NeedPrefix() if one.current:
                    prefix = one.current.prefix(output.count)
                    await self.carry(one, one.link.prefix_ready(output.exchange, output.count, prefix, now))
                case _:
                    one.told.append(output)
                    await self._note(one, output)
        self._news.set()

    async def _note(self, one: Connection, output: Output) -> None:
        if isinstance(output, LoadBuffered):
            await self.carry(one, one.link.apply_load(output.exchange, asyncio.get_running_loop().time()))
        elif isinstance(output, LoadApplied | LoadFailed):
            self.done[one.hello.kkt_id].add(output.exchange)
            if isinstance(output, LoadApplied):
                await self._next_load(one)

    async def _end(self, socket: ServerConnection, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                await socket.send(output.data)
            elif isinstance(output, Close):
                await socket.close(output.reason.code, output.text)

"""One register's link: its socket, its session, from the hello to the end.

Frames, deadlines, pokes and answers of the core come from different tasks; whoever wants to speak to the session does
so through `act`, which lets one in at a time and carries out what the session wants before the next.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from websockets.exceptions import ConnectionClosed

from services.chassis.clock import now
from services.contracts.links import LinkOpened
from services.contracts.values import RegisterActor
from services.device_gateway import metrics
from services.device_gateway.hello_desk import TurnedAway
from services.device_gateway.plans import hello_of
from services.device_gateway.protocol.errors import CloseReason
from services.device_gateway.protocol.outputs import Close, HelloReceived, Output, Send
from services.device_gateway.protocol.session import Identified, Unidentified
from services.device_gateway.register_work import RegisterWork
from services.device_gateway.tools import Tools


class Socket(Protocol):
    """What a link needs of its WebSocket."""

    def __aiter__(self) -> AsyncIterator[str | bytes]: ...

    async def recv(self) -> str | bytes: ...

    async def send(self, message: str | bytes) -> None: ...

    async def close(self, code: int = 1000, reason: str = "") -> None: ...


class Link:
    """Lives as long as its socket."""

    __slots__ = (
        "__weakref__",
        "_actor",
        "_address",
        "_id",
        "_lock",
        "_session",
        "_socket",
        "_spoke",
        "_timer",
        "_tools",
        "_work",
    )

    def __init__(self, socket: Socket, tools: Tools, address: str, spoke: Callable[[], None]) -> None:
        self._socket = socket
        self._tools = tools
        self._address = address
        self._spoke = spoke  # called as soon as the first frame is here
        self._id = str(uuid.uuid4())
        self._lock = asyncio.Lock()
        self._session: Identified | None = None
        self._actor: RegisterActor | None = None
        self._work: RegisterWork | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def actor(self) -> RegisterActor:
        """Who this is; only links that were let in are asked."""
        if self._actor is None:
            raise RuntimeError("this link was not let in")
        return self._actor

    # --- its life

    async def serve(self) -> None:
        """From the first frame to the last."""
        try:
            opened = await self._introduce()
            if opened is not None:
                await self._welcome(opened)
                await self._listen()
        except ConnectionClosed:
            pass
        finally:
            self._leave()

    async def _introduce(self) -> tuple[Unidentified, LinkOpened] | None:
        """Wait for the hello and ask the core about it. None: the link is closed."""
        loop = asyncio.get_running_loop()
        session = Unidentified(loop.time(), self._tools.timings)
        try:
            async with asyncio.timeout_at(session.deadline):
                frame = await self._socket.recv()
        except TimeoutError:
            await self._carry_out(session.tick(loop.time()))
            return None
        finally:
            self._spoke()
        outputs = session.text_received(frame) if isinstance(frame, str) else session.binary_received(frame)
        hello = next((one.hello for one in outputs if isinstance(one, HelloReceived)), None)
        if hello is None:
            metrics.HELLOS.labels("malformed").inc()
            await self._carry_out(outputs)
            return None
        try:
            return session, await self._tools.hellos.let_in(hello_of(hello), self._id, self._address)
        except TurnedAway as turned:
            await self._carry_out(session.refuse(turned.code, turned.retry_after))
            return None

    async def _welcome(self, introduced: tuple[Unidentified, LinkOpened]) -> None:
        session, opened = introduced
        loop = asyncio.get_running_loop()
        identified, outputs = session.admit(loop.time(), opened.actor.epoch, now(), opened.heartbeat_seconds)
        self._actor = opened.actor
        self._work = RegisterWork(self, opened.actor, identified.hello.mode, self._tools)
        self._session = identified
        del identified.hello  # it holds the register's key, and nobody asks for it any more
        async with self._lock:
            await self._carry_out(outputs)
        self._rearm()
        if self._tools.connections.hold(self):
            self._tools.spawn(self._ask_when_bound())
        else:
            self.end_replaced()

    async def _ask_when_bound(self) -> None:
        """Be found by pokes, then ask what is due: in this order nothing is missed."""
        await self._tools.connections.announce(self)
        if self._work is not None and self._session is not None and not self._session.closed:
            self._work.want_due()

    async def _listen(self) -> None:
        async for frame in self._socket:
            if isinstance(frame, str):
                text = frame
                await self.act(lambda session, at: session.text_received(text, at))  # noqa: B023 - called at once
            else:
                data = frame
                await self.act(lambda session, _at: session.binary_received(data))  # noqa: B023 - called at once

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._session is not None:
            self._session.closed = True
        if self._work is not None:
            self._tools.connections.leave(self)
            told = not self._tools.hellos.draining
            self._tools.finish(self._work.finish(self._id, tell_closed=told))

    # --- what others do to it

    async def act(self, do: Callable[[Identified, float], list[Output]]) -> None:
        """Let the session say what follows from something, and do that. Raises what the session raises."""
        session = self._session
        if session is None or session.closed:
            return
        async with self._lock:
            if session.closed:
                return
            await self._carry_out(do(session, asyncio.get_running_loop().time()))
        self._rearm()

    def poked(self) -> None:
        """The core has something for this register."""
        if self._work is not None:
            self._work.poked()

    def end_replaced(self) -> None:
        """A newer link is open: this one ends with that reason."""
        self._tools.spawn(self.act(lambda session, _at: session.replaced()))

    def drain(self, reconnect_after: int) -> None:
        """The process is about to stop: tell the register when to come back (seconds)."""
        self._tools.spawn(self.act(lambda session, at: session.drain(reconnect_after, at)))

    async def close(self, reason: CloseReason) -> None:
        """End without waiting for anything in flight."""
        metrics.LINKS_CLOSED.labels(reason.name).inc()
        await self._socket.close(reason.code, reason.name)

    # --- inside

    async def _carry_out(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                await self._send(output.data)
            elif isinstance(output, Close):
                metrics.LINKS_CLOSED.labels(output.reason.name).inc()
                await self._socket.close(output.reason.code, output.text)
            elif self._work is not None:
                self._work.heard(output)

    async def _send(self, data: str | bytes) -> None:
        try:
            await self._socket.send(data)
        except ConnectionClosed:
            return  # the listening side sees it too and ends the link
        if isinstance(data, bytes):
            metrics.CHUNKS.inc()
            metrics.CHUNK_BYTES.inc(len(data))
        if self._work is not None:
            self._work.sent()

    def _rearm(self) -> None:
        """Wake at the session's deadline. A timer that is too early is left alone: it looks again when it fires."""
        session = self._session
        if session is None or session.closed:
            return
        deadline = session.deadline()
        if self._timer is not None and self._timer.when() <= deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(deadline, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        session = self._session
        if session is None or session.closed:
            return
        if session.deadline() <= asyncio.get_running_loop().time():
            self._tools.spawn(self.act(lambda one, at: one.tick(at)))
        else:
            self._rearm()

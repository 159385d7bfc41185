"""The connection of one register: hello, beats, loads, and coming back after the line was lost.

The rules for coming back are those of docs/register-link.md, «Coming back»: every wait is random below a bound that
doubles, and whatever wait the server names is kept.
"""

import asyncio
import contextlib
import random
import socket
import ssl
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from devices.sim.register import Register
from services.device_gateway.protocol.errors import LinkError, UnknownMessage
from services.device_gateway.protocol.frames import decode_chunk
from services.device_gateway.protocol.messages import decode_from_server, encode
from services.device_gateway.protocol.register_messages import ChunkAck, RegisterError, RegisterMessage
from services.device_gateway.protocol.server_messages import ReconnectAfter, Refused, Welcome
from services.device_gateway.protocol.values import MAX_MESSAGE_BYTES, PROTOCOL

# Seconds: to connect, to get the answer to hello, and between two reckonings of the base.
_OPEN_TIMEOUT: Final = 15.0
_WELCOME_TIMEOUT: Final = 30.0
_VERIFY_EVERY: Final = 24 * 3600.0
# A link that lived so long is a good one: the next wait starts small again.
_GOOD_LINK: Final = 60.0

# The register's own codes for what can happen to a link (its error table).
_REFUSAL_CODES: Final = {
    "unknown_id": "513",
    "bound_to_another": "513",
    "key_wrong": "513",
    "disabled": "511",
    "too_many_attempts": "514",
    "protocol_version": "512",
    "busy_server": "514",
}


class LinkState(StrEnum):
    """What the status slip says of the connection."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    LINKED = "linked"
    REFUSED = "refused"


class Pacing(Struct, frozen=True):
    """Bounds of the waits before the next try, in seconds: after a lost line, and after a refusal."""

    first: float = 2.0
    longest: float = 300.0
    refused_first: float = 15.0
    refused_longest: float = 300.0


class Refusal(Exception):
    """The server does not let this register in."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


class Link:
    """Keeps one register connected for as long as `run` runs."""

    def __init__(
        self,
        register: Register,
        server: str,
        tls: ssl.SSLContext | None = None,
        pacing: Pacing | None = None,
    ) -> None:
        self.register = register
        self.state = LinkState.OFFLINE
        # The register's code of the last trouble, and the server's word for a refusal.
        self.error: str | None = None
        self.refusal: str | None = None
        self.epoch: int | None = None
        self.chunks_received = 0
        self.bytes_received = 0
        self._server = server
        self._tls = tls
        self._pacing = pacing or Pacing()
        self._socket: ClientConnection | None = None
        self._wait_named: float | None = None
        self._tries = 0
        self._refusals = 0
        self._verified = 0.0
        self._silence = register.faults.silence

    async def run(self) -> None:
        """Connect, serve, come back; for ever. Raises `PowerLoss` when that fault strikes."""
        while True:
            await self._one_link()
            await asyncio.sleep(self._next_wait())

    async def say(self, messages: Sequence[RegisterMessage]) -> None:
        """Send what the register has to report by itself; without a link the next hello tells it."""
        if self._socket is None or self.state is not LinkState.LINKED:
            return
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                if isinstance(message, ChunkAck) and self.register.faults.loses_ack():
                    continue
                await self._socket.send(encode(message))

    async def ping(self) -> float:
        """One round trip, in seconds. Raises `ConnectionError` without a link."""
        if self._socket is None or self.state is not LinkState.LINKED:
            raise ConnectionError(self.error or "433")
        try:
            return float(await asyncio.wait_for(await self._socket.ping(), 10))
        except (ConnectionClosed, TimeoutError) as fault:
            raise ConnectionError("436") from fault

    async def check(self) -> Welcome:
        """«ТЕСТ.СЕРВ.ККТ»: connect, say hello, leave. Raises `ConnectionError` with the register's code."""
        try:
            async with self._connect() as opened:
                return await self._greet(opened)
        except Exception as fault:
            self._note_trouble(fault)
            raise ConnectionError(self.error) from fault

    # --- one link -----------------------------------------------------------------------------------------------

    async def _one_link(self) -> None:
        loop = asyncio.get_running_loop()
        self.state = LinkState.CONNECTING
        linked_at: float | None = None
        try:
            async with self._connect() as opened:
                welcome = await self._greet(opened)
                linked_at = loop.time()
                self._socket = opened
                self.state, self.error, self.refusal, self.epoch = LinkState.LINKED, None, None, welcome.epoch
                self._refusals = 0
                await self._serve(opened, welcome)
            self.error = "434"
        except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed, LinkError, TimeoutError, Refusal) as fault:
            self._note_trouble(fault)
        finally:
            self._socket = None
            if self.state is not LinkState.REFUSED:
                self.state = LinkState.OFFLINE
        if linked_at is not None and loop.time() - linked_at > _GOOD_LINK:
            self._tries = 0

    def _connect(self) -> connect:
        return connect(
            self._server,
            ssl=self._tls,
            subprotocols=[Subprotocol(PROTOCOL)],
            compression=None,
            proxy=None,
            open_timeout=_OPEN_TIMEOUT,
            close_timeout=2,
            ping_interval=30,
            ping_timeout=45,
            max_size=MAX_MESSAGE_BYTES,
        )

    async def _greet(self, opened: ClientConnection) -> Welcome:
        await opened.send(encode(self.register.hello()))
        frame = await asyncio.wait_for(opened.recv(), _WELCOME_TIMEOUT)
        answer = decode_from_server(frame)
        if isinstance(answer, Refused):
            raise Refusal(answer)
        if not isinstance(answer, Welcome):
            raise LinkError("welcome expected")
        return answer

    async def _serve(self, opened: ClientConnection, welcome: Welcome) -> None:
        if self._silence:
            silence, self._silence = self._silence, 0.0
            await asyncio.sleep(silence)
        beating = asyncio.create_task(self._beat(opened, welcome.heartbeat_seconds))
        try:
            async for frame in opened:
                rate = self.register.faults.bytes_per_second
                if rate:
                    await asyncio.sleep(len(frame) / rate)
                if isinstance(frame, bytes):
                    await self._chunk(opened, frame)
                elif await self._message(frame):
                    return
        except LinkError as fault:
            await opened.close(4400, "malformed_message")
            raise fault
        finally:
            beating.cancel()

    async def _beat(self, opened: ClientConnection, every: int) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionClosed):
            while True:
                # A little before the time, so that the server never counts a beat as missed.
                await asyncio.sleep(every * random.uniform(0.8, 1.0))  # noqa: S311
                if loop.time() - self._verified > _VERIFY_EVERY:
                    if self._verified:
                        self.register.loading.verify()
                    self._verified = loop.time()
                await opened.send(encode(self.register.beat()))

    async def _chunk(self, opened: ClientConnection, frame: bytes) -> None:
        chunk = decode_chunk(frame)
        self.chunks_received += 1
        self.bytes_received += len(frame)
        answers = self.register.receive_chunk(chunk)
        if self.register.faults.cuts_after(chunk.number):
            opened.transport.abort()
            raise ConnectionResetError("cut on request")
        await self.say(answers)

    async def _message(self, frame: str) -> bool:
        """Handle one message; True when the server wants the link closed."""
        try:
            message = decode_from_server(frame)
        except UnknownMessage as fault:
            about = fault.message_type
            await self.say([RegisterError(code=fault.code, id=fault.message_id, about=about, register_code="262")])
            return False
        if isinstance(message, ReconnectAfter):
            self._wait_named = float(message.seconds)
            return True
        await self.say(self.register.receive(message))
        return False

    # --- coming back --------------------------------------------------------------------------------------------

    def _note_trouble(self, fault: Exception) -> None:
        if isinstance(fault, Refusal):
            refused = fault.refused
            self.state = LinkState.REFUSED
            self.refusal, self.error = refused.code, _REFUSAL_CODES[refused.code]
            self._wait_named = float(refused.retry_after) if refused.retry_after is not None else None
            self._refusals += 1
        elif isinstance(fault, socket.gaierror):
            self.error = "432"
        elif isinstance(fault, InvalidURI):
            self.error = "430"
        elif isinstance(fault, InvalidHandshake | LinkError):
            self.error = "512"
        elif isinstance(fault, ConnectionClosed | ConnectionResetError):
            self.error = "434"
        elif isinstance(fault, TimeoutError):
            self.error = "436"
        else:
            self.error = "433"

    def _next_wait(self) -> float:
        """Seconds until the next try."""
        pacing = self._pacing
        if self._wait_named is not None:
            named, self._wait_named = self._wait_named, None
            return named + random.uniform(0, 1)  # noqa: S311
        if self.state is LinkState.REFUSED:
            bound = min(pacing.refused_longest, pacing.refused_first * 2 ** min(self._refusals - 1, 10))
            return random.uniform(bound / 2, bound)  # noqa: S311
        self._tries += 1
        bound = min(pacing.longest, pacing.first * 2 ** min(self._tries - 1, 10))
        return random.uniform(0, bound)  # noqa: S311

"""A register's end of a link, as bare as it gets: JSON in, JSON out, over a real socket."""

import asyncio
import hashlib
import json
import secrets
import ssl
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

EMPTY = "0" * 64
PROTOCOL = "kkt-link.v1"
#: An answer is waited for this long; less than a heartbeat, so that nothing here hangs on one.
HEARD_SECONDS = 25.0


class Line:
    """One register that keeps its key over several connections."""

    def __init__(self, url: str, kkt_id: str, serial: str | None = None, key: str | None = None) -> None:
        self.url = url
        self.kkt_id = kkt_id
        self.serial = serial or f"04{secrets.randbelow(10**8):08}"
        self.key = key or secrets.token_hex(32)
        self.goods: dict[str, Any] = {"revision": None, "base_hash": EMPTY, "count": 0, "capacity": 10000}
        self.buffer: dict[str, Any] = {"state": "empty"}
        self.mode = "menu"
        self.last_load: dict[str, Any] | None = None
        # Every register calls from an address of its own: unknown IDs are counted by address.
        self.address = f"127.{secrets.randbelow(255)}.{secrets.randbelow(255)}.{1 + secrets.randbelow(254)}"
        self.headers: dict[str, str] = {}  # of the handshake
        self.tls: ssl.SSLContext | None = None
        self.socket: ClientConnection | None = None

    def hello(self) -> dict[str, Any]:
        told = {
            "type": "hello",
            "protocol": PROTOCOL,
            "kkt_id": self.kkt_id,
            "key": self.key,
            "serial_number": self.serial,
            "model": "Меркурий-185Ф",
            "firmware": "1.85.26",
            "ffd": "1.2",
            "base_version": "0.4",
            "boot_id": "9b2c41d05e77",
            **self.state(),
        }
        return told if self.last_load is None else {**told, "last_load": self.last_load}

    def state(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "mode_since": "2026-03-02T07:40:00Z",
            "goods": self.goods,
            "buffer": self.buffer,
        }

    async def connect(self) -> "Line":
        protocols = [Subprotocol(PROTOCOL)]
        self.socket = await connect(
            self.url,
            subprotocols=protocols,
            compression=None,
            max_size=2**20,
            additional_headers=self.headers,
            local_addr=(self.address, 0),
            ssl=self.tls,
            proxy=None,
        )
        return self

    async def open(self) -> dict[str, Any]:
        """Connect and say hello; returns the welcome or the refusal."""
        await self.connect()
        await self.say(**self.hello())
        return await self.hear_json()

    async def say(self, **message: Any) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(message, ensure_ascii=False))

    async def say_raw(self, data: str | bytes) -> None:
        assert self.socket is not None
        await self.socket.send(data)

    async def hear(self, seconds: float = HEARD_SECONDS) -> str | bytes:
        """The next frame. Raises ConnectionClosed."""
        assert self.socket is not None
        async with asyncio.timeout(seconds):
            return await self.socket.recv()

    async def hear_json(self, seconds: float = HEARD_SECONDS) -> dict[str, Any]:
        frame = await self.hear(seconds)
        assert isinstance(frame, str), frame[:40]
        told: dict[str, Any] = json.loads(frame)
        return told

    async def hear_type(self, kind: str, seconds: float = HEARD_SECONDS) -> dict[str, Any]:
        """The next message of that type; a question for settings before it is answered."""
        while True:
            told = await self.hear_json(seconds)
            if told["type"] == kind:
                return told
            if told["type"] == "read_settings":
                await self.say(type="settings", id=told["id"], settings={"sound.keys": True})
            else:
                raise AssertionError(f"waited for {kind}, got {told}")

    async def settle(self) -> None:
        """Answer what follows the first contact."""
        told = await self.hear_json()
        assert told["type"] == "read_settings", told
        await self.say(
            type="settings", id=told["id"], settings={"sound.keys": True, "receipt.header_1": "ООО «Ромашка»"}
        )

    async def end(self, seconds: float = HEARD_SECONDS) -> tuple[int, str]:
        """Wait for the other side to close; returns code and reason. Frames before it are passed over."""
        assert self.socket is not None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.socket.recv()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None, "the line broke without a close frame"
            return closed.rcvd.code, closed.rcvd.reason

    async def beat(self) -> None:
        await self.say(type="beat", **self.state())

    async def leave(self) -> None:
        if self.socket is not None:
            await self.socket.close()

    async def take_load(self, begin: dict[str, Any], received: int = 0, lines: bytes = b"") -> bytes:
        """Answer `load_begin`, acknowledge every chunk, answer `load_end`; returns all lines."""
        await self.say(type="load_begun", id=begin["id"], handle=begin["handle"], state="ready", received=received,
                       **({"prefix_sha256": hashlib.sha256(lines).hexdigest()} if received else {}))  # fmt: skip
        return await self.take_rest(begin, received, lines)

    async def take_rest(self, begin: dict[str, Any], received: int = 0, lines: bytes = b"") -> bytes:
        """As `take_load`, when `load_begin` was answered already."""
        while received < begin["chunks"]:
            frame = await self.hear()
            assert isinstance(frame, bytes), frame
            handle, number = int.from_bytes(frame[:4], "big"), int.from_bytes(frame[4:8], "big")
            assert (handle, number) == (begin["handle"], received + 1)
            lines += frame[8:]
            received = number
            await self.say(type="chunk_ack", handle=handle, received=received)
        end = await self.hear_type("load_end")
        right = hashlib.sha256(lines).hexdigest() == begin["sha256"]
        result = "buffered" if right else "hash_wrong"
        await self.say(type="load_ended", id=end["id"], handle=begin["handle"], result=result)
        return lines

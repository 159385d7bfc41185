"""Requests written byte by byte on sockets of their own: many at once, held open, or broken half-way."""

import asyncio
from urllib.parse import urlsplit


class Answer:
    """What came back on one line."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}


class SocketLine:
    """One request on one line; `answer` is done when the server has answered and hung up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.answer = asyncio.create_task(self._read())

    async def _read(self) -> Answer:
        raw = await self._reader.read()
        self._writer.close()
        return Answer(raw)

    @property
    def answered(self) -> bool:
        return self.answer.done()

    async def break_off(self) -> None:
        """Hang up in the middle, as a browser that crashed."""
        self.answer.cancel()
        await asyncio.wait([self.answer])
        self._writer.transport.abort()


class Caller:
    """Somebody with a session, who asks for pages with the cookie and of the API with a bearer token."""

    def __init__(self, url: str, token: str) -> None:
        told = urlsplit(url)
        self._host, self._port = told.hostname or "", told.port or 0
        self._token = token

    async def see(self, path: str) -> SocketLine:
        """Ask for a page."""
        return await self._send("GET", path, f"Cookie: kkt_session={self._token}\r\nAccept: text/html\r\n")

    async def ask(self, path: str) -> SocketLine:
        """Ask the API."""
        return await self._send("GET", f"/api/v1{path}", f"Authorization: Bearer {self._token}\r\n")

    async def begin_to_send(self, path: str) -> SocketLine:
        """Tell the API of a body, and send less of it."""
        told = f"Authorization: Bearer {self._token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
        return await self._send("POST", f"/api/v1{path}", told, b'{"name": "')

    async def _send(self, method: str, path: str, headers: str, body: bytes = b"") -> SocketLine:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        return SocketLine(reader, writer)

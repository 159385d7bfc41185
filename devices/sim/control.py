"""How `kkt-sim mode`, `status`, `test`, `confirm` and `decline` reach a running register: a socket in its directory.

One request and one answer a connection, each one JSON line. The directory belongs to one process at a time.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

_SOCKET_FILE: Final = "control.sock"
_LOCK_FILE: Final = "lock"
# One request or answer, in bytes.
_MAX_LINE: Final = 64 * 1024
_TIMEOUT: Final = 30.0

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class NotRunning(Exception):
    """No process runs the register of this directory."""


class AlreadyRunning(Exception):
    """Another process runs the register of this directory."""


@contextlib.contextmanager
def held_lock(directory: Path) -> Iterator[None]:
    """The directory is ours as long as this lasts, even if we die. Raises `AlreadyRunning`."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / _LOCK_FILE).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


@contextlib.contextmanager
def _short_path(directory: Path) -> Iterator[str]:
    # The address of a socket holds 107 bytes; a directory's name may be longer than that.
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET_FILE}"
    finally:
        os.close(descriptor)


@contextlib.asynccontextmanager
async def served(directory: Path, handle: Handler) -> AsyncIterator[None]:
    """Answer requests as long as this lasts. The caller holds the directory's lock."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), _TIMEOUT)
            told = await handle(json.loads(line))
            writer.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
            await writer.drain()
        except (TimeoutError, ValueError, OSError):
            pass  # whoever asked is gone, or asked nonsense
        finally:
            writer.close()

    (directory / _SOCKET_FILE).unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short_path(directory) as path:
        door.bind(path)
    server = await asyncio.start_unix_server(answer, sock=door, limit=_MAX_LINE)
    async with server:
        yield
    (directory / _SOCKET_FILE).unlink(missing_ok=True)


def ask(directory: Path, request: dict[str, Any]) -> dict[str, Any]:
    """The running register's answer. Raises `NotRunning`."""
    if not directory.is_dir():
        raise NotRunning
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door, _short_path(directory) as path:
        door.settimeout(_TIMEOUT)
        try:
            door.connect(path)
        except OSError:
            raise NotRunning from None
        door.sendall(json.dumps(request).encode() + b"\n")
        with door.makefile("rb") as answers:
            line = answers.readline(_MAX_LINE)
    if not line:
        raise NotRunning
    told: dict[str, Any] = json.loads(line)
    return told

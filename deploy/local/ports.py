"""Ports on this machine: finding a free one, keeping it, and naming who holds a taken one."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Collection, Iterator
from pathlib import Path

from deploy.local.place import HousePlace
from deploy.refusal import CommandRefusedError

LOOPBACK = "127.0.0.1"
#: Linux gives outgoing connections 32768 and up (net.ipv4.ip_local_port_range).
_OWN_RANGE = (20000, 32000)
_CHOICE = random.SystemRandom()


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(besides: Collection[int] = ()) -> int:
    """A port that nobody listens on at this moment, and none of those promised to others already.

    Taken from below the range the kernel uses for outgoing connections: a client that keeps trying to reach a stopped
    server in that range can be given the server's own port as its source and so connect to itself.
    """
    for _ in range(200):  # bound: a machine with that many taken ports in a row has another problem
        port = _CHOICE.randrange(*_OWN_RANGE)
        if port not in besides and is_free(port):
            return port
    raise CommandRefusedError(
        f"No free port was found between {_OWN_RANGE[0]} and {_OWN_RANGE[1]}. See who listens: ss -ltnp"
    )


def steady_port(place: HousePlace, name: str, besides: Collection[int] = ()) -> int:
    """The port this name had before, or a new free one that is remembered from now on.

    No two names of a house get the same one, though a port is taken only some seconds after it was chosen.
    """
    known = place.remembered_port(name)
    if known is not None and known not in besides and is_free(known):
        return known
    port = free_port({*place.remembered_ports(), *besides})
    place.remember_port(name, port)
    return port


async def accepts(port: int) -> bool:
    """Whether somebody takes connections on this loopback port (within two seconds)."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(LOOPBACK, port), 2)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def listens(pid: int, port: int) -> bool:
    """Whether this very process holds a listening socket of the port; False when it has ended or is not ours to see."""
    try:
        return not _listening_inodes(port).isdisjoint(_open_files(Path("/proc") / str(pid)))
    except OSError:
        return False


def demand_free(port: int, host: str, what: str, variable: str) -> None:
    """Refuse, in one sentence with the cure, when a public port of the product is taken."""
    if is_free(port, host):
        return
    holder = _holder(port)
    by_whom = f" by {holder}" if holder else " by another program"
    raise CommandRefusedError(
        f"Port {port} ({what}) is already taken{by_whom}. "
        f"Stop that program, or choose another port: {variable}=<port> make up"
    )


def _holder(port: int) -> str | None:
    """Who listens on this port: 'name (pid 123)', when the system lets us see it."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if not inodes.intersection(_open_files(process)):
                continue
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:  # it ended meanwhile, or belongs to another user
            continue
        return f"'{command[:80]}' (pid {process.name})"
    return None


def _open_files(process: Path) -> Iterator[str]:
    for entry in (process / "fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            yield entry.readlink().name


def _listening_inodes(port: int) -> set[str]:
    """Socket inodes listening on the port, as they are named in /proc/PID/fd."""
    found: set[str] = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines():
            if f":{port:04X} " not in line:  # a busy machine has thousands of lines
                continue
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":  # of this port, and it listens
                found.add(f"socket:[{fields[9]}]")
    return found

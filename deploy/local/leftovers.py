"""Processes of this house that outlived a killed supervisor: found by the mark in their environment, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from deploy.local.place import HousePlace

#: How long a leftover may take to end in order before it is killed, seconds.
PATIENCE = 15.0


def end_leftovers(place: HousePlace) -> list[int]:
    """End what an earlier supervisor of this folder left running; returns the pids.

    Call it with the house's lock held: then every marked process is an orphan. The kernel has normally told each of
    them to end already; this waits for that and helps where it did not.
    """
    found = _marked(place)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, _polite_signal(pid))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not any(_alive(pid) for pid in found):
            return found
        time.sleep(0.05)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def _marked(place: HousePlace) -> list[int]:
    wanted = b"KKT_HOUSE=" + place.mark.encode()
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:  # ended meanwhile, or of another user and so none of ours
            continue
        if wanted in environment and not _is_zombie(process):
            found.append(int(process.name))
    return found


def _polite_signal(pid: int) -> signal.Signals:
    """PostgreSQL waits for its clients on SIGTERM and ends them on SIGINT."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
    except OSError:
        return signal.SIGTERM
    return signal.SIGINT if name == "postgres" else signal.SIGTERM


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and not _is_zombie(Path(f"/proc/{pid}"))


def _is_zombie(process: Path) -> bool:
    try:
        return (process / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True

"""Log files of the house: one per process, bounded in size, followed by `kkt logs`."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

#: A log larger than this is moved to NAME.log.1 (one old file is kept), bytes: at most 20 MiB a process.
LOG_BYTES = 10 * 1024 * 1024


def open_log(path: Path) -> BinaryIO:
    """Open for appending, private. Every writer appends, so the file can be emptied under it by `rotate`."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    return os.fdopen(fd, "wb", buffering=0)


def rotate(path: Path) -> None:
    """Keep the last LOG_BYTES and start anew when the file has outgrown its bound.

    The writer keeps its open file: the text is copied and the file emptied in place. A line written between the two
    steps is lost; that is the price for processes that need not know about rotation.
    """
    if not path.exists() or path.stat().st_size <= LOG_BYTES:
        return
    old = path.with_name(f"{path.name}.1")
    shutil.copyfile(path, old)
    old.chmod(0o600)
    os.truncate(path, 0)


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log (reads at most 256 KiB from its end)."""
    if not path.exists():
        return []
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 256 * 1024))
        return stream.read().decode("utf-8", errors="replace").splitlines()[-lines:]


def follow(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield (process name, line) for what is appended from now on, for ever; survives rotation."""
    positions = {path: path.stat().st_size if path.exists() else 0 for path in paths}
    rests: dict[Path, bytes] = dict.fromkeys(paths, b"")
    while True:
        quiet = True
        for path in paths:
            size = path.stat().st_size if path.exists() else 0
            if size < positions[path]:
                positions[path] = 0
            if size == positions[path]:
                continue
            quiet = False
            with path.open("rb") as stream:
                stream.seek(positions[path])
                data = rests[path] + stream.read()
                positions[path] = stream.tell()
            *whole, rests[path] = data.split(b"\n")
            for line in whole:
                yield path.stem, line.decode("utf-8", errors="replace")
        if quiet:
            time.sleep(0.3)

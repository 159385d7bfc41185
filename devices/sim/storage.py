"""The register's memory: a few small named files that keep their promises through a power loss.

`replace` is all or nothing; `append` may leave a torn end, which the reader cuts off; everything else follows.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final, Protocol


class Storage(Protocol):
    """What a register needs of its memory."""

    def read(self, name: str) -> bytes | None:
        """The whole file, or None if there is none."""
        ...

    def replace(self, name: str, parts: Sequence[bytes]) -> None:
        """Put these bytes in the place of the file, in one step: a reader finds the old ones or the new ones."""
        ...

    def append(self, name: str, part: bytes, *, durable: bool = False) -> None:
        """Put bytes behind the file's end; `durable`: they are safe when this returns."""
        ...

    def cut(self, name: str, size: int) -> None:
        """Keep only the first `size` bytes."""
        ...

    def remove(self, name: str) -> None:
        """Forget the file; nothing happens if there is none."""
        ...


class DiskStorage:
    """Files in one directory. Only one process may have it: see `control.take_lock`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory

    def read(self, name: str) -> bytes | None:
        """The whole file, or None if there is none."""
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, name: str, parts: Sequence[bytes]) -> None:
        """Written beside it, made durable, renamed over it, and the name made durable."""
        fresh = self._directory / f"{name}.new"
        with _private(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._directory / name)
        self._sync_directory()

    def append(self, name: str, part: bytes, *, durable: bool = False) -> None:
        """One write at the end of the file."""
        with _private(self._directory / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as file:
            file.write(part)
            file.flush()
            if durable:
                os.fsync(file.fileno())

    def cut(self, name: str, size: int) -> None:
        """Keep only the first `size` bytes."""
        os.truncate(self._directory / name, size)

    def remove(self, name: str) -> None:
        """Forget the file."""
        (self._directory / name).unlink(missing_ok=True)

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _private(path: Path, flags: int) -> BinaryIO:
    # The key lies here: for the owner's eyes only.
    return os.fdopen(os.open(path, flags, 0o600), "wb")


class SharedBytes:
    """Equal large values are kept once: registers of a fleet mostly hold the same list."""

    # Values worth sharing, in bytes, and how many are remembered: a window of chunks of a few lists and the lists.
    SMALLEST: Final = 1024
    REMEMBERED: Final = 4096

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, bytes] = OrderedDict()

    def __call__(self, value: bytes) -> bytes:
        """The one copy of this value."""
        if len(value) < self.SMALLEST:
            return value
        known = self._known.setdefault(value, value)
        self._known.move_to_end(value)
        while len(self._known) > self.REMEMBERED:
            self._known.popitem(last=False)
        return known


class MemoryStorage:
    """Files as lists of parts; lost with the process, kept when only the register in it loses its power."""

    def __init__(self, share: SharedBytes | None = None) -> None:
        self._files: dict[str, list[bytes]] = {}
        self._share = share

    def read(self, name: str) -> bytes | None:
        """The whole file, or None if there is none."""
        parts = self._files.get(name)
        if parts is None:
            return None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def replace(self, name: str, parts: Sequence[bytes]) -> None:
        """In one step."""
        self._files[name] = [self._kept(part) for part in parts]

    def append(self, name: str, part: bytes, *, durable: bool = False) -> None:
        """Behind the end."""
        self._files.setdefault(name, []).append(self._kept(part))

    def cut(self, name: str, size: int) -> None:
        """Keep only the first `size` bytes."""
        self._files[name] = [(self.read(name) or b"")[:size]]

    def remove(self, name: str) -> None:
        """Forget the file."""
        self._files.pop(name, None)

    def _kept(self, part: bytes) -> bytes:
        return self._share(part) if self._share is not None else part

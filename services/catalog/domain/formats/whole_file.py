"""A file that is read from several places needs all its parts at once: they wait on disk, not in memory."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

IN_MEMORY_BYTES = 4 * 1024 * 1024  # larger files go to the disk


@contextmanager
def whole_file(parts: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """The file from its beginning, open for reading and seeking within the block."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        for part in parts:
            file.write(part)
        file.seek(0)
        yield file

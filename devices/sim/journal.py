"""The register's own log: one JSON line per event. Each switch of the goods base stands in it exactly once.

Every switch has a number that is kept in the base's header. After a power loss between the switch and its line, the
line is written at the next start, from that header.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from devices.sim.storage import Storage

LOG_FILE: Final = "log.jsonl"
# At start a longer log is cut to its last part; both in bytes.
MAX_LOG_BYTES: Final = 4 * 1024 * 1024
KEPT_LOG_BYTES: Final = 1024 * 1024


class Journal:
    """Appends events; knows the number of the last switch that it has recorded."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.last_switch = 0
        self._restore()

    def write(self, event: str, at: datetime, **fields: Any) -> None:
        """One line. A switch (`number`) is made durable before anything else happens."""
        line = msgspec.json.encode({"at": at, "event": event, **fields})
        self._storage.append(LOG_FILE, line + b"\n", durable="number" in fields)
        self.last_switch = fields.get("number", self.last_switch)

    def _restore(self) -> None:
        raw = self._storage.read(LOG_FILE)
        if raw is None:
            return
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            self._storage.cut(LOG_FILE, whole)
            raw = raw[:whole]
        for line in raw.splitlines():
            self.last_switch = msgspec.json.decode(line).get("number", self.last_switch)
        if len(raw) > MAX_LOG_BYTES:
            start = raw.find(b"\n", len(raw) - KEPT_LOG_BYTES) + 1
            kept = [line for line in raw[:start].splitlines() if b'"number"' in line][-1:]
            self._storage.replace(LOG_FILE, [*(line + b"\n" for line in kept), raw[start:]])

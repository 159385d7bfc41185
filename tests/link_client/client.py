"""The link itself (sections 1 to 6): one register, one thread, one socket at a time."""

import json
import queue
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.link_client.memory import Buffer, Memory, Refused

SUBPROTOCOL = "kkt-link.v1"


class NotLetIn(Exception):
    """`refused`, with its code."""


def now() -> str:
    """The time as the page writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class LinkClient:
    """A register. `run` talks until a fact about it is true; modes may be changed from another thread."""

    def __init__(self, kkt_id: str, server: str, *, serial: str = "04009999", capacity: int = 10_000) -> None:
        self.memory = Memory(capacity)
        self.mode = "menu"
        self.epoch: int | None = None
        self._server = server
        self._plate = {"kkt_id": kkt_id, "key": secrets.token_hex(32), "serial_number": serial}
        self._mode_since = now()
        self._boot_id = secrets.token_hex(8)
        self._handle: int | None = None
        self._modes: queue.Queue[str] = queue.Queue(maxsize=16)
        self._answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "load_begin": self._load_begin,
            "load_end": self._load_end,
            "load_apply": self._load_apply,
            "load_abort": self._load_abort,
            "read_goods": self._read_goods,
            "read_settings": lambda asked: {"type": "settings", "settings": {"operator.name": "КАССИР"}},
            "test": lambda asked: {"type": "test_done", "text": asked["text"], "clock": now()},
            "clock": lambda asked: {"type": "clock_state", "before": now(), "after": now(), "changed": False},
        }

    def change_mode(self, mode: str) -> None:
        """Turn to another mode; the link tells it within a moment."""
        self._modes.put(mode)

    def run(self, until: Callable[[], bool], seconds: float = 60.0) -> None:
        """Stay linked until the fact is true. Raises `TimeoutError`, and `NotLetIn` when the server says so."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s; held: {self.memory.goods_state()}")
            try:
                with connect(
                    self._server,
                    subprotocols=[SUBPROTOCOL],
                    compression=None,
                    max_size=65536,
                    proxy=None,  # type: ignore[list-item]
                ) as socket:
                    self._talk(socket, until, deadline)
            except (OSError, ConnectionClosed):
                threading.Event().wait(0.2)

    def _talk(self, socket: ClientConnection, until: Callable[[], bool], deadline: float) -> None:
        self._handle = None
        self._say(socket, self._hello())
        welcome = json.loads(socket.recv(30))
        if welcome["type"] == "refused":
            raise NotLetIn(welcome["code"])
        self.epoch = welcome["epoch"]
        beat_due = time.monotonic() + welcome["heartbeat_seconds"]
        while not until() and time.monotonic() < deadline:
            if time.monotonic() >= beat_due:
                beat_due = time.monotonic() + welcome["heartbeat_seconds"]
                self._say(socket, {"type": "beat", **self._state()})
            self._turn(socket)
            try:
                frame = socket.recv(0.05)
            except TimeoutError:
                continue
            if isinstance(frame, bytes):
                self._chunk(socket, frame)
            elif self._message(socket, json.loads(frame)):
                return

    def _say(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        socket.send(json.dumps(message, ensure_ascii=False))

    def _state(self) -> dict[str, Any]:
        memory = self.memory
        state = {"mode": self.mode, "mode_since": self._mode_since, "clock": now()}
        return {**state, "goods": memory.goods_state(), "buffer": memory.buffer_state()}

    def _hello(self) -> dict[str, Any]:
        about = {"model": "Чужая касса", "firmware": "0.1", "ffd": "1.2", "base_version": "0.4"}
        return {
            "type": "hello", "protocol": SUBPROTOCOL, "boot_id": self._boot_id, **self._plate, **about, **self._state()
        }  # fmt: skip

    def _turn(self, socket: ClientConnection) -> None:
        """A person has turned the register to another mode; a switch that waited for it is made."""
        try:
            self.mode = self._modes.get_nowait()
        except queue.Empty:
            return
        self._mode_since = now()
        self._say(socket, {"type": "mode_changed", "mode": self.mode, "since": self._mode_since})
        if self.memory.buffer is not None and self.memory.buffer.ordered:
            self._say(socket, self._switch_or_wait(self.memory.buffer))

    def _message(self, socket: ClientConnection, asked: dict[str, Any]) -> bool:
        """Section 1.1: one answer to each request. True when the server wants us to leave."""
        if asked["type"] == "reconnect_after":
            return True
        if asked["type"] == "error":
            return False
        answer = self._answers.get(asked["type"])
        told = answer(asked) if answer else {"type": "error", "code": "unknown_message", "about": asked["type"][:40]}
        self._say(socket, {**told, "id": asked["id"]} if "id" in asked else told)
        return False

    # --- section 4 ----------------------------------------------------------------------------------------------

    def _load_begin(self, begin: dict[str, Any]) -> dict[str, Any]:
        memory, answer = self.memory, {"type": "load_begun", "handle": begin["handle"]}
        told = memory.told()
        if memory.exchange == begin["exchange"] and told["base_hash"] == begin["base_hash"]:
            return {**answer, "state": "applied", "revision": memory.revision, **told}
        buffer = memory.buffer
        if buffer is None or begin.get("restart") or not buffer.is_same_load(begin):
            if self.mode == "sales":
                return {**answer, "state": "waiting", "reason": "sales_mode"}
            if begin["kind"] == "delta" and begin["base"]["base_hash"] != told["base_hash"]:
                return {"type": "error", "code": "base_mismatch", "register_code": "083"}
            if begin["kind"] == "full" and begin["records"] > memory.capacity:
                return {"type": "error", "code": "over_capacity", "register_code": "095"}
            buffer = memory.buffer = Buffer(begin)
        elif buffer.exchange != begin["exchange"]:
            buffer.exchange, buffer.ordered = begin["exchange"], False
        self._handle = begin["handle"]
        received = len(buffer.chunks)
        place = {"received": received, "prefix_sha256": buffer.prefix} if received else {}
        return {**answer, "state": "ready", **place}

    def _chunk(self, socket: ClientConnection, frame: bytes) -> None:
        handle, number = int.from_bytes(frame[:4], "big"), int.from_bytes(frame[4:8], "big")
        buffer = self.memory.buffer
        if handle != self._handle or buffer is None or buffer.buffered:
            return
        if number == len(buffer.chunks) + 1:
            buffer.chunks.append(frame[8:])
        # One acknowledgement for two chunks, to be different; the last one has its own.
        if number % 2 == 0 or number == buffer.begin["chunks"]:
            self._say(socket, {"type": "chunk_ack", "handle": handle, "received": len(buffer.chunks)})

    def _load_end(self, end: dict[str, Any]) -> dict[str, Any]:
        buffer = self.memory.buffer
        if buffer is None or end["handle"] != self._handle:
            return {"type": "error", "code": "load_unknown"}
        if len(buffer.chunks) < buffer.begin["chunks"]:
            return {"type": "error", "code": "load_incomplete"}
        answer = {"type": "load_ended", "handle": end["handle"]}
        if not buffer.is_whole():
            self.memory.buffer = None
            return {**answer, "result": "hash_wrong"}
        try:
            self.memory.next_goods()
        except Refused as refused:
            self.memory.buffer = None
            return {"type": "error", **refused.fields}
        buffer.buffered = True
        return {**answer, "result": "buffered"}

    def _load_apply(self, apply: dict[str, Any]) -> dict[str, Any]:
        buffer = self.memory.buffer
        if buffer is not None and buffer.exchange == apply["exchange"] and buffer.buffered:
            buffer.ordered = True
            return self._switch_or_wait(buffer)
        if self.memory.exchange == apply["exchange"]:
            return self._applied()
        return {"type": "error", "code": "load_unknown"}

    def _switch_or_wait(self, buffer: Buffer) -> dict[str, Any]:
        if self.mode == "menu":
            self.memory.switch()
            return self._applied()
        reason = "sales_mode" if self.mode == "sales" else "main_menu"
        load = {"exchange": buffer.exchange, "load": buffer.begin["sha256"]}
        return {"type": "load_state", **load, "state": "waiting", "reason": reason}

    def _applied(self) -> dict[str, Any]:
        memory = self.memory
        load = {"exchange": memory.exchange, "load": memory.load, "revision": memory.revision}
        return {"type": "load_state", **load, "state": "applied", **memory.told()}

    def _load_abort(self, abort: dict[str, Any]) -> dict[str, Any]:
        if self.memory.exchange == abort["exchange"]:
            return {"type": "error", "code": "already_applied"}
        if self.memory.buffer is not None and self.memory.buffer.exchange == abort["exchange"]:
            self.memory.buffer = None
        return {"type": "done"}

    def _read_goods(self, ask: dict[str, Any]) -> dict[str, Any]:
        codes = [code for code in sorted(self.memory.goods) if code > ask.get("after", -1)]
        # A hundred records stay far below the size of a message.
        page = codes[: min(ask.get("limit", 200), 100)]
        following = {"next": page[-1]} if len(page) < len(codes) else {}
        state = {"revision": self.memory.revision, **self.memory.told()}
        return {"type": "goods_page", **state, "records": [self.memory.goods[code] for code in page], **following}

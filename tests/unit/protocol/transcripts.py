"""The transcripts of docs/register-link.md, read, and replayed through one side's code; the page plays the other."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from devices.sim.faults import Faults
from devices.sim.identity import Identity
from devices.sim.register import Register
from devices.sim.storage import MemoryStorage
from services.device_gateway.protocol.frames import Chunk, decode_chunk
from services.device_gateway.protocol.load_sender import LoadPlan
from services.device_gateway.protocol.messages import decode_from_server, encode
from services.device_gateway.protocol.outputs import Close, HelloReceived, NeedChunk, NeedPrefix, Output, Send
from services.device_gateway.protocol.server_messages import (
    BaseRef,
    Clock,
    ConnectionTest,
    ReadGoods,
    ReadSettings,
    WriteSettings,
)
from services.device_gateway.protocol.session import Identified, Unidentified

PAGE = Path(__file__).parents[3] / "docs" / "register-link.md"
_BLOCK = re.compile(r"^```transcript (?P<title>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_CHUNK = re.compile(r"^S: chunk handle=(\d+) number=(\d+)$")
_CLOSE = re.compile(r"^(S): close (\d+) (.*)$")

KKT_ID = "271999163800"
KEY = "7f" * 32
SERIAL = "04001234"
LINE_LOST = "the line is lost"
ASKS = {
    "read_goods": ReadGoods,
    "read_settings": ReadSettings,
    "write_settings": WriteSettings,
    "test": ConnectionTest,
    "clock": Clock,
}


class Step(Struct, frozen=True):
    """One line of a transcript: who (`R`, `S`, `--`), and a message, a chunk, a close or a note."""

    who: str
    text: str = ""
    message: dict[str, Any] | None = None
    chunk: Chunk | None = None
    close: tuple[int, str] | None = None


def read_transcripts() -> dict[str, list[Step]]:
    """All transcripts of the page, by their titles."""
    page = PAGE.read_text("utf-8")
    return {block["title"]: list(_steps(block["body"].splitlines())) for block in _BLOCK.finditer(page)}


def _steps(lines: list[str]) -> Iterator[Step]:
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("-- "):
            yield Step("--", text=line[3:])
        elif chunk := _CHUNK.match(line):
            goods = b""
            while at < len(lines) and lines[at].startswith("   "):
                goods += lines[at].strip().encode() + b"\n"
                at += 1
            yield Step("S", chunk=Chunk(int(chunk[1]), int(chunk[2]), goods))
        elif close := _CLOSE.match(line):
            yield Step("S", close=(int(close[2]), close[3]))
        elif line.startswith("R: ") and not line.startswith("R: {"):
            yield Step("R", text=line[3:])
        else:
            yield Step(line[0], text=line[3:], message=json.loads(line[3:]))


class RegisterUnderReplay:
    """The simulator's register, kept through all transcripts as the story of the page goes."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 7, 40, tzinfo=UTC)
        self._storage = MemoryStorage()
        self._identity = Identity(kkt_id=KKT_ID, key=KEY, serial_number=SERIAL)
        self._start()

    def _start(self, **options: Any) -> None:
        self.register = Register(self._identity, self._storage, lambda: self.now, **options)
        self.register.boot_id = "9b2c41d05e77"

    def hello(self) -> list[str]:
        """What the register says on a new link."""
        return [encode(self.register.hello())]

    def note(self, text: str) -> list[str]:
        """What happens at the register, and what it says to that."""
        if clock := re.match(r"(\d\d):(\d\d) ", text):
            self.now = self.now.replace(hour=int(clock[1]), minute=int(clock[2]))
        if "spoils" in text:
            self._start(faults=Faults(["wrong-hash"]))
            return self.hello()
        if "set to ask" in text:
            self._start(confirm="manual")
            return self.hello()
        if "a new link" in text:
            return self.hello()
        if "to sales mode" in text:
            return [encode(one) for one in self.register.set_mode("sales")]
        if "to the main menu" in text:
            return [encode(one) for one in self.register.set_mode("menu")]
        if "«нет»" in text:
            return [encode(one) for one in self.register.answer_dialog(yes=False)]
        assert text.startswith(LINE_LOST), f"a note that nobody plays: {text}"
        return []

    def receive(self, text: str) -> list[str]:
        """The register's answers to a message."""
        return [encode(one) for one in self.register.receive(decode_from_server(text))]

    def receive_chunk(self, chunk: Chunk) -> list[str]:
        """The register's answers to a chunk."""
        return [encode(one) for one in self.register.receive_chunk(chunk)]


class ServerUnderReplay:
    """The server's session of one link at a time; the page says what the core decided."""

    def __init__(self, steps: list[Step]) -> None:
        self._chunks = {(one.chunk.handle, one.chunk.number): one.chunk.lines for one in steps if one.chunk}
        self._link: Identified | None = None
        self.queue: list[Output] = []

    def linked(self, hello: str) -> None:
        """A hello and its welcome, not shown on the page."""
        self.queue.clear()  # what was on its way got lost with the line
        fresh = Unidentified(0.0)
        assert isinstance(fresh.text_received(hello)[0], HelloReceived)
        self._link, _ = fresh.admit(0.0, 1, datetime(2026, 3, 2, 7, 40, tzinfo=UTC))

    def hear(self, text: str, verdict: Step | None) -> None:
        """A message of the register; `verdict` is what the page lets the core say to a hello."""
        if self._link is not None and '"hello"' not in text[:20]:
            self._put(self._link.text_received(text, 0.0))
            return
        fresh = Unidentified(0.0)
        outputs = fresh.text_received(text)
        if any(isinstance(one, HelloReceived) for one in outputs):
            told = verdict.message if verdict is not None else None
            assert told is not None
            if told["type"] == "refused":
                outputs = fresh.refuse(told["code"], told.get("retry_after"))
            else:
                at = datetime.fromisoformat(told["server_time"])
                self._link, outputs = fresh.admit(0.0, told["epoch"], at, told["heartbeat_seconds"])
        self._put(outputs)

    def act(self, step: Step) -> None:
        """Do what makes the server say this line, unless it follows from what it heard."""
        if self.queue or step.message is None:
            return
        assert self._link is not None
        told = dict(step.message)
        kind = told.pop("type")
        told.pop("id", None)
        if kind == "load_begin":
            base = told.pop("base", None)
            plan = LoadPlan(**told, base=BaseRef(**base) if base else None)
            self._put(self._link.start_load(plan, 0.0))
        elif kind == "load_apply":
            self._put(self._link.apply_load(told["exchange"], 0.0))
        elif kind == "load_abort":
            self._put(self._link.abort_load(told["exchange"], 0.0))
        elif kind == "reconnect_after":
            self._put(self._link.drain(told["seconds"], 0.0))
        else:
            self._put(self._link.ask(lambda id: ASKS[kind](id=id, **told), 0.0)[1])

    def _put(self, outputs: list[Output]) -> None:
        """Fetch what is asked for; keep what goes to the socket."""
        assert self._link is not None or all(isinstance(one, Send | Close) for one in outputs)
        for one in outputs:
            if isinstance(one, Send | Close):
                self.queue.append(one)
            elif isinstance(one, NeedChunk) and self._link is not None and self._link.load is not None:
                lines = self._chunks.get((self._link.load.plan.handle, one.number))
                if lines is not None:  # the page does not show chunks that were lost with the line
                    self._put(self._link.chunk_ready(one.exchange, one.number, lines, 0.0))
            elif isinstance(one, NeedPrefix) and self._link is not None and self._link.load is not None:
                handle = self._link.load.plan.handle
                prefix = b"".join(self._chunks[handle, number] for number in range(1, one.count + 1))
                told = hashlib.sha256(prefix).hexdigest()
                self._put(self._link.prefix_ready(one.exchange, one.count, told, 0.0))

    def said(self) -> dict[str, Any] | Chunk | tuple[int, str]:
        """The next thing that the server puts on the socket."""
        one = self.queue.pop(0)
        if isinstance(one, Close):
            return one.reason.code, one.text
        assert isinstance(one, Send)
        return decode_chunk(one.data) if isinstance(one.data, bytes) else json.loads(one.data)

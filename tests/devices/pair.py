"""The server's session and a register, talking to each other in memory: no sockets, no time."""

import json
from datetime import UTC, datetime
from typing import Any

from devices.sim.identity import Identity
from devices.sim.journal import LOG_FILE
from devices.sim.register import Register
from devices.sim.storage import MemoryStorage, Storage
from services.contracts.goods_record import Record
from services.device_gateway.protocol.frames import decode_chunk
from services.device_gateway.protocol.messages import decode_from_server, encode
from services.device_gateway.protocol.outputs import (
    LoadBuffered,
    NeedChunk,
    NeedPrefix,
    Output,
    Send,
)
from services.device_gateway.protocol.register_messages import RegisterMessage
from services.device_gateway.protocol.session import Identified, Unidentified
from tests.devices.lists import List

AT = datetime(2026, 3, 2, 7, 40, tzinfo=UTC)
PLATE = Identity(kkt_id="271999163800", key="7f" * 32, serial_number="04001234", capacity=1000)


def started(storage: Storage | None = None, plate: Identity = PLATE, **options: Any) -> Register:
    """A register that was just switched on."""
    return Register(plate, storage if storage is not None else MemoryStorage(), lambda: AT, **options)


def held(register: Register) -> list[Record]:
    """The records that it holds, in the order of codes."""
    return [json.loads(line) for line in register.loading.shelf.lines().splitlines()]


def switches(register: Register) -> list[dict[str, Any]]:
    """The switches in its own log."""
    log = register.storage.read(LOG_FILE) or b""
    return [event for event in map(json.loads, log.splitlines()) if event["event"] == "applied"]


class Pair:
    """One link between a server and a register. `told` are the outputs for the core, in order."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.told: list[Output] = []
        fresh = Unidentified(0.0)
        fresh.text_received(encode(register.hello()))
        self.link: Identified = fresh.admit(0.0, 1, AT)[0]
        self._list: List | None = None

    def load(self, goods: List, *, apply: bool = True) -> list[Output]:
        """Send a list until nothing more happens by itself; what was told meanwhile."""
        before = len(self.told)
        self._list = goods
        self._carry(self.link.start_load(goods.plan, 0.0))
        if apply and any(isinstance(one, LoadBuffered) for one in self.told[before:]):
            self.order(goods.plan.exchange)
        return self.told[before:]

    def order(self, exchange: str) -> list[Output]:
        """Order the switch."""
        before = len(self.told)
        self._carry(self.link.apply_load(exchange, 0.0))
        return self.told[before:]

    def abort(self, exchange: str) -> list[Output]:
        """Order the load to be forgotten."""
        before = len(self.told)
        self._carry(self.link.abort_load(exchange, 0.0))
        return self.told[before:]

    def say(self, messages: list[RegisterMessage]) -> list[Output]:
        """The register reports by itself."""
        before = len(self.told)
        for message in messages:
            self._carry(self.link.text_received(encode(message), 0.0))
        return self.told[before:]

    def _carry(self, outputs: list[Output]) -> None:
        """Carry out what a session wants, and let the register answer."""
        for one in outputs:
            if isinstance(one, Send):
                self.say(self._heard(one.data))
            elif isinstance(one, NeedChunk) and self._list is not None:
                self._carry(self.link.chunk_ready(one.exchange, one.number, self._list.chunks[one.number - 1], 0.0))
            elif isinstance(one, NeedPrefix) and self._list is not None:
                self._carry(self.link.prefix_ready(one.exchange, one.count, self._list.prefix(one.count), 0.0))
            else:
                self.told.append(one)

    def _heard(self, data: str | bytes) -> list[RegisterMessage]:
        if isinstance(data, bytes):
            return self.register.receive_chunk(decode_chunk(data))
        return self.register.receive(decode_from_server(data))

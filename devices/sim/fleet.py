"""Many registers in one process, for load: each with its own memory, key and link; equal lists are kept once."""

import asyncio
import contextlib
import signal
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from devices.sim.faults import Faults, PowerLoss
from devices.sim.goods import Workshop
from devices.sim.identity import Identity, keep_identity, load_identity, new_key
from devices.sim.link import Link, Pacing
from devices.sim.loading import Confirm
from devices.sim.register import Register
from devices.sim.storage import DiskStorage, MemoryStorage, SharedBytes, Storage
from services.contracts.kkt_id import is_kkt_id, new_kkt_id
from services.device_gateway.protocol.values import Mode

# Registers in one process: their links take about 40 KB each at this side.
MAX_FLEET: Final = 10_000
# Results of building bases that are remembered: the lists and deltas under way at one time.
_REMEMBERED: Final = 16
# Seconds without power after a power loss.
_DARK: Final = 1.0


class BadIds(ValueError):
    """The file of IDs is not one ID a line."""


class FleetOptions(Struct, frozen=True, kw_only=True):
    """What all registers of the fleet have in common."""

    server: str
    tls: ssl.SSLContext | None = None
    state: Path | None = None
    capacity: int = 10_000
    base_version: str = "0.4"
    ffd: str = "1.2"
    confirm: Confirm = "auto"
    mode: Mode = "menu"
    faults: tuple[str, ...] = ()
    connects_per_second: float = 200.0
    pacing: Pacing = Pacing()


def read_ids(path: Path) -> list[tuple[str, str]]:
    """Lines `ID [serial number]`; empty lines and those with # are left out. Raises `BadIds`."""
    found: list[tuple[str, str]] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        kkt_id = words[0]
        if not is_kkt_id(kkt_id) or len(words) > 2:
            raise BadIds(f"line {number}: not a register ID: {line[:40]}")
        found.append((kkt_id, words[1] if len(words) == 2 else _serial_of(kkt_id)))
    if len(found) > MAX_FLEET:
        raise BadIds(f"{len(found)} IDs, at most {MAX_FLEET}")
    return found


def invent_ids(count: int) -> list[tuple[str, str]]:
    """Well-formed IDs that no server knows, for trying how it refuses them."""
    ids = [str(new_kkt_id()) for _ in range(count)]
    return [(kkt_id, _serial_of(kkt_id)) for kkt_id in ids]


def _serial_of(kkt_id: str) -> str:
    # The same ID gets the same serial number each time, so that a fleet without memory can come back.
    return f"04{int(kkt_id) % 10**10:010d}"


class Device:
    """One register of the fleet; it comes back by itself after a power loss."""

    def __init__(self, kkt_id: str, serial: str, options: FleetOptions, workshop: Workshop, share: SharedBytes) -> None:
        self._options = options
        self._workshop = workshop
        self._faults = Faults(options.faults)
        if options.state is None:
            self._storage: Storage = MemoryStorage(share)
        else:
            self._storage = DiskStorage(options.state / kkt_id)
        identity = load_identity(self._storage)
        if identity is None:
            identity = _identity(kkt_id, serial, options)
            keep_identity(self._storage, identity)
        self._identity = identity
        self.link = self._boot()
        if options.mode != "menu":
            self.link.register.set_mode(options.mode)

    def _boot(self) -> Link:
        register = Register(
            self._identity,
            self._storage,
            confirm=self._options.confirm,
            faults=self._faults,
            workshop=self._workshop,
        )
        return Link(register, self._options.server, self._options.tls, self._options.pacing)

    async def run(self, delay: float) -> None:
        """Connected for ever, from `delay` seconds on."""
        await asyncio.sleep(delay)
        while True:
            try:
                await self.link.run()
            except PowerLoss:
                await asyncio.sleep(_DARK)
                self.link = self._boot()


def _identity(kkt_id: str, serial: str, options: FleetOptions) -> Identity:
    plain = {
        "kkt_id": kkt_id,
        "key": new_key(),
        "serial_number": serial,
        "capacity": options.capacity,
        "base_version": options.base_version,
        "ffd": options.ffd,
    }
    return msgspec.convert(plain, Identity)


class Fleet:
    """All registers, and what they are doing."""

    def __init__(self, ids: Sequence[tuple[str, str]], options: FleetOptions) -> None:
        workshop, share = Workshop(_REMEMBERED), SharedBytes()
        self._options = options
        self.devices = [Device(kkt_id, serial, options, workshop, share) for kkt_id, serial in ids]

    def summary(self) -> dict[str, Any]:
        """How many registers are in which state; for people's scripts, so names never change."""
        links, refusals, errors, buffers = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        revisions, hashes = Counter[str](), Counter[str]()
        chunks = received = applied = 0
        for device in self.devices:
            link, loading = device.link, device.link.register.loading
            links[link.state.value] += 1
            if link.refusal is not None:
                refusals[link.refusal] += 1
            if link.error is not None:
                errors[link.error] += 1
            buffers[loading.buffer_report().state] += 1
            revisions[str(loading.shelf.held.revision)] += 1
            hashes[loading.goods_state().base_hash] += 1
            applied += loading.shelf.held.number
            chunks += link.chunks_received
            received += link.bytes_received
        return {
            "registers": len(self.devices),
            "links": dict(links),
            "refusals": dict(refusals),
            "errors": dict(errors),
            "buffers": dict(buffers),
            "revisions": dict(revisions),
            # The ten most frequent; a fleet that is in order has one.
            "base_hashes": dict(hashes.most_common(10)),
            "applied": applied,
            "chunks": chunks,
            "bytes": received,
        }

    def all_have(self, revision: int) -> bool:
        """Whether every register holds this revision or a newer one."""
        held = (device.link.register.loading.shelf.held.revision for device in self.devices)
        return all(one is not None and one >= revision for one in held)

    async def run(
        self, until_applied: int | None, patience: float | None, every: float, tell: Callable[[dict[str, Any]], None]
    ) -> bool:
        """Until all hold the revision (True), patience (seconds) ends (False), or a signal comes."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, ended.set)
        spread = 1.0 / self._options.connects_per_second
        tasks = [asyncio.create_task(device.run(n * spread)) for n, device in enumerate(self.devices)]
        told, started = None, loop.time()
        try:
            while not ended.is_set():
                done = until_applied is not None and self.all_have(until_applied)
                over = patience is not None and loop.time() - started > patience
                now = self.summary()
                if now != told or done or over:
                    told = now
                    tell({**now, "seconds": round(loop.time() - started, 3)})
                if done or over:
                    return done
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), every)
            return until_applied is None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

"""What a register says of itself on its slips, taken from a running one or from the memory of one that is off."""

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from devices.sim.identity import load_identity, load_mode
from devices.sim.intake import read_load
from devices.sim.link import Link
from devices.sim.register import Register
from devices.sim.shelf import Held, read_held, read_lines
from devices.sim.storage import DiskStorage


class Snapshot(Struct, frozen=True, kw_only=True):
    """The facts of the status slip. `link` is a `LinkState`, or "off" for a register without power."""

    kkt_id: str
    serial_number: str
    model: str
    server: str
    link: str
    mode: str
    mode_since: datetime
    revision: int | None
    base_hash: str
    count: int
    capacity: int
    buffer: str
    received: int = 0
    chunks: int = 0
    error: str | None = None
    refusal: str | None = None
    epoch: int | None = None


def of_running(register: Register, link: Link, server: str) -> Snapshot:
    """The register of this process."""
    plate, goods, buffer = register.identity, register.loading.goods_state(), register.loading.buffer_report()
    intake = register.loading.intake
    return Snapshot(
        kkt_id=plate.kkt_id,
        serial_number=plate.serial_number,
        model=plate.model,
        server=server,
        link=link.state.value,
        mode=register.mode.mode,
        mode_since=register.mode.since,
        revision=goods.revision,
        base_hash=goods.base_hash,
        count=goods.count,
        capacity=goods.capacity,
        buffer=buffer.state,
        received=buffer.received,
        chunks=intake.load.chunks if intake is not None else 0,
        error=link.error,
        refusal=link.refusal,
        epoch=link.epoch,
    )


def of_memory(directory: Path, server: str, now: datetime) -> Snapshot | None:
    """A register that is off; None if nothing was ever kept there."""
    if not directory.is_dir():
        return None
    storage = DiskStorage(directory)
    plate = load_identity(storage)
    if plate is None:
        return None
    held, load, mode = read_held(storage), read_load(storage), load_mode(storage)
    return Snapshot(
        kkt_id=plate.kkt_id,
        serial_number=plate.serial_number,
        model=plate.model,
        server=server,
        link="off",
        mode=mode.mode if mode is not None else "menu",
        mode_since=mode.since if mode is not None else now,
        revision=held.revision,
        base_hash=held.base_hash,
        count=held.count,
        capacity=plate.capacity,
        buffer="empty" if load is None else "buffered" if load.buffered else "receiving",
        chunks=load.chunks if load is not None else 0,
    )


def goods_of(directory: Path) -> tuple[Held, bytes] | None:
    """The base held, of a running or a stopped register: header and lines that belong together."""
    storage = DiskStorage(directory)
    for _ in range(100):  # a running register may switch between the two readings, but hardly a hundred times
        held = read_held(storage)
        if held.number == 0:
            return held, b""
        lines = read_lines(storage, held)
        if lines is not None:
            return held, lines
    return None


def goods_json(held: Held, lines: bytes) -> bytes:
    """What `kkt-sim goods --json` prints."""
    records = [msgspec.json.decode(line) for line in lines.splitlines()]
    told = {"revision": held.revision, "base_hash": held.base_hash, "count": held.count, "base": records}
    return msgspec.json.format(msgspec.json.encode(told), indent=1)

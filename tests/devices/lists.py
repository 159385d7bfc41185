"""Goods for tests: lists of records, and the plans of the loads that bring them."""

import hashlib
from collections.abc import Sequence

from services.contracts.goods_record import Record, base_hash_of, canonical_line
from services.device_gateway.protocol.frames import pack_lines
from services.device_gateway.protocol.load_sender import LoadPlan
from services.device_gateway.protocol.server_messages import BaseRef


class List:
    """A load ready to be sent: its plan and its chunks."""

    def __init__(self, plan: LoadPlan, chunks: list[bytes]) -> None:
        self.plan = plan
        self.chunks = chunks

    def prefix(self, count: int) -> str:
        """SHA-256 of the first `count` chunks."""
        return hashlib.sha256(b"".join(self.chunks[:count])).hexdigest()


def record(code: int, price: int = 100, name: str = "Товар") -> Record:
    """A goods record."""
    return {"code": code, "name": f"{name} {code}", "price": price, "taxCode": 6}


def base_hash(records: Sequence[Record]) -> str:
    """The hash of the base of these records."""
    return base_hash_of(canonical_line(one) for one in records)


def full(records: Sequence[Record], revision: int, exchange: str = "", cut: int = 1) -> List:
    """A full load; `cut`: so many lines in a chunk at most, 0 for as many as fit."""
    lines = [canonical_line(one) for one in records]
    return _list(lines, base_hash(records), revision, exchange or f"full-{revision}", cut, None)


def delta(lines: Sequence[Record], held: Sequence[Record], target: Sequence[Record], revision: int) -> List:
    """A delta from what is held to the target."""
    base = BaseRef(revision=revision - 1, base_hash=base_hash(held))
    return _list([canonical_line(one) for one in lines], base_hash(target), revision, f"delta-{revision}", 1, base)


def _list(lines: Sequence[bytes], target: str, revision: int, exchange: str, cut: int, base: BaseRef | None) -> List:
    chunks = [b"\n".join(lines[at : at + cut]) + b"\n" for at in range(0, len(lines), cut)] if cut else []
    chunks = chunks if cut else list(pack_lines(lines))
    whole = b"".join(chunks)
    plan = LoadPlan(
        exchange=exchange,
        handle=revision,
        revision=revision,
        kind="delta" if base else "full",
        chunks=len(chunks),
        records=len(lines),
        bytes=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        base_hash=target,
        base=base,
    )
    return List(plan, chunks)

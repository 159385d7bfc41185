"""The link's words and the core's words for the same things."""

import hashlib
import uuid

from services.contracts.links import BufferHeld, GoodsHeld, Hello, LastLoad
from services.contracts.registers import RegisterMode
from services.contracts.values import ExchangeId
from services.contracts.work import LoadGoods
from services.device_gateway.protocol import register_messages as wire
from services.device_gateway.protocol.load_sender import LoadPlan
from services.device_gateway.protocol.server_messages import BaseRef

_COMPLETE = frozenset({"buffered", "waiting_dialog"})


def hello_of(said: wire.Hello) -> Hello:
    """A hello for the core: the key is hashed here and goes no further."""
    return Hello(
        kkt_id=said.kkt_id,
        key_hash=hashlib.sha256(bytes.fromhex(said.key)).hexdigest(),
        serial_number=said.serial_number,
        model=said.model,
        firmware=said.firmware,
        ffd=said.ffd,
        base_version=said.base_version,
        boot_id=said.boot_id,
        mode=RegisterMode(said.mode),
        goods=GoodsHeld(
            revision=said.goods.revision,
            base_hash=said.goods.base_hash,
            count=said.goods.count,
            capacity=said.goods.capacity,
        ),
        mode_since=said.mode_since,
        buffer=_buffer(said.buffer),
        last_load=_last_load(said.last_load),
    )


def _exchange(name: str | None) -> ExchangeId | None:
    """The exchange that a register names; None where it is none of ours."""
    try:
        return ExchangeId(str(uuid.UUID(name))) if name is not None and len(name) == 36 else None
    except ValueError:
        return None


def _buffer(said: wire.BufferReport) -> BufferHeld | None:
    exchange = _exchange(said.exchange)
    if exchange is None or said.state == "empty":
        return None
    return BufferHeld(exchange=exchange, complete=said.state in _COMPLETE)


def _last_load(said: wire.LastLoad | None) -> LastLoad | None:
    exchange = _exchange(said.exchange) if said is not None else None
    if said is None or exchange is None:
        return None
    failed = (said.code or "failed") if said.state == "failed" else None
    return LastLoad(exchange=exchange, failed=failed, register_code=said.register_code, item_code=said.record)


def plan_of(work: LoadGoods) -> LoadPlan:
    """How a load goes over the link: its delta if there is one, else the whole list."""
    target, delta = work.target, work.delta
    if delta is None:
        return LoadPlan(
            exchange=work.exchange,
            handle=work.handle,
            revision=target.revision,
            kind="full",
            chunks=target.chunks,
            records=target.records,
            bytes=target.bytes,
            sha256=target.sha256,
            base_hash=target.base_hash,
        )
    return LoadPlan(
        exchange=work.exchange,
        handle=work.handle,
        revision=target.revision,
        kind="delta",
        chunks=delta.chunks,
        records=delta.lines,
        bytes=delta.bytes,
        sha256=delta.sha256,
        base_hash=target.base_hash,
        base=BaseRef(revision=delta.from_revision, base_hash=delta.from_base_hash),
    )

"""The link's words and the core's words for the same things."""

import hashlib
from datetime import UTC, datetime

import pytest

from services.contracts.recipe import DeltaRef, PriceListRef
from services.contracts.values import ExchangeId
from services.contracts.work import LoadGoods
from services.device_gateway.plans import hello_of, plan_of
from services.device_gateway.protocol.register_messages import BufferReport, GoodsState, Hello, LastLoad

AT = datetime(2026, 3, 2, 7, 40, tzinfo=UTC)
EXCHANGE = "3f2b8c1e-9d4a-4f6b-8a70-1c2d3e4f5a6b"
KEY = "7f" * 32


def said(buffer: BufferReport | None = None, last_load: LastLoad | None = None) -> Hello:
    return Hello(
        protocol="kkt-link.v1",
        kkt_id="271999163803",
        key=KEY,
        serial_number="04001234",
        model="Меркурий-185Ф",
        firmware="1.85.26",
        ffd="1.2",
        base_version="0.4",
        boot_id="9b2c41d05e77",
        mode="sales",
        mode_since=AT,
        goods=GoodsState(revision=3, base_hash="ab" * 32, count=7, capacity=10_000),
        buffer=buffer or BufferReport(state="empty"),
        last_load=last_load,
    )


def test_the_key_goes_no_further_than_its_hash() -> None:
    hello = hello_of(said())
    assert hello.key_hash == hashlib.sha256(bytes.fromhex(KEY)).hexdigest()
    assert KEY not in repr(hello)
    assert (hello.mode, hello.mode_since, hello.goods.count) == ("sales", AT, 7)
    assert (hello.buffer, hello.last_load) == (None, None)


@pytest.mark.parametrize(
    ("state", "complete"), [("receiving", False), ("buffered", True), ("waiting_dialog", True), ("empty", None)]
)
def test_a_buffer_is_told_with_its_exchange(state: str, complete: bool | None) -> None:
    told = hello_of(said(BufferReport(state=state, exchange=EXCHANGE, load="cd" * 32, received=3))).buffer  # type: ignore[arg-type]
    assert (told and told.complete) is complete
    foreign = hello_of(said(BufferReport(state=state, exchange="of-another-server"))).buffer  # type: ignore[arg-type]
    assert foreign is None


def test_the_last_outcome_is_told_again() -> None:
    applied = hello_of(said(last_load=LastLoad(exchange=EXCHANGE, load="cd" * 32, state="applied", at=AT))).last_load
    assert applied is not None
    assert (applied.exchange, applied.failed) == (EXCHANGE, None)
    failed = LastLoad(exchange=EXCHANGE, load="cd" * 32, state="failed", at=AT, code="record_refused", record=5)
    told = hello_of(said(last_load=failed)).last_load
    assert told is not None
    assert (told.failed, told.item_code) == ("record_refused", 5)


def test_a_delta_is_sent_where_there_is_one() -> None:
    target = PriceListRef("aa" * 32, 9, "recipe", "bb" * 32, records=100, bytes=9000, chunks=1)
    full = plan_of(LoadGoods(ExchangeId(EXCHANGE), 5, target))
    assert (full.kind, full.sha256, full.chunks, full.base) == ("full", target.sha256, 1, None)
    delta = DeltaRef(from_revision=8, from_base_hash="cc" * 32, sha256="dd" * 32, lines=2, bytes=100, chunks=1)
    plan = plan_of(LoadGoods(ExchangeId(EXCHANGE), 5, target, delta))
    assert (plan.kind, plan.sha256, plan.records, plan.base_hash) == ("delta", delta.sha256, 2, target.base_hash)
    assert plan.base is not None
    assert (plan.base.revision, plan.base.base_hash) == (8, "cc" * 32)

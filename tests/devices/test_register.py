"""The simulator's register: loads, modes, the dialog, refusals, and what it says of itself."""

import hashlib
from typing import Any

import msgspec
import pytest

from devices.sim.faults import Faults
from devices.sim.storage import MemoryStorage
from services.device_gateway.protocol.outputs import (
    LoadAborted,
    LoadApplied,
    LoadBuffered,
    LoadFailed,
    LoadRestarted,
    LoadWaiting,
    Output,
)
from services.device_gateway.protocol.register_messages import GoodsPage, RegisterError, Settings
from services.device_gateway.protocol.server_messages import ReadGoods, ReadSettings, WriteSettings
from tests.devices.lists import base_hash, delta, full, record
from tests.devices.pair import PLATE, Pair, held, started, switches

OLD = [record(1), record(2), record(3)]
NEW = [record(1, 150), record(3), record(4)]


def last(outputs: list[Output]) -> Output:
    """What the core was told last."""
    return outputs[-1]


def test_a_full_load_replaces_the_base() -> None:
    """The outcome is what the register reckons, and its log has one switch."""
    pair = Pair(started())
    assert last(pair.load(full(OLD, 1))) == LoadApplied("full-1", 1, base_hash(OLD), 3)
    assert last(pair.load(full(NEW, 2))) == LoadApplied("full-2", 2, base_hash(NEW), 3)
    assert held(pair.register) == NEW
    assert [one["revision"] for one in switches(pair.register)] == [1, 2]
    hello = pair.register.hello()
    assert (hello.goods.revision, hello.goods.base_hash, hello.goods.count) == (2, base_hash(NEW), 3)
    assert hello.last_load is not None
    assert hello.last_load.exchange == "full-2"


def test_a_delta_changes_adds_and_deletes() -> None:
    """Deleting what is not there does nothing."""
    pair = Pair(started())
    pair.load(full(OLD, 1))
    lines = [record(1, 150), {"code": 2, "deleted": True}, {"code": 99, "deleted": True}, record(4)]
    assert last(pair.load(delta(lines, OLD, NEW, 2))) == LoadApplied("delta-2", 2, base_hash(NEW), 3)
    assert held(pair.register) == NEW


def test_an_empty_base_is_a_base() -> None:
    """No records, no chunks; and a delta without lines."""
    pair = Pair(started())
    pair.load(full(OLD, 1))
    assert last(pair.load(full([], 2))) == LoadApplied("full-2", 2, "0" * 64, 0)
    assert last(pair.load(delta([], [], [], 3))) == LoadApplied("delta-3", 3, "0" * 64, 0)


def test_a_delta_of_another_base_is_refused_and_changes_nothing() -> None:
    """The server sends a full load then."""
    pair = Pair(started())
    pair.load(full(OLD, 1))
    assert last(pair.load(delta([record(4)], NEW, [*NEW, record(4)], 2))) == LoadFailed(
        "delta-2", "base_mismatch", "083"
    )
    assert held(pair.register) == OLD


@pytest.mark.parametrize(
    ("bad", "outcome"),
    [
        (record(2, name="Н" * 60), ("record_refused", "094", 2, "name")),
        (record(2, name="日本"), ("record_refused", "094", 2, "name")),
        (record(2, price=2_147_483_601), ("record_refused", "057", 2, "price")),
        (record(2, price=-1), ("record_refused", "057", 2, "price")),
        ({**record(2), "taxCode": 13}, ("record_refused", "071", 2, "taxCode")),
        ({**record(2), "typeCode": 28}, ("record_refused", "906", 2, "typeCode")),
        ({**record(2), "section": 17}, ("record_refused", "062", 2, "section")),
        ({**record(2), "alcohol": False}, ("record_refused", "094", 2, "alcohol")),
        ({**record(2), "colour": "red"}, ("record_refused", "094", 2, "colour")),
        ({**record(2), "barcode": "4600000000015"}, ("record_refused", "094", 2, "barcode")),
        ({"code": 2, "name": "Без цены"}, ("record_refused", "094", 2, "price")),
        ({**record(0)}, ("record_refused", "094", 0, "code")),
        (record(1, 200), ("duplicate_code", "083", 1, "code")),
    ],
)
def test_a_bad_record_fails_the_load_whole_and_is_named(bad: Any, outcome: tuple[Any, ...]) -> None:
    """The old base stays, the buffer is empty, and the next hello still tells it."""
    pair = Pair(started())
    pair.load(full(OLD, 1))
    assert last(pair.load(full([record(1), bad], 2))) == LoadFailed("full-2", *outcome)
    assert held(pair.register) == OLD
    hello = pair.register.hello()
    assert hello.buffer.state == "empty"
    assert hello.last_load is not None
    assert (hello.last_load.state, hello.last_load.code, hello.last_load.record) == ("failed", outcome[0], outcome[2])


def test_lines_must_be_canonical() -> None:
    """Else two sides would hash different bytes."""
    goods = full([record(1)], 1)
    goods.chunks[0] = b'{"name":"A","code":1,"price":5}\n'
    goods.plan = full([record(1)], 1).plan
    goods.plan = msgspec.structs.replace(
        goods.plan, sha256=hashlib.sha256(goods.chunks[0]).hexdigest(), bytes=len(goods.chunks[0])
    )
    assert last(Pair(started()).load(goods)) == LoadFailed("full-1", "record_refused", "094", 1, "line")


def test_what_does_not_fit_is_refused() -> None:
    """A full load before it begins, a delta when it is put together, a buffer when it is full."""
    many = [record(code) for code in range(1, 1001)]
    pair = Pair(started())
    assert last(pair.load(full([*many, record(1001)], 1, cut=0))) == LoadFailed("full-1", "over_capacity", "095")
    assert isinstance(last(pair.load(full(many, 1, cut=0))), LoadApplied)
    grown = delta([record(1001)], many, [*many, record(1001)], 2)
    assert last(pair.load(grown)) == LoadFailed("delta-2", "over_capacity", "095", 1001)
    assert len(held(pair.register)) == 1000
    small = Pair(started(faults=Faults(["full-memory=2"])))
    assert last(small.load(full(OLD, 1))) == LoadFailed("full-1", "memory_full", "099")


def test_lines_that_make_another_base_than_announced_are_refused() -> None:
    """Before anything is switched."""
    goods = full(OLD, 1)
    goods.plan = msgspec.structs.replace(goods.plan, base_hash=base_hash(NEW))
    assert last(Pair(started()).load(goods)) == LoadFailed("full-1", "base_hash_wrong", "083")


def test_nothing_is_begun_in_sales_mode() -> None:
    """The load waits and goes on by itself."""
    register = started()
    register.set_mode("sales")
    pair = Pair(register)
    assert last(pair.load(full(OLD, 1))) == LoadWaiting("full-1", "sales_mode")
    assert register.loading.buffer_report().state == "empty"
    assert last(pair.say(register.set_mode("menu"))) == LoadBuffered("full-1")
    assert last(pair.order("full-1")) == LoadApplied("full-1", 1, base_hash(OLD), 3)


def test_the_switch_waits_for_the_main_menu() -> None:
    """Each reason is told; in the menu it is made at once."""
    register = started()
    pair = Pair(register)
    pair.load(full(OLD, 1), apply=False)
    pair.say(register.set_mode("programming"))
    assert pair.order("full-1") == [LoadWaiting("full-1", "main_menu")]
    assert last(pair.say(register.set_mode("sales"))) == LoadWaiting("full-1", "sales_mode")
    assert held(register) == []
    assert last(pair.say(register.set_mode("menu"))) == LoadApplied("full-1", 1, base_hash(OLD), 3)


def test_the_dialog_is_answered_by_a_person() -> None:
    """Yes switches; it closes outside the menu and comes back."""
    register = started(confirm="manual")
    pair = Pair(register)
    assert last(pair.load(full(OLD, 1))) == LoadWaiting("full-1", "dialog")
    assert register.loading.buffer_report().state == "waiting_dialog"
    pair.say(register.set_mode("reports"))
    assert register.answer_dialog(yes=True) == []
    assert last(pair.say(register.set_mode("menu"))) == LoadWaiting("full-1", "dialog")
    assert last(pair.say(register.answer_dialog(yes=True))) == LoadApplied("full-1", 1, base_hash(OLD), 3)


def test_a_declined_dialog_ends_the_load() -> None:
    """The same bytes may be ordered again under another exchange."""
    register = started(confirm="manual")
    pair = Pair(register)
    pair.load(full(OLD, 1))
    assert last(pair.say(register.answer_dialog(yes=False))) == LoadFailed("full-1", "declined", "067")
    assert last(pair.load(full(OLD, 1, "again"))) == LoadWaiting("again", "dialog")
    assert last(Pair(started(confirm="decline")).load(full(OLD, 1))) == LoadFailed("full-1", "declined", "067")


def test_an_answer_given_while_the_line_is_down_is_told_later() -> None:
    """By the next hello; and the same exchange is never switched twice."""
    register = started(confirm="manual")
    Pair(register).load(full(OLD, 1))
    register.answer_dialog(yes=True)
    hello = register.hello()
    assert hello.goods.base_hash == base_hash(OLD)
    again = Pair(register)
    assert again.load(full(OLD, 1)) == [LoadApplied("full-1", 1, base_hash(OLD), 3)]
    assert again.order("full-1") == [LoadApplied("full-1", 1, base_hash(OLD), 3)]
    assert len(switches(register)) == 1


def test_a_new_order_of_the_same_bytes_takes_over_the_buffer() -> None:
    """No chunk is sent again, but the switch has to be ordered anew."""
    register = started(confirm="manual")
    pair = Pair(register)
    pair.load(full(OLD, 1))
    goods = full(OLD, 1, "second")
    goods.chunks.clear()
    assert last(pair.load(goods, apply=False)) == LoadBuffered("second")
    assert not register.loading.dialog_open
    assert last(pair.order("second")) == LoadWaiting("second", "dialog")


def test_another_load_empties_the_buffer() -> None:
    """The newest one counts."""
    register = started()
    Pair(register).load(full(OLD, 1), apply=False)
    pair = Pair(register)
    assert isinstance(last(pair.load(full(NEW, 2))), LoadApplied)
    assert last(pair.order("full-1")) == LoadFailed("full-1", "load_unknown")


def test_an_abort_empties_the_buffer_and_comes_too_late_after_the_switch() -> None:
    """Aborting what is not there is no mistake."""
    pair = Pair(started())
    pair.load(full(OLD, 1), apply=False)
    assert last(pair.abort("full-1")) == LoadAborted("full-1")
    assert pair.register.loading.buffer_report().state == "empty"
    assert last(pair.abort("never-heard-of")) == LoadAborted("never-heard-of")
    pair.load(full(OLD, 1))
    assert last(pair.abort("full-1")) == LoadFailed("full-1", "already_applied")


def test_a_spoilt_load_starts_again_and_fails_at_the_third_time() -> None:
    """A real bit, a real hash."""
    twice = Pair(started(faults=Faults(["wrong-hash=2"])))
    outputs = twice.load(full(OLD, 1))
    assert outputs.count(LoadRestarted("full-1", "hash_wrong")) == 2
    assert last(outputs) == LoadApplied("full-1", 1, base_hash(OLD), 3)
    thrice = Pair(started(faults=Faults(["wrong-hash=3"])))
    assert last(thrice.load(full(OLD, 1))) == LoadFailed("full-1", "hash_wrong")


def test_a_refused_record_on_request() -> None:
    """The fault names the record."""
    pair = Pair(started(faults=Faults(["refuse-record=2"])))
    assert last(pair.load(full(OLD, 1))) == LoadFailed("full-1", "record_refused", "094", 2)
    assert isinstance(last(pair.load(full([record(12), record(20)], 2))), LoadApplied)


def test_a_damaged_base_is_noticed_and_told() -> None:
    """The hash is reckoned from what is held, not copied."""
    storage = MemoryStorage()
    register = started(storage)
    Pair(register).load(full(OLD, 1))
    lines = storage.read("goods.1.jsonl") or b""
    storage.replace("goods.1.jsonl", [lines.replace(b'"price":100', b'"price":900', 1)])
    assert register.loading.verify() is False
    assert register.hello().goods.base_hash == base_hash([record(1, 900), *OLD[1:]])
    assert started(storage).hello().goods.base_hash == base_hash([record(1, 900), *OLD[1:]])


def test_the_base_is_read_in_pages() -> None:
    """Bounded by number and by size; together they are all."""
    many = [record(code, name="Длинное имя товара, сорок восемь зн.") for code in range(1, 1001)]
    register = started(plate=PLATE)
    Pair(register).load(full(many, 1, cut=0))
    found, after = [], None
    for number in range(1, 100):
        (page,) = register.receive(ReadGoods(id=number, after=after))
        assert isinstance(page, GoodsPage)
        assert len(page.records) <= 200
        found += page.records
        after = page.next
        if after is None:
            break
    assert found == many


def test_settings_are_changed_all_or_none() -> None:
    """And kept; not while the cashier works."""
    storage = MemoryStorage()
    register = started(storage)
    (told,) = register.receive(ReadSettings(id=1))
    assert isinstance(told, Settings)
    (refused,) = register.receive(WriteSettings(id=2, settings={"operator.name": "ИВАНОВА", "sound.keys": 1}))
    assert refused == RegisterError(id=2, code="setting_refused", register_code="064", field="sound.keys")
    assert register.receive(ReadSettings(id=3)) == [Settings(id=3, settings=told.settings)]
    register.receive(WriteSettings(id=4, settings={"operator.name": "ИВАНОВА"}))
    (kept,) = started(storage).receive(ReadSettings(id=5))
    assert isinstance(kept, Settings)
    assert kept.settings == {**told.settings, "operator.name": "ИВАНОВА"}
    register.set_mode("sales")
    assert register.receive(WriteSettings(id=6, settings={})) == [RegisterError(id=6, code="sales_mode")]

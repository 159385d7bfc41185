"""A load from the icon to the register's own word, and everything that comes in between."""

import uuid

import pytest

from services.contracts.links import EpochOver
from services.contracts.recipe import DeltaRef
from services.contracts.refusals import NotFound
from services.contracts.registers import CannotCancel, ExchangeKind, ExchangeState, RegisterMode
from services.contracts.values import UserActor
from services.contracts.work import (
    AbortLoad,
    Answered,
    Applied,
    ApplyGoods,
    ApplySent,
    Begun,
    Buffered,
    Failed,
    LoadGoods,
    Restarted,
    Waiting,
)
from services.contracts.work import TestLink as LinkTest  # pytest would take it for a class of tests
from services.registers.use_cases import links
from tests.services.registers.registers_house import Device, RegistersHouse, price_list, steps


def test_a_load_from_the_icon_to_the_registers_word(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    room.base_is(alice, 7)
    exchange = room.start(alice, register)
    assert (exchange.state, exchange.by) == (ExchangeState.QUEUED, "Алиса")
    wanted = room.wanted(alice)
    assert (wanted.revision, wanted.recipe.model, wanted.delta_from) == (7, "Меркурий 185Ф", None)
    assert room.due(link) is None  # the list is not built yet
    target = room.built(alice, price_list(wanted, 7), problems=2)
    work = room.due(link)
    assert work == LoadGoods(exchange.id, work.handle, target)  # type: ignore[union-attr]
    assert room.due(link) == work  # asked again, told again
    assert room.report(link, exchange.id, Begun(0, 3)) is None
    assert room.due(link) == work
    assert room.report(link, exchange.id, Buffered()) == ApplyGoods(exchange.id, work.handle, target)  # type: ignore[union-attr]
    assert room.report(link, exchange.id, ApplySent()) is None
    assert room.report(link, exchange.id, Applied(7, target.base_hash, 30)) is None
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.done, told.total, told.problems) == (ExchangeState.APPLIED, 3, 3, 2)
    assert steps(told) == [
        "asked",
        "price_list_wanted",
        "price_list_built",
        "sending",
        "buffered",
        "apply_sent",
        "applied",
    ]
    goods = room.see(alice, register).goods
    assert goods.in_sync and goods.reason is None and not goods.unsent
    assert goods.confirmed is not None and (goods.confirmed.revision, goods.confirmed.count) == (7, 30)


def test_reports_that_come_twice_change_nothing(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    applied = Applied(1, target.base_hash, 30)
    for report in (Begun(0, 3), Buffered(), ApplySent(), applied):
        room.report(link, exchange.id, report)
        before = room.exchange(alice, exchange.id)
        room.later(seconds=1)
        room.report(link, exchange.id, report)
        assert room.exchange(alice, exchange.id) == before


def test_what_an_older_link_says_changes_nothing(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, old = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.hello(device, register)
    with pytest.raises(EpochOver):
        room.report(old, exchange.id, Begun(0, 3))
    with pytest.raises(EpochOver):
        room.due(old)
    assert room.exchange(alice, exchange.id).state is ExchangeState.QUEUED


def test_a_cut_line_goes_on_where_it_stopped(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    room.report(link, exchange.id, Begun(0, 3))
    link_id = str(room.now.microsecond)  # not this link's: closing it changes nothing
    with room.db.account(alice.account) as session:
        links.close_link(session, link, link_id, room.now)
    assert room.see(alice, register).online
    room.silence()
    waiting = room.exchange(alice, exchange.id)
    assert (waiting.state, waiting.reason) == (ExchangeState.WAITING, "offline")
    assert not room.see(alice, register).online
    opened = room.hello(device, register)
    assert isinstance(opened.work, LoadGoods) and opened.work.target == target
    room.report(opened.actor, exchange.id, Begun(2, 3))
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.done) == (ExchangeState.SENDING, 2)
    assert steps(told)[-4:] == ["line_lost", "waiting", "register_back", "resumed"]


def test_nothing_begins_in_sales_mode_and_the_clerk_reads_why(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    with room.db.account(alice.account) as session:
        links.change_mode(session, link, RegisterMode.SALES, room.now)
    since = room.now
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    assert isinstance(room.due(link), LoadGoods)
    assert room.report(link, exchange.id, Waiting("sales_mode")) is None
    assert room.due(link) is None  # it just said no
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.reason) == (ExchangeState.WAITING, "sales_mode")
    assert told.timeline[-1].params == {"reason": "sales_mode", "since": since.isoformat()}
    assert room.see(alice, register).goods.reason == "sales_mode"
    room.later(seconds=60)
    assert isinstance(room.due(link), LoadGoods)  # at a later heartbeat it is asked again
    room.report(link, exchange.id, Waiting("sales_mode"))
    assert room.exchange(alice, exchange.id).timeline == told.timeline  # and says the same once
    with room.db.account(alice.account) as session:
        assert isinstance(links.change_mode(session, link, RegisterMode.MENU, room.now), LoadGoods)


def test_a_switch_that_waits_is_ordered_once(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    room.send(link, exchange.id)
    room.report(link, exchange.id, ApplySent())
    assert room.report(link, exchange.id, Waiting("dialog")) is None
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.reason) == (ExchangeState.BUFFERED, "dialog")
    room.later(minutes=10)
    assert room.due(link) is None  # the register goes on by itself
    room.report(link, exchange.id, Failed("declined"))
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.reason) == (ExchangeState.FAILED, "declined")
    assert room.see(alice, register).goods.reason == "failed:declined"
    # A person at the register may have confirmed after all: the truth is what it holds.
    room.report(link, exchange.id, Applied(1, target.base_hash, 30))
    assert room.exchange(alice, exchange.id).state is ExchangeState.FAILED
    assert room.see(alice, register).goods.in_sync


def test_a_hello_completes_the_load_whose_outcome_got_lost(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    room.send(link, exchange.id)
    room.report(link, exchange.id, ApplySent())
    device.holds(target)
    opened = room.hello(device, register)
    assert opened.work is None
    told = room.exchange(alice, exchange.id)
    assert told.state is ExchangeState.APPLIED and steps(told)[-1] == "found_at_hello"
    assert room.see(alice, register).goods.in_sync


def test_a_wrong_outcome_is_a_failure_with_an_alarm(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    room.send(link, exchange.id)
    room.report(link, exchange.id, Applied(1, target.base_hash, 29))
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.reason) == (ExchangeState.FAILED, "hash_mismatch")
    seen = room.see(alice, register)
    assert seen.alarm == "drift" and not seen.goods.in_sync


def test_the_newest_load_takes_the_place_of_one_without_chunks(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    first = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    assert isinstance(room.due(link), LoadGoods)
    second = room.start(alice, register)
    assert room.exchange(alice, first.id).state is ExchangeState.SUPERSEDED
    abort = room.due(link)
    assert isinstance(abort, AbortLoad) and abort.exchange == first.id
    assert isinstance(room.report(link, first.id, Begun(0, 3)), AbortLoad)
    room.built(alice, price_list(room.wanted(alice), 2))
    work = room.due(link)
    assert isinstance(work, LoadGoods) and work.exchange == second.id


def test_a_load_with_a_chunk_is_finished_first(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    first = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    room.report(link, first.id, Begun(1, 3))
    second, third = room.start(alice, register), room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice), 2, goods="newer"))
    assert room.exchange(alice, second.id).state is ExchangeState.SUPERSEDED
    assert room.see(alice, register).goods.reason == "loading"
    work = room.due(link)
    assert isinstance(work, LoadGoods) and work.exchange == first.id
    room.report(link, first.id, Buffered())
    room.report(link, first.id, ApplySent())
    work = room.report(link, first.id, Applied(1, target.base_hash, 30))
    assert isinstance(work, LoadGoods) and work.exchange == third.id
    assert not room.see(alice, register).goods.in_sync  # it holds what was asked for before


def test_cancelling_before_and_after_the_switch_was_ordered(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    first = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.send(link, first.id)
    assert room.cancel(alice, first.id).state is ExchangeState.CANCELLED
    with pytest.raises(CannotCancel):
        room.cancel(alice, first.id)
    assert isinstance(room.report(link, first.id, ApplySent()), AbortLoad)  # the order was not sent yet
    assert room.see(alice, register).goods.desired is None
    second = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.send(link, second.id)
    room.report(link, second.id, ApplySent())
    with pytest.raises(CannotCancel):
        room.cancel(alice, second.id)


def test_a_register_that_is_off_gets_its_load_when_it_comes(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _ = room.connect(alice, device)
    room.silence()
    exchange = room.start(alice, register)
    assert (exchange.state, exchange.reason) == (ExchangeState.WAITING, "offline")
    target = room.built(alice, price_list(room.wanted(alice)))
    assert room.see(alice, register).goods.reason == "offline"
    room.later(days=7)
    opened = room.hello(device, register)
    assert isinstance(opened.work, LoadGoods) and opened.work.target == target
    assert room.exchange(alice, exchange.id).state is ExchangeState.QUEUED


def test_a_load_before_first_contact_waits_for_the_registers_data(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register = room.add(alice)
    exchange = room.start(alice, register)
    assert (exchange.state, exchange.reason) == (ExchangeState.WAITING, "offline")
    opened = room.hello(device, register)
    assert opened.first_contact
    wanted = room.wanted(alice)
    assert (wanted.recipe.model, wanted.recipe.capacity) == ("Меркурий 185Ф", 10_000)
    room.built(alice, price_list(wanted))
    assert isinstance(room.report(opened.actor, opened.work.exchange, Answered({"a": 1})), LoadGoods)  # type: ignore[union-attr]


def test_a_register_that_holds_it_already_is_done_at_once(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.load(alice, register, link, device)
    again = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice), 2))  # a newer revision with the same goods for this register
    told = room.exchange(alice, again.id)
    assert told.state is ExchangeState.APPLIED and steps(told)[-1] == "already_holds"
    assert room.see(alice, register).goods.in_sync
    full = room.start(alice, register, mode="full")
    room.built(alice, price_list(room.wanted(alice), 2))
    assert isinstance(room.due(link), LoadGoods)
    room.hello(device, register)  # holding it before the switch was ordered proves nothing
    assert room.exchange(alice, full.id).state is ExchangeState.QUEUED


def test_a_delta_from_what_the_register_confirmed(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    _, held = room.load(alice, register, link, device)
    exchange = room.start(alice, register)
    wanted = room.wanted(alice)
    assert wanted.delta_from is not None and wanted.delta_from.base_hash == held.base_hash
    delta = DeltaRef(1, held.base_hash, "d" * 64, lines=2, bytes=200, chunks=1)
    target = room.built(alice, price_list(wanted, 2, goods="two"), delta)
    work = room.due(link)
    assert isinstance(work, LoadGoods) and work.delta == delta
    room.report(link, exchange.id, Begun(0, 1))
    assert room.exchange(alice, exchange.id).timeline[-1].params == {"chunks": 1, "records": 2, "from_revision": 1}
    work = room.report(link, exchange.id, Failed("base_mismatch"))
    assert isinstance(work, LoadGoods) and work.delta is None  # goes on by itself, with everything
    room.send(link, exchange.id)
    room.report(link, exchange.id, Applied(2, target.base_hash, 30))
    told = room.exchange(alice, exchange.id)
    assert told.state is ExchangeState.APPLIED and "delta_refused" in steps(told)


def test_a_full_load_takes_no_delta(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    _, held = room.load(alice, register, link, device)
    room.start(alice, register, mode="full")
    assert room.wanted(alice).delta_from is None
    room.built(
        alice,
        price_list(room.wanted(alice), 2, goods="two"),
        DeltaRef(1, held.base_hash, "d" * 64, lines=2, bytes=200, chunks=1),
    )
    work = room.due(link)
    assert isinstance(work, LoadGoods) and work.delta is None


def test_wrong_hashes_start_again_a_bounded_number_of_times(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.report(link, exchange.id, Begun(0, 3))
    for _ in range(10):
        assert room.report(link, exchange.id, Restarted("hash_wrong")) is None
    assert isinstance(room.report(link, exchange.id, Restarted("hash_wrong")), AbortLoad)
    assert room.exchange(alice, exchange.id).reason == "hash_wrong"


def test_a_swept_list_is_asked_for_again(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    assert room.report(link, exchange.id, Failed("price_list_gone")) is None
    room.built(alice, price_list(room.wanted(alice), 2))
    assert isinstance(room.due(link), LoadGoods)


def test_a_list_that_cannot_be_built_fails_the_load(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.not_built(alice, room.wanted(alice), "capacity")
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.reason) == (ExchangeState.FAILED, "capacity")
    assert room.see(alice, register).goods.reason == "failed:capacity"


def test_a_refused_record_is_named(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.report(link, exchange.id, Failed("record_refused", register_code="088", item_code=17))
    told = room.exchange(alice, exchange.id)
    assert (told.reason, told.register_code, told.item_code) == ("record_refused", "088", 17)


def test_a_test_goes_between_loads(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    load = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    test = room.start(alice, register, ExchangeKind.TEST)
    assert room.due(link) == LinkTest(test.id)
    assert isinstance(room.report(link, test.id, Answered({"echo": "ok"})), LoadGoods)
    assert room.exchange(alice, test.id).answer == {"echo": "ok"}
    room.report(link, load.id, Begun(0, 3))
    room.start(alice, register, ExchangeKind.TEST)
    assert isinstance(room.due(link), LoadGoods)  # what is being sent goes on


def test_another_registers_exchange_is_nobodys(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    _, link = room.connect(alice, device)
    other, _ = room.connect(alice, Device("04000002", "other key"), "Касса 2")
    exchange = room.start(alice, other)
    with pytest.raises(NotFound):
        room.report(link, exchange.id, Begun(0, 3))


def test_an_outcome_counts_though_the_register_hung_up_behind_it(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register = room.add(alice)
    link_id = str(uuid.uuid4())
    link = room.hello(device, register, link_id).actor
    exchange = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    room.send(link, exchange.id)
    room.report(link, exchange.id, ApplySent())
    with room.db.account(alice.account) as session:
        links.close_link(session, link, link_id, room.now)
    assert room.exchange(alice, exchange.id).reason == "offline"
    assert room.report(link, exchange.id, Waiting("dialog")) is None
    assert room.exchange(alice, exchange.id).reason == "offline"
    assert room.report(link, exchange.id, Applied(1, target.base_hash, 30)) is None
    assert room.exchange(alice, exchange.id).state is ExchangeState.APPLIED
    seen = room.see(alice, register)
    assert seen.goods.in_sync and not seen.online

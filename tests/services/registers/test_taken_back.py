"""What a register should hold when a load that was to change it is taken back: never a wrong word about its goods."""

from services.contracts.registers import ExchangeState, PriceListWantedEvent
from services.contracts.values import UserActor
from services.contracts.work import Applied, ApplySent, LoadGoods
from services.registers.use_cases import sweeps
from tests.services.registers.registers_house import Device, RegistersHouse, price_list


def test_what_a_superseded_load_asked_for_is_asked_no_more(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.base_is(alice, 1)
    room.load(alice, register, link, device)
    room.change(alice, register, auto_load=True)
    room.base_is(alice, 2)
    room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice), 2, goods="two"))
    newer = room.start(alice, register)
    goods = room.see(alice, register).goods
    assert (goods.in_sync, goods.reason, goods.unsent) == (False, "loading", False)
    room.cancel(alice, newer.id)
    goods = room.see(alice, register).goods
    assert (goods.in_sync, goods.reason, goods.unsent) == (True, None, True)
    assert goods.desired is not None and goods.desired.revision == 1
    room.later(seconds=61)
    room.beat(link, device.goods.base_hash)
    asked = len(room.facts(alice, PriceListWantedEvent))
    room.system(sweeps.load_by_themselves, room.now)
    assert len(room.facts(alice, PriceListWantedEvent)) == asked + 1  # the revision still gets there by itself


def test_an_older_load_under_way_counts_when_the_newer_one_is_cancelled(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.load(alice, register, link, device)
    older = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice), 2, goods="two"))
    room.send(link, older.id)
    newer = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice), 3, goods="three"))
    room.cancel(alice, newer.id)
    goods = room.see(alice, register).goods
    assert (goods.in_sync, goods.reason) == (False, "loading")
    assert goods.desired is not None and goods.desired.revision == 2
    room.report(link, older.id, ApplySent())
    room.report(link, older.id, Applied(2, target.base_hash, target.records))
    goods = room.see(alice, register).goods
    assert (goods.in_sync, goods.reason, goods.unsent) == (True, None, False)


def test_a_cancelled_load_without_a_list_takes_back_what_it_asked_before(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _ = room.connect(alice, device)
    room.change(alice, register, auto_load=True)
    room.base_is(alice, 1)
    room.later(seconds=61)
    room.hello(device, register)
    room.system(sweeps.load_by_themselves, room.now)
    room.built(alice, price_list(room.wanted(alice)))
    room.silence()
    room.base_is(alice, 2)
    room.later(seconds=61)
    room.system(sweeps.load_by_themselves, room.now)  # the list is put off until the register comes
    seen = room.see(alice, register)
    assert seen.exchange is not None and seen.exchange.state is ExchangeState.WAITING
    room.cancel(alice, seen.exchange.id)
    goods = room.see(alice, register).goods
    assert (goods.desired, goods.reason, goods.unsent) == (None, "never_loaded", True)


def test_what_an_expired_load_asked_for_is_asked_no_more(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.base_is(alice, 1)
    room.load(alice, register, link, device)
    room.base_is(alice, 2)
    room.silence()
    room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice), 2, goods="two"))
    room.later(days=31)
    room.system(sweeps.end_waiting, room.now)
    goods = room.see(alice, register).goods
    assert goods.desired is not None and (goods.desired.revision, goods.unsent) == (1, True)


def test_what_is_about_to_change_is_not_held_already(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    room.load(alice, register, link, device, goods="one")
    older = room.start(alice, register)
    two = room.built(alice, price_list(room.wanted(alice), 2, goods="two"))
    room.send(link, older.id)
    newer = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice), 3, goods="one"))  # what it holds now, but not for long
    assert room.exchange(alice, newer.id).state is ExchangeState.QUEUED
    room.report(link, older.id, ApplySent())
    work = room.report(link, older.id, Applied(2, two.base_hash, two.records))
    assert isinstance(work, LoadGoods) and work.exchange == newer.id
    assert not room.see(alice, register).goods.in_sync

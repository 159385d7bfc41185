"""Another device behind a record, by leave of a person; and one that never held anything of ours."""

from services.contracts.registers import PriceListWantedEvent
from services.contracts.values import UserActor
from services.registers.use_cases import registers, sweeps
from tests.services.registers.registers_house import Device, RegistersHouse, price_list


def test_a_device_that_replaces_another_is_no_alarm_and_gets_the_goods_by_itself(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.base_is(alice, 1)
    room.load(alice, register, link, device)
    room.change(alice, register, auto_load=True)
    room.later(seconds=61)
    room.beat(link, device.goods.base_hash)
    room.system(sweeps.load_by_themselves, room.now)
    asked = len(room.facts(alice, PriceListWantedEvent))
    room.of(alice, registers.allow_rebinding, alice.account, register.id, room.now)
    spare = Device("04000002", "key of the spare one")
    link = room.hello(spare, register).actor
    seen = room.see(alice, register)
    assert (seen.alarm, seen.goods.desired, seen.goods.confirmed) == (None, None, None)
    assert (seen.goods.in_sync, seen.goods.reason, seen.goods.unsent) == (False, "never_loaded", True)
    for _ in range(2):
        room.later(seconds=31)
        room.beat(link, spare.goods.base_hash)
        room.system(sweeps.load_by_themselves, room.now)
    assert len(room.facts(alice, PriceListWantedEvent)) == asked + 1


def test_a_load_that_waited_goes_to_the_device_that_replaced_another(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _ = room.connect(alice, device)
    room.silence()
    room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    room.of(alice, registers.allow_rebinding, alice.account, register.id, room.now)
    room.hello(Device("04000002", "key of the spare one"), register)
    seen = room.see(alice, register)
    assert seen.alarm is None and seen.goods.reason == "loading"
    assert seen.goods.desired is not None and seen.goods.desired.base_hash == target.base_hash


def test_a_line_that_is_cut_during_the_first_load_is_no_alarm(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _ = room.connect(alice, device)
    room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    link = room.hello(device, register).actor
    assert room.see(alice, register).alarm is None
    room.later(seconds=70)
    room.beat(link, device.goods.base_hash)
    room.system(sweeps.judge_strange_bases, room.now)
    assert room.see(alice, register).alarm is None

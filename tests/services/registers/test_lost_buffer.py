"""A register that was told to switch and lost its buffer instead."""

from services.contracts.links import BufferHeld
from services.contracts.registers import ExchangeState
from services.contracts.values import UserActor
from services.contracts.work import ApplyGoods, ApplySent, Begun, LoadGoods
from tests.services.registers.registers_house import Device, RegistersHouse, price_list


def test_a_load_that_is_sent_anew_can_be_taken_back_again(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    load = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.send(link, load.id)
    room.report(link, load.id, ApplySent())
    opened = room.hello(device, register)  # after a reboot, with nothing in its buffer
    assert isinstance(opened.work, LoadGoods) and opened.work.exchange == load.id
    room.report(opened.actor, load.id, Begun(0, 3))
    newer = room.start(alice, register)
    assert room.exchange(alice, load.id).state is ExchangeState.SUPERSEDED
    assert room.cancel(alice, newer.id).state is ExchangeState.CANCELLED


def test_a_load_that_waits_for_the_switch_stays_ordered(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    load = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.send(link, load.id)
    room.report(link, load.id, ApplySent())
    device.buffer = BufferHeld(load.id, complete=True)
    opened = room.hello(device, register)
    assert isinstance(opened.work, ApplyGoods)
    newer = room.start(alice, register)
    assert room.exchange(alice, load.id).state is ExchangeState.BUFFERED
    assert room.exchange(alice, newer.id).state is ExchangeState.QUEUED

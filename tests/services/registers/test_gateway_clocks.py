"""The clocks of gateways decide nothing: a register is on when it is heard of, by the clock of this room."""

from datetime import timedelta

import pytest

from services.contracts.values import UserActor
from services.contracts.work import Begun, ProgressNote
from services.registers.use_cases import links
from tests.services.registers.registers_house import Device, RegistersHouse, price_list

WRONG = (timedelta(hours=3), timedelta(hours=-3))


@pytest.mark.parametrize("ahead", WRONG)
def test_a_wrong_clock_keeps_no_register_online_and_turns_none_off(
    room: RegistersHouse, alice: UserActor, device: Device, ahead: timedelta
) -> None:
    register, link = room.connect(alice, device)
    for _ in range(4):
        room.later(seconds=30)
        room.beat(link, device.goods.base_hash, ahead)
    seen = room.see(alice, register)
    assert seen.online and seen.last_seen == room.now
    room.silence()
    assert not room.see(alice, register).online


@pytest.mark.parametrize("ahead", WRONG)
def test_progress_moves_on_under_a_wrong_clock(
    room: RegistersHouse, alice: UserActor, device: Device, ahead: timedelta
) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.report(link, exchange.id, Begun(0, 3))
    for done, shift in ((1, ahead), (2, timedelta())):
        note = ProgressNote(exchange.id, link.epoch, done, 3, room.later(seconds=6) + shift)
        room.system(links.note_progress, (note,), room.now)
        assert room.exchange(alice, exchange.id).done == done

"""A register whose rows nobody can read any more holds up no chore for the others."""

from datetime import timedelta

import sqlalchemy as sa

from services.contracts.registers import ExchangeKind, ExchangeState, PriceListWantedEvent, RegisterView
from services.contracts.values import UserActor
from services.registers.models import Exchange
from services.registers.use_cases import sweeps
from tests.services.registers.registers_house import Device, RegistersHouse


def _poison(room: RegistersHouse, actor: UserActor, register: RegisterView) -> None:
    """Its exchange has a timeline that is none."""
    room.start(actor, register, ExchangeKind.LOAD_GOODS)
    with room.db.account(actor.account) as session:
        session.execute(sa.update(Exchange).where(Exchange.register_id == register.id).values(timeline=[{"odd": 1}]))


def test_a_chore_is_done_at_all_registers_but_the_poisoned_ones(room: RegistersHouse, alice: UserActor) -> None:
    connected = [room.connect(alice, Device(f"0400{n:04}", str(n)), f"Касса {n}")[0] for n in range(4)]
    for register in connected:
        room.change(alice, register, auto_load=True)
    in_order = sorted(connected, key=lambda one: one.id)  # as chores go
    poisoned, sound = in_order[::2], in_order[1::2]
    for register in poisoned:
        _poison(room, alice, register)
    tests = [room.start(alice, register, ExchangeKind.TEST) for register in sound]
    room.base_is(alice, 1)
    room.later(seconds=61)
    asked = len(room.facts(alice, PriceListWantedEvent))
    room.system(sweeps.load_by_themselves, room.now)
    loads = [room.see(alice, register).exchange for register in sound]
    assert all(one is not None and one.kind is ExchangeKind.LOAD_GOODS for one in loads)
    assert len(room.facts(alice, PriceListWantedEvent)) == asked + len(sound)
    room.silence()
    for test in tests:
        told = room.exchange(alice, test.id)
        assert (told.state, told.reason) == (ExchangeState.WAITING, "offline")
    room.now += timedelta(minutes=11)
    room.system(sweeps.end_waiting, room.now)
    assert all(room.exchange(alice, test.id).state is ExchangeState.EXPIRED for test in tests)

"""What registers, groups and exchanges tell the journal: before and after, and whose work it was."""

import pytest

from services.contracts.links import BoundToAnother, KeyWrong
from services.contracts.registers import ExchangeKind, RegisterView
from services.contracts.values import RegisterActor, UserActor
from services.registers.use_cases import exchanges, groups, registers, sweeps
from services.registers.use_cases.one_by_one import one_by_one
from services.registers.use_cases.turn import Turn
from tests.services.registers.registers_house import Device, RegistersHouse
from tests.services.written import Written, written


def news(room: RegistersHouse, actor: UserActor, seen: int) -> list[Written]:
    """What was told since so many facts."""
    return written(room.db, actor.account)[seen:]


def count(room: RegistersHouse, actor: UserActor) -> int:
    return len(written(room.db, actor.account))


def only(room: RegistersHouse, actor: UserActor, seen: int) -> Written:
    (told,) = news(room, actor, seen)
    return told


def test_a_register_that_comes_and_goes_is_told_whole(
    room: RegistersHouse, alice: UserActor, charlie: UserActor
) -> None:
    group = room.of(alice, groups.add_group, alice.account, "Зал", room.now)
    register = room.add(alice, "Касса 1", groups=(group.id,), serial_number="00000001")
    added = written(room.db, alice.account)[-1]
    assert (added.only.thing, added.only.id, added.only.name) == ("register", register.id, "Касса 1")
    assert added.only.before is None and added.only.after is not None
    assert added.only.after["groups"] == ["Зал"] and added.only.after["kkt_id"] == register.kkt_id
    assert added.record.actor == alice
    room.of(alice, registers.remove_register, alice.account, register.id, room.now)
    removed = written(room.db, alice.account)[-1]
    assert removed.only.after is None and removed.only.before == added.only.after
    assert written(room.db, charlie.account) == []


def test_a_change_tells_only_what_is_different(room: RegistersHouse, alice: UserActor) -> None:
    register = room.add(alice)
    hall = room.of(alice, groups.add_group, alice.account, "Зал", room.now)
    seen = count(room, alice)
    room.change(alice, register, name="Касса у входа", price_percent=90, groups=(hall.id,), auto_load=False)
    change = only(room, alice, seen).only
    assert change.before == {"name": "Касса 1", "price_percent": 100, "groups": []}
    assert change.after == {"name": "Касса у входа", "price_percent": 90, "groups": ["Зал"]}
    room.change(alice, register, price_percent=90)
    assert count(room, alice) == seen + 1


def test_an_id_that_is_renewed_and_a_leave_to_bind_anew_are_told(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register = room.add(alice)
    room.later(days=31)
    seen = count(room, alice)
    renewed = room.of(alice, registers.renew_kkt_id, alice.account, register.id, room.now)
    change = only(room, alice, seen).only
    assert change.before is not None and change.before["kkt_id"] == register.kkt_id
    assert change.after is not None and change.after["kkt_id"] == renewed.kkt_id
    room.hello(device, renewed)
    seen = count(room, alice)
    room.of(alice, registers.allow_rebinding, alice.account, register.id, room.now)
    change = only(room, alice, seen).only
    assert change.before == {"rebinding_until": None}
    assert change.after is not None and change.after["rebinding_until"].startswith("2026-04-02T09")


def test_groups_are_told(room: RegistersHouse, alice: UserActor) -> None:
    group = room.of(alice, groups.add_group, alice.account, "Зал", room.now)
    room.add(alice, groups=(group.id,))
    room.of(alice, groups.rename_group, alice.account, group.id, "Склад", None)
    room.of(alice, groups.rename_group, alice.account, group.id, "Склад", None)
    room.of(alice, groups.remove_group, alice.account, group.id)
    told = [one.only for one in written(room.db, alice.account) if one.changes[0].thing == "register_group"]
    assert [(one.name, one.before, one.after) for one in told] == [
        ("Зал", None, {"name": "Зал"}),
        ("Зал", {"name": "Зал"}, {"name": "Склад"}),
        ("Склад", {"name": "Склад", "registers": 1}, None),
    ]


def test_exchanges_are_told_when_people_start_and_cancel_them(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register = room.add(alice)
    room.hello(device, register)
    seen = count(room, alice)
    exchange = room.start(alice, register, ExchangeKind.TEST)
    room.of(alice, exchanges.cancel_exchange, alice, exchange.id, room.now)
    started, cancelled = news(room, alice, seen)
    assert (started.only.thing, started.only.id, started.only.name) == ("exchange", exchange.id, "Касса 1")
    assert started.only.after is not None and started.only.after["kind"] == "test"
    assert (cancelled.only.before, cancelled.only.after) == ({"state": "queued"}, {"state": "cancelled"})


def by_register(told: Written, register: RegisterView) -> bool:
    actor = told.record.actor
    return isinstance(actor, RegisterActor) and actor.register == register.id


def test_first_contact_is_the_deed_of_the_register(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    seen = count(room, alice)
    room.hello(device, register)
    told = only(room, alice, seen)
    assert told.what == "register_bound" and by_register(told, register)
    assert told.only.before == {"binding": "unbound", "serial_number": None, "key_hash": None}
    assert told.only.after == {"binding": "bound", "serial_number": device.serial_number, "key_hash": "•••"}


def test_coming_and_going_and_heartbeats_are_not_told(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    room.hello(device, register)
    seen = count(room, alice)
    room.hello(device, register)
    assert news(room, alice, seen) == []


def test_a_register_that_comes_with_a_newer_id_replaces_its_older_record(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    older = room.add(alice, "Старая")
    room.hello(device, older)
    newer = room.add(alice, "Новая")
    seen = count(room, alice)
    room.hello(device, newer)
    told = only(room, alice, seen)
    assert told.what == "register_bound" and by_register(told, newer)
    assert {one.name: (one.before or {}).get("binding") for one in told.changes} == {
        "Старая": "bound",
        "Новая": "unbound",
    }
    assert {one.name: (one.after or {}).get("binding") for one in told.changes} == {
        "Старая": "replaced",
        "Новая": "bound",
    }


def test_an_alarm_is_told_once_as_the_deed_of_whoever_comes_with_the_id(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register = room.add(alice)
    room.hello(device, register)
    seen = count(room, alice)
    for _ in range(3):
        room.later(minutes=2)
        with pytest.raises(BoundToAnother):
            room.hello(Device(serial_number="00009999"), register)
    told = only(room, alice, seen)
    assert told.what == "register_alarm" and by_register(told, register)
    assert (told.only.before, told.only.after) == ({"alarm": None}, {"alarm": "bound_to_another"})
    with pytest.raises(KeyWrong):
        room.hello(Device(serial_number=device.serial_number, key="another"), register)
    assert news(room, alice, seen)[-1].only.after == {"alarm": "key_wrong"}


def test_binding_anew_by_leave_is_told_without_the_key(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    room.hello(device, register)
    room.of(alice, registers.allow_rebinding, alice.account, register.id, room.now)
    seen = count(room, alice)
    room.hello(Device(serial_number=device.serial_number, key="another"), register)
    told = only(room, alice, seen)
    assert told.what == "register_rebound" and by_register(told, register)
    assert (told.only.before, told.only.after) == ({"key_hash": "•••"}, {"key_hash": "•••"})


def test_drift_is_told_as_the_deed_of_each_register_even_by_the_chore_that_finds_it(
    room: RegistersHouse, alice: UserActor, charlie: UserActor
) -> None:
    fleet = []
    for owner, number in ((alice, 1), (alice, 2), (charlie, 3)):
        device = Device(f"0400000{number}", str(number))
        register, link = room.connect(owner, device, f"Касса {number}")
        room.load(owner, register, link, device)
        fleet.append((register, link))
    seen, seen_of_charlie = count(room, alice), count(room, charlie)
    room.later(minutes=2)
    for _, link in fleet:
        room.beat(link, "f" * 64)
    room.later(seconds=1)
    room.system(sweeps.judge_strange_bases, room.now)
    told = news(room, alice, seen)
    assert [one.what for one in told] == ["register_alarm"] * 2
    assert all(any(by_register(one, register) for one in told) for register, _ in fleet[:2])
    assert [one.only.after for one in told] == [{"alarm": "drift"}] * 2
    assert by_register(only(room, charlie, seen_of_charlie), fleet[2][0])


def test_what_a_chore_undid_at_one_register_is_not_told(room: RegistersHouse, alice: UserActor) -> None:
    first, second = room.add(alice, "Первая"), room.add(alice, "Вторая")
    seen = count(room, alice)

    def chore(turn: Turn) -> None:
        turn.raise_alarm("drift")
        if turn.id == first.id:
            raise ValueError("this one fails")

    both = [(alice.account, first.id), (alice.account, second.id)]
    room.system(one_by_one, both, room.now, chore)
    assert by_register(only(room, alice, seen), second)

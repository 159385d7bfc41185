"""Whom an ID lets in, which link is the newest, and what heartbeats and silence mean."""

import threading
import uuid

import pytest

from services.contracts.exchange_words import Step
from services.contracts.links import (
    BoundToAnother,
    BufferHeld,
    EpochOver,
    KeyWrong,
    LastLoad,
    LinkDisabled,
    LinkOpened,
    TooManyAttempts,
    UnknownId,
)
from services.contracts.registers import (
    ExchangeKind,
    ExchangeState,
    NotReported,
    RegisterChangedEvent,
    RegisterState,
)
from services.contracts.values import RegisterId, UserActor
from services.contracts.work import (
    AbortLoad,
    Answered,
    ApplyGoods,
    ApplySent,
    Begun,
    LoadGoods,
    ProgressNote,
    ReadSettings,
)
from services.registers.system_repository import count_attempts
from services.registers.use_cases import links, registers, settings
from services.registers.use_cases.sweeps import forget_old
from tests.services.registers.registers_house import ADDRESS, Device, RegistersHouse, hash_of, price_list, steps

ELSEWHERE = "198.51.100.20"


def test_first_contact_binds_and_asks_for_the_settings(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    assert register.state is RegisterState.UNBOUND
    with pytest.raises(NotReported):
        room.of(alice, settings.get_settings, alice.account, register.id)
    opened = room.hello(device, register)
    assert opened.first_contact and isinstance(opened.work, ReadSettings)
    seen = room.see(alice, register)
    assert (seen.state, seen.serial_number, seen.model) == (RegisterState.BOUND, "04000001", "Меркурий 185Ф")
    assert seen.online and seen.kkt_id_expires_at is None and seen.first_contact_at == room.now
    room.report(opened.actor, opened.work.exchange, Answered({"header": "Ромашка"}))
    told = room.of(alice, settings.get_settings, alice.account, register.id)
    assert told.settings == {"header": "Ромашка"}
    assert not room.hello(device, register).first_contact


def test_a_used_id_lets_nobody_else_in_and_people_are_told(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    with pytest.raises(KeyWrong):
        room.hello(Device(device.serial_number, "another key"), register)
    assert room.see(alice, register).alarm == "key_wrong"
    with pytest.raises(BoundToAnother):
        room.hello(Device("04000009"), register)
    seen = room.see(alice, register)
    assert (seen.alarm, seen.alarm_at, seen.serial_number) == ("bound_to_another", room.now, "04000001")
    assert room.due(link) is None  # the right register's link stays
    room.later(hours=25)
    room.system(forget_old, room.now)
    assert room.see(alice, register).alarm is None


def test_a_serial_number_told_beforehand(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice, serial_number="04000001")
    with pytest.raises(BoundToAnother):
        room.hello(Device("04000002"), register)
    assert room.see(alice, register).alarm == "bound_to_another"
    room.hello(device, register)
    assert room.see(alice, register).alarm is None


def test_rebinding_is_allowed_for_an_hour(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device)
    other = Device("04000002", "other key")
    room.of(alice, registers.allow_rebinding, alice.account, register.id, room.now)
    room.later(minutes=61)
    with pytest.raises(BoundToAnother):
        room.hello(other, register)
    seen = room.of(alice, registers.allow_rebinding, alice.account, register.id, room.now)
    assert seen.alarm is None and seen.rebinding_until is not None
    assert room.hello(other, register).first_contact
    seen = room.see(alice, register)
    assert (seen.serial_number, seen.rebinding_until) == ("04000002", None)
    with pytest.raises(BoundToAnother):
        room.hello(device, register)


def test_the_same_register_with_another_id_replaces_the_older_record(
    room: RegistersHouse, alice: UserActor, charlie: UserActor, device: Device
) -> None:
    older, link = room.connect(alice, device)
    waiting = room.start(alice, older)
    elsewhere, _ = room.connect(charlie, device, "Касса Чарли")  # another account: neither learns of the other
    newer, _ = room.connect(alice, device, "Касса 1, новый ID")
    seen = room.see(alice, older)
    assert (seen.state, seen.online, seen.alarm) == (RegisterState.REPLACED, False, None)
    cancelled = room.exchange(alice, waiting.id)
    assert (cancelled.state, cancelled.reason) == (ExchangeState.CANCELLED, "register_replaced")
    with pytest.raises(EpochOver):
        room.due(link)
    assert room.see(charlie, elsewhere).state is RegisterState.BOUND
    room.hello(device, older)  # the older ID was typed in again
    assert room.see(alice, older).state is RegisterState.BOUND
    assert room.see(alice, newer).state is RegisterState.REPLACED


def test_ids_that_let_nobody_in(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    room.change(alice, register, disabled=True)
    with pytest.raises(LinkDisabled):
        room.hello(device, register)
    room.change(alice, register, disabled=False)
    room.later(days=31)
    assert room.see(alice, register).state is RegisterState.ID_EXPIRED
    with pytest.raises(UnknownId):
        room.hello(device, register)
    renewed = room.of(alice, registers.renew_kkt_id, alice.account, register.id, room.now)
    assert renewed.state is RegisterState.UNBOUND and renewed.kkt_id != register.kkt_id
    room.hello(device, renewed)
    room.of(alice, registers.remove_register, alice.account, register.id, room.now)
    with pytest.raises(UnknownId):
        room.hello(device, renewed)


def test_guessing_is_throttled_but_never_a_right_key(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device)
    fresh = room.add(alice, "Касса 2")
    for number in range(20):
        for _ in range(2):  # the same ID again does not count again
            with pytest.raises(UnknownId):
                room.hello(device, f"{number:012}")
    with pytest.raises(TooManyAttempts) as refused:
        room.hello(device, "999999999999")
    assert refused.value.params == {"retry_after": 600}
    with pytest.raises(TooManyAttempts):
        room.hello(Device("04000003"), fresh)  # else one could go on until an unbound ID is hit
    room.hello(device, register)  # the same address, behind a carrier's NAT
    room.hello(Device("04000004", "k"), fresh, address=ELSEWHERE)
    room.later(minutes=11)
    with pytest.raises(UnknownId):
        room.hello(device, "999999999999")


def test_a_link_asked_for_twice_is_one_link(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    link = str(uuid.uuid4())
    first = room.hello(device, register, link)
    assert room.hello(device, register, link) == first
    second = room.hello(device, register)
    again = room.hello(device, register, link)  # delivered late: it does not push the newer one out
    assert (again.actor.epoch, again.work) == (first.actor.epoch, None)
    assert room.due(second.actor) is not None


def test_of_two_links_at_once_one_is_the_newest(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device)
    opened: list[LinkOpened] = []
    start = threading.Barrier(4)

    def come() -> None:
        start.wait()
        opened.append(room.hello(device, register))

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened.sort(key=lambda one: one.actor.epoch)
    assert [one.actor.epoch for one in opened] == [2, 3, 4, 5]
    for older in opened[:-1]:
        with pytest.raises(EpochOver):
            room.due(older.actor)
    assert room.due(opened[-1].actor) is None


def test_two_devices_cannot_both_be_first(room: RegistersHouse, alice: UserActor) -> None:
    register = room.add(alice)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def come(device: Device) -> None:
        start.wait()
        try:
            room.hello(device, register)
            outcomes.append("in")
        except BoundToAnother:
            outcomes.append("refused")

    threads = [threading.Thread(target=come, args=(Device(f"0400000{n}", str(n)),)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused"]


def test_heartbeats_keep_a_link_and_silence_ends_it(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    room.later(seconds=60)
    assert room.beat(link, device.goods.base_hash) == ()
    room.later(seconds=60)
    assert room.see(alice, register).online
    room.hello(device, register)
    assert room.beat(link, device.goods.base_hash) == (RegisterId(register.id),)  # that link is over
    room.silence()
    assert not room.see(alice, register).online
    told = [event.what for event in room.facts(alice, RegisterChangedEvent)]
    assert told.count("online") == 2 and told[-1] == "offline"


def test_closing_an_older_link_leaves_the_newer_one(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    first_link, second_link = str(uuid.uuid4()), str(uuid.uuid4())
    first = room.hello(device, register, first_link)
    room.hello(device, register, second_link)
    for link, online in ((first_link, True), (second_link, False), (second_link, False)):
        with room.db.account(alice.account) as session:
            links.close_link(session, first.actor, link, room.now)
        assert room.see(alice, register).online is online


def test_removal_ends_the_link(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    room.of(alice, registers.remove_register, alice.account, register.id, room.now)
    with pytest.raises(EpochOver):
        room.due(link)
    assert room.beat(link, device.goods.base_hash) == (register.id,)


def test_the_hello_tells_what_the_buffer_holds(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.send(link, exchange.id)
    device.buffer = BufferHeld(exchange.id, complete=True)
    opened = room.hello(device, register)
    assert isinstance(opened.work, ApplyGoods)  # nothing needs to be sent again
    room.cancel(alice, exchange.id)
    assert isinstance(room.due(opened.actor), AbortLoad)
    assert room.due(opened.actor) is None
    opened = room.hello(device, register)  # the abort got lost: the buffer still holds it
    assert isinstance(opened.work, AbortLoad)


def test_the_hello_tells_how_the_last_load_ended(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.send(link, exchange.id)
    room.report(link, exchange.id, ApplySent())
    device.last_load = LastLoad(exchange.id, "declined", "511")
    room.hello(device, register)
    told = room.exchange(alice, exchange.id)
    assert (told.state, told.reason, told.register_code) == (ExchangeState.FAILED, "declined", "511")


def test_new_device_data_renew_the_list_of_a_waiting_load(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _ = room.connect(alice, device)
    room.silence()
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    device.model = "Меркурий 119Ф"
    assert room.hello(device, register).work is None
    assert room.wanted(alice).recipe.model == "Меркурий 119Ф"
    told = room.exchange(alice, exchange.id)
    assert told.target is None and Step.PRICE_LIST_RENEWED in steps(told)


def test_progress_is_stored_now_and_then(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.report(link, exchange.id, Begun(0, 3))
    for done, seconds, stored in ((1, 0, 1), (2, 1, 1), (3, 6, 3)):
        note = ProgressNote(exchange.id, link.epoch, done, 3, room.later(seconds=seconds))
        room.system(links.note_progress, (note,), room.now)
        assert room.exchange(alice, exchange.id).done == stored
    old = ProgressNote(exchange.id, link.epoch - 1, 0, 3, room.later(seconds=10))
    room.system(links.note_progress, (old,), room.now)
    assert room.exchange(alice, exchange.id).done == 3
    newer = room.start(alice, register)  # a chunk was acknowledged: finished first
    assert room.exchange(alice, exchange.id).state is ExchangeState.SENDING
    assert room.exchange(alice, newer.id).state is ExchangeState.QUEUED


def test_an_address_fills_no_table(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    for number in range(40):
        with pytest.raises((UnknownId, TooManyAttempts)):
            room.hello(device, f"{number:012}")
    assert room.system(count_attempts, ADDRESS, room.later(minutes=-5)) == 21


def test_a_register_that_was_asked_something_is_asked_again_on_its_next_link(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    test = room.start(alice, register, ExchangeKind.TEST)
    assert room.due(link) is not None
    opened = room.hello(device, register)
    assert opened.work is not None and opened.work.exchange == test.id
    assert not isinstance(opened.work, LoadGoods)
    assert hash_of("key") == device.key_hash


def test_settings_that_no_database_can_hold(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    opened = room.hello(device, register)
    assert opened.work is not None
    room.report(opened.actor, opened.work.exchange, Answered({"header": "a\0b", "lines": ["\0"]}))
    told = room.of(alice, settings.get_settings, alice.account, register.id)
    assert told.settings == {"header": "a\ufffdb", "lines": ["\ufffd"]}
    again = room.start(alice, register, ExchangeKind.READ_SETTINGS)
    room.report(opened.actor, again.id, Answered({"header": "x" * 70_000}))
    assert room.exchange(alice, again.id).reason == "protocol_error"
    assert room.of(alice, settings.get_settings, alice.account, register.id) == told

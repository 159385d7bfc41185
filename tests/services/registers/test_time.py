"""What time does: quiet minutes, silence, drift, expiry."""

from datetime import timedelta

from services.contracts.links import Beat
from services.contracts.recipe import PriceListRef
from services.contracts.registers import ExchangeKind, ExchangeState, PriceListWantedEvent, RegisterQuery
from services.contracts.values import RegisterActor, UserActor
from services.contracts.work import Applied, ApplySent, LoadGoods
from services.registers.use_cases import exchanges, links, registers, sweeps
from services.registers.use_cases.exchanges import ExchangeQuery
from tests.services.registers.registers_house import EMPTY, Device, RegistersHouse, hash_of, price_list, steps


def test_a_register_loads_by_itself_after_a_quiet_minute(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.change(alice, register, auto_load=True)
    other = room.add(alice, "Касса без автозагрузки")
    for revision in (1, 2, 3):
        room.base_is(alice, revision)
        _tick(room, device, link, seconds=40)
        assert room.facts(alice, PriceListWantedEvent) == []
    _tick(room, device, link, seconds=21)
    (wanted,) = room.facts(alice, PriceListWantedEvent)
    assert wanted.revision == 3
    seen = room.see(alice, register)
    assert seen.exchange is not None and seen.exchange.kind is ExchangeKind.LOAD_GOODS
    told = room.exchange(alice, seen.exchange.id)
    assert told.by == "" and told.timeline[0].params == {"because": "auto_load"}
    assert room.see(alice, other).exchange is None
    _tick(room, device, link, seconds=120)
    assert len(room.facts(alice, PriceListWantedEvent)) == 1  # nothing new, nothing more


def test_a_change_of_the_registers_own_recipe_counts_too(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.base_is(alice, 1)
    room.load(alice, register, link, device)
    room.change(alice, register, auto_load=True)
    _tick(room, device, link, seconds=61)
    assert len(room.facts(alice, PriceListWantedEvent)) == 1  # it has everything
    assert room.change(alice, register, price_percent=90).goods.unsent
    _tick(room, device, link, seconds=61)
    assert room.wanted(alice).recipe.price_percent == 90


def test_a_register_that_was_off_for_a_week_gets_one_load_to_today(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _ = room.connect(alice, device)
    room.change(alice, register, auto_load=True)
    room.silence()
    for revision in range(1, 8):
        room.base_is(alice, revision)
        room.later(days=1)
        room.system(sweeps.load_by_themselves, room.now)
    assert room.facts(alice, PriceListWantedEvent) == []  # nothing is built for nobody
    room.hello(device, register)
    assert [wanted.revision for wanted in room.facts(alice, PriceListWantedEvent)] == [7]
    page = room.of(alice, exchanges.page_exchanges, alice.account, ExchangeQuery(register_id=register.id))
    loads = [one for one in page.items if one.kind is ExchangeKind.LOAD_GOODS]
    assert [one.state for one in loads] == [ExchangeState.QUEUED]


def test_a_list_for_a_register_that_went_off_again_is_renewed(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.change(alice, register, auto_load=True)
    room.base_is(alice, 1)
    _tick(room, device, link, seconds=61)
    room.built(alice, price_list(room.wanted(alice), 1))
    room.silence()
    room.base_is(alice, 2)
    room.later(seconds=61)
    room.system(sweeps.load_by_themselves, room.now)
    assert room.hello(device, register).work is None
    assert room.wanted(alice).revision == 2


def test_drift_is_told_and_ends(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    _, target = room.load(alice, register, link, device)
    room.later(seconds=30)
    room.beat(link, EMPTY.base_hash)  # an older word that came late in its batch
    room.system(sweeps.judge_strange_bases, room.now)
    assert room.see(alice, register).goods.in_sync
    room.later(seconds=60)
    room.beat(link, EMPTY.base_hash)
    room.system(sweeps.judge_strange_bases, room.now)
    seen = room.see(alice, register)
    assert (seen.alarm, seen.alarm_at, seen.goods.in_sync, seen.goods.reason) == ("drift", room.now, False, "drift")
    room.later(seconds=30)
    room.beat(link, target.base_hash)
    room.system(sweeps.judge_strange_bases, room.now)
    assert room.see(alice, register).alarm is None and room.see(alice, register).goods.in_sync


def test_drift_seen_at_a_hello_is_mended_by_a_load(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    room.load(alice, register, link, device)
    device.goods = EMPTY
    again = room.hello(device, register).actor
    seen = room.see(alice, register)
    assert seen.alarm == "drift" and seen.goods.confirmed is not None and seen.goods.confirmed.count == 0
    exchange = room.start(alice, register)
    assert room.wanted(alice).delta_from is None  # nobody knows what it holds
    target = room.built(alice, price_list(room.wanted(alice)))
    room.send(again, exchange.id)
    room.report(again, exchange.id, Applied(1, target.base_hash, 30))
    assert room.see(alice, register).alarm is None


def test_goods_that_were_never_ours_are_no_alarm(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    device.holds(price_list_of_somebody())
    register, _ = room.connect(alice, device)
    seen = room.see(alice, register)
    assert seen.alarm is None and seen.goods.reason == "never_loaded"
    assert seen.goods.confirmed is not None and seen.goods.confirmed.count == 30


def test_no_drift_is_judged_while_the_register_switches(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    room.load(alice, register, link, device)
    exchange = room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice), 2, goods="two"))
    room.send(link, exchange.id)
    room.report(link, exchange.id, ApplySent())
    room.later(seconds=70)
    room.beat(link, target.base_hash)
    room.system(sweeps.judge_strange_bases, room.now)
    assert room.see(alice, register).alarm is None


def test_what_waits_too_long_expires(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device)
    room.silence()
    load, test = room.start(alice, register), room.start(alice, register, ExchangeKind.TEST)
    room.built(alice, price_list(room.wanted(alice)))
    room.later(minutes=11)
    room.system(sweeps.end_waiting, room.now)
    assert room.exchange(alice, test.id).state is ExchangeState.EXPIRED
    assert room.exchange(alice, load.id).state is ExchangeState.WAITING
    room.later(days=30)
    room.system(sweeps.end_waiting, room.now)
    told = room.exchange(alice, load.id)
    assert told.state is ExchangeState.EXPIRED and steps(told)[-1] == "expired"
    assert room.hello(device, register).work is None


def test_a_list_that_nobody_builds_is_asked_for_again_and_then_given_up(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _ = room.connect(alice, device)
    load = room.start(alice, register)
    for _ in range(12):
        room.later(minutes=3)
        room.system(sweeps.end_waiting, room.now)
    assert len(room.facts(alice, PriceListWantedEvent)) == sweeps.LISTS_WANTED_MAX
    assert room.exchange(alice, load.id).reason == "internal_error"


def test_old_exchanges_are_forgotten(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, link = room.connect(alice, device)
    room.load(alice, register, link, device)
    room.later(days=181)
    room.system(sweeps.forget_old, room.now)
    page = room.of(alice, exchanges.page_exchanges, alice.account, ExchangeQuery())
    assert page.items == ()
    assert room.see(alice, register).goods.in_sync


def test_many_registers_share_a_list(room: RegistersHouse, alice: UserActor) -> None:
    connected = [room.connect(alice, Device(f"0400{n:04}", str(n)), f"Касса {n}") for n in range(5)]
    for register, _ in connected:
        room.start(alice, register)
    target = room.built(alice, price_list(room.wanted(alice)))
    handles = set()
    for _, link in connected:
        work = room.due(link)
        assert isinstance(work, LoadGoods) and work.target == target
        handles.add(work.handle)
    assert len(handles) == 5
    beats = tuple(Beat(link.register, link.account, link.epoch, room.now, EMPTY.base_hash) for _, link in connected)
    assert room.system(links.hear_beats, beats + beats, room.now) == ()
    page = room.of(alice, registers.page_registers, alice.account, RegisterQuery(online=True), room.now)
    assert len(page.items) == 5


def price_list_of_somebody() -> PriceListRef:
    return PriceListRef("s" * 64, 3, "r" * 64, hash_of("elsewhere"), 30, 3000, 1)


def _tick(room: RegistersHouse, device: Device, link: RegisterActor, seconds: int) -> None:
    """Time goes by with heartbeats and sweeps."""
    end = room.now + timedelta(seconds=seconds)
    while room.now < end:
        room.later(seconds=min(20.0, (end - room.now).total_seconds()))
        room.beat(link, device.goods.base_hash)
        room.system(sweeps.mark_silent_links, room.now)
        room.system(sweeps.load_by_themselves, room.now)


def test_a_silent_link_that_is_heard_again_is_the_same_link(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    room.silence()  # heartbeats did not get through, for example: the broker was away
    exchange = room.start(alice, register)
    assert (exchange.state, exchange.reason) == (ExchangeState.WAITING, "offline")
    room.built(alice, price_list(room.wanted(alice)))
    room.later(seconds=30)
    assert room.beat(link, device.goods.base_hash) == ()
    assert room.see(alice, register).online
    room.system(sweeps.mark_silent_links, room.now)
    assert room.exchange(alice, exchange.id).state is ExchangeState.QUEUED
    assert isinstance(room.due(link), LoadGoods)

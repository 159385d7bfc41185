"""Everything in any order: whatever people, lines and registers do, the newest load arrives in the end."""

import random

import pytest

from services.contracts.links import BufferHeld, EpochOver, LinkOpened
from services.contracts.registers import (
    CannotCancel,
    ExchangeKind,
    ExchangeState,
    PriceListWantedEvent,
    RegisterMode,
    RegisterView,
)
from services.contracts.values import ExchangeId, RegisterActor, UserActor
from services.contracts.work import (
    AbortLoad,
    Answered,
    Applied,
    ApplyGoods,
    ApplySent,
    Begun,
    Buffered,
    LoadGoods,
    ReadSettings,
    Report,
    Waiting,
    Work,
)
from services.contracts.work import TestLink as LinkTest
from services.registers.domain.exchange_states import LIVE
from services.registers.use_cases import exchanges, links, sweeps
from services.registers.use_cases.exchanges import ExchangeQuery
from tests.services.registers.registers_house import Device, RegistersHouse, price_list

STEPS = 60
WORK_IN_A_ROW = 12  # more without an end would be a quarrel between server and register


class Shop:
    """A register with its line, driven by dice."""

    def __init__(self, room: RegistersHouse, alice: UserActor, dice: random.Random) -> None:
        self.room, self.alice, self.dice = room, alice, dice
        self.device = Device()
        self.register: RegisterView = room.add(alice)
        self.link: RegisterActor | None = None
        self.revision = 0
        self.applied: list[ExchangeId] = []

    # --- what happens

    def come(self) -> None:
        opened: LinkOpened = self.room.hello(self.device, self.register)
        self.link = opened.actor
        self.do(opened.work)

    def hang_up(self) -> None:
        self.link = None
        self.room.silence()

    def ask(self) -> None:
        if self.link is not None:
            self.do(self.room.due(self.link))

    def press(self) -> None:
        kind = self.dice.choice([ExchangeKind.LOAD_GOODS, ExchangeKind.LOAD_GOODS, ExchangeKind.TEST])
        self.room.start(self.alice, self.register, kind, self.dice.choice(["auto", "full"]))

    def change_goods(self) -> None:
        self.revision += 1
        self.room.base_is(self.alice, self.revision)

    def build(self) -> None:
        if self.room.facts(self.alice, PriceListWantedEvent):
            wanted = self.room.wanted(self.alice)
            goods = f"goods {self.dice.randrange(8)}"
            self.room.built(self.alice, price_list(wanted, max(self.revision, wanted.revision), goods))

    def cancel(self) -> None:
        page = self.room.of(self.alice, exchanges.page_exchanges, self.alice.account, ExchangeQuery(under_way=True))
        if page.items:
            try:
                self.room.cancel(self.alice, self.dice.choice(page.items).id)
            except CannotCancel:
                return

    def turn_the_key(self) -> None:
        self.device.mode = self.dice.choice([RegisterMode.SALES, RegisterMode.MENU])
        if self.link is not None:
            with self.room.db.account(self.alice.account) as session:
                work = links.change_mode(session, self.link, self.device.mode, self.room.now)
            self.do(work)

    def sweep(self) -> None:
        self.room.later(seconds=self.dice.choice([1, 30]))
        if self.link is not None:
            self.room.beat(self.link, self.device.goods.base_hash)
        for chore in (sweeps.mark_silent_links, sweeps.end_waiting, sweeps.judge_strange_bases):
            self.room.system(chore, self.room.now)

    # --- what the register does with work

    def do(self, work: Work | None, careful: bool = False) -> None:
        for _ in range(WORK_IN_A_ROW):
            if work is None or self.link is None:
                return
            if not careful and self.dice.random() < 0.15:
                return  # the work got lost on the way
            match work:
                case AbortLoad(exchange=exchange):
                    if self.device.buffer is not None and self.device.buffer.exchange == exchange:
                        self.device.buffer = None
                    work = self.room.due(self.link)
                case LinkTest(exchange=exchange) | ReadSettings(exchange=exchange):
                    work = self.tell(exchange, Answered({"a": "b"}), careful)
                case LoadGoods():
                    work = self.take(work, careful)
                case ApplyGoods():
                    work = self.switch(work, careful)
        raise AssertionError("there is no end to it")

    def take(self, work: LoadGoods, careful: bool) -> Work | None:
        if self.device.mode is RegisterMode.SALES:
            return self.tell(work.exchange, Waiting("sales_mode"), careful)
        held = self.device.buffer
        done = work.target.chunks if held is not None and held.exchange == work.exchange and held.complete else 0
        said = self.tell(work.exchange, Begun(done, work.target.chunks), careful)
        if said is not None:
            return said
        if not careful and self.dice.random() < 0.2:
            self.device.buffer = BufferHeld(work.exchange, complete=False)
            self.hang_up()
            return None
        self.device.buffer = BufferHeld(work.exchange, complete=True)
        return self.tell(work.exchange, Buffered(), careful)

    def switch(self, work: ApplyGoods, careful: bool) -> Work | None:
        said = self.tell(work.exchange, ApplySent(), careful)
        if said is not None:
            return said
        held = self.device.buffer
        assert held is not None and held.exchange == work.exchange and held.complete
        self.device.buffer = None
        self.device.holds(work.target)
        self.applied.append(work.exchange)
        if not careful and self.dice.random() < 0.3:
            self.hang_up()  # nobody hears the outcome
            return None
        return self.tell(work.exchange, Applied(work.target.revision, work.target.base_hash, work.target.records), True)

    def tell(self, exchange: ExchangeId, report: Report, careful: bool) -> Work | None:
        assert self.link is not None
        if not careful and self.dice.random() < 0.2:
            self.room.report(self.link, exchange, report)  # delivered twice
        return self.room.report(self.link, exchange, report)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_the_newest_load_arrives(room: RegistersHouse, alice: UserActor, seed: int) -> None:
    dice = random.Random(seed)
    shop = Shop(room, alice, dice)
    often, seldom = (shop.ask, shop.ask, shop.build), (shop.press, shop.hang_up, shop.cancel, shop.change_goods)
    deeds = [*often, *often, *seldom, shop.come, shop.come, shop.turn_the_key, shop.sweep]
    for _ in range(STEPS):
        room.later(seconds=dice.choice([0.001, 1, 20]))
        try:
            dice.choice(deeds)()
        except EpochOver:
            shop.link = None
        _look_around(shop)
    _let_it_end(shop)


def _look_around(shop: Shop) -> None:
    page = shop.room.of(shop.alice, exchanges.page_exchanges, shop.alice.account, ExchangeQuery(limit=500))
    live = [one for one in page.items if one.state in LIVE]
    loads = [one for one in live if one.kind is ExchangeKind.LOAD_GOODS]
    assert len(loads) <= 2 and len(live) <= 4
    assert sum(one.done > 0 or one.state is ExchangeState.BUFFERED for one in loads) <= 1
    for one in page.items:
        assert (one.finished_at is None) == (one.state in LIVE)
    assert len(set(shop.applied)) == len(shop.applied)  # no load is switched to twice
    seen = shop.room.see(shop.alice, shop.register)
    assert seen.goods.in_sync == (seen.goods.reason is None)


def _let_it_end(shop: Shop) -> None:
    """The line holds, the cashier goes home: one more load, and everything is as it should be."""
    room, alice = shop.room, shop.alice
    shop.device.mode = RegisterMode.MENU
    opened = room.hello(shop.device, shop.register)
    shop.link = opened.actor
    shop.do(opened.work, careful=True)
    newest = room.start(alice, shop.register)
    for _ in range(4):
        wanted = room.wanted(alice)
        room.built(alice, price_list(wanted, max(shop.revision, wanted.revision), "the last goods"))
        room.later(seconds=60)
        room.beat(shop.link, shop.device.goods.base_hash)
        room.system(sweeps.judge_strange_bases, room.now)
        shop.do(room.due(shop.link), careful=True)
    told = room.exchange(alice, newest.id)
    assert told.state is ExchangeState.APPLIED, (told.state, told.reason, told.timeline)
    page = room.of(alice, exchanges.page_exchanges, alice.account, ExchangeQuery(under_way=True))
    assert page.items == ()
    seen = room.see(alice, shop.register)
    assert seen.goods.in_sync and seen.alarm is None
    assert seen.goods.confirmed is not None and seen.goods.confirmed.base_hash == shop.device.goods.base_hash

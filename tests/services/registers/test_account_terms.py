"""Limits and states of accounts, as the identity room tells them: in any order, twice, an older one later."""

import itertools
import threading

import pytest

from services.chassis.account_terms import terms_of
from services.contracts.limits import DEFAULT_LIMITS, AccountNotActive, AccountState
from services.contracts.links import TooManyLinks
from services.contracts.refusals import NotFound
from services.contracts.registers import ExchangeState, RegistersUsage, TooManyRegisters
from services.contracts.values import UserActor
from services.contracts.work import Begun, Buffered, LoadGoods
from services.registers import system_repository
from services.registers.use_cases import accounts, groups, links, sweeps
from tests.services.registers.registers_house import Device, RegistersHouse, price_list, user

TOLD = (
    (1, AccountState.ACTIVE, 10),
    (2, AccountState.SUSPENDED, 20),
    (3, AccountState.DELETING, 30),
)


@pytest.mark.parametrize("order", list(itertools.permutations(TOLD)))
def test_the_newest_terms_hold_in_whatever_order_they_are_heard(
    room: RegistersHouse, alice: UserActor, order: tuple[tuple[int, AccountState, int], ...]
) -> None:
    for version, state, limit in (*order, *order):
        room.terms(alice, version, state, registers=limit)
    terms = room.of(alice, terms_of, alice.account)
    assert (terms.state, terms.limits.registers) == ("deleting", 30)


def test_of_an_account_nobody_told_of_the_default_limits_hold(room: RegistersHouse, alice: UserActor) -> None:
    terms = room.of(alice, terms_of, alice.account)
    assert terms.active and terms.limits == DEFAULT_LIMITS


def test_the_terms_of_one_account_are_nothing_to_another(
    room: RegistersHouse, alice: UserActor, charlie: UserActor
) -> None:
    room.terms(alice, 1, AccountState.SUSPENDED, registers=1)
    assert room.of(charlie, terms_of, alice.account).active
    room.add(charlie), room.add(charlie)
    room.add(alice)
    with pytest.raises(TooManyRegisters) as refused:
        room.add(alice)
    assert refused.value.params == {"limit": 1}


def test_a_raised_limit_lets_more_in(room: RegistersHouse, alice: UserActor) -> None:
    room.terms(alice, 1, registers=0)
    with pytest.raises(TooManyRegisters):
        room.add(alice)
    room.terms(alice, 2, registers=1)
    room.add(alice)
    assert room.of(alice, accounts.get_usage, alice.account) == RegistersUsage(registers=1, links=0)


def test_so_many_registers_are_connected_as_may_be_and_the_rest_come_later(
    room: RegistersHouse, alice: UserActor, charlie: UserActor
) -> None:
    room.terms(alice, 1, links=1)
    first, second = room.add(alice, "Первая"), room.add(alice, "Вторая")
    here, late = Device("04000001"), Device("04000002", "other")
    link = "6f1c3c1e-9f5b-4d36-8d6e-0b1a4b0d5a01"
    opened = room.hello(here, first, link)
    with pytest.raises(TooManyLinks) as refused:
        room.hello(late, second)
    assert refused.value.params == {"limit": 1, "retry_after": links.LINKS_RETRY_SECONDS}
    assert room.see(alice, second).first_contact_at is None
    room.hello(here, first)  # its own older link does not count
    room.hello(Device("04000003"), room.add(charlie))  # nor do those of another account
    assert room.of(alice, accounts.get_usage, alice.account).links == 1
    room.silence()
    room.hello(late, second)
    assert opened.actor.epoch == 1


def test_two_hellos_at_once_do_not_come_over_the_limit(room: RegistersHouse, alice: UserActor) -> None:
    room.terms(alice, 1, links=2)
    registers = [room.add(alice, f"Касса {number}") for number in range(5)]
    refused: list[int] = []
    start = threading.Barrier(5)

    def come(number: int) -> None:
        start.wait()
        try:
            room.hello(Device(f"0400000{number}", str(number)), registers[number])
        except TooManyLinks:
            refused.append(number)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert room.of(alice, accounts.get_usage, alice.account).links == 2


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.DELETING])
def test_registers_of_an_account_that_is_not_active_get_no_loads_until_it_is(
    room: RegistersHouse, alice: UserActor, device: Device, state: AccountState
) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    room.terms(alice, 1, state)
    assert room.due(link) is None
    with pytest.raises(AccountNotActive):
        room.start(alice, register)
    reopened = room.hello(device, register)
    assert reopened.work is None
    assert room.exchange(alice, exchange.id).state in (ExchangeState.QUEUED, ExchangeState.WAITING)
    room.terms(alice, 2, AccountState.ACTIVE)
    work = room.due(reopened.actor)
    assert isinstance(work, LoadGoods) and work.exchange == exchange.id


def test_a_load_that_is_under_way_at_the_suspension_stays_in_the_buffer(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    exchange = room.start(alice, register)
    room.built(alice, price_list(room.wanted(alice)))
    assert isinstance(room.due(link), LoadGoods)
    room.report(link, exchange.id, Begun(0, 3))
    room.terms(alice, 1, AccountState.SUSPENDED)
    assert room.report(link, exchange.id, Buffered()) is None
    assert room.exchange(alice, exchange.id).state is ExchangeState.BUFFERED
    assert room.see(alice, register).goods.confirmed is None
    room.terms(alice, 2, AccountState.ACTIVE)
    assert room.due(link) is not None


def test_no_load_starts_by_itself_until_the_account_is_active(
    room: RegistersHouse, alice: UserActor, device: Device
) -> None:
    register, _link = room.connect(alice, device)
    room.change(alice, register, auto_load=True)
    room.base_is(alice, 5)
    room.terms(alice, 1, AccountState.SUSPENDED)
    room.later(minutes=2)
    assert room.system(system_repository.due_to_load, room.now, 10) == ()
    room.system(sweeps.load_by_themselves, room.now)
    shown = room.see(alice, register).exchange
    assert shown is None or shown.kind != "load_goods"
    room.terms(alice, 2, AccountState.ACTIVE)
    room.system(sweeps.load_by_themselves, room.now)
    begun = room.see(alice, register).exchange
    assert begun is not None and begun.kind == "load_goods"


def test_nothing_is_made_in_an_account_that_is_gone(
    room: RegistersHouse, alice: UserActor, device: Device, charlie: UserActor
) -> None:
    register = room.add(alice)
    room.forgotten(alice)
    room.terms(alice, 99)
    with pytest.raises(NotFound):
        room.add(alice)
    with pytest.raises(NotFound):
        room.of(alice, groups.add_group, alice.account, "Зал", room.now)
    with pytest.raises(Exception, match="unknown_id"):
        room.hello(device, register)
    assert room.of(user("Другая"), terms_of, charlie.account).active
    room.add(charlie)

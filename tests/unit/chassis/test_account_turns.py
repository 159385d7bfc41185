"""Turns of accounts: bounds, order, and turns that were not waited for."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from services.chassis.account_turns import AccountTurns, TurnNotGiven
from services.chassis.fair_order import Bounds
from tests.waiting import wait_for

LONG = 20.0


def taking(turns: AccountTurns, account: str | None) -> tuple[threading.Thread, threading.Event, Callable[[], None]]:
    """A thread that takes a turn and holds it: itself, whether it has the turn, and what gives the turn back."""
    has, done = threading.Event(), threading.Event()

    def run() -> None:
        with turns.turn(account, LONG):
            has.set()
            done.wait(LONG)

    thread = threading.Thread(target=run)
    thread.start()

    def give_back() -> None:
        done.set()
        thread.join()

    return thread, has, give_back


def test_one_account_has_few_turns_and_others_have_the_rest() -> None:
    turns = AccountTurns(Bounds(3, 2, 2))
    first, second = taking(turns, "noisy"), taking(turns, "noisy")
    assert first[1].wait(LONG) and second[1].wait(LONG)
    with pytest.raises(TurnNotGiven), turns.turn("noisy", 0.01):
        pass
    with turns.turn("quiet", LONG):
        first[2]()
    with turns.turn("noisy", LONG):
        second[2]()


def test_all_turns_together_are_bounded_for_the_house_itself_too() -> None:
    turns = AccountTurns(Bounds(2, 2, 2))
    first, second = taking(turns, None), taking(turns, None)
    assert first[1].wait(LONG) and second[1].wait(LONG)
    with pytest.raises(TurnNotGiven), turns.turn("quiet", 0.01):
        pass
    first[2]()
    second[2]()


def test_accounts_come_one_after_the_other() -> None:
    turns = AccountTurns(Bounds(1, 1, 1))
    order: list[str] = []

    def note(account: str) -> None:
        with turns.turn(account, LONG):
            order.append(account)

    _, has, give_back = taking(turns, "noisy")
    assert has.wait(LONG)
    threads = []
    for account in ("noisy", "noisy", "noisy", "quiet"):
        waiting = len(threads) + 1
        threads.append(threading.Thread(target=note, args=(account,)))
        threads[-1].start()
        wait_for(lambda waiting=waiting: turns.waiting == waiting, what="it to stand in line")
    give_back()
    for thread in threads:
        thread.join()
    assert order == ["noisy", "quiet", "noisy", "noisy"]


def test_a_turn_that_was_not_waited_for_is_not_lost() -> None:
    turns = AccountTurns(Bounds(1, 1, 1))
    _, has, give_back = taking(turns, "noisy")
    assert has.wait(LONG)
    for account in ("noisy", "quiet", None):
        with pytest.raises(TurnNotGiven), turns.turn(account, 0.01):
            pass
    give_back()
    for account in ("noisy", "quiet", None):
        with turns.turn(account, LONG):
            pass


def test_bounds_hold_whatever_the_order() -> None:
    turns = AccountTurns(Bounds(4, 2, 2))
    lock, under_way, most = threading.Lock(), Counter[str](), Counter[str]()

    def work(number: int) -> None:
        account = f"account {number % 5}"
        with turns.turn(account, LONG):
            with lock:
                under_way.update([account, "all"])
                for name in (account, "all"):
                    most[name] = max(most[name], under_way[name])
            with lock:
                under_way.subtract([account, "all"])

    with ThreadPoolExecutor(16) as threads:
        done: list[Future[None]] = [threads.submit(work, number) for number in range(2_000)]
    assert all(one.exception() is None for one in done)
    assert most.pop("all") <= 4 and max(most.values()) <= 2

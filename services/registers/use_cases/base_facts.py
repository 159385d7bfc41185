"""What the catalog room tells: the goods base moved, a price list is built or cannot be. The sessions are system ones.

Each may come twice: what was done already is left as it is.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from services.chassis.poke import poke_after_commit
from services.contracts.catalog import BaseChangedEvent, PriceListBuiltEvent, PriceListFailedEvent
from services.contracts.events import EventRecord
from services.contracts.exchange_words import Step
from services.contracts.limits import LIMIT_BOUNDS
from services.contracts.recipe import DeltaRef, PriceListRef
from services.contracts.values import AccountId, RegisterId
from services.registers.domain.exchange_states import LIVE, Move
from services.registers.models import Exchange
from services.registers.repository import exchanges, registers
from services.registers.use_cases.goods import ask_for
from services.registers.use_cases.price_lists import AUTO, target_of
from services.registers.use_cases.steps import fail, is_load, move, write_step
from services.registers.use_cases.turn import Turn, find_turns

REGISTERS_MOST: Final = LIMIT_BOUNDS["registers"][1]
QUIET: Final = timedelta(minutes=1)  # no change of the base for so long, then registers load by themselves


def base_changed(session: Session, record: EventRecord, event: BaseChangedEvent, now: datetime) -> None:
    """The account's goods base has a new revision."""
    if record.account is not None:
        registers.base_moved(session, record.account, event.revision, now + QUIET)


def price_list_built(session: Session, record: EventRecord, event: PriceListBuiltEvent, now: datetime) -> None:
    """Every load of the account that waits for this list has it now; a delta is taken where it fits."""
    for turn, exchange in _waiting(session, event.account, event.recipe_id, event.delta is not None, now):
        if exchange.target is None and event.list.revision >= exchange.wanted_revision:
            _take_list(turn, exchange, event)
        elif exchange.begun_in is None and target_of(exchange) == event.list:
            _take_delta(turn, exchange, event.delta)


def price_list_failed(session: Session, record: EventRecord, event: PriceListFailedEvent, now: datetime) -> None:
    """The list cannot be built: the loads that wait for it fail with its code."""
    for turn, exchange in _waiting(session, event.account, event.recipe_id, False, now):
        if exchange.target is None and event.revision >= exchange.wanted_revision:
            fail(turn, exchange, event.code)


def _waiting(
    session: Session, account: AccountId, recipe_id: str, with_delta: bool, now: datetime
) -> list[tuple[Turn, Exchange]]:
    # No account has more registers than that; few questions, however many of them share the list.
    ids = exchanges.waiting_for_list(session, account, recipe_id, with_delta, REGISTERS_MOST)
    turns = find_turns(session, account, ids, now)
    loads = exchanges.loads_of_recipe(session, account, recipe_id, turns)
    return [(turns[RegisterId(load.register_id)], load) for load in loads]


def _take_list(turn: Turn, exchange: Exchange, event: PriceListBuiltEvent) -> None:
    target = event.list
    exchange.target = msgspec.to_builtins(target)
    exchange.target_revision, exchange.target_base_hash = target.revision, target.base_hash
    exchange.problems = event.problems
    exchange.total = target.chunks
    params = {"revision": target.revision, "records": target.records, "problems": event.problems}
    write_step(turn, exchange, Step.PRICE_LIST_BUILT, **params)
    ask_for(turn, exchange, target)
    _take_delta(turn, exchange, event.delta)
    if exchange.mode == AUTO and _holds(turn, exchange, target):
        move(turn, exchange, Move.APPLY)
        write_step(turn, exchange, Step.ALREADY_HOLDS, revision=target.revision, records=target.records)
        turn.register.confirmed_recipe_id = exchange.recipe_id
        turn.tell("goods")
    else:
        poke_after_commit(turn.session, turn.id)


def _holds(turn: Turn, exchange: Exchange, target: PriceListRef) -> bool:
    """Whether the register holds the list already, and no older load is about to change that."""
    register = turn.register
    held = (register.confirmed_base_hash, register.confirmed_count)
    if register.drift_since is not None or held != (target.base_hash, target.records):
        return False
    live = (one for one in turn.live_exchanges() if is_load(one) and one.state_word in LIVE)
    return all(one.exchange_id == exchange.exchange_id for one in live)


def _take_delta(turn: Turn, exchange: Exchange, delta: DeltaRef | None) -> None:
    if delta is None or exchange.mode != AUTO or exchange.delta is not None:
        return
    if delta.from_base_hash == turn.register.confirmed_base_hash:
        exchange.delta = msgspec.to_builtins(delta)
        exchange.total = delta.chunks

"""How an exchange begins: the newest takes the place of those that did not get anywhere (N10)."""

import uuid

from services.chassis.poke import poke_after_commit
from services.contracts.exchange_words import Step, WaitReason
from services.contracts.registers import ExchangeKind, ExchangeState
from services.contracts.values import UserId
from services.registers.domain.exchange_states import LIVE, Move, must_be_finished_first
from services.registers.models import Exchange
from services.registers.use_cases.goods import take_back
from services.registers.use_cases.price_lists import AUTO, want
from services.registers.use_cases.steps import abort_if_offered, is_load, move, tell, write_step
from services.registers.use_cases.turn import Turn

BY_ITSELF = ""  # `asked_by` of what the server starts


def start(
    turn: Turn,
    kind: ExchangeKind,
    mode: str = AUTO,
    by: str = BY_ITSELF,
    because: str = "",
    by_id: UserId | None = None,
) -> Exchange:
    """Promise an exchange. It takes the place of all live ones of its kind, but of a load that must be finished first.

    `by` and `by_id` are the name and id of the user that asked; `because` tells why the server starts it by itself.
    """
    for other in turn.live_exchanges():
        if other.kind == kind.value and other.state_word in LIVE:
            _give_way(turn, other)
    exchange = _new_exchange(turn, kind, mode, by, by_id)
    if by:
        write_step(turn, exchange, Step.ASKED, by=by, mode=mode if is_load(exchange) else "")
    else:
        write_step(turn, exchange, Step.ASKED_BY_ITSELF, because=because)
    if exchange.reason is not None:
        write_step(turn, exchange, Step.WAITING, reason=exchange.reason, since="")
    turn.session.add(exchange)
    # Before first contact nobody knows what the register can take; a load that starts by itself takes the newest base.
    if is_load(exchange) and turn.register.first_contact_at is not None and (turn.online or by):
        want(turn, exchange)
    turn.session.flush()
    tell(turn, exchange)
    poke_after_commit(turn.session, turn.id)
    return exchange


def _give_way(turn: Turn, other: Exchange) -> None:
    if is_load(other):
        has_chunks = other.done > 0
        if must_be_finished_first(other.state_word, has_chunks, other.apply_sent_at is not None):
            return
        abort_if_offered(other)
    move(turn, other, Move.SUPERSEDE)
    write_step(turn, other, Step.SUPERSEDED)
    if is_load(other):
        take_back(turn, other)


def _new_exchange(turn: Turn, kind: ExchangeKind, mode: str, by: str, by_id: UserId | None) -> Exchange:
    return Exchange(
        account_id=turn.account,
        exchange_id=str(uuid.uuid4()),
        register_id=turn.id,
        kind=kind.value,
        mode=mode,
        state=(ExchangeState.QUEUED if turn.online else ExchangeState.WAITING).value,
        reason=None if turn.online else WaitReason.OFFLINE.value,
        asked_by=by,
        asked_by_id=by_id,
        created_at=turn.now,
        recipe_id=turn.register.recipe_id if kind is ExchangeKind.LOAD_GOODS else None,
        wanted_revision=0,
        wanted_times=0,
        problems=0,
        done=0,
        total=0,
        register_waits=False,
        restarts=0,
        to_abort=False,
        timeline=[],
    )

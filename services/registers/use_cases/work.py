"""What a gateway is to do next with one register."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.chassis.account_terms import terms_of
from services.chassis.poke import poke_after_commit
from services.contracts.exchange_words import Step
from services.contracts.recipe import DeltaRef
from services.contracts.registers import ExchangeKind, ExchangeState
from services.contracts.values import ExchangeId, RegisterActor
from services.contracts.work import AbortLoad, ApplyGoods, LoadGoods, ReadSettings, TestLink, Work
from services.registers.domain.exchange_states import Move
from services.registers.domain.ids import is_id
from services.registers.domain.work_choice import Candidate, Deed, choose
from services.registers.models import Exchange
from services.registers.repository.exchanges import link_and_work
from services.registers.use_cases.price_lists import AUTO, delta_of, target_of
from services.registers.use_cases.steps import move, write_step
from services.registers.use_cases.turn import Turn, take_turn_of_link


def due(session: Session, actor: RegisterActor, now: datetime) -> Work | None:
    """What is to be done with this register now. Raises EpochOver.

    Asked often and mostly in vain: nothing is locked while there is nothing to do.
    """
    seen = link_and_work(session, actor.account, actor.register) if is_id(actor.register) else None
    if seen == (actor.epoch, True, False):
        return None
    return next_work(take_turn_of_link(session, actor, now))


def next_work(turn: Turn) -> Work | None:
    """The next deed as work for the gateway that holds the newest link.

    None while the account is not active: its exchanges wait where they are, and go on when it is active again.
    """
    live = {ExchangeId(one.exchange_id): one for one in turn.live_exchanges()}
    if not live or not terms_of(turn.session, turn.account).active:
        return None
    chosen = choose(tuple(_candidate(one) for one in live.values()), turn.link.epoch, turn.now)
    if chosen is None:
        return None
    deed, exchange_id = chosen
    exchange = live[exchange_id]
    if deed is Deed.ABORT:
        return abort(turn, exchange)
    if deed is Deed.ASK:
        return _ask(turn, exchange)
    target = target_of(exchange)
    if target is None:  # `choose` takes loads with a list only
        return None
    if deed is Deed.APPLY:
        return ApplyGoods(exchange=exchange_id, handle=exchange.handle, target=target)
    exchange.offered_in = turn.link.epoch
    return LoadGoods(exchange=exchange_id, handle=exchange.handle, target=target, delta=_fitting_delta(turn, exchange))


def abort(turn: Turn, exchange: Exchange) -> AbortLoad:
    """Let the register throw away what it has of this load. Told once; the gateway is poked for what comes after it."""
    exchange.to_abort = False
    poke_after_commit(turn.session, turn.id)
    return AbortLoad(exchange=ExchangeId(exchange.exchange_id), handle=exchange.handle)


def _ask(turn: Turn, exchange: Exchange) -> Work:
    if exchange.state_word is not ExchangeState.SENDING or exchange.begun_in != turn.link.epoch:
        move(turn, exchange, Move.BEGIN)
        write_step(turn, exchange, Step.ASKED_REGISTER)
        exchange.begun_in = turn.link.epoch
    exchange_id = ExchangeId(exchange.exchange_id)
    return ReadSettings(exchange_id) if exchange.kind == ExchangeKind.READ_SETTINGS.value else TestLink(exchange_id)


def _fitting_delta(turn: Turn, exchange: Exchange) -> DeltaRef | None:
    delta = delta_of(exchange)
    register = turn.register
    if delta is None or exchange.mode != AUTO or register.drift_since is not None:
        return None
    return delta if delta.from_base_hash == register.confirmed_base_hash else None


def _candidate(exchange: Exchange) -> Candidate:
    return Candidate(
        id=ExchangeId(exchange.exchange_id),
        kind=ExchangeKind(exchange.kind),
        state=exchange.state_word,
        created_at=exchange.created_at,
        has_list=exchange.target is not None,
        to_abort=exchange.to_abort,
        begun_in=exchange.begun_in,
        buffered_in=exchange.buffered_in,
        apply_sent_in=exchange.apply_sent_in,
        register_waits=exchange.register_waits,
        not_before=exchange.not_before,
    )

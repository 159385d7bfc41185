"""Exchanges as people start, follow and cancel them."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.chassis.account_terms import standing_terms
from services.chassis.journal import changed
from services.chassis.poke import poke_after_commit
from services.contracts.exchange_words import Step
from services.contracts.limits import AccountNotActive
from services.contracts.refusals import FieldError, Invalid, NotFound
from services.contracts.registers import (
    CannotCancel,
    ExchangeKind,
    ExchangeQuery,
    ExchangeView,
    NewExchange,
    RegisterDisabled,
)
from services.contracts.values import MAX_PAGE, AccountId, ExchangeId, Page, RegisterId, UserActor
from services.registers.domain.cursors import AfterTime, encode_cursor
from services.registers.domain.exchange_states import Move, may_move
from services.registers.domain.ids import is_id, must_be_id
from services.registers.models import Exchange
from services.registers.repository import exchanges, register_rows
from services.registers.use_cases.goods import take_back
from services.registers.use_cases.price_lists import AUTO, FULL
from services.registers.use_cases.starting import start
from services.registers.use_cases.steps import abort_if_offered, is_load, move, write_step
from services.registers.use_cases.turn import take_turn
from services.registers.use_cases.views import exchange_view


def start_exchange(
    session: Session, actor: UserActor, register: RegisterId, new: NewExchange, now: datetime
) -> ExchangeView:
    """Promise an exchange; it goes when the register can.

    Raises NotFound, RegisterDisabled, AccountNotActive, Invalid.
    """
    if new.mode not in (AUTO, FULL):
        raise Invalid((FieldError("mode", "not_one_of", {"allowed": f"{AUTO}, {FULL}"}),))
    turn = take_turn(session, actor.account, register, now)
    if turn.register.disabled:
        raise RegisterDisabled()
    if not standing_terms(session, actor.account).active:
        raise AccountNotActive()
    mode = new.mode if new.kind is ExchangeKind.LOAD_GOODS else AUTO
    exchange = start(turn, new.kind, mode, by=actor.name, by_id=actor.user)
    told = {"kind": exchange.kind, "mode": mode, "state": exchange.state, "register_id": exchange.register_id}
    changed(session, actor.account, "exchange", exchange.exchange_id, turn.register.name, None, told)
    return exchange_view(exchange, turn.register.name)


def cancel_exchange(session: Session, actor: UserActor, exchange_id: ExchangeId, now: datetime) -> ExchangeView:
    """Take an exchange back. Raises NotFound, CannotCancel."""
    seen = _get(session, actor.account, exchange_id)
    turn = take_turn(session, actor.account, RegisterId(seen.register_id), now)
    exchange = _get(session, actor.account, exchange_id)
    if not may_move(exchange.state_word, Move.CANCEL, exchange.apply_sent_at is not None):
        raise CannotCancel()
    before = {"state": exchange.state}
    abort_if_offered(exchange)
    move(turn, exchange, Move.CANCEL)
    write_step(turn, exchange, Step.CANCELLED, by=actor.name)
    name, after = turn.register.name, {"state": exchange.state}
    changed(session, actor.account, "exchange", exchange.exchange_id, name, before, after)
    if is_load(exchange):
        take_back(turn, exchange)
    poke_after_commit(session, turn.id)
    return exchange_view(exchange, turn.register.name)


def get_exchange(session: Session, account: AccountId, exchange_id: ExchangeId) -> ExchangeView:
    """One exchange with its timeline. Raises NotFound."""
    exchange = _get(session, account, exchange_id)
    row = register_rows.register_row(session, account, RegisterId(exchange.register_id))
    return exchange_view(exchange, row.register.name if row is not None else "")


def page_exchanges(session: Session, account: AccountId, query: ExchangeQuery) -> Page[ExchangeView]:
    """Exchanges, newest first, without their timelines. Raises Invalid."""
    if not 1 <= query.limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))
    if query.register_id is not None and not is_id(query.register_id):
        return Page(())
    found = exchanges.page_exchanges(session, account, query)
    views = tuple(exchange_view(exchange, name, with_timeline=False) for exchange, name in found[: query.limit])
    more = len(found) > query.limit
    last = views[-1] if more else None
    return Page(views, encode_cursor(AfterTime.of(last.created_at, last.id)) if last is not None else None)


def _get(session: Session, account: AccountId, exchange_id: ExchangeId) -> Exchange:
    must_be_id(exchange_id)
    exchange = exchanges.get_exchange(session, account, exchange_id)
    if exchange is None:
        raise NotFound()
    return exchange

"""What became of the work: the reports of gateways, each of which may come twice, late, or from a link that is over."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from services.contracts.exchange_words import Step, WaitReason
from services.contracts.refusals import NotFound
from services.contracts.registers import ExchangeKind, ExchangeState
from services.contracts.values import ExchangeId, Json, RegisterActor
from services.contracts.work import (
    Answered,
    Applied,
    ApplySent,
    Begun,
    Buffered,
    Failed,
    Report,
    Restarted,
    Waiting,
    Work,
)
from services.registers.domain.exchange_states import FINISHED, Move
from services.registers.domain.foreign_json import storable
from services.registers.domain.ids import must_be_id
from services.registers.domain.work_choice import ASK_AGAIN_AFTER
from services.registers.models import Exchange
from services.registers.repository import exchanges
from services.registers.use_cases.goods import complete, confirm_late
from services.registers.use_cases.price_lists import renew, target_of
from services.registers.use_cases.settings import store_told
from services.registers.use_cases.steps import fail, hold, is_load, move, write_step
from services.registers.use_cases.turn import Turn, take_turn_of_epoch
from services.registers.use_cases.work import abort, next_work

RESTARTS_MAX: Final = 10  # of one exchange, over all its links
LISTS_MAX: Final = 5  # price lists asked for by one exchange
_LOST_BY_THE_REGISTER: Final = ("load_unknown", "load_incomplete")  # it is sent again
_OUTCOMES: Final = (Applied, Failed, Answered)  # they count though the line was cut right behind them
_TAKEN_BACK: Final = (ExchangeState.CANCELLED, ExchangeState.SUPERSEDED, ExchangeState.EXPIRED)


def take_report(
    session: Session, actor: RegisterActor, exchange_id: ExchangeId, report: Report, now: datetime
) -> Work | None:
    """Note what became of an exchange; returns what is to be done next. Raises EpochOver, NotFound."""
    must_be_id(exchange_id)
    turn = take_turn_of_epoch(session, actor, now)
    exchange = exchanges.get_exchange(session, turn.account, exchange_id)
    if exchange is None or exchange.register_id != turn.id:
        raise NotFound()
    if turn.link.link_id is None:
        if isinstance(report, _OUTCOMES):
            _take(turn, exchange, report)
        return None  # there is no link on which to do anything
    return _take(turn, exchange, report)


def _take(turn: Turn, exchange: Exchange, report: Report) -> Work | None:
    if exchange.state_word in FINISHED:
        return _after_the_end(turn, exchange, report)
    if is_load(exchange):
        return _of_load(turn, exchange, report)
    return _of_question(turn, exchange, report)


def take_settings(
    session: Session, actor: RegisterActor, exchange_id: ExchangeId | None, settings: dict[str, Json], now: datetime
) -> None:
    """The register told its settings, asked by an exchange or by itself. Raises EpochOver."""
    turn = take_turn_of_epoch(session, actor, now)
    kept = store_told(turn, settings)
    for exchange in turn.live_exchanges():
        if exchange.exchange_id == exchange_id and exchange.kind == ExchangeKind.READ_SETTINGS.value:
            _settings_told(turn, exchange, kept)


def _after_the_end(turn: Turn, exchange: Exchange, report: Report) -> Work | None:
    if is_load(exchange):
        if isinstance(report, Applied):
            confirm_late(turn, exchange, report)
        elif exchange.state_word in _TAKEN_BACK and not isinstance(report, Failed):
            return abort(turn, exchange)
    return next_work(turn)


def _of_load(turn: Turn, exchange: Exchange, report: Report) -> Work | None:
    match report:
        case Begun():
            _begun(turn, exchange, report)
            return None
        case Waiting():
            _waiting(turn, exchange, report.reason)
            return None
        case Restarted():
            return _restarted(turn, exchange, report.reason)
        case ApplySent():
            _apply_sent(turn, exchange)
            return None
        case Buffered():
            _buffered(turn, exchange)
        case Applied():
            complete(turn, exchange, report)
        case Failed():
            _failed(turn, exchange, report)
        case Answered():
            pass  # of no load
    return next_work(turn)


def _of_question(turn: Turn, exchange: Exchange, report: Report) -> Work | None:
    match report:
        case Answered():
            if exchange.kind == ExchangeKind.READ_SETTINGS.value and report.body:
                _settings_told(turn, exchange, store_told(turn, report.body))
            else:
                exchange.answer = storable(report.body)
                _answered(turn, exchange)
        case Failed():
            fail(turn, exchange, report.code, report.register_code, report.item_code)
        case Waiting():
            hold(turn, exchange, report.reason)
            exchange.not_before = turn.now + ASK_AGAIN_AFTER
        case _:
            pass  # of no question
    return next_work(turn)


def _settings_told(turn: Turn, exchange: Exchange, kept: bool) -> None:
    if kept:
        _answered(turn, exchange)
    else:
        fail(turn, exchange, "protocol_error")


def _answered(turn: Turn, exchange: Exchange) -> None:
    move(turn, exchange, Move.APPLY)
    write_step(turn, exchange, Step.ANSWERED)


def _begun(turn: Turn, exchange: Exchange, report: Begun) -> None:
    again = exchange.state_word is ExchangeState.SENDING and exchange.begun_in == turn.link.epoch
    exchange.done, exchange.total = report.resumed_chunks, report.total_chunks
    exchange.offered_in = exchange.begun_in = turn.link.epoch
    exchange.not_before = None
    exchange.buffered_in = None
    move(turn, exchange, Move.BEGIN)
    if again:
        return
    if report.resumed_chunks:
        write_step(turn, exchange, Step.RESUMED, done=report.resumed_chunks, total=report.total_chunks)
        return
    target, delta = target_of(exchange), exchange.delta
    if delta is not None and delta["chunks"] == report.total_chunks:
        params = {"chunks": report.total_chunks, "records": delta["lines"], "from_revision": delta["from_revision"]}
        write_step(turn, exchange, Step.SENDING_DELTA, **params)
    else:
        records = target.records if target is not None else 0
        write_step(turn, exchange, Step.SENDING, chunks=report.total_chunks, records=records)


def _waiting(turn: Turn, exchange: Exchange, reason: str) -> None:
    since = turn.link.mode_since if reason == WaitReason.SALES_MODE else None
    if exchange.apply_sent_at is not None:
        exchange.register_waits = True
    else:
        exchange.not_before = turn.now + ASK_AGAIN_AFTER
        exchange.begun_in = None
    hold(turn, exchange, reason, since.isoformat() if since is not None else "")


def _restarted(turn: Turn, exchange: Exchange, because: str) -> Work | None:
    exchange.restarts += 1
    exchange.done = 0
    exchange.buffered_in = exchange.apply_sent_in = exchange.apply_sent_at = None
    exchange.register_waits = False
    if exchange.restarts > RESTARTS_MAX:
        fail(turn, exchange, because)
        return abort(turn, exchange)
    move(turn, exchange, Move.RESTART)
    write_step(turn, exchange, Step.RESTARTED, because=because)
    return None


def _buffered(turn: Turn, exchange: Exchange) -> None:
    exchange.done = exchange.total
    exchange.buffered_in = turn.link.epoch
    if exchange.state_word is not ExchangeState.BUFFERED:
        move(turn, exchange, Move.BUFFER)
        write_step(turn, exchange, Step.BUFFERED, total=exchange.total)


def _apply_sent(turn: Turn, exchange: Exchange) -> None:
    _buffered(turn, exchange)
    exchange.register_waits = False
    if exchange.apply_sent_in != turn.link.epoch:
        exchange.apply_sent_in = turn.link.epoch
        exchange.apply_sent_at = turn.now
        write_step(turn, exchange, Step.APPLY_SENT)


def _failed(turn: Turn, exchange: Exchange, report: Failed) -> None:
    """Some failures are the server's to mend: it sends everything, sends again, or asks for a new list."""
    if report.code == "base_mismatch" and exchange.delta is not None and exchange.restarts < RESTARTS_MAX:
        exchange.delta = None
        write_step(turn, exchange, Step.DELTA_REFUSED)
        _send_again(turn, exchange)
    elif report.code in _LOST_BY_THE_REGISTER and exchange.restarts < RESTARTS_MAX:
        write_step(turn, exchange, Step.RESTARTED, because=report.code)
        _send_again(turn, exchange)
    elif report.code == "price_list_gone" and exchange.wanted_times < LISTS_MAX:
        _send_again(turn, exchange)
        renew(turn, exchange, "list_gone")
    else:
        fail(turn, exchange, report.code, report.register_code, report.item_code)


def _send_again(turn: Turn, exchange: Exchange) -> None:
    exchange.restarts += 1
    exchange.done = 0
    exchange.begun_in = exchange.buffered_in = None
    exchange.apply_sent_in = exchange.apply_sent_at = None
    exchange.register_waits = False
    move(turn, exchange, Move.RESTART)

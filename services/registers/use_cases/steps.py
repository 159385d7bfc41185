"""One step of an exchange: the move, its entry in the timeline, and the fact that tells it."""

import msgspec

from services.chassis import event_log
from services.contracts.exchange_words import Step
from services.contracts.registers import ExchangeChangedEvent, ExchangeKind, TimelineEntry
from services.contracts.values import ExchangeId, UserId
from services.registers.domain.exchange_states import FINISHED, Move, after_move
from services.registers.domain.timeline import is_repeated, with_entry
from services.registers.models import Exchange
from services.registers.use_cases.turn import Turn

Timeline = tuple[TimelineEntry, ...]


def timeline_of(exchange: Exchange) -> Timeline:
    """The steps so far."""
    return msgspec.convert(exchange.timeline, Timeline)


def write_step(turn: Turn, exchange: Exchange, what: Step, **params: str | int) -> None:
    """Add a step to the timeline, unless the newest one says the same."""
    entries = timeline_of(exchange)
    if not is_repeated(entries, what, params):
        exchange.timeline = msgspec.to_builtins(with_entry(entries, TimelineEntry(turn.now, what.value, params)))


def move(turn: Turn, exchange: Exchange, how: Move, reason: str | None = None) -> bool:
    """Move the exchange; tells the fact when its state or reason is another one now. Returns whether it is.

    Raises IllegalMove for what the table does not know.
    """
    state = after_move(exchange.state_word, how, exchange.apply_sent_at is not None)
    changed = (exchange.state, exchange.reason) != (state.value, reason)
    exchange.state, exchange.reason = state.value, reason
    if state in FINISHED:
        exchange.finished_at = turn.now
        exchange.not_before = None
    if changed:
        tell(turn, exchange)
    return changed


def tell(turn: Turn, exchange: Exchange) -> None:
    """Tell how the exchange stands."""
    event = ExchangeChangedEvent(
        exchange=ExchangeId(exchange.exchange_id),
        register=turn.id,
        kind=ExchangeKind(exchange.kind),
        state=exchange.state_word,
        reason=exchange.reason,
        asked_by=None if exchange.asked_by_id is None else UserId(exchange.asked_by_id),
        register_name=turn.register.name,
    )
    event_log.record(turn.session, turn.account, event)


def hold(turn: Turn, exchange: Exchange, reason: str, since: str = "") -> None:
    """The exchange waits for its register, for this reason."""
    if move(turn, exchange, Move.HOLD, reason):
        write_step(turn, exchange, Step.WAITING, reason=reason, since=since)


def fail(
    turn: Turn, exchange: Exchange, code: str, register_code: str | None = None, item_code: int | None = None
) -> None:
    """The exchange is over without success."""
    exchange.register_code, exchange.item_code = register_code, item_code
    move(turn, exchange, Move.FAIL, code)
    write_step(turn, exchange, Step.FAILED, code=code, register_code=register_code or "", item_code=item_code or 0)


def is_load(exchange: Exchange) -> bool:
    """Whether it is a load of goods."""
    return exchange.kind == ExchangeKind.LOAD_GOODS.value


def abort_if_offered(exchange: Exchange) -> None:
    """The load is over: if it was ever offered to its register, the register is told to throw away what it has of it.

    There is one at most: a register has one buffer, and the next load is not offered before this one is aborted.
    """
    exchange.to_abort = is_load(exchange) and exchange.offered_in is not None

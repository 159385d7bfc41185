"""What time does to registers and exchanges. Each chore runs in a system session and bounds its own work."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from services.chassis import event_log
from services.contracts.exchange_words import Step, WaitReason
from services.contracts.registers import ExchangeKind, RegisterChangedEvent
from services.registers import system_repository
from services.registers.domain.exchange_states import LIVE, Move, may_move, must_be_finished_first
from services.registers.domain.kkt_ids import Binding
from services.registers.domain.link_rules import ALARM_LASTS, ATTEMPTS_WINDOW
from services.registers.models import Exchange
from services.registers.repository.registers import latest_revision
from services.registers.use_cases.goods import hear_beats, take_back
from services.registers.use_cases.liveness import be_heard_again, fall_silent
from services.registers.use_cases.one_by_one import one_by_one
from services.registers.use_cases.price_lists import postpone, want
from services.registers.use_cases.starting import BY_ITSELF, start
from services.registers.use_cases.steps import abort_if_offered, fail, is_load, move, write_step
from services.registers.use_cases.turn import Turn

BATCH: Final = 200  # registers in one run of a chore; the rest is done in the next
EXCHANGE_LASTS: Final = timedelta(days=30)  # one that waits longer has expired
TEST_LASTS: Final = timedelta(minutes=10)  # a test of a register that is off
LIST_WANTED_AGAIN: Final = timedelta(minutes=2)
LISTS_WANTED_MAX: Final = 10  # then the load fails: nobody builds its list
DRIFT_TOLD_FOR: Final = timedelta(minutes=1)  # heartbeats travel in batches: an older word may come after a newer one
LINKS_KEPT: Final = timedelta(days=1)
EXCHANGES_KEPT: Final = timedelta(days=180)
FORGET_BATCH: Final = 5_000  # rows deleted by one statement
FORGET_ROUNDS: Final = 20  # a run keeps pace with registers that come back all the time: 10,000 of them in a minute


def mark_silent_links(session: Session, now: datetime) -> None:
    """Registers that were not heard of for two and a half heartbeats are off, until they are heard again."""
    one_by_one(session, system_repository.links_to_judge(session, now, BATCH), now, _judge_link)


def _judge_link(turn: Turn) -> None:
    if turn.link.link_id is None:
        return
    if turn.online and turn.link.silent:
        be_heard_again(turn)
    elif not turn.online and not turn.link.silent:
        fall_silent(turn)


def judge_strange_bases(session: Session, now: datetime) -> None:
    """Registers whose heartbeats tell another base than what they confirmed: a drift, or the end of one."""
    one_by_one(session, system_repository.strange_bases(session, DRIFT_TOLD_FOR, BATCH), now, _judge_base)


def _judge_base(turn: Turn) -> None:
    if all(one.apply_sent_at is None for one in turn.live_exchanges()):
        hear_beats(turn)


def load_by_themselves(session: Session, now: datetime) -> None:
    """Registers with «Загружать автоматически», after a change has been quiet for a minute."""
    one_by_one(session, system_repository.due_to_load(session, now, BATCH), now, _load_if_due)


def _load_if_due(turn: Turn) -> None:
    if turn.register.auto_due_at is None or turn.register.auto_due_at > turn.now:
        return
    turn.register.auto_due_at = None
    if _loads_by_itself(turn):
        _load_latest(turn)


def _loads_by_itself(turn: Turn) -> bool:
    register = turn.register
    if not register.auto_load or register.disabled or register.binding != Binding.BOUND:
        return False
    latest = latest_revision(turn.session, turn.account)
    asked = register.desired_revision is not None and register.desired_recipe_id == register.recipe_id
    return latest > (register.desired_revision or 0) or not asked or register.drift_since is not None


def _load_latest(turn: Turn) -> None:
    """One load that waits for an absent register is enough: it takes the newest base when the register comes (N10)."""
    for exchange in turn.live_exchanges():
        if not is_load(exchange) or exchange.state_word not in LIVE or exchange.asked_by != BY_ITSELF:
            continue
        kept = must_be_finished_first(exchange.state_word, exchange.done > 0, exchange.apply_sent_at is not None)
        if not turn.online and not kept:
            postpone(turn, exchange)
            return
    start(turn, ExchangeKind.LOAD_GOODS, because="auto_load")


def end_waiting(session: Session, now: datetime) -> None:
    """Exchanges that waited too long expire; price lists that nobody answered are asked for again."""
    found = system_repository.with_waiting_exchanges(
        session, now - LIST_WANTED_AGAIN, now - EXCHANGE_LASTS, now - TEST_LASTS, BATCH
    )
    one_by_one(session, found, now, _judge_waits)


def _judge_waits(turn: Turn) -> None:
    for exchange in turn.live_exchanges():
        if exchange.state_word in LIVE:
            _judge_waiting(turn, exchange)


def _judge_waiting(turn: Turn, exchange: Exchange) -> None:
    now, lasts = turn.now, EXCHANGE_LASTS
    if exchange.kind == ExchangeKind.TEST.value and exchange.reason == WaitReason.OFFLINE:
        lasts = TEST_LASTS
    if exchange.created_at < now - lasts and may_move(exchange.state_word, Move.EXPIRE):
        abort_if_offered(exchange)
        move(turn, exchange, Move.EXPIRE, exchange.reason)
        write_step(turn, exchange, Step.EXPIRED)
        if is_load(exchange) and exchange.apply_sent_at is None:  # one that was told to switch may have switched
            take_back(turn, exchange)
    elif exchange.target is None and exchange.wanted_at is not None and exchange.wanted_at < now - LIST_WANTED_AGAIN:
        if exchange.wanted_times < LISTS_WANTED_MAX:
            want(turn, exchange)
        else:
            fail(turn, exchange, "internal_error")


def forget_old(session: Session, now: datetime) -> None:
    """Delete what nobody asks for any more, and end alarms about strange registers that stayed away."""
    system_repository.forget_old(
        session, now - ATTEMPTS_WINDOW, now - LINKS_KEPT, now - EXCHANGES_KEPT, FORGET_BATCH, FORGET_ROUNDS
    )
    for account, register in system_repository.end_alarms(session, now - ALARM_LASTS, BATCH):
        event_log.record(session, account, RegisterChangedEvent(register=register, what="alarm"))

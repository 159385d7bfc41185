"""A register comes, goes off, changes its mode: what that means for its exchanges."""

from datetime import datetime

from services.chassis.poke import poke_after_commit
from services.contracts.exchange_words import Step, WaitReason
from services.contracts.registers import ExchangeState, RegisterMode
from services.registers.domain.exchange_states import LIVE, Move
from services.registers.models import Exchange
from services.registers.use_cases.steps import hold, is_load, move, write_step
from services.registers.use_cases.turn import Turn


def come_back(turn: Turn, live: list[Exchange]) -> None:
    """A new link: everything that waited for the register may go on."""
    for exchange in live:
        if exchange.state_word not in LIVE:
            continue
        exchange.not_before = None
        exchange.register_waits = False
        if exchange.reason == WaitReason.OFFLINE:
            move(turn, exchange, Move.RELEASE)
            write_step(turn, exchange, Step.REGISTER_BACK)
        elif exchange.state_word is ExchangeState.SENDING:
            _line_lost(turn, exchange)


def go_off(turn: Turn) -> None:
    """The link is gone: what was under way waits for the register."""
    if not turn.link.silent:
        _wait_for_it(turn)
    turn.link.link_id = None
    turn.link.silent = False


def fall_silent(turn: Turn) -> None:
    """Nothing is heard on the link. It may only be that heartbeats do not get through to here: it stays open."""
    turn.link.silent = True
    _wait_for_it(turn)


def be_heard_again(turn: Turn) -> None:
    """Heartbeats of a silent link came through."""
    turn.link.silent = False
    turn.tell("online")
    come_back(turn, turn.live_exchanges())
    poke_after_commit(turn.session, turn.id)


def _wait_for_it(turn: Turn) -> None:
    turn.tell("offline")
    for exchange in turn.live_exchanges():
        if exchange.state_word not in LIVE:
            continue
        if exchange.state_word is ExchangeState.SENDING:
            _line_lost(turn, exchange)
        hold(turn, exchange, WaitReason.OFFLINE)


def mode_is(turn: Turn, mode: RegisterMode, since: datetime) -> None:
    """The register told its mode. Loads that waited for the end of the sales mode may go on."""
    link = turn.link
    link.last_seen = turn.now
    if link.mode != mode.value:
        link.mode, link.mode_since = mode.value, since
        turn.tell("mode")
    if mode is RegisterMode.SALES:
        return
    for exchange in turn.live_exchanges():
        if exchange.state_word is ExchangeState.WAITING and exchange.reason == WaitReason.SALES_MODE:
            exchange.not_before = None
            move(turn, exchange, Move.RELEASE)


def _line_lost(turn: Turn, exchange: Exchange) -> None:
    if is_load(exchange):
        write_step(turn, exchange, Step.LINE_LOST, done=exchange.done, total=exchange.total)

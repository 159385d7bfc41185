"""The table of an exchange's legal moves, walked at random."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.contracts.registers import ExchangeState
from services.registers.domain.exchange_states import (
    FINISHED,
    LIVE,
    IllegalMove,
    Move,
    after_move,
    may_move,
    must_be_finished_first,
)


def test_live_and_finished_are_all_states() -> None:
    assert set(ExchangeState) == LIVE | FINISHED and not LIVE & FINISHED


@pytest.mark.parametrize("state", sorted(FINISHED))
@pytest.mark.parametrize("move", list(Move))
def test_nothing_happens_to_what_is_over(state: ExchangeState, move: Move) -> None:
    assert not may_move(state, move)
    with pytest.raises(IllegalMove):
        after_move(state, move)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_every_live_state_can_end(state: ExchangeState) -> None:
    assert after_move(state, Move.APPLY) is ExchangeState.APPLIED
    assert after_move(state, Move.FAIL) is ExchangeState.FAILED
    assert after_move(state, Move.CANCEL) is ExchangeState.CANCELLED
    assert after_move(state, Move.FAIL, apply_sent=True) is ExchangeState.FAILED


@pytest.mark.parametrize("state", sorted(LIVE))
@pytest.mark.parametrize("move", [Move.CANCEL, Move.SUPERSEDE])
def test_nobody_takes_back_what_was_ordered(state: ExchangeState, move: Move) -> None:
    assert not may_move(state, move, apply_sent=True)


def test_what_is_in_the_buffer_is_finished_first() -> None:
    assert not may_move(ExchangeState.BUFFERED, Move.SUPERSEDE)
    assert must_be_finished_first(ExchangeState.BUFFERED, has_chunks=False, apply_sent=False)
    assert must_be_finished_first(ExchangeState.WAITING, has_chunks=True, apply_sent=False)
    assert not must_be_finished_first(ExchangeState.SENDING, has_chunks=False, apply_sent=False)
    assert not must_be_finished_first(ExchangeState.APPLIED, has_chunks=True, apply_sent=True)


def test_a_buffered_load_that_waits_stays_buffered() -> None:
    assert after_move(ExchangeState.BUFFERED, Move.HOLD) is ExchangeState.BUFFERED
    assert after_move(ExchangeState.SENDING, Move.HOLD) is ExchangeState.WAITING


class LifeOfAnExchange(RuleBasedStateMachine):
    """Any order of moves: legal ones lead to known states, the others leave everything as it is."""

    @initialize(state=st.sampled_from([ExchangeState.QUEUED, ExchangeState.WAITING]))
    def begin(self, state: ExchangeState) -> None:
        self.state = state
        self.apply_sent = False
        self.ended_by: Move | None = None

    @rule(move=st.sampled_from(list(Move)))
    def anything(self, move: Move) -> None:
        if not may_move(self.state, move, self.apply_sent):
            with pytest.raises(IllegalMove):
                after_move(self.state, move, self.apply_sent)
            return
        self.state = after_move(self.state, move, self.apply_sent)
        if self.state in FINISHED:
            self.ended_by = move

    @precondition(lambda self: self.state is ExchangeState.BUFFERED)
    @rule()
    def order_the_switch(self) -> None:
        self.apply_sent = True

    @invariant()
    def an_end_has_its_cause(self) -> None:
        if self.state in FINISHED:
            expected = {
                ExchangeState.APPLIED: Move.APPLY,
                ExchangeState.FAILED: Move.FAIL,
                ExchangeState.CANCELLED: Move.CANCEL,
                ExchangeState.SUPERSEDED: Move.SUPERSEDE,
                ExchangeState.EXPIRED: Move.EXPIRE,
            }
            assert self.ended_by is expected[self.state]
            if self.apply_sent:
                assert self.state not in (ExchangeState.CANCELLED, ExchangeState.SUPERSEDED)


TestLifeOfAnExchange = LifeOfAnExchange.TestCase
TestLifeOfAnExchange.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)

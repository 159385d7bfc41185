"""The life of an exchange: the one table of its legal moves.

queued ──begin──► sending ──buffer──► buffered ──apply──► applied
  ▲ │ hold           │ hold              │ (waits for the switch, never goes back to waiting)
  │ ▼                ▼
waiting ◄────────────┘        any live state ──► failed, cancelled, superseded, expired (as the table says)
"""

from enum import StrEnum
from typing import Final

from services.contracts.registers import ExchangeState


class Move(StrEnum):
    """What can happen to an exchange."""

    HOLD = "hold"  # the register is off, in sales mode, busy: the exchange waits
    RELEASE = "release"  # it can go again
    BEGIN = "begin"  # the register took the load, or was asked
    RESTART = "restart"  # what the buffer held was wrong or is gone: from the first chunk again
    BUFFER = "buffer"  # all of it is in the register's buffer
    APPLY = "apply"  # the register switched, or answered
    FAIL = "fail"
    CANCEL = "cancel"  # a person took it back
    SUPERSEDE = "supersede"  # a newer one takes its place
    EXPIRE = "expire"  # it waited too long


_S = ExchangeState

LIVE: Final = frozenset({_S.QUEUED, _S.WAITING, _S.SENDING, _S.BUFFERED})
FINISHED: Final = frozenset(_S) - LIVE

_MOVES: Final[dict[Move, dict[ExchangeState, ExchangeState]]] = {
    # A buffered load that waits stays «В буфере»: only its reason changes.
    Move.HOLD: {_S.QUEUED: _S.WAITING, _S.WAITING: _S.WAITING, _S.SENDING: _S.WAITING, _S.BUFFERED: _S.BUFFERED},
    Move.RELEASE: {_S.QUEUED: _S.QUEUED, _S.WAITING: _S.QUEUED, _S.BUFFERED: _S.BUFFERED},
    Move.BEGIN: dict.fromkeys(LIVE, _S.SENDING),
    Move.RESTART: dict.fromkeys(LIVE, _S.SENDING),
    # Reports can overtake a crash of their gateway: a later one stands in for those that were lost.
    Move.BUFFER: dict.fromkeys(LIVE, _S.BUFFERED),
    Move.APPLY: dict.fromkeys(LIVE, _S.APPLIED),
    Move.FAIL: dict.fromkeys(LIVE, _S.FAILED),
    Move.CANCEL: dict.fromkeys(LIVE, _S.CANCELLED),
    # What the register holds in its buffer is finished first.
    Move.SUPERSEDE: dict.fromkeys((_S.QUEUED, _S.WAITING, _S.SENDING), _S.SUPERSEDED),
    Move.EXPIRE: dict.fromkeys((_S.QUEUED, _S.WAITING, _S.BUFFERED), _S.EXPIRED),
}


class IllegalMove(ValueError):
    """The table does not know this move from this state: a mistake of the caller."""


def may_move(state: ExchangeState, move: Move, apply_sent: bool = False) -> bool:
    """Whether the move is legal. Once the register was told to switch, nobody can take the exchange back."""
    if apply_sent and move in (Move.CANCEL, Move.SUPERSEDE):
        return False
    return state in _MOVES[move]


def after_move(state: ExchangeState, move: Move, apply_sent: bool = False) -> ExchangeState:
    """The state after the move. Raises IllegalMove when the table does not know it."""
    if not may_move(state, move, apply_sent):
        raise IllegalMove(f"{move} from {state}{' after apply' if apply_sent else ''}")
    return _MOVES[move][state]


def must_be_finished_first(state: ExchangeState, has_chunks: bool, apply_sent: bool) -> bool:
    """Whether a newer load waits for this one instead of taking its place (N10).

    It does once the register acknowledged a chunk: throwing away what came over a slow line helps nobody.
    """
    return state in LIVE and (has_chunks or apply_sent or state is _S.BUFFERED)

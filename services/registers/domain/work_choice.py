"""What is to be done with one register now. The only place that decides it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from services.contracts.registers import ExchangeKind, ExchangeState
from services.contracts.values import ExchangeId
from services.registers.domain.exchange_states import LIVE

# A register that said «not now» is asked again so much later; below two heartbeats, so that `due` finds it ripe.
ASK_AGAIN_AFTER: Final = timedelta(seconds=25)


class Deed(StrEnum):
    """What to do with an exchange."""

    ABORT = "abort"
    SEND = "send"
    APPLY = "apply"
    ASK = "ask"  # a test, settings


class Candidate(msgspec.Struct, frozen=True):
    """What the choice needs to know about one exchange. Epochs are those of the link in which it happened."""

    id: ExchangeId
    kind: ExchangeKind
    state: ExchangeState
    created_at: datetime
    has_list: bool = False
    to_abort: bool = False  # over, and the register may hold parts of it
    begun_in: int | None = None
    buffered_in: int | None = None
    apply_sent_in: int | None = None
    register_waits: bool = False  # after `load_apply` it said that it goes on by itself
    not_before: datetime | None = None  # it said «not now»


def choose(candidates: tuple[Candidate, ...], epoch: int, now: datetime) -> tuple[Deed, ExchangeId] | None:
    """The next deed on the link with this epoch, or None.

    In this order: throw away what was taken back; go on with what is being sent on this link; short questions; the
    oldest load. A newer load never starts while an older one is live: the register has one buffer.
    """
    for one in candidates:
        if one.to_abort:
            return Deed.ABORT, one.id
    live = sorted((one for one in candidates if one.state in LIVE), key=lambda one: (one.created_at, one.id))
    loads = [one for one in live if one.kind is ExchangeKind.LOAD_GOODS]
    questions = [one for one in live if one.kind is not ExchangeKind.LOAD_GOODS]
    for one in live:
        if one.state is ExchangeState.SENDING and one.begun_in == epoch:
            return (Deed.SEND if one in loads else Deed.ASK), one.id
    for one in questions:
        if one.not_before is None or one.not_before <= now:
            return Deed.ASK, one.id
    return _next_of(loads[0], epoch, now) if loads else None


def _next_of(load: Candidate, epoch: int, now: datetime) -> tuple[Deed, ExchangeId] | None:
    if not load.has_list:
        return None
    if load.state is ExchangeState.BUFFERED and load.buffered_in == epoch:
        if load.apply_sent_in == epoch and load.register_waits:
            return None
        return Deed.APPLY, load.id
    if load.not_before is not None and load.not_before > now:
        return None
    return Deed.SEND, load.id

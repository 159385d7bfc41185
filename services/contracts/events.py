"""The form in which every room tells facts to the others.

A fact is written in the transaction of the change, gets a gapless number from the room's relay after commit, and
is kept 14 days. Consumers pull `events_after` from their own cursor; the message on the bus is only a poke.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.values import AccountId, Actor, Json, SystemActor

EVENTS_KEPT_DAYS = 14
MAX_EVENTS_PULL = 200  # events; the most that one pull returns


class EventRecord(msgspec.Struct, frozen=True):
    """One fact. `body` is one of the room's event Structs as built-in types, its `type` tag inside."""

    number: int
    account: AccountId | None
    type: str
    body: dict[str, Json]
    actor: Actor
    request_id: str
    at: datetime


class EventLogRpc(Protocol):
    """Kept by every room that tells facts."""

    def events_after(self, actor: SystemActor, after: int, limit: int) -> tuple[EventRecord, ...]:
        """Facts with a number above `after`, in order, at most `limit` (≤ MAX_EVENTS_PULL)."""
        ...

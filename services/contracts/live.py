"""What goes to open pages at once: lossy, never a promise. A page that missed something reads it anew.

Facts (`EventRecord`s) are published by each room's relay after commit; progress notes by the gateways. Both go to the
exchange LIVE_EXCHANGE (topic) with the routing key `<account>`; the HTTP gateways pass them on to SSE streams.
"""

from datetime import datetime

import msgspec

from services.contracts.values import AccountId, Json

LIVE_EXCHANGE = "kkt.live"
POKE_EXCHANGE = "kkt.registers"  # direct; routing key = RegisterId; mandatory: returned means offline


class LiveMessage(msgspec.Struct, frozen=True):
    """`kind` is an event's type ("exchange_changed", …) or "progress". `body` never holds secrets or prices."""

    id: str  # "<room>:<number>" of a fact, "" of a progress note
    account: AccountId
    kind: str
    body: dict[str, Json]
    at: datetime

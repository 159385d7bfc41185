"""How the last load ended, kept so that the next hello tells it even if no link carried the answer."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from devices.sim.shelf import Held
from devices.sim.storage import Storage
from services.device_gateway.protocol.register_messages import LastLoad, LoadState

_OUTCOME_FILE: Final = "outcome.json"


class _Failure(Struct, frozen=True):
    load: LastLoad
    # The switch after which it failed: a later switch is the newer outcome.
    after_switch: int


def keep_failure(storage: Storage, state: LoadState, at: datetime, after_switch: int) -> None:
    """A load ended without effect."""
    last = LastLoad(
        exchange=state.exchange,
        load=state.load,
        state="failed",
        at=at,
        code=state.code,
        register_code=state.register_code,
        record=state.record,
    )
    storage.replace(_OUTCOME_FILE, [msgspec.json.encode(_Failure(last, after_switch))])


def last_load(storage: Storage, held: Held) -> LastLoad | None:
    """The newest outcome: a failure since the last switch, or the last switch, or none."""
    raw = storage.read(_OUTCOME_FILE)
    failure = msgspec.json.decode(raw, type=_Failure) if raw is not None else None
    if failure is not None and failure.after_switch == held.number:
        return failure.load
    if held.exchange is None or held.load is None or held.at is None:
        return None
    return LastLoad(exchange=held.exchange, load=held.load, state="applied", at=held.at)

"""What the registers room tells a device gateway to do with one register, and what the gateway reports back.

The gateway never decides: it asks for work, does it, reports. One piece of work at a time for a register.
"""

from datetime import datetime

import msgspec

from services.contracts.recipe import DeltaRef, PriceListRef
from services.contracts.values import ExchangeId, Json


class LoadGoods(msgspec.Struct, frozen=True, tag="load_goods"):
    """Send this list (or the delta that leads to it) into the register's buffer."""

    exchange: ExchangeId
    handle: int  # u32, the load's number on binary frames; the same for one exchange on every link
    target: PriceListRef
    delta: DeltaRef | None = None  # when given, its chunks are sent instead of the list's


class ApplyGoods(msgspec.Struct, frozen=True, tag="apply_goods"):
    """The buffer holds the list: switch to it. After this was sent the exchange cannot be cancelled."""

    exchange: ExchangeId
    handle: int
    target: PriceListRef


class AbortLoad(msgspec.Struct, frozen=True, tag="abort_load"):
    """Throw away what the buffer holds of that load (it was cancelled or superseded)."""

    exchange: ExchangeId
    handle: int


class ReadSettings(msgspec.Struct, frozen=True, tag="read_settings"):
    exchange: ExchangeId


class TestLink(msgspec.Struct, frozen=True, tag="test"):
    """Beep and echo."""

    exchange: ExchangeId


Work = LoadGoods | ApplyGoods | AbortLoad | ReadSettings | TestLink


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The register took the load; it goes on after `resumed_chunks` of it."""

    resumed_chunks: int
    total_chunks: int


class Waiting(msgspec.Struct, frozen=True, tag="waiting"):
    """The register will not go on now. `reason`: a WaitReason other than "offline"."""

    reason: str


class Restarted(msgspec.Struct, frozen=True, tag="restarted"):
    """The buffer was wrong and the load starts again at its first chunk.

    `reason`: "hash_wrong" or "resume_mismatch".
    """

    reason: str


class Buffered(msgspec.Struct, frozen=True, tag="buffered"):
    """All chunks are in the register's buffer and their hash was right."""


class ApplySent(msgspec.Struct, frozen=True, tag="apply_sent"):
    """Told before `load_apply` goes out: from now on the exchange cannot be cancelled."""


class Applied(msgspec.Struct, frozen=True, tag="applied"):
    """The register switched. All three are recomputed by the register from what it holds."""

    revision: int
    base_hash: str
    count: int


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It did not work. `code` is ours (docs/errors.md), `register_code` the register's own three digits."""

    code: str
    register_code: str | None = None
    item_code: int | None = None  # the record that the register refused
    detail: str = ""


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """Outcome of a test or of reading settings."""

    body: dict[str, Json] = {}


Report = Begun | Waiting | Restarted | Buffered | ApplySent | Applied | Failed | Answered


class ProgressNote(msgspec.Struct, frozen=True):
    """How far one load is; lossy, told in batches."""

    exchange: ExchangeId
    epoch: int
    done: int  # chunks acknowledged
    total: int
    at: datetime

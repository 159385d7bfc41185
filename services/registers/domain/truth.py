"""Price truth (N1): what a register should hold, what it said it holds, and why they differ."""

from enum import StrEnum

import msgspec

from services.contracts.registers import ExchangeState, GoodsTruth, GoodsVersion
from services.registers.domain.exchange_states import LIVE


class LoadFacts(msgspec.Struct, frozen=True):
    """The newest live load of a register; the newest of all when none is live."""

    state: ExchangeState
    reason: str | None
    recipe_id: str
    base_hash: str | None  # of its price list, once that is built
    revision: int | None


class GoodsFacts(msgspec.Struct, frozen=True):
    """What is known about a register's goods."""

    latest: int  # revision of the account's base
    recipe_id: str  # the register's own filter, percentage, … now
    desired: GoodsVersion | None
    desired_recipe_id: str | None
    confirmed: GoodsVersion | None
    drift: bool
    load: LoadFacts | None
    other_under_way: bool = False  # an older load is being finished first


def goods_truth(facts: GoodsFacts) -> GoodsTruth:
    """The truth as people see it. The repository's filters say the same in SQL; a test holds them together."""
    in_sync = is_in_sync(facts)
    return GoodsTruth(
        latest=facts.latest,
        desired=facts.desired,
        confirmed=facts.confirmed,
        in_sync=in_sync,
        reason=None if in_sync else _reason(facts),
        unsent=is_unsent(facts),
    )


def is_in_sync(facts: GoodsFacts) -> bool:
    """Whether the register confirmed what was last asked for, and nothing newer is on its way."""
    if facts.desired is None or facts.confirmed is None or facts.drift:
        return False
    load = facts.load
    if load is not None and load.state in LIVE and load.base_hash != facts.confirmed.base_hash:
        return False
    return facts.desired.base_hash == facts.confirmed.base_hash


def is_unsent(facts: GoodsFacts) -> bool:
    """«Есть неотправленные изменения»: the base, or this register's own recipe, is newer than what was asked for."""
    load = facts.load
    if load is not None and load.state in LIVE and load.base_hash is None and load.recipe_id == facts.recipe_id:
        return False  # its list will be built from the base as it is then
    if facts.desired is None:
        return facts.latest > 0
    return facts.latest > facts.desired.revision or facts.desired_recipe_id != facts.recipe_id


def _reason(facts: GoodsFacts) -> str:
    load = facts.load
    if load is not None and load.state in LIVE:
        waits = load.state in (ExchangeState.WAITING, ExchangeState.BUFFERED) and not facts.other_under_way
        return load.reason if waits and load.reason else "loading"
    if facts.drift:
        return "drift"
    if load is not None and load.state in (ExchangeState.FAILED, ExchangeState.EXPIRED):
        return f"failed:{load.reason or load.state.value}"
    return "never_loaded" if facts.desired is None or facts.confirmed is None else "drift"


class Held(StrEnum):
    """What a register's word about the base it holds means."""

    AS_CONFIRMED = "as_confirmed"
    AS_DESIRED = "as_desired"  # an outcome that was not told: it holds what was asked for
    FIRST = "first"  # we never loaded it: noted, no alarm
    DRIFT = "drift"


def judge_held(base_hash: str, confirmed: str | None, desired: str | None) -> Held:
    """Compare what the register says it holds with what it confirmed and what was asked for (base hashes)."""
    if desired is not None and base_hash == desired:
        return Held.AS_CONFIRMED if confirmed == desired else Held.AS_DESIRED
    if base_hash == confirmed:
        return Held.AS_CONFIRMED
    return Held.FIRST if desired is None or confirmed is None else Held.DRIFT


def completes(base_hash: str, count: int, target: GoodsVersion, confirmed: str | None, apply_sent: bool) -> bool:
    """Whether a register that comes back holding this has done the load with this target.

    A load that sends again what the register held already is only done when the switch was ordered.
    """
    return (base_hash, count) == (target.base_hash, target.count) and (apply_sent or confirmed != target.base_hash)

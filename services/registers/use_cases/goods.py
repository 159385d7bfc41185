"""What a register holds: the outcomes of loads, and what it says by itself."""

from services.contracts.exchange_words import Step
from services.contracts.links import GoodsHeld
from services.contracts.recipe import PriceListRef
from services.contracts.registers import GoodsVersion
from services.contracts.work import Applied
from services.registers.domain.exchange_states import LIVE, Move
from services.registers.domain.truth import Held, completes, judge_held
from services.registers.models import Exchange
from services.registers.use_cases.price_lists import target_of
from services.registers.use_cases.steps import fail, is_load, move, write_step
from services.registers.use_cases.turn import Turn


def ask_for(turn: Turn, exchange: Exchange, target: PriceListRef) -> None:
    """From now on the register should hold this list."""
    register = turn.register
    register.desired_revision = target.revision
    register.desired_base_hash = target.base_hash
    register.desired_count = target.records
    register.desired_at = turn.now
    register.desired_recipe_id = exchange.recipe_id


def take_back(turn: Turn, exchange: Exchange) -> None:
    """The load is over without an outcome: the register should hold what it should without it.

    Where something drifted, and not this load was what it should hold, that stays: it tells the end of the drift.
    """
    target, register = target_of(exchange), turn.register
    was_asked = target is not None and target.base_hash == register.desired_base_hash
    if was_asked or register.drift_since is None:
        ask_for_the_rest(turn)


def ask_for_the_rest(turn: Turn) -> None:
    """The register should hold the list of the newest load that is still live; without one, what it confirmed."""
    listed = _live_with_list(turn)
    if listed:
        exchange, target = listed[-1]
        ask_for(turn, exchange, target)
        return
    register = turn.register
    loaded = register.confirmed_recipe_id is not None
    register.desired_revision = register.confirmed_revision if loaded else None
    register.desired_base_hash = register.confirmed_base_hash if loaded else None
    register.desired_count = register.confirmed_count if loaded else None
    register.desired_at = register.confirmed_at if loaded else None
    register.desired_recipe_id = register.confirmed_recipe_id


def confirm(turn: Turn, held: GoodsVersion, recipe: str | None) -> None:
    """The register said that it holds this. `recipe` names the recipe of the list, if it is one of ours."""
    register = turn.register
    register.confirmed_revision = held.revision
    register.confirmed_base_hash = held.base_hash
    register.confirmed_count = held.count
    register.confirmed_at = turn.now
    register.confirmed_recipe_id = recipe
    turn.link.held_base_hash, turn.link.held_at = held.base_hash, turn.now


def complete(turn: Turn, exchange: Exchange, told: Applied, step: Step = Step.APPLIED) -> None:
    """A load is over, by the register's own word: as it should be, or as a fault with an alarm."""
    target = target_of(exchange)
    held = GoodsVersion(told.revision, told.base_hash, told.count)
    if target is not None and (told.base_hash, told.count) == (target.base_hash, target.records):
        exchange.done = exchange.total
        move(turn, exchange, Move.APPLY)
        write_step(turn, exchange, step, revision=told.revision, count=told.count)
        confirm(turn, held, exchange.recipe_id)
        turn.register.drift_since = None
        if not _live_with_list(turn):
            ask_for(turn, exchange, target)
    else:
        fail(turn, exchange, "hash_mismatch")
        confirm(turn, held, None)
        turn.register.drift_since = turn.now
        turn.raise_alarm("drift")
    turn.tell("goods")


def confirm_late(turn: Turn, exchange: Exchange, told: Applied) -> None:
    """The register tells an outcome of a load that was over: the exchange stays as it is, the truth does not."""
    register = turn.register
    if told.base_hash == register.confirmed_base_hash:
        return
    target = target_of(exchange)
    ours = target is not None and (target.base_hash, target.records) == (told.base_hash, told.count)
    write_step(turn, exchange, Step.APPLIED_LATE, revision=told.revision, count=told.count)
    confirm(turn, GoodsVersion(told.revision, told.base_hash, told.count), exchange.recipe_id if ours else None)
    _judge(turn, Held.AS_DESIRED if told.base_hash == register.desired_base_hash else Held.DRIFT)
    turn.tell("goods")


def hear_hello(turn: Turn, held: GoodsHeld, live: list[Exchange]) -> None:
    """What the register says it holds when it comes: may complete a load, may be a drift."""
    register = turn.register
    told = GoodsVersion(held.revision or 0, held.base_hash, held.count)
    for exchange in live:
        target = target_of(exchange)
        if target is None or exchange.state_word not in LIVE or not is_load(exchange):
            continue
        wanted = GoodsVersion(target.revision, target.base_hash, target.records)
        apply_sent = exchange.apply_sent_at is not None
        if completes(held.base_hash, held.count, wanted, register.confirmed_base_hash, apply_sent):
            complete(turn, exchange, Applied(target.revision, held.base_hash, held.count), Step.FOUND_AT_HELLO)
            return
    verdict = judge_held(held.base_hash, register.confirmed_base_hash, register.desired_base_hash)
    if verdict is Held.AS_DESIRED:
        confirm(turn, told, register.desired_recipe_id)
    elif verdict is Held.DRIFT or (verdict is Held.FIRST and held.count):
        confirm(turn, told, None)
    _judge(turn, verdict)


def hear_beats(turn: Turn) -> None:
    """What heartbeats told since: a drift, or its end."""
    register, held = turn.register, turn.link.held_base_hash
    if held is None or register.desired_base_hash is None:
        return
    verdict = judge_held(held, register.confirmed_base_hash, register.desired_base_hash)
    if verdict is Held.AS_DESIRED:
        wanted = GoodsVersion(register.desired_revision or 0, held, register.desired_count or 0)
        confirm(turn, wanted, register.desired_recipe_id)
    _judge(turn, verdict)


def forget_goods(turn: Turn) -> None:
    """Another device stands behind the record: nothing is known of what it holds, only live loads ask for something."""
    register = turn.register
    register.confirmed_revision = register.confirmed_base_hash = register.confirmed_count = None
    register.confirmed_at = register.confirmed_recipe_id = None
    register.drift_since = None
    ask_for_the_rest(turn)


def _live_with_list(turn: Turn) -> list[tuple[Exchange, PriceListRef]]:
    """The live loads that have their lists, oldest first."""
    live = [one for one in turn.live_exchanges() if is_load(one) and one.state_word in LIVE]
    listed = [(one, target_of(one)) for one in live]
    return [(one, target) for one, target in listed if target is not None]


def _judge(turn: Turn, verdict: Held) -> None:
    register = turn.register
    if verdict is Held.DRIFT and register.drift_since is None:
        register.drift_since = turn.now
        turn.raise_alarm("drift")
    as_should_be = register.desired_base_hash == register.confirmed_base_hash == turn.link.held_base_hash
    if register.drift_since is not None and verdict is not Held.DRIFT and as_should_be:
        register.drift_since = None
        turn.tell("goods")

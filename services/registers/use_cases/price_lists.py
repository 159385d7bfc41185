"""The price list that a load carries: asked of the catalog room, told by it, renewed when it no longer fits."""

from services.chassis import event_log
from services.contracts.exchange_words import Step
from services.contracts.recipe import DeltaRef, PriceListRef, Recipe, recipe_id
from services.contracts.registers import GoodsVersion, PriceListWantedEvent
from services.contracts.values import ItemGroupId
from services.registers.models import Exchange, Register
from services.registers.repository.registers import latest_revision
from services.registers.use_cases.steps import write_step
from services.registers.use_cases.turn import Turn

AUTO, FULL = "auto", "full"


def recipe_of(register: Register) -> Recipe:
    """The register's side of its price list."""
    return Recipe(
        item_groups=tuple(ItemGroupId(str(group)) for group in sorted(map(str, register.item_groups))),
        price_percent=register.price_percent,
        price_rounding=register.price_rounding,
        model=register.model or "",
        base_version=register.base_version or "",
        ffd=register.ffd or "",
        capacity=register.capacity or 0,
    )


def renew_recipe_id(register: Register) -> bool:
    """Name the register's recipe anew after a change. Returns whether it is another one."""
    before, register.recipe_id = register.recipe_id, recipe_id(recipe_of(register))
    return before != register.recipe_id


def confirmed_goods(register: Register) -> GoodsVersion | None:
    """What the register itself confirmed."""
    if register.confirmed_base_hash is None:
        return None
    return GoodsVersion(
        revision=register.confirmed_revision or 0,
        base_hash=register.confirmed_base_hash,
        count=register.confirmed_count or 0,
        at=register.confirmed_at,
    )


def desired_goods(register: Register) -> GoodsVersion | None:
    """What was last asked for."""
    if register.desired_base_hash is None:
        return None
    return GoodsVersion(
        revision=register.desired_revision or 0,
        base_hash=register.desired_base_hash,
        count=register.desired_count or 0,
        at=register.desired_at,
    )


def target_of(exchange: Exchange) -> PriceListRef | None:
    """The list that the load carries, once it is built."""
    return None if exchange.target is None else PriceListRef(**exchange.target)


def delta_of(exchange: Exchange) -> DeltaRef | None:
    """The delta that leads to the list, when there is one."""
    return None if exchange.delta is None else DeltaRef(**exchange.delta)


def want(turn: Turn, exchange: Exchange) -> None:
    """Ask the catalog room for the list of this load: by the register's recipe as it is now.

    A delta is welcome when the register's confirmed base was made by the very same recipe and nothing drifted.
    """
    register = turn.register
    exchange.recipe_id = register.recipe_id
    exchange.wanted_at = turn.now
    exchange.wanted_revision = latest_revision(turn.session, turn.account)
    exchange.wanted_times += 1
    exchange.target = exchange.delta = None
    exchange.target_revision = exchange.target_base_hash = None
    same_recipe = register.confirmed_recipe_id == register.recipe_id and register.drift_since is None
    event = PriceListWantedEvent(
        recipe_id=register.recipe_id,
        recipe=recipe_of(register),
        revision=exchange.wanted_revision,
        delta_from=confirmed_goods(register) if exchange.mode == AUTO and same_recipe else None,
    )
    event_log.record(turn.session, turn.account, event)
    write_step(turn, exchange, Step.PRICE_LIST_WANTED, revision=exchange.wanted_revision)


def renew(turn: Turn, exchange: Exchange, because: str) -> None:
    """The list of this load no longer fits: ask for another."""
    write_step(turn, exchange, Step.PRICE_LIST_RENEWED, because=because)
    exchange.begun_in = exchange.buffered_in = None
    exchange.done = exchange.total = 0
    want(turn, exchange)


def postpone(turn: Turn, exchange: Exchange) -> None:
    """The register is off and loads by itself: its list is built when it comes, from the base as it is then (N10)."""
    if exchange.wanted_at is not None:
        write_step(turn, exchange, Step.PRICE_LIST_RENEWED, because="newer_base")
    exchange.wanted_at = None
    exchange.target = exchange.delta = None
    exchange.target_revision = exchange.target_base_hash = None

"""What a hello that is let in means: binding, the register's own data, and what it did while nobody listened."""

from services.contracts.exchange_words import Step
from services.contracts.links import Hello
from services.contracts.registers import ExchangeKind, ExchangeState, RegisterMode
from services.contracts.values import ExchangeId
from services.contracts.work import Applied
from services.registers.domain.exchange_states import LIVE, Move, may_move
from services.registers.domain.ids import is_id
from services.registers.domain.kkt_ids import Binding
from services.registers.domain.link_rules import Verdict
from services.registers.models import Exchange
from services.registers.repository import exchanges
from services.registers.use_cases.base_facts import QUIET
from services.registers.use_cases.goods import complete, forget_goods, hear_hello
from services.registers.use_cases.liveness import come_back, mode_is
from services.registers.use_cases.price_lists import renew, renew_recipe_id, want
from services.registers.use_cases.starting import start
from services.registers.use_cases.steps import fail, is_load, move, write_step
from services.registers.use_cases.told_values import bound_values
from services.registers.use_cases.turn import Turn


def admit(turn: Turn, hello: Hello, verdict: Verdict, namesakes: tuple[Turn, ...]) -> bool:
    """Note everything that the hello says. Returns whether it was the first contact of this device with this ID."""
    register, link = turn.register, turn.link
    newly_bound = verdict is not Verdict.IN
    before = bound_values(register)
    with turn.at_its_word("register_bound" if register.first_contact_at is None else "register_rebound"):
        for other in namesakes:
            _replace(other)
        turn.session.flush()  # the older record lets the serial number go before this one takes it
        if newly_bound:
            _bind(turn, hello)
        elif register.binding != Binding.BOUND:
            register.binding = Binding.BOUND.value
            turn.tell("bound")
        turn.changed(before, bound_values(register))
    link.last_seen = turn.now
    link.boot_id = hello.boot_id
    link.held_base_hash, link.held_at = hello.goods.base_hash, turn.now
    facts_changed = _note_facts(turn, hello)
    turn.tell("online")
    live = turn.live_exchanges()
    come_back(turn, live)
    mode_is(turn, RegisterMode(hello.mode), hello.mode_since or turn.now)
    _note_buffer(turn, hello, live)
    _note_last_load(turn, hello, live)
    hear_hello(turn, hello.goods, live)
    _forget_lost_switches(hello, live)
    _fit_price_lists(turn, live, facts_changed)
    if newly_bound:
        start(turn, ExchangeKind.READ_SETTINGS, because="first_contact")
    return newly_bound


def _bind(turn: Turn, hello: Hello) -> None:
    register = turn.register
    register.binding = Binding.BOUND.value
    register.serial_number = hello.serial_number
    register.key_hash = hello.key_hash
    register.kkt_id_expires_at = register.rebinding_until = None
    register.alarm = register.alarm_at = None
    if register.first_contact_at is None:
        register.first_contact_at = turn.now
    forget_goods(turn)
    if register.auto_load:
        register.auto_due_at = turn.now + QUIET
    turn.tell("bound")


def _replace(other: Turn) -> None:
    """The device has come with another ID: its older record gets nothing any more, and raises no alarm."""
    before = other.register.binding
    other.register.binding = Binding.REPLACED.value
    other.register.alarm = other.register.alarm_at = other.register.drift_since = None
    other.register.auto_due_at = None
    other.link.epoch += 1
    other.link.link_id = None
    other.link.silent = False
    for exchange in other.live_exchanges():
        if exchange.state_word in LIVE:
            write_step(other, exchange, Step.REGISTER_REPLACED)
            if may_move(exchange.state_word, Move.CANCEL, exchange.apply_sent_at is not None):
                move(other, exchange, Move.CANCEL, "register_replaced")
            else:
                move(other, exchange, Move.FAIL, "register_replaced")
        exchange.to_abort = False
    other.tell("changed")
    other.changed({"binding": before}, {"binding": other.register.binding})


def _note_facts(turn: Turn, hello: Hello) -> bool:
    """Keep what the device says it is. Returns whether its price list must be another one now."""
    register = turn.register
    before = (register.model, register.firmware, register.ffd, register.base_version, register.capacity)
    told = (hello.model, hello.firmware, hello.ffd, hello.base_version, hello.goods.capacity)
    register.model, register.firmware, register.ffd, register.base_version, register.capacity = told
    if before != told:
        turn.tell("changed")
    return renew_recipe_id(register)


def _note_buffer(turn: Turn, hello: Hello, live: list[Exchange]) -> None:
    """The register says which load is in its buffer: go on with it, or let it be thrown away."""
    held = hello.buffer
    if held is None:
        return
    for exchange in live:
        if exchange.exchange_id == held.exchange:
            buffered = exchange.state_word is ExchangeState.BUFFERED
            exchange.buffered_in = turn.link.epoch if buffered and held.complete else None
        else:
            exchange.to_abort = False
    if is_id(held.exchange) and all(exchange.exchange_id != held.exchange for exchange in live):
        dead = exchanges.get_exchange(turn.session, turn.account, ExchangeId(held.exchange))
        if dead is not None and dead.register_id == turn.id and is_load(dead):
            dead.to_abort = True


def _note_last_load(turn: Turn, hello: Hello, live: list[Exchange]) -> None:
    """The register tells again how its last load ended: nobody may have heard it."""
    last = hello.last_load
    if last is None:
        return
    for exchange in live:
        if exchange.exchange_id != last.exchange or exchange.state_word not in LIVE or not is_load(exchange):
            continue
        if exchange.apply_sent_at is None:
            continue  # it ended before this exchange was begun again
        if last.failed is not None:
            fail(turn, exchange, last.failed, last.register_code, last.item_code)
        else:
            goods = hello.goods
            complete(turn, exchange, Applied(goods.revision or 0, goods.base_hash, goods.count), Step.FOUND_AT_HELLO)


def _forget_lost_switches(hello: Hello, live: list[Exchange]) -> None:
    """A load that was told to switch, did not, and is not in the buffer any more starts anew: it can be taken back."""
    held = hello.buffer
    for exchange in live:
        in_buffer = held is not None and held.complete and held.exchange == exchange.exchange_id
        if exchange.state_word in LIVE and not in_buffer:
            exchange.apply_sent_in = exchange.apply_sent_at = None


def _fit_price_lists(turn: Turn, live: list[Exchange], facts_changed: bool) -> None:
    """Loads that waited for the register's data, or for the register itself, get a list that fits it."""
    for exchange in live:
        if exchange.state_word not in LIVE or not is_load(exchange):
            continue
        if exchange.wanted_at is None:
            want(turn, exchange)
        elif facts_changed and exchange.apply_sent_at is None:
            renew(turn, exchange, "register_data")

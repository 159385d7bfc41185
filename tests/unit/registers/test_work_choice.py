"""What is to be done next: the order, and that nothing is begun twice, too early, or over another load."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contracts.registers import ExchangeKind, ExchangeState
from services.contracts.values import ExchangeId
from services.registers.domain.exchange_states import LIVE
from services.registers.domain.work_choice import ASK_AGAIN_AFTER, Candidate, Deed, choose

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
EPOCH = 7


def load(name: str = "load", **facts: object) -> Candidate:
    base = Candidate(ExchangeId(name), ExchangeKind.LOAD_GOODS, ExchangeState.QUEUED, NOW, has_list=True)
    return replace(base, **facts)


def question(name: str = "test", **facts: object) -> Candidate:
    return replace(Candidate(ExchangeId(name), ExchangeKind.TEST, ExchangeState.QUEUED, NOW), **facts)


def chosen(*candidates: Candidate, now: datetime = NOW) -> tuple[str, str] | None:
    found = choose(candidates, EPOCH, now)
    return None if found is None else (found[0].value, found[1])


def test_nothing_to_do() -> None:
    assert chosen() is None
    assert chosen(load(has_list=False)) is None
    assert chosen(load(state=ExchangeState.APPLIED)) is None


def test_the_order() -> None:
    over = load("over", state=ExchangeState.CANCELLED, to_abort=True)
    sending = load("sending", state=ExchangeState.SENDING, begun_in=EPOCH)
    assert chosen(sending, question(), over) == ("abort", "over")
    assert chosen(question(), sending) == ("send", "sending")
    assert chosen(load(), question()) == ("ask", "test")
    assert chosen(load("newer", created_at=NOW + ASK_AGAIN_AFTER), load("older")) == ("send", "older")


def test_a_load_of_an_older_link_goes_on_after_short_questions() -> None:
    sending = load("sending", state=ExchangeState.SENDING, begun_in=EPOCH - 1)
    assert chosen(sending, question()) == ("ask", "test")
    assert chosen(sending) == ("send", "sending")


def test_the_switch_is_ordered_on_the_link_that_buffered() -> None:
    buffered = load(state=ExchangeState.BUFFERED, buffered_in=EPOCH)
    assert chosen(buffered) == ("apply", "load")
    assert chosen(replace(buffered, apply_sent_in=EPOCH)) == ("apply", "load")  # in hand
    assert chosen(replace(buffered, apply_sent_in=EPOCH, register_waits=True)) is None
    assert chosen(replace(buffered, apply_sent_in=EPOCH - 1, register_waits=True)) == ("apply", "load")
    assert chosen(replace(buffered, buffered_in=EPOCH - 1)) == ("send", "load")


def test_who_said_not_now_is_asked_later() -> None:
    waiting = load(state=ExchangeState.WAITING, not_before=NOW + ASK_AGAIN_AFTER)
    assert chosen(waiting) is None
    assert chosen(waiting, now=NOW + ASK_AGAIN_AFTER) == ("send", "load")
    assert chosen(question(not_before=NOW + timedelta(seconds=1))) is None
    assert timedelta(seconds=60) > ASK_AGAIN_AFTER  # ripe at every second heartbeat


def test_a_newer_load_never_overtakes() -> None:
    newer = load("newer", created_at=NOW + timedelta(seconds=1))
    for older in (
        load(has_list=False),
        load(state=ExchangeState.WAITING, not_before=NOW + timedelta(seconds=1)),
        load(state=ExchangeState.BUFFERED, buffered_in=EPOCH, apply_sent_in=EPOCH, register_waits=True),
    ):
        assert chosen(older, newer) is None
        assert chosen(newer, older) is None


epochs = st.none() | st.sampled_from([EPOCH - 1, EPOCH])
candidates = st.builds(
    Candidate,
    id=st.uuids().map(lambda one: ExchangeId(str(one))),
    kind=st.sampled_from(list(ExchangeKind)),
    state=st.sampled_from(list(ExchangeState)),
    created_at=st.integers(0, 5).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    has_list=st.booleans(),
    to_abort=st.booleans(),
    begun_in=epochs,
    buffered_in=epochs,
    apply_sent_in=epochs,
    register_waits=st.booleans(),
    not_before=st.none() | st.just(NOW + timedelta(seconds=1)),
)


@given(st.lists(candidates, max_size=6))
def test_whatever_lies_there_the_choice_is_sound(lying: list[Candidate]) -> None:
    found = choose(tuple(lying), EPOCH, NOW)
    if found is None:
        return
    assert found == choose(tuple(reversed(lying)), EPOCH, NOW) or found[0] is Deed.ABORT
    deed, name = found
    one = next(candidate for candidate in lying if candidate.id == name)
    is_load = one.kind is ExchangeKind.LOAD_GOODS
    assert (deed is Deed.ABORT) == any(candidate.to_abort for candidate in lying)
    if deed is not Deed.ABORT:
        assert one.state in LIVE
        assert is_load == (deed is not Deed.ASK)
    if deed is Deed.APPLY:
        assert one.state is ExchangeState.BUFFERED and one.buffered_in == EPOCH and one.has_list

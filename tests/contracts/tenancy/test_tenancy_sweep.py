"""Every RPC as Charlie with Alice's ids, over the bus, in the running house."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from services.chassis.sync_bridge import SyncBridge
from services.contracts.refusals import Forbidden, Invalid, Refusal, Unavailable
from services.contracts.values import RegisterActor
from tests.contracts.protocols import all_methods
from tests.contracts.tenancy.sample import Sample, SystemOnly
from tests.contracts.tenancy.samples import SAMPLES
from tests.contracts.tenancy.watch import Watch
from tests.contracts.tenancy.world import MARK, Ids, World, build_world, everything_of, nobodys, nonsense
from tests.house.running import RunningHouse

METHODS = dict(all_methods())
CALLS = [
    pytest.param(name, sample, id=f"{name}-{number}")
    for name, samples in SAMPLES.items()
    if not isinstance(samples, SystemOnly)
    for number, sample in enumerate(samples)
]


@pytest.fixture(scope="module")
def world(house: RunningHouse) -> Iterator[World]:
    bus = SyncBridge(house.amqp_url, timeout=20)
    assert bus.wait_ready(20)
    yield build_world(bus)
    bus.close()


@pytest.fixture(scope="module")
def watch(house: RunningHouse, world: World) -> Iterator[Watch]:
    look = partial(everything_of, world.bus, world.alice, world.alices)
    watch = Watch(house.database_url, world.alice.account, look)
    yield watch
    watch.close()


def test_every_method_has_a_sample_call() -> None:
    assert SAMPLES.keys() == METHODS.keys(), "a new RPC needs a sample call in samples.py"


def test_methods_without_a_sample_call_take_the_system_alone() -> None:
    for name, samples in SAMPLES.items():
        takes = str(METHODS[name].__annotations__["actor"])
        assert isinstance(samples, SystemOnly) == ("UserActor" not in takes and "RegisterActor" not in takes), name


@pytest.mark.parametrize(("name", "sample"), CALLS)
def test_a_stranger_learns_and_changes_nothing(world: World, watch: Watch, name: str, sample: Sample) -> None:
    watch.remember()
    nothing = nobodys()
    about_alice = ask(world, METHODS[name], sample, world.alices)
    about_nobody = ask(world, METHODS[name], sample, nothing)

    assert_nothing_of_alice(about_alice, world.alices, about_nobody, nothing)
    assert in_same_words(about_alice, world.alices) == in_same_words(about_nobody, nothing)
    if sample.refused:
        assert isinstance(about_alice, sample.refused), about_alice
    else:
        assert not isinstance(about_alice, Refusal), about_alice
    watch.assert_unchanged()


@pytest.mark.parametrize(("name", "sample"), CALLS)
def test_ids_that_are_none_are_refused_or_found_nowhere(world: World, name: str, sample: Sample) -> None:
    """Whatever is given as an id, the answer is a refusal in our words, never a fault of the room."""
    told = ask(world, METHODS[name], sample, nonsense())
    if isinstance(told, Refusal):
        assert isinstance(told, (*sample.refused, Invalid)) or not sample.refused, told
        assert not isinstance(told, Unavailable), told
        assert Forbidden in sample.refused or type(told) is not Forbidden, told


def ask(world: World, method: Callable[..., Any], sample: Sample, ids: Ids) -> Any:
    """The answer or the refusal; anything else (a RemoteError) fails the test."""
    actor: Any = world.charlie
    if sample.as_register:
        actor = world.charlies_register
    elif sample.as_their_register:
        actor = RegisterActor(account=world.charlie.account, register=ids.register, epoch=1)
    try:
        return world.bus.call(method, actor, *sample.calls(world, ids))
    except Refusal as refusal:
        return refusal


def in_same_words(told: Any, ids: Ids) -> Any:
    """A refusal with the ids taken out; of an answer only that it is one (it may tell times and new ids)."""
    if not isinstance(told, Refusal):
        return "answered"
    words = f"{type(told).__name__} {told.params} {told.errors}"
    for text in [*ids.texts(), str(ids.item)]:
        words = words.replace(text, "<id>")
    return words


def assert_nothing_of_alice(about_alice: Any, alices: Ids, about_nobody: Any, nothing: Ids) -> None:
    """No name of hers, and of her ids those alone that an answer about nothing gives back to Charlie just the same."""
    shown, shown_of_nothing = as_text(about_alice), as_text(about_nobody)
    assert MARK not in shown
    given_back = {
        mine for mine, theirs in zip(alices.texts(), nothing.texts(), strict=True) if theirs in shown_of_nothing
    }
    assert [text for text in alices.texts() if text in shown and text not in given_back] == []


def as_text(told: Any) -> str:
    """All that an answer or a refusal shows."""
    if isinstance(told, Refusal):
        return f"{told.params} {told.errors}"
    return msgspec.json.encode(told).decode()

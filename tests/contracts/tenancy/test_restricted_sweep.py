"""Every RPC in a session that may only mend its sign-in: all doors of all rooms are closed but those for that."""

from collections.abc import Iterator

import msgspec
import pytest

from services.chassis.sync_bridge import SyncBridge
from services.contracts.refusals import Forbidden, Refusal
from tests.contracts.tenancy.samples import SAMPLES, Sample, SystemOnly
from tests.contracts.tenancy.test_tenancy_sweep import METHODS
from tests.contracts.tenancy.world import World, build_world, nobodys
from tests.house.running import RunningHouse

# Whoever has a one-time password, or has to set up a second factor, can do this and nothing else.
MENDING = ("OwnSignInRpc.", "IdentityRpc.sign_out", "IdentityRpc.end_session", "IdentityRpc.change_me")
CALLS = [
    pytest.param(name, sample, id=f"{name}-{number}")
    for name, samples in SAMPLES.items()
    if not isinstance(samples, SystemOnly) and not name.startswith(MENDING)
    for number, sample in enumerate(samples)
    if not (sample.as_register or sample.as_their_register)
]


@pytest.fixture(scope="module")
def world(house: RunningHouse) -> Iterator[World]:
    bus = SyncBridge(house.amqp_url, timeout=20)
    assert bus.wait_ready(20)
    yield build_world(bus)
    bus.close()


@pytest.mark.parametrize(("name", "sample"), CALLS)
def test_a_restricted_session_opens_no_door(world: World, name: str, sample: Sample) -> None:
    restricted = msgspec.structs.replace(world.charlie, roles=(), dealer=False)
    with pytest.raises(Refusal) as refused:
        world.bus.call(METHODS[name], restricted, *sample.calls(world, nobodys()))
    assert refused.type is Forbidden, refused.value

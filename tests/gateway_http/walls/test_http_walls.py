"""Every route, as everybody, with the ids of a stranger; and every route as every role of the account itself.

Nothing here is measured by a clock: an answer about another account's thing is the same, byte by byte, as that about a
thing that never was, and comes by the same path of code (each room finds nothing within the walls of the caller).
"""

import difflib
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import falcon.inspect
import httpx
import msgspec
import pytest

from gateway_http.app import create_app
from gateway_http.settings import HttpSettings
from services.chassis.bridge import Bridge
from services.chassis.sync_bridge import SyncBridge
from services.contracts.identity import IdentityRpc
from services.contracts.permissions import Right
from tests.contracts.tenancy.watch import Watch
from tests.contracts.tenancy.world import MARK, SYSTEM, Ids, World, build_world, everything_of, nobodys
from tests.gateway_http.walls.callers import API as API_PREFIX
from tests.gateway_http.walls.callers import WRITES, Caller, People, let_many_requests_in, people_of
from tests.gateway_http.walls.sample import Need, Sample
from tests.gateway_http.walls.samples import PAGES
from tests.gateway_http.walls.samples_of_api import API
from tests.house.running import RunningHouse

SAMPLES: dict[str, Sample] = {
    **PAGES,
    **{f"{verb} /api/v1{path}": sample for (verb, _, path), sample in ((k.partition(" "), s) for k, s in API.items())},
}
# Who has every right, who has the fewest, a program, the server's own, and nobody.
STRANGERS = ("administrator", "viewer", "key of administrator", "operator", "nobody")
FOREIGN = [name for name, sample in SAMPLES.items() if sample.foreign is not None]
GUARDED = [name for name, sample in SAMPLES.items() if sample.need is not Need.NOTHING]
# What differs from one answer to the next, whatever it is about: ids of requests and forms, tokens, seconds left, and
# what the sample itself made up.
PASSING = re.compile(
    r'(?<=value=")[A-Za-z0-9_=-]{36,}(?=")|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b[0-9a-f]{32}\b'
    r'|(?<=-left=")\d+|(?<=csrf=")[^"]+|identity:\d+|(?<!\d)77[78]001(?!\d)|(?<=content=")[A-Za-z0-9_=-]{80,}'
    r"|(?<=Имя )[0-9a-f]{8}|\bu[0-9a-f]{10}\b"
)


class Scene(msgspec.Struct):
    """Alice's full account, Charlie's, everybody of both, and what Alice had before anything was asked."""

    world: World
    alices: People
    charlies: People
    watch: Watch


def all_of(world: World) -> dict[str, Any]:
    """Everything of Alice's but when her keys were used."""
    told = everything_of(world.bus, world.alice, world.alices)
    for key in told["keys"]:
        key["last_used_at"] = key["last_address"] = None
    return told


@pytest.fixture(scope="module")
def scene(house: RunningHouse) -> Iterator[Scene]:
    bus = SyncBridge(house.amqp_url, timeout=20)
    assert bus.wait_ready(20)
    world = build_world(bus)
    with httpx.Client(base_url=house.http_url, timeout=30) as client:
        alices, charlies = (people_of(house, client, bus, owner) for owner in (world.alice, world.charlie))
        let_many_requests_in(house, world.alice)
        watch = Watch(house.database_url, world.alice.account, partial(all_of, world))
        watch.remember()
        yield Scene(world, alices, charlies, watch)
        watch.close()
    bus.close()


def ask(caller: Caller, name: str, ids: Ids) -> httpx.Response:
    verb, _, template = name.partition(" ")
    return caller.ask(verb, template, SAMPLES[name], ids)


def in_words(answer: httpx.Response) -> list[str]:
    """Status, where it leads and the body line by line, without what passes."""
    body = answer.text if answer.is_stream_consumed else ""
    return [str(answer.status_code), *PASSING.sub("…", f"{answer.headers.get('location', '')}\n{body}").split("\n")]


def differences(one: httpx.Response, other: httpx.Response) -> list[str]:
    """The lines in which two answers differ."""
    words, others = in_words(one), in_words(other)
    if words == others:
        return []
    return [line for line in difflib.ndiff(words, others) if line[0] in "+-"]


def is_kept_out(answer: httpx.Response, name: str) -> bool:
    """Whether whoever has not signed in is told to."""
    if API_PREFIX in name:
        return answer.status_code == 401
    leads = answer.headers.get("location", "").startswith("/sign-in")
    return answer.status_code == 401 or (answer.status_code == 303 and leads)


def is_forbidden(answer: httpx.Response) -> bool:
    """Whether the caller's rights do not do; who may, and tells a wrong password or code, hears that as a 403, too."""
    if answer.status_code != 403:
        return answer.status_code == 401
    return not any(wrong in answer.text for wrong in ("password_wrong", "code_wrong"))


def unseen(caller: Caller, sample: Sample) -> set[int]:
    """The operator sees nothing of Alice's account: what is not there may be said before what is not allowed."""
    return {404} if caller.name == "operator" and sample.foreign == 404 else set()


def test_every_route_has_a_sample() -> None:
    app = create_app(Bridge("amqp://nobody@127.0.0.1:1/"), HttpSettings())  # never started: routes only
    served = {
        f"{method.method} {route.path}"
        for route in falcon.inspect.inspect_app(app).routes
        for method in route.methods
        if not method.internal and method.method not in {"HEAD", "OPTIONS"} and method.function_name != "refuse"
    }
    assert served == SAMPLES.keys(), "a new route needs a sample request in samples.py or samples_of_api.py"


def test_every_address_with_an_id_is_asked_with_a_strangers() -> None:
    ours = {"GET /static/{digest}/{name}"}
    assert {name for name in SAMPLES if "{" in name} - ours <= set(FOREIGN)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_strangers_thing_is_as_one_that_never_was(scene: Scene, name: str) -> None:
    sample, nothing = SAMPLES[name], nobodys()
    for caller in map(scene.charlies.named, STRANGERS):
        if caller.name == "operator" and sample.need is Right.OPERATE:
            continue  # accounts are what the operator is for; tests/gateway_http/pages/test_operator_pages.py
        about_alice, about_nothing = ask(caller, name, scene.world.alices), ask(caller, name, nothing)
        told = differences(about_alice, about_nothing)
        assert not told, (caller.name, told)
        assert MARK not in about_alice.text or caller.roles, caller.name
        if caller.name == "administrator":
            assert about_alice.status_code == sample.foreign, about_alice.text[-600:]
    if name.split(" ")[0] in WRITES:
        scene.watch.assert_unchanged()


@pytest.mark.parametrize("name", GUARDED)
def test_without_the_right_nothing_is_done(scene: Scene, name: str) -> None:
    sample, wanted = SAMPLES[name], []
    for caller in scene.alices.all:
        if caller.may(sample.need):
            continue
        answer = ask(caller, name, scene.world.alices)
        if caller.name == "nobody":
            assert is_kept_out(answer, name), (answer.status_code, answer.text[-300:])
        elif answer.status_code not in {sample.refused, *unseen(caller, sample)}:
            wanted.append((caller.name, answer.status_code, answer.text[-300:]))
    assert wanted == []
    if name.split(" ")[0] in WRITES:
        scene.watch.assert_unchanged()


@pytest.mark.parametrize("name", GUARDED)
def test_with_the_right_nobody_is_forbidden(scene: Scene, name: str) -> None:
    sample = SAMPLES[name]
    for caller in scene.charlies.all:
        if not caller.may(sample.need) or (sample.browsers_only and caller.is_program):
            continue
        answer = ask(caller, name, nobodys())
        assert not is_forbidden(answer) and answer.status_code < 500, (caller.name, answer.status_code)
        if sample.ends_session and caller.person is not None:
            caller.token = scene.world.bus.call(IdentityRpc.sign_in, SYSTEM, caller.person).token

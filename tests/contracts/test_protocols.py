"""What every RPC has to keep, and that every Protocol is kept by a service."""

import importlib
import inspect
import typing
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.chassis.boot import SERVICES
from services.chassis.rpc import serves
from services.chassis.rpc_wire import SERVICE_OF
from services.contracts.events import EventLogRpc
from services.contracts.identity import IdentityRpc
from services.contracts.values import RegisterActor, SystemActor, UserActor
from tests.contracts.protocols import all_methods, all_protocols, methods_of

METHODS = all_methods()
ACTORS = {UserActor, RegisterActor, SystemActor}


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
def test_the_actor_comes_first_and_has_no_default(name: str, method: Callable[..., Any]) -> None:
    parameters = list(inspect.signature(method).parameters.values())
    assert [parameter.name for parameter in parameters[:2]] == ["self", "actor"]
    assert parameters[1].default is inspect.Parameter.empty
    hint = typing.get_type_hints(method)["actor"]
    assert (set(typing.get_args(hint)) or {hint}) <= ACTORS


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
def test_every_argument_and_answer_is_typed_and_crosses_the_bus(name: str, method: Callable[..., Any]) -> None:
    hints = typing.get_type_hints(method)
    assert hints.keys() == (inspect.signature(method).parameters.keys() - {"self"}) | {"return"}
    for hint in hints.values():
        msgspec.json.Decoder(hint)  # TypeError for what has no JSON form


def test_no_two_protocols_of_a_service_share_a_method() -> None:
    seen: dict[tuple[str, str], str] = {}
    for protocol in all_protocols():
        if protocol is EventLogRpc:
            continue
        for name in methods_of(protocol):
            key = (SERVICE_OF[protocol.__name__], name)
            assert key not in seen, f"{protocol.__name__}.{name} and {seen.get(key)}.{name} are one queue"
            seen[key] = protocol.__name__


def door_class(room: str) -> type:
    module, _, name = SERVICES[room].partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


@pytest.mark.parametrize("protocol", all_protocols(), ids=lambda protocol: protocol.__name__)
def test_a_service_has_a_door_for_each_of_its_methods(protocol: type) -> None:
    """Importing the service has compared the signatures: `@serves` refuses any difference."""
    rooms = list(SERVICES) if protocol is EventLogRpc else [SERVICE_OF[protocol.__name__]]
    for room in rooms:
        cls = door_class(room)
        for name in methods_of(protocol):
            door = inspect.getattr_static(cls, name, None)
            assert getattr(door, "nameko_entrypoints", None), f"{cls.__name__}.{name} is no door"


@pytest.mark.parametrize(
    "wrong",
    [
        {"get_account": lambda self, actor: None},
        {"get_account": lambda self: None},
        {"change_me": lambda self, actor, name: None},
    ],
    ids=["types", "actor missing", "argument missing"],
)
def test_a_door_that_differs_is_refused(wrong: dict[str, Any]) -> None:
    kept = {name: method for name, method in methods_of(IdentityRpc).items() if name not in wrong}
    with pytest.raises(TypeError, match="differs from its contract"):
        serves(IdentityRpc)(type("Crooked", (), kept | wrong))


def test_a_missing_door_is_refused() -> None:
    kept = {name: method for name, method in methods_of(IdentityRpc).items() if name != "sign_out"}
    with pytest.raises(TypeError, match=r"does not keep IdentityRpc\.sign_out"):
        serves(IdentityRpc)(type("Forgetful", (), kept))

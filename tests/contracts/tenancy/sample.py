"""What a sample call is.

`calls` makes, out of ids, the arguments after the actor; each of them is made with Alice's ids and with nobody's.
`refused` are the classes that may answer; none means that the call is answered, without anything of Alice's.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from services.contracts.refusals import NotFound, Refusal
from tests.contracts.tenancy.world import Ids, World

Calls = Callable[[World, Ids], tuple[Any, ...]]


class Sample(msgspec.Struct, frozen=True):
    """One way to call a method."""

    calls: Calls
    refused: tuple[type[Refusal], ...] = ()
    as_register: bool = False  # as Charlie's own register
    as_their_register: bool = False  # as a register of Charlie's account that has the id of Alice's


class SystemOnly(msgspec.Struct, frozen=True):
    """A method for processes of the product alone, with the reason why no stranger can reach it."""

    reason: str


def refused(calls: Calls, *classes: type[Refusal]) -> Sample:
    """Refused like a thing that does not exist."""
    return Sample(calls, classes or (NotFound,))


def answered(calls: Calls) -> Sample:
    """Answered, with nothing of Alice's."""
    return Sample(calls)

"""A small room for testing the bus with: it has every kind of door and tells facts to itself."""

from typing import Protocol

import msgspec

from services.contracts.refusals import NotFound
from services.contracts.rpc import writes
from services.contracts.values import SystemActor, UserActor


class Thing(msgspec.Struct, frozen=True):
    name: str
    price: int | None = None


class NoSuchThing(NotFound):
    code = "no_such_thing"


class ThingKept(msgspec.Struct, frozen=True, tag="thing_kept"):
    name: str


class ThingNoticed(msgspec.Struct, frozen=True, tag="thing_noticed"):
    """Nobody asked for this one."""

    name: str


class EchoRpc(Protocol):
    def echo(self, actor: SystemActor, text: str) -> str: ...

    def pause(self, actor: SystemActor, seconds: float) -> int:
        """A query that takes so long in the database."""
        ...

    def find(self, actor: UserActor, name: str) -> Thing: ...

    @writes
    def keep(self, actor: UserActor, thing: Thing, then: str) -> int:
        """Keep a thing and tell of it. `then`: "crash" ends the process right after commit, "" goes on."""
        ...

    def kept(self, actor: UserActor) -> tuple[str, ...]: ...

    def heard(self, actor: UserActor) -> tuple[str, ...]:
        """The facts that the consumer handled, one entry each time a handler ran."""
        ...

    def whoami(self, actor: UserActor) -> tuple[str, str]:
        """The database role and account in force."""
        ...

    def wait_behind(self, actor: UserActor, lock: int) -> int:
        """Answers when nobody holds that advisory lock any more."""
        ...

    def ask_oneself(self, actor: UserActor) -> tuple[str, str]:
        """`whoami`, asked over the bus while this call is under way."""
        ...

    def break_down(self, actor: SystemActor) -> None:
        """Raises something that is no refusal."""
        ...

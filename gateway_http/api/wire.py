"""Types that the bodies and queries of several nouns share."""

from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from services.contracts.permissions import Role
from services.contracts.values import DEFAULT_PAGE, MAX_PAGE, Cursor, Page

T = TypeVar("T")
V = TypeVar("V")

MAX_CURSOR = 512  # characters; ours are far shorter
MAX_SEARCH = 200  # characters

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
Id = Annotated[
    str,
    Meta(
        pattern=rf"^{_UUID}\Z",
        description="The id of a thing: a UUID in lower-case hexadecimal digits.",
    ),
]
IdOrNone = Annotated[
    str,
    Meta(
        pattern=rf"^(none|{_UUID})\Z",
        description="The id of a thing, or `none`: those that have no such thing.",
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Search = Annotated[str, Meta(max_length=MAX_SEARCH)]
After = Annotated[str, Meta(max_length=MAX_CURSOR, description="`next` of the page before.")]
Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Rows of one page.")]
TaxCode = Annotated[int, Meta(ge=1, le=99, description="FFD tag 1199.")]
# Of every collection in a body, beside its own rule in the rooms.
MAX_LISTED = 500
Ids = Annotated[tuple[Id, ...], Meta(max_length=MAX_LISTED)]
Roles = Annotated[tuple[Role, ...], Meta(max_length=len(Role))]
LoginText = Annotated[str, Meta(min_length=1, max_length=200)]
# Whatever was typed: what a new password has to be is said by the room.
PasswordText = Annotated[str, Meta(max_length=1024)]
Email = Annotated[str, Meta(max_length=254)]
CodeText = Annotated[str, Meta(max_length=64)]  # of a second factor, or a recovery code


class ListQuery(Struct, frozen=True):
    """The query of a list without filters."""

    after: After | None = None
    limit: Limit = DEFAULT_PAGE

    @property
    def cursor(self) -> Cursor | None:
        return None if self.after is None else Cursor(self.after)


class ListOf(Struct, Generic[T], frozen=True):
    """One page of a list. `next` is the `after` of the following page, null at the end."""

    items: tuple[T, ...]
    next: str | None


class Whole(Struct, Generic[T], frozen=True):
    """A list that always comes whole: it is short by its own limit."""

    items: tuple[T, ...]
    next: None = None


class Ended(Struct, frozen=True):
    """How many sessions were ended."""

    ended: int


class Progress(Struct, frozen=True):
    """How far a piece of work is, in its own unit."""

    done: int
    total: int


def next_of(page: Page[V]) -> str | None:
    """The cursor of the following page, as the wire has it."""
    return page.next

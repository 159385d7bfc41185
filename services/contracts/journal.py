"""The journal: who did what, on whose behalf, in which account. Kept by the identity room, append-only.

Every write of every room leaves a WrittenEvent in its event log, in the transaction of the change (the chassis does it
for calls, `services.chassis.journal`); the identity room turns each into an entry.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.rpc import writes
from services.contracts.values import DEFAULT_PAGE, Cursor, Json, Page, UserActor

CHANGES_TOLD = 50  # things of one write that are told one by one; `more` counts the rest
TEXT_TOLD = 300  # characters of one value

# What a WrittenEvent is called when it is not the call that it was written in.
WHAT_ROOMS_DO = (
    "import_applied",  # by a worker, for whoever asked for it
    "import_failed",
    "register_bound",  # at the register's own word, as are the next two
    "register_rebound",
    "register_alarm",
    "by_itself",  # a chore of the room
)


class Change(msgspec.Struct, frozen=True):
    """One thing before and after. `before` None: it came into being; `after` None: it is gone. Only what differs is
    told; secrets are masked as "•••"."""

    thing: str  # "register", "item", "user", …: the word of the glossary
    id: str
    name: str
    before: dict[str, Json] | None
    after: dict[str, Json] | None


class WrittenEvent(msgspec.Struct, frozen=True, tag="written"):
    """One write. `what` is the name of the call ("change_register") or one of WHAT_ROOMS_DO."""

    what: str
    changes: tuple[Change, ...]
    more: int = 0


class JournalEntry(msgspec.Struct, frozen=True):
    """`who` is a name as it was then. `on_behalf_of`: the visitor's own account, "" at home."""

    id: str  # "<room>:<number>" of the fact
    at: datetime
    kind: str  # "user", "key", "register", "system"
    who: str
    who_id: str
    on_behalf_of: str
    room: str
    what: str
    changes: tuple[Change, ...]
    more: int
    address: str
    request_id: str


class JournalQuery(msgspec.Struct, frozen=True):
    """`q` finds in who, what and the names of the changed things. `since` and `until` (without) bound it."""

    q: str = ""
    who_id: str = ""
    what: str = ""
    thing: str = ""
    thing_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class JournalRpc(Protocol):
    """Doors for administrators (Right.ADMINISTER)."""

    def page_journal(self, actor: UserActor, query: JournalQuery) -> Page[JournalEntry]:
        """Newest first."""
        ...

    def journal_words(self, actor: UserActor) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The `what`s and the `thing`s that occur in this journal, for filters."""
        ...

    @writes
    def note_export(self, actor: UserActor, what: str, rows: int) -> None:
        """Somebody who may see a list took it out of the account; that stands in the journal, too."""
        ...

"""`/journal`: who did what, on whose behalf."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import ListOf, ListQuery, Search, next_of
from services.contracts.journal import JournalEntry, JournalQuery, JournalRpc
from services.contracts.refusals import Forbidden
from services.contracts.values import Json

Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with its offset.")]


class ChangeOut(Struct, frozen=True):
    """One thing. `before` null: it came into being; `after` null: it is gone. Secrets are masked."""

    thing: str
    id: str
    name: str
    before: dict[str, Json] | None
    after: dict[str, Json] | None


class JournalEntryOut(Struct, frozen=True):
    """`kind` is user, key, register or system; `more` counts the changed things that are not told one by one."""

    id: str
    at: datetime
    kind: str
    who: str
    who_id: str
    on_behalf_of: str
    room: str
    what: str
    changes: tuple[ChangeOut, ...]
    more: int
    address: str
    request_id: str


class JournalListQuery(ListQuery, frozen=True):
    """`q` finds in who, what and the names of the changed things; `until` itself is not included."""

    q: Search = ""
    who_id: Search = ""
    what: Search = ""
    thing: Search = ""
    thing_id: Search = ""
    since: Moment | None = None
    until: Moment | None = None


class JournalWords(Struct, frozen=True):
    """What occurs in this journal, for filters."""

    what: tuple[str, ...]
    things: tuple[str, ...]


def entry_out(entry: JournalEntry) -> JournalEntryOut:
    return JournalEntryOut(
        id=entry.id,
        at=entry.at,
        kind=entry.kind,
        who=entry.who,
        who_id=entry.who_id,
        on_behalf_of=entry.on_behalf_of,
        room=entry.room,
        what=entry.what,
        changes=tuple(ChangeOut(one.thing, one.id, one.name, one.before, one.after) for one in entry.changes),
        more=entry.more,
        address=entry.address,
        request_id=entry.request_id,
    )


async def list_entries(call: Call) -> None:
    asked = call.query(JournalListQuery)
    query = JournalQuery(
        q=asked.q,
        who_id=asked.who_id,
        what=asked.what,
        thing=asked.thing,
        thing_id=asked.thing_id,
        since=asked.since,
        until=asked.until,
        after=asked.cursor,
        limit=asked.limit,
    )
    page = await call.ask(JournalRpc.page_journal, query)
    call.answer(ListOf(tuple(entry_out(entry) for entry in page.items), next_of(page)))


async def list_words(call: Call) -> None:
    what, things = await call.ask(JournalRpc.journal_words)
    call.answer(JournalWords(what, things))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/journal",
        handler=list_entries,
        summary="Who did what, newest first",
        query=JournalListQuery,
        answer=ListOf[JournalEntryOut],
        refusals=(Forbidden,),
    ),
    Endpoint(
        method="GET",
        path="/journal/words",
        handler=list_words,
        summary="What occurs in the journal, for its filters",
        answer=JournalWords,
        refusals=(Forbidden,),
    ),
)

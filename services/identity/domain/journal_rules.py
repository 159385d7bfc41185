"""How a fact reads as an entry of the journal: whose work it was, and what it is found by."""

from typing import Any

import msgspec

from services.contracts.events import EventRecord
from services.contracts.journal import Change, JournalQuery, WrittenEvent
from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import MAX_PAGE, Actor, RegisterActor, UserActor
from services.identity.domain.client_names import search_key

FOUND_BY_MAX = 4_000  # characters of who, what and names that an entry is found by
ASKED_MAX = 200  # characters of one filter
WORDS_MAX = 10  # of a search
EXPORT_MAX = 100  # characters that say what was taken out


class Author(msgspec.Struct, frozen=True):
    """Who did it, by the name of then."""

    kind: str
    who: str
    who_id: str
    on_behalf_of: str = ""
    address: str = ""


def author_of(actor: Actor, changes: tuple[Change, ...]) -> Author:
    """A register is named by what the fact tells of it."""
    if isinstance(actor, UserActor):
        kind = "user" if actor.key is None else "key"
        return Author(kind, actor.name, actor.user, actor.home_name, actor.address)
    if isinstance(actor, RegisterActor):
        told = (one.name for one in changes if one.thing == "register" and one.id == actor.register)
        return Author("register", next(told, ""), actor.register)
    return Author("system", actor.name, "")


def entry_values(room: str, record: EventRecord, event: WrittenEvent) -> dict[str, Any]:
    """The columns of an entry, but for its account."""
    author = author_of(record.actor, event.changes)
    things = {word: None for one in event.changes for word in (one.thing, f"{one.thing}:{one.id}")}
    names = [one.name for one in event.changes]
    return {
        "room": room,
        "number": record.number,
        "at": record.at,
        **msgspec.structs.asdict(author),
        "what": event.what,
        "changes": msgspec.to_builtins(event.changes),
        "more": event.more,
        "things": list(things),
        "request_id": record.request_id,
        "search_key": search_key(author.who, event.what, *names)[:FOUND_BY_MAX],
    }


def check_query(query: JournalQuery) -> None:
    """Raises Invalid for what no journal can be asked."""
    errors: list[FieldError] = []
    if not 1 <= query.limit <= MAX_PAGE:
        errors.append(FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}))
    for field in ("q", "who_id", "what", "thing", "thing_id"):
        text = getattr(query, field)
        if len(text) > ASKED_MAX:
            errors.append(FieldError(field, "too_long", {"max": ASKED_MAX}))
        elif "\0" in text:
            errors.append(FieldError(field, "malformed"))
    for field in ("since", "until"):
        moment = getattr(query, field)
        if moment is not None and moment.tzinfo is None:
            errors.append(FieldError(field, "malformed"))
    if query.thing_id and not query.thing:
        errors.append(FieldError("thing", "required"))
    if errors:
        raise Invalid(tuple(errors))


def words_of(q: str) -> tuple[str, ...]:
    """What an entry's search key must hold, every one of them."""
    return tuple(search_key(q).split()[:WORDS_MAX])


def check_export(what: str, rows: int) -> None:
    """Raises Invalid."""
    errors: list[FieldError] = []
    if not 0 < len(what) <= EXPORT_MAX or "\0" in what:
        errors.append(FieldError("what", "malformed"))
    if not 0 <= rows < 2**53:
        errors.append(FieldError("rows", "out_of_range", {"min": 0, "max": 2**53 - 1}))
    if errors:
        raise Invalid(tuple(errors))

"""The journal: facts of all rooms become entries; administrators read them."""

import msgspec
from sqlalchemy.orm import Session

from services.chassis.journal import changed
from services.contracts.events import EventRecord
from services.contracts.journal import Change, JournalEntry, JournalQuery, WrittenEvent
from services.contracts.values import AccountId, Page
from services.identity.domain import journal_rules as rules
from services.identity.domain.journal_cursors import Place, decode_cursor, encode_cursor
from services.identity.models import JournalRow
from services.identity.repository import journal
from services.identity.system_repository.journal import add_entry, hold_account

LOOKED_AT = 100_000  # entries that one page looks through; if too few are found its cursor goes on behind them
WORDS_LOOKED_AT = 20_000  # newest entries whose words are offered as filters
PAGE_BYTES = 128 * 1024  # of changes in one page; one entry always goes


def write_entry(room: str, session: Session, record: EventRecord, event: WrittenEvent) -> None:
    """A fact of `room` becomes an entry, once. One that belongs to no account, or to a forgotten one, becomes none.

    The session is a system one.
    """
    if record.account is not None and hold_account(session, record.account):
        add_entry(session, record.account, rules.entry_values(room, record, event))


def page_journal(account: AccountId, session: Session, query: JournalQuery) -> Page[JournalEntry]:
    """Newest first. A page may be short, even empty, and yet not the last: `next` tells. Raises Invalid."""
    rules.check_query(query)
    after = None if query.after is None else decode_cursor(query.after)
    words = rules.words_of(query.q)
    found = journal.page_entries(account, session, query, words, after, LOOKED_AT, query.limit + 1)
    shown = _first_fitting(found[: query.limit])
    entries = tuple(_entry(row) for row in shown)
    if len(shown) < len(found):
        last = shown[-1]
        return Page(entries, encode_cursor(Place(last.at, last.room, last.number)))
    behind = journal.last_looked_at(account, session, query, after, LOOKED_AT)
    return Page(entries, None if behind is None else encode_cursor(behind))


def journal_words(account: AccountId, session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The `what`s and the `thing`s of the newest entries, for filters."""
    return journal.words_told(account, session, WORDS_LOOKED_AT)


def note_export(account: AccountId, session: Session, what: str, rows: int) -> None:
    """Somebody took a list out of the account. Raises Invalid."""
    rules.check_export(what, rows)
    changed(session, account, "export", what, what, None, {"rows": rows})


def _first_fitting(rows: list[JournalRow]) -> list[JournalRow]:
    size = 0
    for place, row in enumerate(rows):
        size += len(msgspec.json.encode(row.changes))
        if place > 0 and size > PAGE_BYTES:
            return rows[:place]
    return rows


def _entry(row: JournalRow) -> JournalEntry:
    return JournalEntry(
        id=f"{row.room}:{row.number}",
        at=row.at,
        kind=row.kind,
        who=row.who,
        who_id=row.who_id,
        on_behalf_of=row.on_behalf_of,
        room=row.room,
        what=row.what,
        changes=msgspec.convert(row.changes, tuple[Change, ...]),
        more=row.more,
        address=row.address,
        request_id=row.request_id,
    )

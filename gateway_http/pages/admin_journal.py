"""«Администрирование» → «Журнал»: who did what, when and to what; an entry shows before and after."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

import falcon.asgi
import msgspec

from gateway_http.i18n import N_
from gateway_http.pages.admin_registers import AdminPage, admin_tabs
from gateway_http.pages.registers import MAX_QUERY
from gateway_http.screen import Screen
from gateway_http.words import journal_words as words
from gateway_http.words.journal_values import Difference, Reader, differences
from services.contracts.catalog import CatalogRpc
from services.contracts.journal import Change, JournalEntry, JournalQuery, JournalRpc
from services.contracts.refusals import NotFound
from services.contracts.values import DEFAULT_PAGE, MAX_PAGE, Cursor

LIST = "/admin/journal"
MAX_ID = 200  # characters of a filter by id
NAMES_SHOWN = 3  # things of one entry that are named in the list
FIELDS_SHOWN = 2  # of an entry about one thing, if it was no more than that
VALUE_SHOWN = 40  # characters of a value in the list
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of the days that may be asked for
PAGES_OF_A_MOMENT = 10  # that are looked through for one entry
MICROSECOND = timedelta(microseconds=1)


class Asked(msgspec.Struct, frozen=True):
    """The filters in the address: as a question to the room, and the days as they stand in the fields.

    `wrong` are days that could not be understood; they do not filter.
    """

    query: JournalQuery
    since: str
    until: str
    wrong: tuple[str, ...]

    @property
    def filtered(self) -> bool:
        asked = self.query
        return bool(asked.q or asked.who_id or asked.what or asked.thing or asked.since or asked.until)


def asked_of(screen: Screen) -> Asked:
    """`since` and `until` are days in the time zone of the account, both included."""

    def param(name: str, most: int) -> str:
        return (screen.req.get_param(name) or "").strip()[:most]

    since_typed, until_typed, after = param("since", 20), param("until", 20), screen.req.get_param("after")
    since, until = day_typed(since_typed), day_typed(until_typed)
    thing = param("thing", MAX_ID)
    query = JournalQuery(
        q=param("q", MAX_QUERY),
        who_id=param("who_id", MAX_ID),
        what=param("what", MAX_ID),
        thing=thing,
        thing_id=param("thing_id", MAX_ID) if thing else "",
        since=None if since is None else datetime.combine(since, time.min, screen.zone),
        until=None if until is None else datetime.combine(until + timedelta(days=1), time.min, screen.zone),
        after=Cursor(after) if after else None,
        limit=DEFAULT_PAGE,
    )
    return Asked(
        query,
        "" if since is None else since.isoformat(),
        "" if until is None else until.isoformat(),
        tuple(typed for typed, day in ((since_typed, since), (until_typed, until)) if typed and day is None),
    )


def day_typed(text: str) -> date | None:
    """2026-11-23, as browsers send it, or 23.11.2026; None for anything else."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
        return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
    return None


class Journal(AdminPage):
    """`/admin/journal`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        asked = asked_of(screen)
        page = await screen.call(JournalRpc.page_journal, asked.query)
        deeds, things = await screen.call(JournalRpc.journal_words)
        screen.show(
            "pages/admin_journal.html",
            tabs=admin_tabs(screen, LIST),
            asked=asked,
            query=asked.query,
            after=asked.query.after,
            next=page.next,
            rows=[row_of(entry, screen) for entry in page.items],
            deeds=options(N_("All that was done"), deeds, words.deed_text, asked.query.what, screen),
            things=options(N_("All things"), things, words.thing_text, asked.query.thing, screen),
            chips=chips_of(asked, page.items, screen),
            export_url=f"{LIST}/export.csv" + screen.url_with(after=None).removeprefix(req.path),
        )


def options(
    all_of_them: str, told: tuple[str, ...], text: words.Teller, current: str, screen: Screen
) -> list[tuple[str, str]]:
    """What the journal holds, by its words; what is asked for now stands among them."""
    known = {*told, current} - {""}
    by_words = sorted(((one, text(one, screen.words)) for one in known), key=lambda option: option[1].casefold())
    return [("", screen.text(all_of_them)), *by_words]


def row_of(entry: JournalEntry, screen: Screen) -> dict[str, object]:
    """One entry as the list shows it."""
    names = [(words.thing_text(one.thing, screen.words), words.name_text(one, screen.words)) for one in entry.changes]
    icon, kind = words.author_kind(entry, screen.words)
    return {
        "entry": entry,
        "url": f"{LIST}/{entry.id}?{urlencode({'at': entry.at.isoformat()})}",
        "deed": words.deed_text(entry.what, screen.words),
        "who": words.author_text(entry, screen.words),
        "icon": icon,
        "kind": kind,
        "things": names[:NAMES_SHOWN],
        "more": max(0, len(names) - NAMES_SHOWN) + entry.more,
        "brief": brief_of(entry, Reader(screen.words, screen.zone)),
    }


def brief_of(entry: JournalEntry, reader: Reader) -> list[Difference]:
    """A small change of one thing, to be read without opening the entry; empty for any other."""
    if entry.more or len(entry.changes) != 1:
        return []
    change = entry.changes[0]
    if change.before is None or change.after is None or "item_groups" in change.after:
        return []
    told = differences(change, reader)
    short = all(len(one.before) <= VALUE_SHOWN and len(one.after) <= VALUE_SHOWN for one in told)
    return told if short and len(told) <= FIELDS_SHOWN else []


def chips_of(asked: Asked, entries: tuple[JournalEntry, ...], screen: Screen) -> list[tuple[str, str]]:
    """The filters that have no field of their own: what each says, and the address without it."""
    query, chips = asked.query, []
    if query.who_id:
        who = next((words.author_text(entry, screen.words) for entry in entries), query.who_id)
        chips.append((screen.text(N_("Only by: %(who)s"), who=who), screen.url_with(who_id=None, after=None)))
    if query.thing_id:
        changes = (one for entry in entries for one in entry.changes)
        same = (one for one in changes if (one.thing, one.id) == (query.thing, query.thing_id))
        name = next((words.name_text(one, screen.words) for one in same), query.thing_id)
        chips.append((screen.text(N_("Only about: %(name)s"), name=name), screen.url_with(thing_id=None, after=None)))
    return chips


class Entry(AdminPage):
    """`/admin/journal/{entry}?at=…`: one entry, found by its moment."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, entry: str) -> None:
        screen = self.screen(req, resp)
        found = await find_entry(screen, entry, req.get_param("at") or "")
        reader = await reader_of(screen, found.changes)
        icon, kind = words.author_kind(found, screen.words)
        screen.show(
            "pages/admin_journal_entry.html",
            entry=found,
            deed=words.deed_text(found.what, screen.words),
            who=words.author_text(found, screen.words),
            icon=icon,
            kind=kind,
            who_url=f"{LIST}?{urlencode({'who_id': found.who_id})}" if found.who_id else "",
            changes=[change_of(one, reader) for one in found.changes],
        )


async def find_entry(screen: Screen, wanted: str, at: str) -> JournalEntry:
    """The entry of that moment with that id. Raises NotFound."""
    try:
        moment = datetime.fromisoformat(at).astimezone(UTC)
        query = JournalQuery(since=moment, until=moment + MICROSECOND, limit=MAX_PAGE)
    except (ValueError, OverflowError):
        raise NotFound from None
    for _ in range(PAGES_OF_A_MOMENT):
        page = await screen.call(JournalRpc.page_journal, query)
        for entry in page.items:
            if entry.id == wanted:
                return entry
        if page.next is None:
            break
        query = msgspec.structs.replace(query, after=page.next)
    raise NotFound


async def reader_of(screen: Screen, changes: tuple[Change, ...]) -> Reader:
    """Item groups are asked for only where an entry tells of them by their ids."""
    told = any("item_groups" in side for one in changes for side in (one.before or {}, one.after or {}))
    groups = await screen.call(CatalogRpc.list_item_groups) if told else ()
    return Reader(screen.words, screen.zone, {group.id: group.name for group in groups})


def change_of(change: Change, reader: Reader) -> dict[str, object]:
    """One changed thing as an entry shows it."""
    return {
        "thing": words.thing_text(change.thing, reader.language),
        "name": words.name_text(change, reader.language),
        "place": words.place_of(change),
        "made": change.before is None,
        "gone": change.after is None,
        "differences": differences(change, reader),
        "history": f"{LIST}?{urlencode({'thing': change.thing, 'thing_id': change.id})}",
    }

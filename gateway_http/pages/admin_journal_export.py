"""«Журнал» as a table file: what the filters show, all pages of it."""

from collections.abc import AsyncIterator, Iterator

import falcon.asgi
import msgspec

from gateway_http import formats
from gateway_http.i18n import N_
from gateway_http.import_errors import BOM, csv_line
from gateway_http.pages.admin_journal import asked_of, reader_of
from gateway_http.pages.admin_registers import AdminPage
from gateway_http.refusal_texts import refusal_text
from gateway_http.screen import Screen
from gateway_http.words import journal_words as words
from gateway_http.words.journal_values import Difference, Reader, differences
from services.contracts.journal import Change, JournalEntry, JournalQuery, JournalRpc
from services.contracts.refusals import Refusal
from services.contracts.values import MAX_PAGE, Page

MAX_ROWS = 100_000  # of one file
HEAD = (
    *(N_("When"), N_("Who"), N_("Kind of author"), N_("From the account"), N_("What was done")),
    *(N_("Thing"), N_("Name"), N_("ID"), N_("Before"), N_("After")),
    *(N_("Address"), N_("Request number"), N_("Entry")),
)


class JournalExport(AdminPage):
    """`/admin/journal/export.csv`. That it was taken stands in the journal, too."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        query = msgspec.structs.replace(asked_of(screen).query, after=None, limit=MAX_PAGE)
        first = await screen.call(JournalRpc.page_journal, query)  # a refusal must come before the answer begins
        resp.content_type = "text/csv; charset=utf-8"
        resp.downloadable_as = "journal.csv"
        resp.stream = rows(screen, query, first)


async def rows(screen: Screen, query: JournalQuery, page: Page[JournalEntry]) -> AsyncIterator[bytes]:
    """Page by page, from the first one on: one page is in memory at a time.

    A file that ends early says so in its last row. The export is told to the journal even if the browser goes away
    midway; a browser gets no whole file that is not told.
    """
    sent = 0
    try:
        yield (BOM + csv_line(tuple(screen.text(name) for name in HEAD))).encode()
        while True:
            reader = await reader_of(screen, tuple(change for entry in page.items for change in entry.changes))
            lines = [csv_line(cells) for entry in page.items for cells in cells_of(entry, reader)]
            sent += len(lines)
            yield "".join(lines).encode()
            if page.next is None:
                break
            if sent >= MAX_ROWS:
                told = screen.text(N_("There is more: a file holds %(limit)s rows. Choose fewer days."), limit=sent)
                yield csv_line((told,)).encode()
                break
            query = msgspec.structs.replace(query, after=page.next)
            page = await screen.call(JournalRpc.page_journal, query)
    except Refusal as refusal:
        told = screen.text(N_("The file is not whole: %(reason)s"), reason=refusal_text(refusal, screen.words))
        yield csv_line((told,)).encode()
    finally:
        await screen.call(JournalRpc.note_export, "journal", sent)


def cells_of(entry: JournalEntry, reader: Reader) -> Iterator[tuple[str, ...]]:
    """One row a changed thing, and one that counts those that are not told one by one."""
    language = reader.language
    when = formats.moment(entry.at, reader.zone, language.code, seconds=True)
    kind = words.author_kind(entry, language)[1]
    begin = (when, words.author_text(entry, language), kind, entry.on_behalf_of, words.deed_text(entry.what, language))
    end = (entry.address, entry.request_id, entry.id)
    for change in entry.changes:
        yield (*begin, *change_cells(change, reader), *end)
    if entry.more or not entry.changes:
        more = language.text(N_("and %(count)s more"), count=entry.more)
        yield (*begin, "", more, "", "", "", *end)


def change_cells(change: Change, reader: Reader) -> tuple[str, ...]:
    """What kind of thing, its name and id, and how it was and became."""
    told = differences(change, reader)
    return (
        words.thing_text(change.thing, reader.language),
        words.name_text(change, reader.language),
        change.id,
        side(told, "before") if change.before is not None else "",
        side(told, "after") if change.after is not None else "",
    )


def side(told: list[Difference], which: str) -> str:
    return "; ".join(f"{one.field}: {getattr(one, which)}" for one in told if getattr(one, which))

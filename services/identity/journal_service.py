"""Doors of the identity room: JournalRpc, and the ears that hear what every room wrote."""

import functools

from sqlalchemy.orm import Session

from services.chassis.consumer import EventConsumer
from services.chassis.permit import permit
from services.contracts.journal import JournalEntry, JournalQuery, WrittenEvent
from services.contracts.permissions import Right
from services.contracts.values import Page, UserActor
from services.identity.use_cases import journal


def _written_in(room: str) -> EventConsumer:
    handler = functools.partial(journal.write_entry, room)
    return EventConsumer(source=room, handlers={WrittenEvent: handler}, reader="journal")


class JournalDoor:
    """The doors for JournalRpc; the service class inherits it."""

    session: Session

    written_in_identity = _written_in("identity")
    written_in_registers = _written_in("registers")
    written_in_catalog = _written_in("catalog")

    def page_journal(self, actor: UserActor, query: JournalQuery) -> Page[JournalEntry]:
        """See JournalRpc."""
        permit(actor, Right.ADMINISTER)
        return journal.page_journal(actor.account, self.session, query)

    def journal_words(self, actor: UserActor) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See JournalRpc."""
        permit(actor, Right.ADMINISTER)
        return journal.journal_words(actor.account, self.session)

    def note_export(self, actor: UserActor, what: str, rows: int) -> None:
        """See JournalRpc."""
        permit(actor, Right.SEE)
        journal.note_export(actor.account, self.session, what, rows)

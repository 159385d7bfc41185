"""Doors of the identity room: JournalRpc."""

from sqlalchemy.orm import Session

from services.contracts.journal import JournalEntry, JournalQuery
from services.contracts.values import Page, UserActor


class JournalDoor:
    """The doors for JournalRpc; the service class inherits it."""

    session: Session

    def page_journal(self, actor: UserActor, query: JournalQuery) -> Page[JournalEntry]:
        """See JournalRpc."""
        raise NotImplementedError

    def journal_words(self, actor: UserActor) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See JournalRpc."""
        raise NotImplementedError

    def note_export(self, actor: UserActor, what: str, rows: int) -> None:
        """See JournalRpc."""
        raise NotImplementedError

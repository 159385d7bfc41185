"""Doors of the catalog room: RevisionsRpc."""

from sqlalchemy.orm import Session

from services.catalog.use_cases import revisions
from services.catalog.use_cases.price_list_preview import PreviewSeats
from services.chassis import clock
from services.chassis.permit import permit
from services.contracts.permissions import Right
from services.contracts.revisions import (
    ItemDifference,
    RemovedItemView,
    RemovedQuery,
    Restored,
    RevisionView,
    Undone,
    UndoPreview,
)
from services.contracts.values import DEFAULT_PAGE, Cursor, ItemCode, Page, UserActor


class RevisionsDoor:
    """The doors for RevisionsRpc; the service class inherits it."""

    session: Session
    undo_seats = PreviewSeats()  # one for all calls that this process answers

    def page_revisions(self, actor: UserActor, after: Cursor | None, limit: int = DEFAULT_PAGE) -> Page[RevisionView]:
        """See RevisionsRpc."""
        permit(actor, Right.SEE)
        return revisions.page_revisions(actor.account, self.session, after, limit)

    def get_revision(self, actor: UserActor, revision: int) -> RevisionView:
        """See RevisionsRpc."""
        permit(actor, Right.SEE)
        return revisions.get_revision(actor.account, self.session, revision)

    def page_revision_changes(
        self, actor: UserActor, revision: int, after: Cursor | None, limit: int = DEFAULT_PAGE
    ) -> Page[ItemDifference]:
        """See RevisionsRpc."""
        permit(actor, Right.SEE)
        return revisions.page_changes(actor.account, self.session, revision, after, limit)

    def compare_revisions(
        self, actor: UserActor, older: int, newer: int, after: Cursor | None, limit: int = DEFAULT_PAGE
    ) -> Page[ItemDifference]:
        """See RevisionsRpc."""
        permit(actor, Right.SEE)
        return revisions.compare(actor.account, self.session, older, newer, after, limit)

    def preview_undo(self, actor: UserActor, revision: int, on_conflict: str = "skip") -> UndoPreview:
        """See RevisionsRpc."""
        permit(actor, Right.SEE)
        return revisions.preview_undo(actor.account, self.session, self.undo_seats, revision, on_conflict)

    def undo_revision(
        self, actor: UserActor, revision: int, on_conflict: str = "skip", base_revision: int | None = None
    ) -> Undone:
        """See RevisionsRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return revisions.undo_revision(
            actor.account, self.session, actor.name, revision, on_conflict, base_revision, clock.now()
        )

    def page_removed(self, actor: UserActor, query: RemovedQuery) -> Page[RemovedItemView]:
        """See RevisionsRpc."""
        permit(actor, Right.SEE)
        return revisions.page_removed(actor.account, self.session, query)

    def restore_items(self, actor: UserActor, codes: tuple[ItemCode, ...]) -> Restored:
        """See RevisionsRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return revisions.restore_items(actor.account, self.session, actor.name, codes, clock.now())

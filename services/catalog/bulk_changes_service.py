"""Doors of the catalog room: BulkChangesRpc."""

from sqlalchemy.orm import Session

from services.catalog.use_cases import bulk_changes
from services.chassis import clock
from services.chassis.permit import permit
from services.contracts.bulk_changes import BulkChange, BulkDone, BulkPreview, Selection, TaxCount
from services.contracts.permissions import Right
from services.contracts.values import UserActor


class BulkChangesDoor:
    """The doors for BulkChangesRpc; the service class inherits it."""

    session: Session

    def preview_bulk_change(self, actor: UserActor, selection: Selection, change: BulkChange) -> BulkPreview:
        """See BulkChangesRpc."""
        permit(actor, Right.SEE)
        return bulk_changes.preview(actor.account, self.session, selection, change)

    def apply_bulk_change(
        self,
        actor: UserActor,
        selection: Selection,
        change: BulkChange,
        seen_revision: int | None = None,
        seen_matched: int | None = None,
    ) -> BulkDone:
        """See BulkChangesRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return bulk_changes.apply(
            actor.account, self.session, actor.name, selection, change, seen_revision, seen_matched, clock.now()
        )

    def count_tax_codes(self, actor: UserActor) -> tuple[TaxCount, ...]:
        """See BulkChangesRpc."""
        permit(actor, Right.SEE)
        return bulk_changes.count_tax_codes(actor.account, self.session)

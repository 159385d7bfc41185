"""Doors of the catalog room."""

from sqlalchemy.orm import Session

from services.catalog.bulk_changes_service import BulkChangesDoor
from services.catalog.explanations_service import PriceExplanationsDoor
from services.catalog.models import ACCOUNT_TABLES
from services.catalog.revisions_service import RevisionsDoor
from services.catalog.schedules_service import SchedulesDoor
from services.catalog.use_cases import imports, item_changes, item_groups, items, price_lists, uploads, usage
from services.catalog.use_cases.price_list_preview import PreviewSeats, preview
from services.catalog.use_cases.views import item_view
from services.chassis import clock
from services.chassis.account_terms import hear_forgotten, hear_terms, unless_forgotten
from services.chassis.consumer import EventConsumer
from services.chassis.database import Database
from services.chassis.errands import Errand
from services.chassis.event_log import EventLogDoor
from services.chassis.forgetting import forget_accounts
from services.chassis.permit import permit
from services.chassis.rpc import client_of, serves
from services.contracts.bulk import BulkItemsRpc, ItemChange, ItemOutcome
from services.contracts.bulk_changes import BulkChangesRpc
from services.contracts.catalog import (
    BaseStatus,
    CatalogRpc,
    CatalogUsage,
    Chunk,
    DefaultTaxCodeMissing,
    ItemDraft,
    ItemGroupView,
    ItemQuery,
    ItemsPage,
    ItemView,
    PriceListPreview,
)
from services.contracts.events import EventLogRpc, EventRecord
from services.contracts.identity import IdentityRpc
from services.contracts.imports import ImportProblem, ImportRow, ImportsRpc, ImportView, NewImport
from services.contracts.limits import AccountForgottenEvent, AccountTermsEvent
from services.contracts.permissions import Right
from services.contracts.price_explanations import PriceExplanationsRpc
from services.contracts.recipe import Recipe
from services.contracts.registers import PriceListWantedEvent, RegistersRpc
from services.contracts.revisions import RevisionsRpc
from services.contracts.schedules import SchedulesRpc
from services.contracts.values import (
    DEFAULT_PAGE,
    Cursor,
    ImportId,
    ItemCode,
    ItemGroupId,
    Page,
    RegisterActor,
    UploadId,
    UserActor,
)

FORGETTING_EVERY = 5.0  # seconds


def forget_gone_accounts(database: Database) -> None:
    """Delete what is left of accounts that are gone."""
    forget_accounts(database, ACCOUNT_TABLES)


def want_price_list(session: Session, record: EventRecord, wanted: PriceListWantedEvent) -> None:
    """The registers room needs a list: queue it for a worker."""
    if record.account is not None:
        price_lists.want_announced(record.account, session, wanted, clock.now())


@serves(
    CatalogRpc, ImportsRpc, BulkItemsRpc, BulkChangesRpc, RevisionsRpc, SchedulesRpc, PriceExplanationsRpc, EventLogRpc
)
class CatalogService(BulkChangesDoor, RevisionsDoor, SchedulesDoor, PriceExplanationsDoor, EventLogDoor):
    """Keeps CatalogRpc, ImportsRpc and BulkItemsRpc; the doors that it inherits keep the others."""

    name = "catalog"
    room = "catalog"
    session: Session
    db: Database

    identity: IdentityRpc = client_of(IdentityRpc)  # type: ignore[type-abstract]  # a Protocol stands for its service
    registers: RegistersRpc = client_of(RegistersRpc)  # type: ignore[type-abstract]
    preview_seats = PreviewSeats()  # one for all calls that this process answers
    wishes = EventConsumer(source="registers", handlers={PriceListWantedEvent: unless_forgotten(want_price_list)})
    account_facts = EventConsumer(
        source="identity", handlers={AccountTermsEvent: hear_terms, AccountForgottenEvent: hear_forgotten}
    )
    gone_accounts = Errand(every=FORGETTING_EVERY, chore=forget_gone_accounts)

    # ---- items

    def base_status(self, actor: UserActor) -> BaseStatus:
        """See CatalogRpc."""
        permit(actor, Right.SEE)
        return items.base_status(actor.account, self.session)

    def get_usage(self, actor: UserActor) -> CatalogUsage:
        """See CatalogRpc."""
        permit(actor, Right.SEE)
        return usage.get_usage(actor.account, self.session, clock.now())

    def page_items(self, actor: UserActor, query: ItemQuery) -> ItemsPage:
        """See CatalogRpc."""
        permit(actor, Right.SEE)
        return items.page(actor.account, self.session, query)

    def get_item(self, actor: UserActor, code: ItemCode) -> ItemView:
        """See CatalogRpc."""
        permit(actor, Right.SEE)
        return items.get_item(actor.account, self.session, code)

    def add_item(self, actor: UserActor, code: ItemCode | None, draft: ItemDraft) -> ItemView:
        """See CatalogRpc."""
        permit(actor, Right.CHANGE_GOODS)

        def tax() -> int:
            return self._chosen_tax(actor)

        added = item_changes.add_item(actor.account, self.session, actor.name, code, draft, tax, clock.now())
        return item_view(added)

    def change_item(self, actor: UserActor, code: ItemCode, draft: ItemDraft, version: int | None) -> ItemView:
        """See CatalogRpc."""
        permit(actor, Right.CHANGE_GOODS)
        changed = item_changes.change_item(actor.account, self.session, actor.name, code, draft, version, clock.now())
        return item_view(changed)

    def change_items(self, actor: UserActor, changes: tuple[ItemChange, ...]) -> tuple[ItemOutcome, ...]:
        """See BulkItemsRpc."""
        permit(actor, Right.CHANGE_GOODS)

        def tax() -> int:
            return self._chosen_tax(actor)

        return item_changes.change_items(actor.account, self.session, actor.name, changes, tax, clock.now())

    def remove_items(self, actor: UserActor, codes: tuple[ItemCode, ...]) -> int:
        """See CatalogRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return item_changes.remove_items(actor.account, self.session, actor.name, codes, clock.now())

    def put_in_groups(
        self,
        actor: UserActor,
        codes: tuple[ItemCode, ...],
        add: tuple[ItemGroupId, ...],
        remove: tuple[ItemGroupId, ...],
    ) -> int:
        """See CatalogRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return item_changes.put_in_groups(actor.account, self.session, actor.name, codes, add, remove, clock.now())

    def _chosen_tax(self, actor: UserActor) -> int:
        """«НДС по умолчанию», which the identity room keeps. Refuses with DefaultTaxCodeMissing."""
        chosen = self.identity.get_account(actor).default_tax_code
        if chosen is None:
            raise DefaultTaxCodeMissing()
        return chosen

    # ---- item groups

    def list_item_groups(self, actor: UserActor) -> tuple[ItemGroupView, ...]:
        """See CatalogRpc."""
        permit(actor, Right.SEE)
        return item_groups.list_groups(actor.account, self.session)

    def add_item_group(self, actor: UserActor, name: str, parent: ItemGroupId | None) -> ItemGroupView:
        """See CatalogRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return item_groups.add_group(actor.account, self.session, actor.name, name, parent, clock.now())

    def change_item_group(
        self,
        actor: UserActor,
        group: ItemGroupId,
        name: str,
        parent: ItemGroupId | None,
        version: int | None,
    ) -> ItemGroupView:
        """See CatalogRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return item_groups.change_group(
            actor.account, self.session, actor.name, group, name, parent, version, clock.now()
        )

    def remove_item_group(self, actor: UserActor, group: ItemGroupId) -> None:
        """See CatalogRpc."""
        permit(actor, Right.CHANGE_GOODS)

        def filtering(wanted: ItemGroupId) -> tuple[str, ...]:
            return self.registers.registers_filtering_by(actor, actor.account, wanted)

        item_groups.remove_group(actor.account, self.session, actor.name, group, filtering, clock.now())

    # ---- price lists

    def preview_price_list(
        self, actor: UserActor, recipe: Recipe, after: Cursor | None, limit: int
    ) -> PriceListPreview:
        """See CatalogRpc."""
        permit(actor, Right.SEE)
        return preview(actor.account, self.session, self.db, self.preview_seats, recipe, after, limit, clock.now())

    def price_list_chunks(self, actor: RegisterActor, sha256: str, first: int, count: int) -> tuple[Chunk, ...]:
        """See CatalogRpc."""
        return price_lists.chunks(actor.account, self.session, sha256, first, count)

    # ---- imports

    def upload_part(self, actor: UserActor, upload: UploadId, number: int, body: bytes) -> int:
        """See ImportsRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return uploads.upload_part(actor.account, self.session, upload, number, body, clock.now())

    def start_import(self, actor: UserActor, new: NewImport) -> ImportView:
        """See ImportsRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return imports.start_import(actor, self.session, new, self._chosen_tax(actor), clock.now())

    def get_import(self, actor: UserActor, import_id: ImportId) -> ImportView:
        """See ImportsRpc."""
        permit(actor, Right.SEE)
        return imports.get_import(actor.account, self.session, import_id)

    def page_imports(self, actor: UserActor, after: Cursor | None, limit: int = DEFAULT_PAGE) -> Page[ImportView]:
        """See ImportsRpc."""
        permit(actor, Right.SEE)
        return imports.page_imports(actor.account, self.session, after, limit)

    def page_problems(
        self, actor: UserActor, import_id: ImportId, after: Cursor | None, limit: int
    ) -> Page[ImportProblem]:
        """See ImportsRpc."""
        permit(actor, Right.SEE)
        return imports.page_problems(actor.account, self.session, import_id, after, limit)

    def page_rows(
        self, actor: UserActor, import_id: ImportId, what: str | None, after: Cursor | None, limit: int
    ) -> Page[ImportRow]:
        """See ImportsRpc."""
        permit(actor, Right.SEE)
        return imports.page_rows(actor.account, self.session, import_id, what, after, limit)

    def read_original(self, actor: UserActor, import_id: ImportId, number: int, processed: bool) -> bytes:
        """See ImportsRpc."""
        permit(actor, Right.SEE)
        return imports.read_original(actor.account, self.session, import_id, number, processed)

    def apply_import(self, actor: UserActor, import_id: ImportId, confirm_removals: bool) -> ImportView:
        """See ImportsRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return imports.apply_import(actor, self.session, import_id, confirm_removals)

    def cancel_import(self, actor: UserActor, import_id: ImportId) -> ImportView:
        """See ImportsRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return imports.cancel_import(actor.account, self.session, import_id, clock.now())

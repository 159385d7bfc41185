"""A change set of a goods base: opened under the base's lock, closed with its revision and its event."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.catalog.models import GoodsBase
from services.catalog.repository.base import add_revision, lock_base, lock_base_for_call
from services.catalog.repository.items import refresh_search
from services.chassis.account_terms import standing_terms
from services.chassis.event_log import record
from services.contracts.catalog import BaseChangedEvent
from services.contracts.values import AccountId

SEARCH_AT_ONCE = 1_000  # codes; the searchable copy of a larger change set is refreshed by a worker


class BaseChange:
    """A change set under way. Whoever holds one holds the base's lock to the end of the transaction.

    A call waits a second for that lock and refuses with Busy; a `patient` one waits as long as the database lets it.
    Refuses with NotFound when the account is gone.
    """

    def __init__(
        self, account: AccountId, session: Session, author: str, now: datetime, *, patient: bool = False
    ) -> None:
        self.account = account
        self.session = session
        self.author = author
        self.now = now
        self.base: GoodsBase = (lock_base if patient else lock_base_for_call)(account, session)
        self.revision = self.base.revision + 1  # in force only when closed
        self.limits = standing_terms(session, account).limits  # read under the lock: they hold to the end

    def close(
        self,
        source: str,
        *,
        created: int = 0,
        changed: int = 0,
        removed: int = 0,
        no_price_delta: int = 0,
        search_codes: set[int] | None = None,
        note: str = "",
        undoes: int | None = None,
    ) -> int:
        """Put the change set in force; returns its revision. `source`: as in RevisionView.

        `note` says for people what was done; `undoes` is the revision that this one takes back.

        `search_codes` are the items whose text may have changed or gone; None if they are too many to name.
        """
        base, before = self.base, self.base.revision
        if search_codes is not None and len(search_codes) <= SEARCH_AT_ONCE and base.search_revision == before:
            self.session.flush()
            if search_codes:
                refresh_search(self.account, self.session, search_codes)
            base.search_revision = self.revision
        base.revision = self.revision
        base.items += created - removed
        base.no_price += no_price_delta
        counts = {"created": created, "changed": changed, "removed": removed}
        made = {"source": source, "author": self.author, "at": self.now, "note": note, "undoes": undoes, **counts}
        add_revision(self.account, self.session, base, made)
        event = BaseChangedEvent(revision=self.revision, source=source, changed=created + changed + removed)
        record(self.session, self.account, event)
        return self.revision

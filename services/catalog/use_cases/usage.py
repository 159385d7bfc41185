"""How much of its limits an account uses in this room."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.catalog.repository.base import get_base
from services.catalog.repository.imports import begun_since
from services.catalog.use_cases.imports import DAY
from services.contracts.catalog import CatalogUsage
from services.contracts.values import AccountId


def get_usage(account: AccountId, session: Session, now: datetime) -> CatalogUsage:
    """How many items there are, and how many imports were begun in the last 24 hours."""
    base = get_base(account, session)
    begun, _oldest = begun_since(account, session, now - DAY, 0)
    return CatalogUsage(items=0 if base is None else base.items, imports=begun)

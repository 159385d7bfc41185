"""So many requests a minute for one account, over all replicas and all its users and keys."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.contracts.identity import TooManyRequests
from services.contracts.values import AccountId
from services.identity.domain import rates
from services.identity.domain.account_limits import limits_of
from services.identity.models import Account
from services.identity.system_repository import rates as system_repository


def count_request(session: Session, account: Account, now: datetime) -> None:
    """Count one request of the account. Refuses with TooManyRequests. System session."""
    per_minute = limits_of(account.limits).api_per_minute
    account_id = AccountId(account.account_id)
    if system_repository.let_in(session, account_id, rates.price(per_minute), rates.furthest(per_minute), now):
        return
    paid_until = system_repository.paid_until(session, account_id) or now
    raise TooManyRequests(retry_after=rates.retry_after(paid_until, per_minute, now))

"""Facts of all accounts become entries: the consumer that writes them belongs to none."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.contracts.values import AccountId
from services.identity.models import Account, JournalRow


def hold_account(session: Session, account: AccountId) -> bool:
    """Whether the account is still known; it cannot be forgotten until this transaction ends."""
    question = sa.select(Account.account_id).where(Account.account_id == account)
    return session.scalar(question.with_for_update(read=True, key_share=True)) is not None


def add_entry(session: Session, account: AccountId, values: dict[str, Any]) -> None:
    """Write an entry; a fact that has its entry already changes nothing."""
    session.execute(insert(JournalRow).values(account_id=account, **values).on_conflict_do_nothing())

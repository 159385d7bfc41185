"""What is asked of an account's own row."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.contracts.values import AccountId
from services.identity.models import Account


def get_account(account: AccountId, session: Session, *, lock: bool = False) -> Account | None:
    """The account itself; `lock` holds its row until the end of the transaction."""
    question = sa.select(Account).where(Account.account_id == account)
    return session.scalar(question.with_for_update(key_share=True) if lock else question)


def save_account(account: AccountId, session: Session, row: Account) -> bool:
    """Write the changed row; False when its sign-in name belongs to somebody else, whom these walls hide.

    After False the transaction is broken and has to be rolled back.
    """
    if row.account_id != account:
        raise ValueError("a row of another account")
    try:
        session.flush()
    except IntegrityError as error:
        if "uq_account_sign_in_key" not in str(error.orig):
            raise
        return False
    return True

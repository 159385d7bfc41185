"""Questions about the users of one account."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.values import AccountId, UserId
from services.identity.models import User


def get_user(account: AccountId, session: Session, user: UserId) -> User | None:
    """One user of the account, its row held until the end of the transaction."""
    return session.scalar(
        sa.select(User).where(User.account_id == account, User.user_id == user).with_for_update(of=User)
    )

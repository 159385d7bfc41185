"""Questions about the recovery codes of one account's users."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.values import AccountId, UserId
from services.identity.models import RecoveryCode


def replace_recovery_codes(account: AccountId, session: Session, user: UserId, hashes: Collection[bytes]) -> None:
    """These are the user's recovery codes from now on, and no others."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account, RecoveryCode.user_id == user))
    session.add_all(RecoveryCode(account_id=account, user_id=user, code_hash=code_hash) for code_hash in hashes)
    session.flush()


def take_recovery_code(account: AccountId, session: Session, user: UserId, code_hash: bytes) -> bool:
    """Use a recovery code up; False when the user has no such one (any more)."""
    taken = session.scalar(
        sa.delete(RecoveryCode)
        .where(RecoveryCode.account_id == account, RecoveryCode.user_id == user, RecoveryCode.code_hash == code_hash)
        .returning(RecoveryCode.user_id)
    )
    return taken is not None


def count_recovery_codes(account: AccountId, session: Session, user: UserId) -> int:
    """How many recovery codes the user has left."""
    codes = sa.select(sa.func.count()).where(RecoveryCode.account_id == account, RecoveryCode.user_id == user)
    return session.scalar(codes) or 0

"""Questions about the API keys of one account."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.values import AccountId, ApiKeyId
from services.identity.models import ApiKey


def live_keys(account: AccountId, session: Session, limit: int) -> Sequence[ApiKey]:
    """The keys that were not revoked, expired ones too, by name."""
    question = sa.select(ApiKey).where(_live(account)).order_by(ApiKey.name_key)
    return session.scalars(question.limit(limit)).all()


def count_live_keys(account: AccountId, session: Session) -> int:
    """How many keys were not revoked. Ask it while the account is held."""
    return session.scalar(sa.select(sa.func.count()).where(_live(account))) or 0


def key_name_taken(account: AccountId, session: Session, name_key: str) -> bool:
    """Whether a key that was not revoked has this name. Ask it while the account is held."""
    found = session.scalar(sa.select(ApiKey.key_id).where(_live(account), ApiKey.name_key == name_key))
    return found is not None


def revoke_key(account: AccountId, session: Session, key: ApiKeyId, now: datetime) -> ApiKey | None:
    """Revoke a key; None when the account has no such one (any more)."""
    return session.scalar(
        sa.update(ApiKey).where(_live(account), ApiKey.key_id == key).values(revoked_at=now).returning(ApiKey)
    )


def _live(account: AccountId) -> sa.ColumnElement[bool]:
    return sa.and_(ApiKey.account_id == account, ApiKey.revoked_at.is_(None))

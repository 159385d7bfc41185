"""API keys by their tokens, which come without their account."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.identity.models import Account, ApiKey


def find_key(session: Session, token_hash: bytes) -> tuple[ApiKey, Account] | None:
    """The key of a token, whatever its state, with its account."""
    found = session.execute(
        sa.select(ApiKey, Account)
        .join(Account, Account.account_id == ApiKey.account_id)
        .where(ApiKey.token_hash == token_hash)
    ).first()
    return None if found is None else (found[0], found[1])


def touch_key(session: Session, key: ApiKey, address: str, now: datetime, every: timedelta) -> None:
    """Note that the key was used, and from where, at most once in `every`."""
    session.execute(
        sa.update(ApiKey)
        .where(
            ApiKey.account_id == key.account_id,
            ApiKey.key_id == key.key_id,
            ApiKey.revoked_at.is_(None),
            sa.or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - every),
        )
        .values(last_used_at=now, last_address=address)
    )


def forget_revoked_keys(session: Session, before: datetime, limit: int) -> None:
    """Forget keys that were revoked before that moment, at most `limit`."""
    old = sa.select(ApiKey.account_id, ApiKey.key_id).where(ApiKey.revoked_at < before).limit(limit).subquery()
    session.execute(
        sa.delete(ApiKey).where(
            sa.tuple_(ApiKey.account_id, ApiKey.key_id).in_(sa.select(old.c.account_id, old.c.key_id))
        )
    )

"""Questions about the sessions of one account's users."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.values import AccountId, SessionId, UserId
from services.identity.models import LiveSession


def end_live_session(
    account: AccountId, session: Session, user: UserId, ended: SessionId, reason: str, now: datetime
) -> bool:
    """End one live session of that user; False when there is none."""
    found = session.scalar(
        sa.update(LiveSession)
        .where(
            LiveSession.account_id == account,
            LiveSession.user_id == user,
            LiveSession.session_id == ended,
            LiveSession.ended_at.is_(None),
        )
        .values(ended_at=now, end_reason=reason)
        .returning(LiveSession.session_id)
    )
    return found is not None

"""Notifications of all accounts: the sweep."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.identity.models import NotificationRow


def forget_notifications(session: Session, before: datetime, limit: int) -> None:
    """Forget notifications of before that moment, at most `limit`, the oldest first."""
    key = (NotificationRow.account_id, NotificationRow.user_id, NotificationRow.notification_id)
    old = sa.select(*key).where(NotificationRow.at < before).order_by(NotificationRow.at).limit(limit).subquery()
    session.execute(sa.delete(NotificationRow).where(sa.tuple_(*key).in_(sa.select(*old.c))))

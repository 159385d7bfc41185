"""Letters of all accounts: one post office writes and sends them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.identity.models import Account, Letter, NotificationRow, User


class ClaimedLetter(msgspec.Struct, frozen=True):
    """A letter, and where its user gets e-mail now; None: nowhere any more."""

    letter: Letter
    to: str | None


def take_notifications_to_mail(session: Session, limit: int) -> Sequence[sa.Row[NotificationRow, User, Account]]:
    """Notifications about which a letter has to be written, the oldest first; they count as written from now on.

    Those that another replica takes at the moment are left to it.
    """
    wanted = session.execute(
        sa.select(NotificationRow, User, Account)
        .join(User, sa.and_(User.account_id == NotificationRow.account_id, User.user_id == NotificationRow.user_id))
        .join(Account, Account.account_id == NotificationRow.account_id)
        .where(NotificationRow.to_mail)
        .order_by(NotificationRow.rang_at)
        .limit(limit)
        .with_for_update(of=NotificationRow, skip_locked=True)
    ).all()
    for notification, _, _ in wanted:
        notification.to_mail = False
    session.flush()
    return wanted


def claim_letters(session: Session, now: datetime, until: datetime, limit: int) -> list[ClaimedLetter]:
    """Letters whose turn it is; they are the caller's until that moment, and this counts as a try."""
    due = (
        sa.select(Letter.account_id, Letter.letter_id)
        .where(Letter.next_at <= now)
        .order_by(Letter.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    claimed = session.execute(
        sa.update(Letter)
        .where(Letter.account_id == due.c.account_id, Letter.letter_id == due.c.letter_id)
        .where(User.account_id == Letter.account_id, User.user_id == Letter.user_id)
        .values(next_at=until, tries=Letter.tries + 1)
        .returning(Letter, sa.case((User.disabled, None), else_=User.email))
        .execution_options(synchronize_session=False)
    )
    return [ClaimedLetter(letter, to) for letter, to in claimed]


def remove_letter(session: Session, letter: Letter) -> None:
    """The letter went, or is given up: nothing of it stays."""
    session.execute(sa.delete(Letter).where(_same(letter)))


def postpone_letter(session: Session, letter: Letter, next_at: datetime) -> None:
    """The letter waits until that moment."""
    session.execute(sa.update(Letter).where(_same(letter)).values(next_at=next_at))


def _same(letter: Letter) -> sa.ColumnElement[bool]:
    return sa.and_(Letter.account_id == letter.account_id, Letter.letter_id == letter.letter_id)

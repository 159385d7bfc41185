"""Notifications of the users of one account, and how each user wants to hear of them."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.contracts.notifications import NotificationChoice, NotificationKind, NotificationQuery
from services.contracts.permissions import Role
from services.contracts.values import AccountId, UserId
from services.identity.domain.notification_kinds import RINGS_AGAIN_AFTER, default_choice
from services.identity.domain.time_cursors import decode_time_cursor
from services.identity.models import NotificationChoiceRow, NotificationRow, User

Row = dict[str, object]


class Hearer(msgspec.Struct, frozen=True):
    """A user who is to be told of something, by its own choice. `by_mail` is false where there is no address."""

    user: str
    on_pages: bool
    by_mail: bool


def hearer(account: AccountId, session: Session, user: str, kind: NotificationKind) -> Hearer | None:
    """How that user hears of that kind; None when there is no such user. It is not deleted before the commit."""
    found = session.execute(_hearers(account, kind).where(User.user_id == user)).first()
    return None if found is None else _hearer(found, kind)


def hearers_with_roles(
    account: AccountId, session: Session, roles: Collection[Role], kind: NotificationKind, limit: int
) -> list[Hearer]:
    """The enabled users with one of these roles, at most `limit`. They are not deleted before the commit."""
    wanted = sa.cast(sorted(role.value for role in roles), sa.ARRAY(sa.Text))
    question = _hearers(account, kind).where(User.roles.overlap(wanted), User.disabled.is_(False))
    return [_hearer(row, kind) for row in session.execute(question.order_by(User.user_id).limit(limit))]


def add_notifications(account: AccountId, session: Session, rows: Sequence[Row]) -> set[str]:
    """Write notifications; those of a source that a user was told of already change nothing. Returns who is new."""
    new = insert(NotificationRow).values([{**row, "account_id": account} for row in rows])
    return set(session.scalars(new.on_conflict_do_nothing().returning(NotificationRow.user_id)))


def renew_notifications(account: AccountId, session: Session, rows: Sequence[Row]) -> set[str]:
    """Write notifications of news about a thing: each user has one of it (its `source`), which takes on what is newer.

    It calls the user again when it was seen, or called last RINGS_AGAIN_AFTER ago. Returns whom it calls.
    """
    new = insert(NotificationRow).values([{**row, "account_id": account} for row in rows])
    told = new.excluded
    calls = sa.or_(NotificationRow.seen_at.is_not(None), NotificationRow.rang_at <= told.rang_at - RINGS_AGAIN_AFTER)
    renewed = new.on_conflict_do_update(
        index_elements=[NotificationRow.account_id, NotificationRow.user_id, NotificationRow.source],
        set_={
            "params": told.params,
            "link": told.link,
            "at": told.at,
            "on_pages": told.on_pages,
            "seen_at": None,
            "rang_at": sa.case((calls, told.rang_at), else_=NotificationRow.rang_at),
            "to_mail": sa.case((calls, told.to_mail), else_=NotificationRow.to_mail),
        },
        where=NotificationRow.at < told.at,
    )
    changed = session.execute(renewed.returning(NotificationRow.user_id, NotificationRow.rang_at))
    rang = {row["rang_at"] for row in rows}
    return {user for user, rang_at in changed if rang_at in rang}


def page_notifications(
    account: AccountId, session: Session, user: UserId, query: NotificationQuery
) -> Sequence[NotificationRow]:
    """One more than a page of a user's notifications, newest first. Raises Invalid for a foreign cursor."""
    question = sa.select(NotificationRow).where(_of(account, user), NotificationRow.on_pages)
    if query.unseen is not None:
        seen = NotificationRow.seen_at
        question = question.where(seen.is_(None) if query.unseen else seen.is_not(None))
    if query.after is not None:
        after = decode_time_cursor(query.after)
        place = sa.tuple_(NotificationRow.at, NotificationRow.notification_id)
        question = question.where(place < sa.tuple_(sa.literal(after.at), sa.literal(str(after.id), sa.Uuid(False))))
    newest = (NotificationRow.at.desc(), NotificationRow.notification_id.desc())
    return session.scalars(question.order_by(*newest).limit(query.limit + 1)).all()


def count_unseen(account: AccountId, session: Session, user: UserId, most: int) -> int:
    """How many a user has not seen; counting ends at `most`."""
    unseen = sa.select(sa.literal(1)).where(_of(account, user), _UNSEEN).limit(most).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(unseen)) or 0


def mark_seen(
    account: AccountId, session: Session, user: UserId, ids: Collection[str], seen: bool, now: datetime
) -> int:
    """Mark those of these that are the user's and stand otherwise; returns how many."""
    stands = NotificationRow.seen_at.is_(None) if seen else NotificationRow.seen_at.is_not(None)
    changed = session.scalars(
        sa.update(NotificationRow)
        .where(_of(account, user), NotificationRow.on_pages, NotificationRow.notification_id.in_(ids), stands)
        .values(seen_at=now if seen else None)
        .returning(NotificationRow.notification_id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())


def mark_all_seen(account: AccountId, session: Session, user: UserId, now: datetime) -> int:
    """Mark all that the user has not seen; returns how many."""
    changed = session.scalars(
        sa.update(NotificationRow)
        .where(_of(account, user), _UNSEEN)
        .values(seen_at=now)
        .returning(NotificationRow.notification_id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())


def choices_of(account: AccountId, session: Session, user: UserId) -> dict[str, NotificationChoice]:
    """What a user has chosen, by kind."""
    rows = session.scalars(
        sa.select(NotificationChoiceRow).where(
            NotificationChoiceRow.account_id == account, NotificationChoiceRow.user_id == user
        )
    )
    known = {kind.value for kind in NotificationKind}
    return {
        row.kind: NotificationChoice(NotificationKind(row.kind), row.on_pages, row.by_mail)
        for row in rows
        if row.kind in known
    }


def put_choice(account: AccountId, session: Session, user: UserId, choice: NotificationChoice) -> None:
    """Keep what a user chose for one kind."""
    new = insert(NotificationChoiceRow).values(
        account_id=account,
        user_id=user,
        kind=choice.kind.value,
        on_pages=choice.on_pages,
        by_mail=choice.by_mail,
    )
    key = [NotificationChoiceRow.account_id, NotificationChoiceRow.user_id, NotificationChoiceRow.kind]
    session.execute(
        new.on_conflict_do_update(
            index_elements=key, set_={"on_pages": new.excluded.on_pages, "by_mail": new.excluded.by_mail}
        )
    )


_UNSEEN = sa.and_(NotificationRow.seen_at.is_(None), NotificationRow.on_pages)


def _of(account: AccountId, user: UserId) -> sa.ColumnElement[bool]:
    return sa.and_(NotificationRow.account_id == account, NotificationRow.user_id == user)


def _hearers(account: AccountId, kind: NotificationKind) -> sa.Select[User, NotificationChoiceRow]:
    chosen = sa.and_(
        NotificationChoiceRow.account_id == User.account_id,
        NotificationChoiceRow.user_id == User.user_id,
        NotificationChoiceRow.kind == kind.value,
    )
    return (
        sa.select(User, NotificationChoiceRow)
        .outerjoin(NotificationChoiceRow, chosen)
        .where(User.account_id == account)
        .with_for_update(of=User, key_share=True, read=True)
    )


def _hearer(row: sa.Row[User, NotificationChoiceRow], kind: NotificationKind) -> Hearer:
    user, chosen = row
    default = default_choice(kind)
    on_pages, by_mail = (default.on_pages, default.by_mail) if chosen is None else (chosen.on_pages, chosen.by_mail)
    return Hearer(user.user_id, on_pages, by_mail and user.email is not None and not user.disabled)

"""Telling users what needs their eye. Works in sessions of an account and in those of the room itself.

A notification is a row; the letter about it, where the user wants one, is written from the row (see letters.py).
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.contracts.notifications import NotificationKind, NotifiedEvent
from services.contracts.values import AccountId, UserId
from services.identity.domain.ids import is_id
from services.identity.domain.notification_kinds import HEARD_BY, HEARERS_MAX
from services.identity.repository import notifications as repository
from services.identity.repository.notifications import Hearer

Params = dict[str, str | int]

SOURCE_MAX = 200  # characters


class News(msgspec.Struct, frozen=True):
    """What is told. `source` names the fact, or the thing that the news are about; `link` is a page of ours or ""."""

    kind: NotificationKind
    source: str
    params: Params
    link: str
    at: datetime


def notify_user(
    session: Session,
    account: AccountId,
    user_id: UserId | str,
    kind: NotificationKind,
    source: str,
    params: Params,
    link: str,
    now: datetime,
) -> None:
    """Tell one user of a fact, once however often it is called with this `source`, in the way that the user chose.

    Nothing happens when the account has no such user: it may be gone, or be a program with a key.
    """
    found = _find(session, account, user_id, kind)
    if found is not None:
        _tell(session, account, [found], News(kind, source, params, link, now), once=True)


def notify_roles(session: Session, account: AccountId, news: News) -> None:
    """Tell the users whose roles the kind concerns (HEARD_BY, at most HEARERS_MAX) of a fact, each once."""
    _tell(session, account, _with_roles(session, account, news.kind), news, once=True)


def renew_for_user(session: Session, account: AccountId, user_id: UserId | str, news: News) -> bool:
    """As renew_for_roles, for one user; False when the account has no such user."""
    found = _find(session, account, user_id, news.kind)
    if found is not None:
        _tell(session, account, [found], news, once=False)
    return found is not None


def renew_for_roles(session: Session, account: AccountId, news: News) -> None:
    """Tell the users whose roles the kind concerns of news about a thing that may come in floods.

    Each has one notification of the thing (`source`): newer news take the place of older ones in it, and call the
    user again only when those were seen, or after a day. News that are not newer change nothing.
    """
    _tell(session, account, _with_roles(session, account, news.kind), news, once=False)


def _find(session: Session, account: AccountId, user_id: UserId | str, kind: NotificationKind) -> Hearer | None:
    return repository.hearer(account, session, user_id, kind) if is_id(user_id) else None


def _with_roles(session: Session, account: AccountId, kind: NotificationKind) -> list[Hearer]:
    return repository.hearers_with_roles(account, session, HEARD_BY[kind], kind, HEARERS_MAX)


def _tell(session: Session, account: AccountId, hearers: Sequence[Hearer], news: News, *, once: bool) -> None:
    rows: list[repository.Row] = [
        {
            "user_id": hearer.user,
            "notification_id": str(uuid.uuid4()),
            "source": news.source[:SOURCE_MAX],
            "kind": news.kind.value,
            "params": news.params,
            "link": news.link,
            "on_pages": hearer.on_pages,
            "at": news.at,
            "seen_at": None,
            "rang_at": news.at,
            "to_mail": hearer.by_mail,
        }
        for hearer in hearers
        if hearer.on_pages or hearer.by_mail
    ]
    if not rows:
        return
    write = repository.add_notifications if once else repository.renew_notifications
    called = write(account, session, rows)
    for hearer in hearers:
        if hearer.user in called and hearer.on_pages:
            record(session, account, NotifiedEvent(user=hearer.user, kind=news.kind))

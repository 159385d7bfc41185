"""NotificationsRpc as its doors do it, for the tests of each part."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from services.contracts.notifications import (
    Notification,
    NotificationChoice,
    NotificationChoices,
    NotificationKind,
    NotificationQuery,
)
from services.contracts.values import NotificationId, Page, UserActor
from services.identity.use_cases import notifications, notifying
from tests.services.identity.identity_house import IdentityHouse

KIND = NotificationKind.SECOND_FACTOR
PARAMS: notifying.Params = {"what": "set_up", "by": "alice"}


class Bell:
    """A user's own doors; `actor` acts."""

    def __init__(self, identity: IdentityHouse, actor: UserActor) -> None:
        self.identity = identity
        self.actor = actor

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.identity.db.account(self.actor.account, self.actor) as session:
            yield session

    def page(self, **query: Any) -> Page[Notification]:
        with self.session() as session:
            return notifications.page_notifications(self.actor, session, NotificationQuery(**query))

    def all(self, **query: Any) -> list[Notification]:
        page = self.page(**query)
        found = list(page.items)
        while page.next is not None:
            page = self.page(**query, after=page.next)
            found += page.items
        return found

    def unseen(self) -> int:
        with self.session() as session:
            return notifications.count_unseen(self.actor, session)

    def mark(self, *ids: str, seen: bool = True) -> int:
        wanted = tuple(NotificationId(one) for one in ids)
        with self.session() as session:
            return notifications.mark_seen(self.actor, session, wanted, seen, self.identity.now)

    def mark_all(self) -> int:
        with self.session() as session:
            return notifications.mark_all_seen(self.actor, session, self.identity.now)

    def choices(self, smtp_set_up: bool = True) -> NotificationChoices:
        with self.session() as session:
            return notifications.get_choices(self.actor, session, smtp_set_up)

    def choose(self, *choices: NotificationChoice, smtp_set_up: bool = True) -> NotificationChoices:
        with self.session() as session:
            return notifications.choose(self.actor, session, choices, smtp_set_up)

    def tell(self, source: str = "", kind: NotificationKind = KIND, params: notifying.Params = PARAMS) -> None:
        """Something happens to this user."""
        with self.identity.db.system() as session:
            notifying.notify_user(
                session,
                self.actor.account,
                self.actor.user,
                kind,
                source or str(uuid.uuid4()),
                params,
                "/me",
                self.identity.now,
            )

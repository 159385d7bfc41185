"""Doors of the identity room: NotificationsRpc."""

from sqlalchemy.orm import Session

from services.contracts.notifications import Notification, NotificationChoice, NotificationChoices, NotificationQuery
from services.contracts.values import NotificationId, Page, UserActor


class NotificationsDoor:
    """The doors for NotificationsRpc; the service class inherits it."""

    session: Session

    def page_notifications(self, actor: UserActor, query: NotificationQuery) -> Page[Notification]:
        """See NotificationsRpc."""
        raise NotImplementedError

    def count_unseen(self, actor: UserActor) -> int:
        """See NotificationsRpc."""
        raise NotImplementedError

    def mark_seen(self, actor: UserActor, notifications: tuple[NotificationId, ...], seen: bool = True) -> int:
        """See NotificationsRpc."""
        raise NotImplementedError

    def mark_all_seen(self, actor: UserActor) -> int:
        """See NotificationsRpc."""
        raise NotImplementedError

    def get_choices(self, actor: UserActor) -> NotificationChoices:
        """See NotificationsRpc."""
        raise NotImplementedError

    def choose(self, actor: UserActor, choices: tuple[NotificationChoice, ...]) -> NotificationChoices:
        """See NotificationsRpc."""
        raise NotImplementedError

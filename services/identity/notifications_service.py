"""Doors of the identity room: NotificationsRpc, and the ears that hear what people should see of other rooms."""

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.consumer import EventConsumer
from services.chassis.own_settings import own_settings
from services.chassis.permit import permit
from services.chassis.sweeper import Sweeper
from services.contracts.catalog import ImportChangedEvent
from services.contracts.notifications import Notification, NotificationChoice, NotificationChoices, NotificationQuery
from services.contracts.permissions import Right
from services.contracts.registers import ExchangeChangedEvent, RegisterChangedEvent
from services.contracts.values import NotificationId, Page, UserActor
from services.identity.use_cases import hearing
from services.identity.use_cases import notifications as own

FORGET_EVERY = 300.0  # seconds
_READER = "notifications"  # the journal has its own cursors


def forget_old_notifications(session: Session) -> None:
    """Forget notifications that were kept for their time."""
    own.forget_old(session, clock.now())


class NotificationsDoor:
    """The doors for NotificationsRpc; the service class inherits it."""

    session: Session

    settings = own_settings()
    heard_of_catalog = EventConsumer("catalog", {ImportChangedEvent: hearing.hear_of_import}, _READER)
    heard_of_registers = EventConsumer(
        "registers",
        {RegisterChangedEvent: hearing.hear_of_register, ExchangeChangedEvent: hearing.hear_of_exchange},
        _READER,
    )
    forgetting_notifications = Sweeper(every=FORGET_EVERY, chore=forget_old_notifications)

    def page_notifications(self, actor: UserActor, query: NotificationQuery) -> Page[Notification]:
        """See NotificationsRpc."""
        permit(actor, Right.SEE)
        return own.page_notifications(actor, self.session, query)

    def count_unseen(self, actor: UserActor) -> int:
        """See NotificationsRpc."""
        permit(actor, Right.SEE)
        return own.count_unseen(actor, self.session)

    def mark_seen(self, actor: UserActor, notifications: tuple[NotificationId, ...], seen: bool = True) -> int:
        """See NotificationsRpc."""
        permit(actor, Right.SEE)
        return own.mark_seen(actor, self.session, notifications, seen, clock.now())

    def mark_all_seen(self, actor: UserActor) -> int:
        """See NotificationsRpc."""
        permit(actor, Right.SEE)
        return own.mark_all_seen(actor, self.session, clock.now())

    def get_choices(self, actor: UserActor) -> NotificationChoices:
        """See NotificationsRpc."""
        permit(actor, Right.SEE)
        return own.get_choices(actor, self.session, self.settings.smtp_url is not None)

    def choose(self, actor: UserActor, choices: tuple[NotificationChoice, ...]) -> NotificationChoices:
        """See NotificationsRpc."""
        permit(actor, Right.SEE)
        return own.choose(actor, self.session, choices, self.settings.smtp_url is not None)

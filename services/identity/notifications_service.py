"""Doors of the identity room: NotificationsRpc, the ears for what people should see of other rooms, and e-mail."""

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.consumer import EventConsumer
from services.chassis.database import Database
from services.chassis.errands import Errand
from services.chassis.own_settings import own_settings, settings_of_process
from services.chassis.permit import permit
from services.chassis.seal import sealer_of_process
from services.chassis.sweeper import Sweeper
from services.contracts.catalog import ImportChangedEvent
from services.contracts.notifications import Notification, NotificationChoice, NotificationChoices, NotificationQuery
from services.contracts.permissions import Right
from services.contracts.registers import ExchangeChangedEvent, RegisterChangedEvent
from services.contracts.values import NotificationId, Page, UserActor
from services.identity.mailing import Mailer
from services.identity.use_cases import hearing, letters
from services.identity.use_cases import notifications as own

FORGET_EVERY = 300.0  # seconds
POST_EVERY = 5.0  # seconds
_READER = "notifications"  # the journal has its own cursors


def forget_old_notifications(session: Session) -> None:
    """Forget notifications that were kept for their time."""
    own.forget_old(session, clock.now())


def post_letters(database: Database) -> None:
    """Send the e-mails that wait, if a server for them is set up."""
    settings = settings_of_process()
    if settings.smtp_url is not None:
        letters.send_letters(database, sealer_of_process(), Mailer(settings), clock.now)


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

    posting = Errand(every=POST_EVERY, chore=post_letters)

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

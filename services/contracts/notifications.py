"""What needs a person's eye: notifications of a user, the bell in the bar, and e-mail where SMTP is set up."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from services.contracts.rpc import writes
from services.contracts.values import DEFAULT_PAGE, Cursor, NotificationId, Page, UserActor

NOTIFICATIONS_KEPT_DAYS = 90
BELL_MAX = 99  # the bell shows «99+» beyond that


class NotificationKind(StrEnum):
    """Each can be switched off by the user, on the pages and by e-mail."""

    ONE_TIME_PASSWORD = "one_time_password"  # noqa: S105 a word, not a password
    NEW_PLACE = "new_place"  # a sign-in from an address not seen before
    SECOND_FACTOR = "second_factor"  # it was set up, taken away, or a recovery code was used
    IMPORT_ENDED = "import_ended"
    REGISTER_ALARM = "register_alarm"  # another device with this ID, a lost key, drift
    EXCHANGE_FAILED = "exchange_failed"
    ACCOUNT_STATE = "account_state"  # suspended, to be deleted, restored


class Notification(msgspec.Struct, frozen=True):
    """`params` fill the text of the kind; `link` is a page of ours, "" for none."""

    id: NotificationId
    kind: NotificationKind
    params: dict[str, str | int]
    link: str
    at: datetime
    seen: bool


class NotificationQuery(msgspec.Struct, frozen=True):
    unseen: bool | None = None
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class NotificationChoice(msgspec.Struct, frozen=True):
    """How a user wants to hear of one kind."""

    kind: NotificationKind
    on_pages: bool
    by_mail: bool


class NotificationChoices(msgspec.Struct, frozen=True):
    """All kinds. `mail_available`: the server can send e-mail and the user has an address."""

    choices: tuple[NotificationChoice, ...]
    mail_available: bool


class NotificationsRpc(Protocol):
    """Doors for every user."""

    def page_notifications(self, actor: UserActor, query: NotificationQuery) -> Page[Notification]:
        """One's own, newest first."""
        ...

    def count_unseen(self, actor: UserActor) -> int:
        """At most BELL_MAX + 1."""
        ...

    @writes
    def mark_seen(self, actor: UserActor, notifications: tuple[NotificationId, ...], seen: bool = True) -> int:
        """Returns how many changed; ids of others change nothing."""
        ...

    @writes
    def mark_all_seen(self, actor: UserActor) -> int: ...

    def get_choices(self, actor: UserActor) -> NotificationChoices: ...

    @writes
    def choose(self, actor: UserActor, choices: tuple[NotificationChoice, ...]) -> NotificationChoices:
        """Kinds that are not named stay as they are. Refuses with Invalid."""
        ...


class NotifiedEvent(msgspec.Struct, frozen=True, tag="notified"):
    """A user has something new; its open pages ring the bell."""

    user: str
    kind: NotificationKind

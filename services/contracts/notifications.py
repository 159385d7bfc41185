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
    """Each can be switched off by the user, on the pages and by e-mail. Behind "·" stand its `params`."""

    ONE_TIME_PASSWORD = "one_time_password"  # noqa: S105 a word, not a password · by: a name; until: RFC 3339
    NEW_PLACE = "new_place"  # a sign-in from an address not seen before · address, agent
    SECOND_FACTOR = "second_factor"  # · what: "set_up", "taken_away", "recovery_code_used"; by: a name
    IMPORT_ENDED = "import_ended"  # · filename; state: "applied", "failed"; created, changed, failed; reason ("")
    REGISTER_ALARM = "register_alarm"  # · register: its name; alarm: as in RegisterView
    EXCHANGE_FAILED = "exchange_failed"  # · register: its name; exchange: its kind; state: "failed", "expired"; reason
    ACCOUNT_STATE = "account_state"  # · state: of AccountState; delete_at: RFC 3339 or ""; reason


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
    """Doors for every user; a program with a key has no notifications and nothing to choose."""

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

    def get_choices(self, actor: UserActor) -> NotificationChoices:
        """Refuses with KeyNotAllowed."""
        ...

    @writes
    def choose(self, actor: UserActor, choices: tuple[NotificationChoice, ...]) -> NotificationChoices:
        """Kinds that are not named stay as they are. Refuses with Invalid, KeyNotAllowed."""
        ...


class NotifiedEvent(msgspec.Struct, frozen=True, tag="notified"):
    """A user has something new; its open pages ring the bell."""

    user: str
    kind: NotificationKind

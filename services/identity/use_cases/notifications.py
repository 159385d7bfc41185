"""A user's own notifications, and how it wants to hear of each kind. How they come about stands in notifying.py.

A program with a key has none: nothing is ever told to it, and it has nothing to choose.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.chassis.journal import changed
from services.contracts.notifications import (
    BELL_MAX,
    NOTIFICATIONS_KEPT_DAYS,
    Notification,
    NotificationChoice,
    NotificationChoices,
    NotificationQuery,
)
from services.contracts.refusals import FieldError, Invalid, NotFound
from services.contracts.values import MAX_PAGE, NotificationId, Page, UserActor
from services.identity import views
from services.identity.domain import notification_kinds as rules
from services.identity.domain.ids import is_id
from services.identity.domain.time_cursors import encode_time_cursor
from services.identity.repository import notifications as repository
from services.identity.repository import users as users_repository
from services.identity.system_repository import notifications as system_repository
from services.identity.use_cases.sessions import refuse_keys

FORGOTTEN_AT_ONCE = 5000  # notifications


def page_notifications(actor: UserActor, session: Session, query: NotificationQuery) -> Page[Notification]:
    """The actor's own, newest first. Refuses with Invalid."""
    if not 1 <= query.limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))
    rows = repository.page_notifications(actor.account, session, actor.user, query)
    shown = rows[: query.limit]
    further = encode_time_cursor(shown[-1].at, shown[-1].notification_id) if len(rows) > query.limit else None
    return Page(tuple(views.notification_view(row) for row in shown), further)


def count_unseen(actor: UserActor, session: Session) -> int:
    """How many the actor has not seen; counting ends at BELL_MAX + 1."""
    return repository.count_unseen(actor.account, session, actor.user, BELL_MAX + 1)


def mark_seen(actor: UserActor, session: Session, wanted: tuple[NotificationId, ...], seen: bool, now: datetime) -> int:
    """Mark these as seen, or as not seen; returns how many changed. What is not the actor's own changes nothing.

    Refuses with Invalid.
    """
    if len(wanted) > MAX_PAGE:
        raise Invalid((FieldError("notifications", "too_many", {"max": MAX_PAGE}),))
    ids = {one for one in wanted if is_id(one)}
    return repository.mark_seen(actor.account, session, actor.user, ids, seen, now)


def mark_all_seen(actor: UserActor, session: Session, now: datetime) -> int:
    """Mark all that the actor has not seen; returns how many."""
    return repository.mark_all_seen(actor.account, session, actor.user, now)


def get_choices(actor: UserActor, session: Session, smtp_set_up: bool) -> NotificationChoices:
    """How the actor wants to hear of each kind. Refuses with NotFound, KeyNotAllowed."""
    refuse_keys(actor)
    user = users_repository.find_user(actor.account, session, actor.user)
    if user is None:
        raise NotFound()
    made = repository.choices_of(actor.account, session, actor.user)
    return NotificationChoices(rules.all_choices(made), mail_available=smtp_set_up and user.email is not None)


def choose(
    actor: UserActor, session: Session, choices: tuple[NotificationChoice, ...], smtp_set_up: bool
) -> NotificationChoices:
    """Kinds that are not named, or named as they are, stay so. Refuses with Invalid, NotFound, KeyNotAllowed."""
    refuse_keys(actor)
    if rules.repeated_kinds(choices):
        raise Invalid((FieldError("choices", "repeated"),))
    if users_repository.get_user(actor.account, session, actor.user) is None:
        raise NotFound()
    before = {one.kind: one for one in get_choices(actor, session, smtp_set_up).choices}
    for choice in choices:
        was = before[choice.kind]
        if choice != was:
            repository.put_choice(actor.account, session, actor.user, choice)
            kind = choice.kind.value
            changed(session, actor.account, "notification_choice", kind, kind, _told(was), _told(choice))
    return get_choices(actor, session, smtp_set_up)


def forget_old(session: Session, now: datetime) -> None:
    """Forget notifications older than NOTIFICATIONS_KEPT_DAYS, seen or not. System session."""
    system_repository.forget_notifications(session, now - timedelta(days=NOTIFICATIONS_KEPT_DAYS), FORGOTTEN_AT_ONCE)


def _told(choice: NotificationChoice) -> dict[str, bool]:
    return {"on_pages": choice.on_pages, "by_mail": choice.by_mail}

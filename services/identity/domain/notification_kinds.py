"""Who hears of what, and how, before anybody has chosen otherwise."""

from collections.abc import Mapping
from datetime import timedelta

from services.contracts.notifications import NotificationChoice, NotificationKind
from services.contracts.permissions import Role

HEARERS_MAX = 500  # users who are told of one fact
RINGS_AGAIN_AFTER = timedelta(days=1)  # news of one and the same thing, while the first is unseen, call nobody sooner

# Who is told of what concerns no single user.
HEARD_BY: Mapping[NotificationKind, tuple[Role, ...]] = {
    NotificationKind.IMPORT_ENDED: (Role.ADMINISTRATOR, Role.GOODS_MANAGER),
    NotificationKind.REGISTER_ALARM: (Role.ADMINISTRATOR, Role.EXCHANGE_OPERATOR),
    NotificationKind.EXCHANGE_FAILED: (Role.ADMINISTRATOR, Role.EXCHANGE_OPERATOR),
    NotificationKind.ACCOUNT_STATE: (Role.ADMINISTRATOR,),
}


def default_choice(kind: NotificationKind) -> NotificationChoice:
    """Without a choice of its own a user is told on the pages, not by e-mail."""
    return NotificationChoice(kind, on_pages=True, by_mail=False)


def all_choices(made: Mapping[str, NotificationChoice]) -> tuple[NotificationChoice, ...]:
    """One choice for every kind; `made` are those of the user, by kind."""
    return tuple(made.get(kind.value, default_choice(kind)) for kind in NotificationKind)


def repeated_kinds(choices: tuple[NotificationChoice, ...]) -> frozenset[NotificationKind]:
    """Kinds that are named twice: what is meant is not clear."""
    kinds = [choice.kind for choice in choices]
    return frozenset(kind for kind in kinds if kinds.count(kind) > 1)

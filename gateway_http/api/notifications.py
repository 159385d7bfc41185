"""`/notifications`: what needs my eye, and how I want to hear of it."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import Ids, ListOf, ListQuery, next_of
from services.contracts.notifications import (
    BELL_MAX,
    Notification,
    NotificationChoice,
    NotificationChoices,
    NotificationKind,
    NotificationQuery,
    NotificationsRpc,
)
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import NotificationId


class NotificationOut(Struct, frozen=True):
    """`params` belong to the kind; `link` is a page of this server, empty for none."""

    id: str
    kind: NotificationKind
    params: dict[str, str | int]
    link: str
    at: datetime
    seen: bool


class NotificationListQuery(ListQuery, frozen=True):
    """`unseen=true` leaves out what was seen."""

    unseen: bool | None = None


class SeenBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Either `ids`, or `all` of them; `seen: false` (with `ids` alone) takes it back."""

    ids: Ids = ()
    all: bool = False
    seen: bool = True


class Changed(Struct, frozen=True):
    """How many are different now."""

    changed: int


class Unseen(Struct, frozen=True):
    """How many wait; `more` tells that there are more than that."""

    unseen: int
    more: bool


class ChoiceOut(Struct, frozen=True, forbid_unknown_fields=True):
    """How I want to hear of one kind."""

    kind: NotificationKind
    on_pages: bool
    by_mail: bool


class ChoicesOut(Struct, frozen=True):
    """All kinds. `mail_available`: the server can send e-mail and I have an address."""

    choices: tuple[ChoiceOut, ...]
    mail_available: bool


class ChoicesBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Kinds that are not named stay as they are."""

    choices: Annotated[tuple[ChoiceOut, ...], Meta(max_length=len(NotificationKind))]


def notification_out(view: Notification) -> NotificationOut:
    return NotificationOut(view.id, view.kind, view.params, view.link, view.at, view.seen)


def choices_out(view: NotificationChoices) -> ChoicesOut:
    told = tuple(ChoiceOut(one.kind, one.on_pages, one.by_mail) for one in view.choices)
    return ChoicesOut(told, view.mail_available)


async def list_notifications(call: Call) -> None:
    asked = call.query(NotificationListQuery)
    query = NotificationQuery(unseen=asked.unseen, after=asked.cursor, limit=asked.limit)
    page = await call.ask(NotificationsRpc.page_notifications, query)
    call.answer(ListOf(tuple(notification_out(view) for view in page.items), next_of(page)))


async def count_unseen(call: Call) -> None:
    unseen = await call.ask(NotificationsRpc.count_unseen)
    call.answer(Unseen(min(unseen, BELL_MAX), unseen > BELL_MAX))


async def mark_seen(call: Call) -> None:
    body = await call.json(SeenBody)
    if body.all == bool(body.ids):
        raise Invalid(errors=(FieldError("ids", "required"),))
    if body.all and not body.seen:
        raise Invalid(errors=(FieldError("seen", "not_one_of", {"allowed": "true"}),))
    if body.all:
        call.answer(Changed(await call.ask(NotificationsRpc.mark_all_seen)))
        return
    ids = tuple(NotificationId(one) for one in body.ids)
    call.answer(Changed(await call.ask(NotificationsRpc.mark_seen, ids, body.seen)))


async def get_choices(call: Call) -> None:
    call.answer(choices_out(await call.ask(NotificationsRpc.get_choices)))


async def choose(call: Call) -> None:
    body = await call.json(ChoicesBody)
    choices = tuple(NotificationChoice(one.kind, one.on_pages, one.by_mail) for one in body.choices)
    call.answer(choices_out(await call.ask(NotificationsRpc.choose, choices)))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/notifications",
        handler=list_notifications,
        summary="What needs my eye, newest first",
        query=NotificationListQuery,
        answer=ListOf[NotificationOut],
    ),
    Endpoint(
        method="PATCH",
        path="/notifications",
        handler=mark_seen,
        summary="Mark as seen, or as unseen again",
        body=SeenBody,
        answer=Changed,
    ),
    Endpoint(
        method="GET",
        path="/notifications/unseen",
        handler=count_unseen,
        summary="How many I have not seen",
        answer=Unseen,
    ),
    Endpoint(
        method="GET",
        path="/me/notifications",
        handler=get_choices,
        summary="How I want to hear of each kind",
        answer=ChoicesOut,
        refusals=(KeyNotAllowed,),
    ),
    Endpoint(
        method="PATCH",
        path="/me/notifications",
        handler=choose,
        summary="Choose how I want to hear of some kinds",
        body=ChoicesBody,
        answer=ChoicesOut,
        refusals=(KeyNotAllowed,),
    ),
)

"""A user's own notifications: the list, the bell, and of what it wants to hear."""

import uuid
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from services.contracts.notifications import (
    BELL_MAX,
    NOTIFICATIONS_KEPT_DAYS,
    Notification,
    NotificationChoice,
    NotificationChoices,
    NotificationKind,
    NotificationQuery,
)
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, Invalid, NotFound
from services.contracts.values import MAX_PAGE, AccountId, ApiKeyId, Cursor, Page
from services.identity.domain.notification_kinds import HEARERS_MAX
from services.identity.models import NotificationChoiceRow, NotificationRow
from services.identity.notifications_service import NotificationsDoor
from services.identity.use_cases import notifications, notifying
from tests.services.identity.identity_house import ELSEWHERE, IdentityHouse, Opened
from tests.services.identity.own_bell import KIND, PARAMS, Bell
from tests.services.identity.user_desk import UserDesk


@pytest.fixture
def bell(identity: IdentityHouse, alice: Opened) -> Bell:
    return Bell(identity, alice.actor)


@pytest.fixture
def strangers(identity: IdentityHouse, charlie: Opened) -> Bell:
    return Bell(identity, charlie.actor)


# --- the list and the bell


def test_what_was_told_is_listed_and_counted(identity: IdentityHouse, bell: Bell) -> None:
    assert (bell.page(), bell.unseen()) == (Page(()), 0)
    bell.tell()
    (told,) = bell.page().items
    assert told == Notification(told.id, KIND, PARAMS, "/me", identity.now, seen=False)
    assert bell.unseen() == 1
    assert identity.events("notified") == [{"type": "notified", "user": bell.actor.user, "kind": KIND.value}]


def test_a_source_is_told_once(identity: IdentityHouse, bell: Bell) -> None:
    for _ in range(3):
        bell.tell("one and the same")
        identity.later(hours=1)
    assert len(bell.all()) == 1 and len(identity.events("notified")) == 1


def test_pages_go_on_where_the_last_one_ended(identity: IdentityHouse, bell: Bell) -> None:
    for _ in range(3):
        for _ in range(3):  # several of one moment
            bell.tell()
        identity.later(microseconds=1)
    told = bell.all(limit=2)
    assert len({one.id for one in told}) == 9
    assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
    assert bell.page(limit=9).next is None


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE + 1])
def test_pages_are_bounded(bell: Bell, limit: int) -> None:
    with pytest.raises(Invalid):
        bell.page(limit=limit)


@pytest.mark.parametrize("cursor", ["", "x", "ж", "bm8", "WzEsMl0", "=" * 9])
def test_a_foreign_cursor_is_refused(bell: Bell, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        bell.page(after=Cursor(cursor))
    assert [(error.path, error.code) for error in refused.value.errors] == [("after", "malformed")]


def test_what_was_seen_no_longer_counts(bell: Bell) -> None:
    for _ in range(3):
        bell.tell()
    first, second, third = bell.all()
    assert bell.mark(first.id, second.id) == 2
    assert (bell.unseen(), bell.all(unseen=True)) == (1, [third])
    assert {one.id for one in bell.all(unseen=False)} == {first.id, second.id}
    assert bell.mark(first.id, third.id) == 1  # the first was seen already
    assert bell.mark(first.id, second.id, seen=False) == 2
    assert bell.unseen() == 2
    assert bell.mark_all() == 2
    assert (bell.mark_all(), bell.unseen(), len(bell.all())) == (0, 0, 3)


def test_ids_that_are_none_change_nothing(bell: Bell) -> None:
    bell.tell()
    (told,) = bell.all()
    nothing = ("", "no id", str(uuid.uuid4()), told.id.upper(), f"urn:uuid:{told.id}", f"{{{told.id}}}", "\0")
    assert (bell.mark(*nothing), bell.mark()) == (0, 0)
    assert bell.mark(told.id, told.id) == 1
    with pytest.raises(Invalid):
        bell.mark(*[told.id] * (MAX_PAGE + 1))


def test_the_bell_counts_no_further_than_it_shows(identity: IdentityHouse, bell: Bell) -> None:
    for _ in range(BELL_MAX + 5):
        bell.tell()
    assert bell.unseen() == BELL_MAX + 1


# --- walls


def test_strangers_and_colleagues_neither_see_nor_mark_them(
    identity: IdentityHouse, alice: Opened, bell: Bell, strangers: Bell
) -> None:
    colleague = Bell(
        identity, identity.sign_in("100001", identity_login(identity, alice), alice.password).session.actor
    )
    bell.tell()
    (told,) = bell.all()
    for other in (strangers, colleague):
        assert (other.all(), other.unseen(), other.mark(told.id), other.mark_all()) == ([], 0, 0, 0)
        cursor = bell_cursor(bell)
        assert other.page(after=cursor).items == ()
        other.choose(NotificationChoice(KIND, False, True))
    assert bell.unseen() == 1
    assert choice_of(bell.choices()) == NotificationChoice(KIND, True, False)


def identity_login(identity: IdentityHouse, alice: Opened) -> str:
    identity.add_user(alice, "bob")
    return "bob"


def bell_cursor(bell: Bell) -> Cursor:
    bell.identity.later(seconds=1)
    bell.tell("the newest")
    cursor = bell.page(limit=1).next
    bell.mark(bell.page(limit=1).items[0].id)
    assert cursor is not None
    return cursor


def test_a_program_has_none_and_chooses_nothing(identity: IdentityHouse, alice: Opened) -> None:
    key = str(uuid.uuid4())
    program = Bell(identity, msgspec.structs.replace(alice.actor, user=key, key=ApiKeyId(key)))
    program.tell()
    assert (program.all(), program.unseen(), program.mark_all()) == ([], 0, 0)
    for ask in (program.choices, lambda: program.choose(NotificationChoice(KIND, True, True))):
        with pytest.raises(KeyNotAllowed):
            ask()


def test_a_session_that_may_only_mend_its_sign_in_comes_in_by_no_door(alice: Opened) -> None:
    actor, door = msgspec.structs.replace(alice.actor, roles=()), NotificationsDoor()
    for ask in (
        lambda: door.page_notifications(actor, NotificationQuery()),
        lambda: door.count_unseen(actor),
        lambda: door.mark_seen(actor, ()),
        lambda: door.mark_all_seen(actor),
        lambda: door.get_choices(actor),
        lambda: door.choose(actor, ()),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_a_removed_user_takes_its_own_along(identity: IdentityHouse, alice: Opened) -> None:
    desk = UserDesk(identity, alice.actor)
    bob = desk.add("bob", password=alice.password).user
    bell = Bell(identity, identity.sign_in("100001", "bob", alice.password).session.actor)
    bell.tell()
    bell.choose(NotificationChoice(KIND, True, True))
    desk.remove(bob.id)
    with identity.db.system() as session:
        for model in (NotificationRow, NotificationChoiceRow):
            assert session.scalars(sa.select(model).where(model.user_id == bob.id)).all() == []
    bell.tell()  # something more happens to a user that is gone
    assert bell.all() == []
    for ask in (bell.choices, lambda: bell.choose(NotificationChoice(KIND, True, True))):
        with pytest.raises(NotFound):
            ask()


# --- choices


def choice_of(choices: NotificationChoices, kind: NotificationKind = KIND) -> NotificationChoice:
    return next(one for one in choices.choices if one.kind is kind)


def test_without_a_choice_one_hears_of_all_on_the_pages(bell: Bell) -> None:
    told = bell.choices().choices
    assert [one.kind for one in told] == list(NotificationKind)
    assert all(one.on_pages and not one.by_mail for one in told)


def test_a_kind_that_is_switched_off_is_not_told(identity: IdentityHouse, bell: Bell) -> None:
    chosen = bell.choose(NotificationChoice(KIND, False, False))
    assert choice_of(chosen) == choice_of(bell.choices()) == NotificationChoice(KIND, False, False)
    assert sum(one.on_pages for one in chosen.choices) == len(NotificationKind) - 1
    bell.tell()
    assert (bell.all(), identity.events("notified")) == ([], [])
    bell.tell(kind=NotificationKind.NEW_PLACE)
    assert [one.kind for one in bell.all()] == [NotificationKind.NEW_PLACE]
    bell.choose(NotificationChoice(KIND, True, False))
    bell.tell()
    assert len(bell.all()) == 2


def test_what_goes_by_e_mail_alone_stands_on_no_page(identity: IdentityHouse, bell: Bell) -> None:
    identity.set_user(bell.actor, email="alice@example.com")
    bell.choose(NotificationChoice(KIND, False, True))
    bell.tell()
    assert (bell.all(), bell.unseen(), bell.mark_all()) == ([], 0, 0)
    with identity.db.system() as session:
        (row,) = session.scalars(sa.select(NotificationRow))
        assert row.to_mail and bell.mark(row.notification_id) == 0
    assert identity.events("notified") == []


def test_e_mail_needs_a_server_that_sends_and_an_address(identity: IdentityHouse, bell: Bell) -> None:
    assert not bell.choices(smtp_set_up=True).mail_available
    identity.set_user(bell.actor, email="alice@example.com")
    assert bell.choices(smtp_set_up=True).mail_available
    assert not bell.choices(smtp_set_up=False).mail_available


def test_a_kind_named_twice_is_refused(bell: Bell) -> None:
    with pytest.raises(Invalid) as refused:
        bell.choose(NotificationChoice(KIND, True, True), NotificationChoice(KIND, False, False))
    assert [(error.path, error.code) for error in refused.value.errors] == [("choices", "repeated")]


def test_choices_stand_in_the_journal_when_they_change(identity: IdentityHouse, bell: Bell) -> None:
    bell.choose(NotificationChoice(KIND, True, False), NotificationChoice(NotificationKind.NEW_PLACE, True, True))
    told = identity.told("notification_choice")
    assert [(one["id"], one["before"], one["after"]) for one in told] == [
        ("new_place", {"by_mail": False}, {"by_mail": True})
    ]
    bell.choose(NotificationChoice(NotificationKind.NEW_PLACE, True, True))
    assert identity.told("notification_choice") == told


# --- telling many


def news(identity: IdentityHouse, source: str = "alarm:1", **params: Any) -> notifying.News:
    told: notifying.Params = {"register": "Касса 1", "alarm": "drift", **params}
    return notifying.News(NotificationKind.REGISTER_ALARM, source, told, "/registers/1", identity.now)


def test_those_hear_of_a_register_whose_roles_it_concerns(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    for role in Role:
        identity.add_user(alice, f"a {role.value}", roles=[role.value])
    identity.add_user(alice, "off", disabled=True)
    with identity.db.system() as session:
        notifying.notify_roles(session, alice.actor.account, news(identity))
    assert heard(identity) == ["a administrator", "a exchange_operator", "alice"]


def heard(identity: IdentityHouse) -> list[str]:
    question = sa.text(
        "SELECT login FROM identity.notification JOIN identity.app_user USING (account_id, user_id) ORDER BY login"
    )
    with identity.db.system() as session:
        return list(session.scalars(question))


def test_no_more_than_so_many_hear_of_one_fact(identity: IdentityHouse, alice: Opened) -> None:
    for number in range(HEARERS_MAX):
        identity.add_user(alice, f"user {number}")
    with identity.db.system() as session:
        notifying.notify_roles(session, alice.actor.account, news(identity))
    assert len(heard(identity)) == HEARERS_MAX


def test_a_flood_of_one_thing_is_one_notification_with_the_newest(identity: IdentityHouse, bell: Bell) -> None:
    for number in range(50):
        identity.later(minutes=1)
        renew(identity, bell.actor.account, news(identity, alarm=f"alarm {number}"))
    (told,) = bell.all()
    assert (told.params["alarm"], told.at) == ("alarm 49", identity.now)
    assert len(identity.events("notified")) == 1


def renew(identity: IdentityHouse, account: AccountId, told: notifying.News) -> None:
    with identity.db.system() as session:
        notifying.renew_for_roles(session, account, told)


def test_news_call_again_once_seen_or_after_a_day(identity: IdentityHouse, bell: Bell) -> None:
    account = bell.actor.account
    renew(identity, account, news(identity))
    bell.mark_all()
    identity.later(minutes=1)
    renew(identity, account, news(identity))
    assert (bell.unseen(), len(identity.events("notified"))) == (1, 2)
    identity.later(hours=23, minutes=59)
    renew(identity, account, news(identity))
    assert len(identity.events("notified")) == 2
    identity.later(minutes=1)
    renew(identity, account, news(identity))
    assert (bell.unseen(), len(identity.events("notified"))) == (1, 3)


def test_news_heard_late_or_twice_change_nothing(identity: IdentityHouse, bell: Bell) -> None:
    old = news(identity, alarm="older")
    identity.later(minutes=1)
    new = news(identity, alarm="newer")
    renew(identity, bell.actor.account, new)
    bell.mark_all()
    for late in (old, new):
        renew(identity, bell.actor.account, late)
    (told,) = bell.all()
    assert (told.params["alarm"], told.seen, len(identity.events("notified"))) == ("newer", True, 1)


# --- where they come from


def test_a_sign_in_from_a_new_place_is_told_to_the_user(identity: IdentityHouse, alice: Opened, bell: Bell) -> None:
    identity.sign_in("100001", "alice", alice.password)
    assert bell.all() == []
    signed = identity.sign_in("100001", "alice", alice.password, address=ELSEWHERE)
    (told,) = bell.all()
    assert (told.kind, told.link) == (NotificationKind.NEW_PLACE, "/me/sessions")
    assert told.params == {"address": ELSEWHERE, "agent": "Kettle/1.0"}
    assert signed.session.actor.user == bell.actor.user
    identity.sign_in("100001", "alice", alice.password, address=ELSEWHERE)
    assert len(bell.all()) == 1


# --- forgetting


def test_they_are_kept_so_long_and_no_longer(identity: IdentityHouse, bell: Bell) -> None:
    bell.tell("old")
    identity.later(seconds=1)
    bell.tell("less old")
    identity.now += timedelta(days=NOTIFICATIONS_KEPT_DAYS, seconds=-1)

    def sweep() -> int:
        with identity.db.system() as session:
            notifications.forget_old(session, identity.now)
        return len(bell.all())

    assert sweep() == 2
    identity.later(milliseconds=1)
    assert sweep() == 1


def test_forgetting_is_bounded(identity: IdentityHouse, bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        bell.tell()
        identity.later(seconds=1)
    newest = bell.all()[0]
    identity.later(days=NOTIFICATIONS_KEPT_DAYS)
    monkeypatch.setattr(notifications, "FORGOTTEN_AT_ONCE", 2)
    for left in (3, 1, 0):
        with identity.db.system() as session:
            notifications.forget_old(session, identity.now)
        assert len(bell.all()) == left
        assert left == 0 or newest in bell.all()

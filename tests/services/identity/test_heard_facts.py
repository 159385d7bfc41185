"""Facts of other rooms that need a person's eye, as notifications."""

import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy.orm import Session

from services.contracts.catalog import ImportChangedEvent
from services.contracts.events import EventRecord
from services.contracts.notifications import NotificationKind
from services.contracts.permissions import Role
from services.contracts.registers import (
    ExchangeChangedEvent,
    ExchangeKind,
    ExchangeState,
    RegisterChangedEvent,
)
from services.contracts.values import AccountId, ExchangeId, RegisterId, SystemActor, UserId
from services.identity.use_cases import hearing
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.own_bell import Bell

REGISTER = RegisterId(str(uuid.uuid4()))
IMPORT = str(uuid.uuid4())

Handler = Callable[[Session, EventRecord, Any], None]


class Ears:
    """Facts of an account come in, as the consumer hands them over."""

    def __init__(self, identity: IdentityHouse, account: AccountId | None) -> None:
        self.identity = identity
        self.account = account
        self.number = 0

    def hear(self, handler: Handler, event: msgspec.Struct) -> None:
        self.number += 1
        body = msgspec.to_builtins(event)
        by = SystemActor("test")
        record = EventRecord(self.number, self.account, body["type"], body, by, "", self.identity.now)
        with self.identity.db.system() as session:
            handler(session, record, msgspec.convert(body, type(event)))

    def imported(self, by: str | None, **fields: Any) -> None:
        usual: dict[str, Any] = {
            "import_id": IMPORT,
            "state": "applied",
            "by": by,
            "filename": "прайс.csv",
            "created": 3,
            "changed": 2,
            "failed": 1,
        }
        self.hear(hearing.hear_of_import, ImportChangedEvent(**usual | fields))

    def alarmed(self, alarm: str | None = "drift", what: str = "alarm", register: RegisterId = REGISTER) -> None:
        event = RegisterChangedEvent(register=register, what=what, alarm=alarm, name="Касса 1")
        self.hear(hearing.hear_of_register, event)

    def exchanged(self, state: ExchangeState, asked_by: str | None = None, **fields: Any) -> str:
        exchange = ExchangeId(str(uuid.uuid4()))
        usual: dict[str, Any] = {
            "exchange": exchange,
            "register": REGISTER,
            "kind": ExchangeKind.LOAD_GOODS,
            "state": state,
            "reason": "dialog_declined",
            "asked_by": None if asked_by is None else UserId(asked_by),
            "register_name": "Касса 1",
        }
        self.hear(hearing.hear_of_exchange, ExchangeChangedEvent(**usual | fields))
        return exchange


@pytest.fixture
def ears(identity: IdentityHouse, alice: Opened) -> Ears:
    return Ears(identity, alice.actor.account)


@pytest.fixture
def bell(identity: IdentityHouse, alice: Opened) -> Bell:
    return Bell(identity, alice.actor)


def colleague(identity: IdentityHouse, alice: Opened, login: str, *roles: Role) -> Bell:
    """Somebody with these roles, signed in."""
    identity.add_user(alice, login, roles=[role.value for role in roles])
    return Bell(identity, identity.sign_in("100001", login, alice.password).session.actor)


def kinds(bell: Bell) -> list[NotificationKind]:
    return [one.kind for one in bell.all()]


# --- imports


def test_whoever_began_an_import_hears_of_its_end(
    identity: IdentityHouse, alice: Opened, charlie: Opened, ears: Ears, bell: Bell
) -> None:
    clerk = colleague(identity, alice, "clerk", Role.GOODS_MANAGER)
    ears.imported(clerk.actor.user)
    (told,) = clerk.all()
    assert (told.kind, told.link, told.at) == (
        NotificationKind.IMPORT_ENDED,
        f"/goods/imports/{IMPORT}",
        identity.now,
    )
    assert told.params == {
        "filename": "прайс.csv",
        "state": "applied",
        "created": 3,
        "changed": 2,
        "failed": 1,
        "reason": "",
    }
    for other in (bell, Bell(identity, charlie.actor)):
        assert other.all() == []


def test_why_an_import_failed_is_told(ears: Ears, bell: Bell) -> None:
    ears.imported(bell.actor.user, state="failed", reason="no_columns", created=0, changed=0, failed=0)
    (told,) = bell.all()
    assert (told.params["state"], told.params["reason"]) == ("failed", "no_columns")


@pytest.mark.parametrize("state", ["queued", "reading", "previewed", "applying", "cancelled"])
def test_an_import_that_is_not_over_is_not_told(ears: Ears, bell: Bell, state: str) -> None:
    ears.imported(bell.actor.user, state=state)
    assert bell.all() == []


def test_an_import_heard_of_twice_is_told_once(identity: IdentityHouse, ears: Ears, bell: Bell) -> None:
    ears.imported(bell.actor.user)
    bell.mark_all()
    ears.imported(bell.actor.user)
    (told,) = bell.all()
    assert told.seen and len(identity.events("notified")) == 1


def test_of_imports_by_programs_people_hear_when_they_fail(
    identity: IdentityHouse, alice: Opened, ears: Ears, bell: Bell
) -> None:
    clerk = colleague(identity, alice, "clerk", Role.GOODS_MANAGER)
    viewer = colleague(identity, alice, "viewer", Role.VIEWER)
    program = str(uuid.uuid4())
    ears.imported(program)
    assert bell.all() == clerk.all() == []
    for _ in range(5):
        identity.later(hours=1)
        ears.imported(program, import_id=str(uuid.uuid4()), state="failed", reason="no_columns")
    ears.imported(program, import_id=str(uuid.uuid4()), state="failed", reason="of the same moment")
    assert [len(one.all()) for one in (bell, clerk, viewer)] == [1, 1, 0]
    assert bell.all()[0].at == identity.now and len(identity.events("notified")) == 2


# --- alarms


def test_an_alarm_is_told_to_those_who_mind_registers(
    identity: IdentityHouse, alice: Opened, charlie: Opened, ears: Ears, bell: Bell
) -> None:
    minder = colleague(identity, alice, "minder", Role.EXCHANGE_OPERATOR)
    viewer = colleague(identity, alice, "viewer", Role.VIEWER, Role.GOODS_MANAGER)
    ears.alarmed()
    for one in (bell, minder):
        (told,) = one.all()
        assert (told.kind, told.link) == (NotificationKind.REGISTER_ALARM, f"/registers/{REGISTER}")
        assert told.params == {"register": "Касса 1", "alarm": "drift"}
    assert viewer.all() == Bell(identity, charlie.actor).all() == []


def test_an_alarm_that_comes_and_goes_rings_once_until_it_is_seen(
    identity: IdentityHouse, ears: Ears, bell: Bell
) -> None:
    for _ in range(100):
        identity.later(seconds=30)
        ears.alarmed()
        ears.alarmed(None)
    assert bell.unseen() == 1 and len(identity.events("notified")) == 1
    bell.mark_all()
    identity.later(seconds=30)
    ears.alarmed()
    assert bell.unseen() == 1 and len(identity.events("notified")) == 2


def test_other_alarms_and_other_registers_are_news_of_their_own(ears: Ears, bell: Bell) -> None:
    ears.alarmed()
    ears.alarmed("foreign_serial")
    ears.alarmed(register=RegisterId(str(uuid.uuid4())))
    assert bell.unseen() == 3


@pytest.mark.parametrize("what", ["online", "offline", "mode", "goods", "changed"])
def test_what_registers_do_all_day_is_not_told(ears: Ears, bell: Bell, what: str) -> None:
    ears.alarmed(what=what)
    ears.alarmed(None)  # an alarm that ended
    assert bell.all() == []


# --- exchanges


@pytest.mark.parametrize("state", [ExchangeState.FAILED, ExchangeState.EXPIRED])
def test_whoever_asked_for_an_exchange_hears_that_it_failed(
    identity: IdentityHouse, alice: Opened, charlie: Opened, ears: Ears, bell: Bell, state: ExchangeState
) -> None:
    clerk = colleague(identity, alice, "clerk", Role.GOODS_MANAGER)
    exchange = ears.exchanged(state, clerk.actor.user)
    (told,) = clerk.all()
    assert (told.kind, told.link) == (NotificationKind.EXCHANGE_FAILED, f"/exchanges/{exchange}")
    assert told.params == {
        "register": "Касса 1",
        "exchange": "load_goods",
        "state": state.value,
        "reason": "dialog_declined",
    }
    assert bell.all() == Bell(identity, charlie.actor).all() == []


@pytest.mark.parametrize("asked_by", [None, "00000000-0000-0000-0000-00000000dead"])
def test_of_an_exchange_that_no_person_asked_for_hear_those_who_mind_registers(
    identity: IdentityHouse, alice: Opened, ears: Ears, bell: Bell, asked_by: str | None
) -> None:
    minder = colleague(identity, alice, "minder", Role.EXCHANGE_OPERATOR)
    viewer = colleague(identity, alice, "viewer", Role.VIEWER)
    ears.exchanged(ExchangeState.FAILED, asked_by)
    assert kinds(bell) == kinds(minder) == [NotificationKind.EXCHANGE_FAILED]
    assert viewer.all() == []


def test_exchanges_that_fail_again_and_again_are_one_notification(
    identity: IdentityHouse, ears: Ears, bell: Bell
) -> None:
    for _ in range(40):
        identity.later(minutes=5)
        newest = ears.exchanged(ExchangeState.FAILED)
    (told,) = bell.all()
    assert (told.link, told.at) == (f"/exchanges/{newest}", identity.now)
    assert len(identity.events("notified")) == 1


@pytest.mark.parametrize("state", sorted(set(ExchangeState) - {ExchangeState.FAILED, ExchangeState.EXPIRED}))
def test_other_ends_of_an_exchange_are_not_told(ears: Ears, bell: Bell, state: ExchangeState) -> None:
    ears.exchanged(state, bell.actor.user)
    assert bell.all() == []


# --- walls


def test_a_fact_of_one_account_never_tells_a_user_of_another(
    identity: IdentityHouse, charlie: Opened, ears: Ears, bell: Bell
) -> None:
    stranger = Bell(identity, charlie.actor)
    ears.imported(charlie.actor.user)
    ears.exchanged(ExchangeState.FAILED, charlie.actor.user)
    assert stranger.all() == []
    assert kinds(bell) == [NotificationKind.EXCHANGE_FAILED]  # nobody of this account asked for it


def test_a_fact_of_no_account_or_of_a_forgotten_one_is_passed_over(
    identity: IdentityHouse, alice: Opened, bell: Bell
) -> None:
    for account in (None, AccountId(str(uuid.uuid4()))):
        ears = Ears(identity, account)
        ears.imported(alice.actor.user, state="failed")
        ears.alarmed()
        ears.exchanged(ExchangeState.FAILED, alice.actor.user)
    assert bell.all() == []

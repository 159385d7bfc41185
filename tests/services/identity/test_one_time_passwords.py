"""«Выдать одноразовый пароль» and first passwords: told once, good for three days, to be changed at once."""

import re
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from services.chassis.handled_requests import begin_request, store_reply
from services.chassis.rpc_wire import Reply
from services.chassis.tables import room_tables
from services.contracts.identity import OneTimePasswordExpired, Restriction, SecondFactorNeeded, SignedIn, SignInRefused
from services.contracts.notifications import NotificationKind
from services.contracts.permissions import Role
from services.contracts.refusals import NotFound, Unauthenticated
from services.contracts.users import ONE_TIME_PASSWORD_HOURS, UserWithPassword
from services.identity.models import NotificationRow, User
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.own_sign_in import OwnSignIn
from tests.services.identity.user_desk import UserDesk

PASSWORD = "жёлтый трамвай 17"
READABLE = re.compile(r"([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}")


@pytest.fixture
def desk(identity: IdentityHouse, alice: Opened) -> UserDesk:
    return UserDesk(identity, alice.actor)


def told_password(told: UserWithPassword) -> str:
    assert told.password is not None and READABLE.fullmatch(told.password)
    return told.password


def test_a_new_user_without_a_password_gets_a_one_time_one(identity: IdentityHouse, desk: UserDesk) -> None:
    told = desk.add("bob")
    password = told_password(told)
    assert told.user.must_change_password
    assert told.valid_until == identity.now + timedelta(hours=ONE_TIME_PASSWORD_HOURS)
    signed = identity.sign_in("100001", "bob", password)
    assert signed.session.restriction is Restriction.PASSWORD and signed.session.actor.roles == ()
    changed = OwnSignIn(identity, signed.session.actor).change_password(password, PASSWORD)
    assert changed.session.restriction is None and changed.session.actor.roles == (Role.VIEWER,)
    assert not desk.get(told.user.id).must_change_password
    assert isinstance(identity.try_sign_in("100001", "bob", password), SignInRefused)


def test_it_is_good_until_the_moment_that_was_told(identity: IdentityHouse, desk: UserDesk) -> None:
    password = told_password(desk.add("bob"))
    identity.later(hours=ONE_TIME_PASSWORD_HOURS, microseconds=-1)
    identity.sign_in("100001", "bob", password)
    identity.later(microseconds=1)
    with pytest.raises(OneTimePasswordExpired):
        identity.sign_in("100001", "bob", password)


def test_issuing_one_takes_the_place_of_the_password_and_ends_the_sessions(
    identity: IdentityHouse, alice: Opened, desk: UserDesk
) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    signed = identity.sign_in("100001", "bob", PASSWORD)
    told = desk.issue_password(bob.id)
    password = told_password(told)
    assert (told.user.must_change_password, told.user.version) == (True, 2)
    assert told.valid_until == identity.now + timedelta(hours=ONE_TIME_PASSWORD_HOURS)
    with pytest.raises(Unauthenticated):
        identity.authenticate(signed.token)
    assert [(e["session"], e["reason"]) for e in identity.events("session_ended")] == [(signed.session.id, "password")]
    assert identity.events("user_changed")[-1] == {"type": "user_changed", "user": bob.id, "what": "password"}
    assert isinstance(identity.try_sign_in("100001", "bob", PASSWORD), SignInRefused)
    identity.sign_in("100001", "bob", password)
    second = told_password(desk.issue_password(bob.id))
    assert second != password
    assert isinstance(identity.try_sign_in("100001", "bob", password), SignInRefused)
    identity.authenticate(alice.token)


def test_the_second_factor_stays(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    own = OwnSignIn(identity, identity.sign_in("100001", "bob", PASSWORD).session.actor)
    secret, _ = own.set_up(PASSWORD)
    told = desk.issue_password(bob.id)
    password = told_password(told)
    assert told.user.second_factor
    assert isinstance(identity.try_sign_in("100001", "bob", password), SecondFactorNeeded)
    identity.later(minutes=1)
    identity.sign_in("100001", "bob", password, code=own.code(secret))


def test_a_lost_second_factor_is_taken_away_and_the_user_told(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    own = OwnSignIn(identity, identity.sign_in("100001", "bob", PASSWORD).session.actor)
    _, codes = own.set_up(PASSWORD)
    view = desk.remove_second_factor(bob.id)
    assert not view.second_factor
    assert own.second_factor().recovery_codes_left == 0
    assert isinstance(identity.try_sign_in("100001", "bob", PASSWORD, code=codes.codes[0]), SignedIn)
    told = notifications(identity, bob.id, NotificationKind.SECOND_FACTOR)
    assert told[-1].params == {"what": "taken_away", "by": "alice"}
    assert desk.remove_second_factor(bob.id) == desk.get(bob.id)
    assert len(notifications(identity, bob.id, NotificationKind.SECOND_FACTOR)) == len(told)


def notifications(identity: IdentityHouse, user: str, kind: NotificationKind) -> list[NotificationRow]:
    with identity.db.system() as session:
        mine = sa.select(NotificationRow).where(NotificationRow.user_id == user, NotificationRow.kind == kind.value)
        return list(session.scalars(mine.order_by(NotificationRow.params["what"].astext)))


def test_the_user_is_told_who_issued_it(identity: IdentityHouse, alice: Opened, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    told = desk.issue_password(bob.id)
    (note,) = notifications(identity, bob.id, NotificationKind.ONE_TIME_PASSWORD)
    assert told.valid_until is not None
    assert note.params == {"by": "alice", "until": told.valid_until.isoformat()}
    assert (note.account_id, note.seen_at, note.link) == (alice.actor.account, None, "/me/password")


def test_it_stands_in_the_journal_without_the_password(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    told = desk.issue_password(bob.id)
    change = identity.told("user")[-1]
    assert told.valid_until is not None
    assert change["after"] == {
        "password": "•••",
        "must_change_password": True,
        "password_until": told.valid_until.isoformat(),
    }
    facts = str([identity.events(type_) for type_ in ("written", "user_changed", "session_ended", "notified")])
    assert told_password(told) not in facts and "argon2" not in facts


def test_only_its_hash_is_kept(identity: IdentityHouse, desk: UserDesk) -> None:
    told = desk.add("bob")
    with identity.db.system() as session:
        row = session.execute(sa.select(*sa.inspect(User).columns).where(User.login == "bob")).one()
    assert row.password_hash.startswith("$argon2id$")
    assert told_password(told) not in str(row)


def test_a_repeated_request_is_not_told_the_password_again(
    identity: IdentityHouse, alice: Opened, desk: UserDesk
) -> None:
    account, key = alice.actor.account, f"{alice.actor.user}/one-and-the-same"
    told = desk.add("bob")
    reply = as_sent(told)
    with identity.db.account(account, alice.actor) as session:
        assert begin_request(session, account, key, "digest") is None
        store_reply(session, account, key, reply)
    with identity.db.account(account, alice.actor) as session:
        again = begin_request(session, account, key, "digest")
        kept = session.execute(sa.select(room_tables("identity").handled_request.c.reply)).scalar_one()
    assert again == kept
    assert kept["value"]["user"]["login"] == "bob" and kept["value"]["password"] == ""
    assert told_password(told) not in str(kept)


def test_strangers_and_nobody_get_none(identity: IdentityHouse, desk: UserDesk, charlie: Opened) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    with pytest.raises(NotFound):
        UserDesk(identity, charlie.actor).issue_password(bob.id)
    with pytest.raises(NotFound):
        desk.issue_password("00000000-0000-0000-0000-00000000dead")
    identity.sign_in("100001", "bob", PASSWORD)


def as_sent(told: UserWithPassword) -> dict[str, object]:
    """The reply as a door sends it."""
    reply: dict[str, object] = msgspec.to_builtins(Reply(value=told))
    return reply

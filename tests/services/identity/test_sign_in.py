"""Signing in: what may be typed, what is told, how wrong tries are slowed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.contracts.identity import (
    AccountSuspended,
    OneTimePasswordExpired,
    SignedIn,
    SignInForm,
    SignInRefused,
    TooManySignIns,
)
from services.contracts.permissions import Role
from services.identity.models import Account, LiveSession, NotificationRow, SignInFailure, User
from services.identity.use_cases import sign_in
from services.identity.use_cases.sessions import SESSIONS_PER_USER
from services.identity.use_cases.tokens import token_hash
from tests.services.identity.identity_house import ADDRESS, AGENT, ELSEWHERE, IdentityHouse, Opened


@pytest.mark.parametrize("client", ["100001", "№ 100 001", "ООО «Ромашка»", 'ооо "РОМАШКА"', "  ооо ромашка"])
def test_client_is_the_number_or_the_name(identity: IdentityHouse, alice: Opened, client: str) -> None:
    signed = identity.sign_in(client, " ALICE ", "зелёный чайник")
    assert signed.session.user.login == "alice"
    assert signed.session.account.number == 100001
    assert signed.session.actor == identity.authenticate(signed.token).actor


def test_the_token_is_kept_as_a_hash_alone(identity: IdentityHouse, alice: Opened) -> None:
    with identity.db.system() as session:
        stored = session.scalars(sa.select(LiveSession)).one()
    assert stored.token_hash == token_hash(alice.token)
    assert len(alice.token) == 43
    assert identity.sign_in("100001", "alice", alice.password).token != alice.token


@pytest.mark.parametrize(
    ("client", "user", "password"),
    [
        ("100001", "alice", "зелёный чайник!"),
        ("100001", "alice", ""),
        ("100001", "alice", "я" * 100_000),
        ("100001", "bob", "зелёный чайник"),
        ("100999", "alice", "зелёный чайник"),
        ("", "", ""),
        ("ООО Ромашка\x00", "alice\x00", "зелёный чайник\x00"),
        ("2147483648", "alice", "зелёный чайник"),
        ("x" * 100_000, "\ud800", "\ud800"),
    ],
)
def test_wrong_ones_are_refused_in_the_same_words(
    identity: IdentityHouse, alice: Opened, client: str, user: str, password: str
) -> None:
    outcome = identity.try_sign_in(client, user, password)
    assert isinstance(outcome, SignInRefused)
    assert (outcome.params, outcome.errors) == ({}, ())


def test_unknown_clients_users_and_passwords_take_the_same_time(costly_identity: IdentityHouse) -> None:
    identity = costly_identity
    alice = identity.open("ООО «Ромашка»", "alice", "зелёный чайник")
    tried = {"known": ("100001", "alice"), "no user": ("100001", "bob"), "no client": ("Нет такой", "alice")}
    identity.add_user(alice, "gone", disabled=True)
    tried["disabled"] = ("100001", "gone")
    quickest = dict.fromkeys(tried, 60.0)
    for number in range(12):
        for what, (client, user) in tried.items():
            started = time.thread_time()  # hashing is computing; whatever else runs here does not count
            password = alice.password if what == "disabled" else "не тот пароль"
            identity.try_sign_in(client, user, password, f"203.0.113.{number}")
            quickest[what] = min(quickest[what], time.thread_time() - started)
    # Without the check against nobody's hash the unknown ones would be several times as fast.
    assert quickest["no user"] > quickest["known"] * 0.6
    assert quickest["no client"] > quickest["known"] * 0.6
    assert quickest["disabled"] > quickest["known"] * 0.6


def test_the_product_hashes_at_full_cost(costly_identity: IdentityHouse) -> None:
    hashed = costly_identity.hasher.hash("зелёный чайник")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def wrong(identity: IdentityHouse, times: int, **where: str) -> None:
    for _ in range(times):
        assert isinstance(identity.try_sign_in("100001", "alice", "не тот пароль", **where), SignInRefused)


def test_five_wrong_tries_make_the_next_wait(identity: IdentityHouse, alice: Opened) -> None:
    wrong(identity, 5, address=ELSEWHERE)
    with pytest.raises(TooManySignIns) as refused:
        identity.try_sign_in("100001", "alice", "зелёный чайник", ELSEWHERE)
    assert refused.value.params["retry_after"] == 31
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("ООО Ромашка", "ALICE", "зелёный чайник", ELSEWHERE)
    identity.later(seconds=31)
    assert isinstance(identity.try_sign_in("100001", "alice", "зелёный чайник", ELSEWHERE), SignedIn)
    wrong(identity, 4, address=ELSEWHERE)


def test_each_further_wrong_try_waits_longer(identity: IdentityHouse, alice: Opened) -> None:
    wrong(identity, 5)
    identity.later(seconds=31)
    wrong(identity, 1)
    identity.later(seconds=31)
    with pytest.raises(TooManySignIns) as refused:
        identity.try_sign_in("100001", "alice", "зелёный чайник")
    assert 29 <= int(refused.value.params["retry_after"]) <= 30


def test_a_stranger_elsewhere_does_not_hold_the_user_up(identity: IdentityHouse, alice: Opened) -> None:
    wrong(identity, 5, address=ELSEWHERE)
    assert isinstance(identity.try_sign_in("100001", "alice", "зелёный чайник"), SignedIn)
    assert isinstance(identity.try_sign_in("100001", "bob", "зелёный чайник", ELSEWHERE), SignInRefused)


def test_an_unknown_client_is_throttled_like_a_known_one(identity: IdentityHouse, alice: Opened) -> None:
    for _ in range(5):
        assert isinstance(identity.try_sign_in("Нет такой", "alice", "не тот"), SignInRefused)
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("НЕТ «ТАКОЙ»", "Alice", "не тот")


def test_an_address_with_fifty_wrong_tries_waits_but_not_its_known_users(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    identity.sign_in("100001", "alice", alice.password, ELSEWHERE)
    for number in range(50):
        assert isinstance(identity.try_sign_in("100001", f"nobody{number}", "не тот", ELSEWHERE), SignInRefused)
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("100001", "somebody", "не тот", ELSEWHERE)
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("100002", "charlie", charlie.password, ELSEWHERE)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, ELSEWHERE), SignedIn)
    assert isinstance(identity.try_sign_in("100002", "charlie", charlie.password), SignedIn)


def test_the_counts_keep_nothing_that_was_typed(identity: IdentityHouse, alice: Opened) -> None:
    wrong(identity, 2)
    with identity.db.system() as session:
        kept = session.scalars(sa.select(SignInFailure)).all()
    assert sorted(row.count for row in kept) == [2, 2, 2]
    assert all(len(row.subject) == 32 for row in kept)


def test_no_wrong_try_is_lost_when_many_come_at_once(identity: IdentityHouse, alice: Opened) -> None:
    ready = threading.Barrier(4)

    def try_thrice(number: int) -> None:
        ready.wait()
        for _ in range(3):
            identity.try_sign_in("100001", f"nobody{number}", "не тот", ELSEWHERE)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(try_thrice, range(4)))
    with identity.db.system() as session:
        counts = sorted(session.scalars(sa.select(SignInFailure.count)))
    assert counts == [3, 3, 3, 3, 12, 12]


def test_live_sessions_of_a_user_are_bounded(identity: IdentityHouse, alice: Opened) -> None:
    with identity.db.system() as session:
        first = session.scalars(sa.select(LiveSession)).one()
        for number in range(SESSIONS_PER_USER - 1):
            copy = {column.key: getattr(first, column.key) for column in sa.inspect(LiveSession).columns}
            copy["session_id"] = f"00000000-0000-0000-0000-{number:012}"
            copy["token_hash"] = number.to_bytes(32, "big")
            session.add(LiveSession(**copy))
    identity.later(seconds=90)
    identity.authenticate(alice.token)
    identity.later(seconds=1)
    identity.sign_in("100001", "alice", alice.password)
    with identity.db.system() as session:
        live = session.scalar(sa.select(sa.func.count()).where(LiveSession.ended_at.is_(None)))
    assert live == SESSIONS_PER_USER
    assert identity.authenticate(alice.token).actor == alice.actor
    assert [event["reason"] for event in identity.events("session_ended")] == ["ended"]


def test_a_disabled_user_is_refused_like_a_wrong_password_and_counted(identity: IdentityHouse, alice: Opened) -> None:
    identity.set_user(alice.actor, disabled=True)
    for _ in range(5):
        outcome = identity.try_sign_in("100001", "alice", alice.password)
        assert type(outcome) is SignInRefused and outcome.params == {}
    with pytest.raises(TooManySignIns):
        identity.try_sign_in("100001", "alice", alice.password)


def test_what_changes_while_the_password_is_checked_counts(identity: IdentityHouse, alice: Opened) -> None:
    form = SignInForm("100001", "alice", alice.password, ADDRESS)
    for change in ({"disabled": True}, {"disabled": False, "password_hash": "another"}):
        identity.set_user(alice.actor, disabled=False)
        with identity.db.system() as session:
            attempt = sign_in.look_up(session, form, identity.now)
        identity.set_user(alice.actor, **change)
        with identity.db.system() as session:
            assert isinstance(sign_in.conclude(session, attempt, True, identity.sealer, identity.now), SignInRefused)


def test_a_suspended_account_is_told_to_those_alone_who_know_the_password(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    identity.set_account(alice.actor.account, state="suspended")
    with pytest.raises(AccountSuspended):
        identity.try_sign_in("100001", "alice", alice.password)
    assert type(identity.try_sign_in("100001", "alice", "не тот пароль")) is SignInRefused
    assert isinstance(identity.try_sign_in("100002", "charlie", charlie.password), SignedIn)


def test_users_of_an_account_that_is_to_be_deleted_may_sign_in(identity: IdentityHouse, alice: Opened) -> None:
    identity.set_account(alice.actor.account, state="deleting", delete_at=identity.now + timedelta(days=30))
    signed = identity.sign_in("100001", "alice", alice.password)
    assert identity.authenticate(signed.token).account.state == "deleting"


def test_a_one_time_password_is_good_until_its_end(identity: IdentityHouse, alice: Opened) -> None:
    until = identity.now + timedelta(hours=72)
    identity.set_user(alice.actor, must_change_password=True, password_until=until)
    identity.later(hours=71, minutes=59)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignedIn)
    identity.later(minutes=1)
    with pytest.raises(OneTimePasswordExpired):
        identity.try_sign_in("100001", "alice", alice.password)
    assert type(identity.try_sign_in("100001", "alice", "не тот пароль")) is SignInRefused


def test_the_last_sign_in_is_kept_of_user_and_account(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    identity.later(hours=3)
    signed = identity.sign_in("100001", "alice", alice.password)
    assert signed.session.user.last_sign_in_at == identity.now
    with identity.db.system() as session:
        for model in (User.last_sign_in_at, Account.last_sign_in_at):
            assert sorted(session.scalars(sa.select(model))) == [identity.now - timedelta(hours=3), identity.now]
        assert set(session.scalars(sa.select(User.version))) == {1}, "signing in changes nothing that people edit"


def test_the_dealer_flag_counts_after_signing_in_again_and_is_lost_at_once(
    identity: IdentityHouse, alice: Opened
) -> None:
    identity.set_user(alice.actor, dealer=True)
    seen = identity.authenticate(alice.token)
    assert (seen.actor.dealer, seen.user.dealer) == (False, True)
    again = identity.sign_in("100001", "alice", alice.password)
    assert again.session.actor.dealer and identity.authenticate(again.token).actor.dealer
    identity.set_user(alice.actor, dealer=False)
    assert not identity.authenticate(again.token).actor.dealer


def test_each_sign_in_stands_in_the_journal_as_the_users_own(identity: IdentityHouse, alice: Opened) -> None:
    signed = identity.sign_in("100001", "alice", alice.password, ELSEWHERE)
    first, second = identity.told("session")
    assert (first["id"], first["name"], first["before"]) == (alice.actor.session, "alice", None)
    assert first["after"] == {"address": ADDRESS, "agent": AGENT, "new_place": False}
    assert second["id"] == signed.session.id
    assert second["after"] == {"address": ELSEWHERE, "agent": AGENT, "new_place": True}
    people = [actor for actor in identity.actors("written") if actor["kind"] == "user"]
    assert {actor["user"] for actor in people} == {alice.actor.user}
    assert {actor["address"] for actor in people} == {ADDRESS, ELSEWHERE}
    assert signed.token not in str(identity.events("written"))


def test_a_new_place_is_told_to_the_user_once(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    def news() -> list[NotificationRow]:
        with identity.db.system() as session:
            return list(session.scalars(sa.select(NotificationRow)))

    assert news() == [], "the very first place is no news"
    for _ in range(2):
        identity.sign_in("100001", "alice", alice.password, ELSEWHERE)
    identity.sign_in("100001", "alice", alice.password)
    (told,) = news()
    assert (told.account_id, told.user_id, told.kind) == (alice.actor.account, alice.actor.user, "new_place")
    assert told.params == {"address": ELSEWHERE, "agent": AGENT}


def test_signing_in_takes_a_new_token_and_leaves_other_sessions_alone(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    # A browser that holds a token (planted, or of another user) gets another one; the old one is not touched.
    again = identity.sign_in("100001", "alice", alice.password)
    assert len({alice.token, charlie.token, again.token}) == 3
    assert identity.authenticate(alice.token).actor == alice.actor
    assert identity.authenticate(charlie.token).actor == charlie.actor
    assert identity.events("session_ended") == []


def test_the_roles_of_the_session_are_those_of_the_user(identity: IdentityHouse, alice: Opened) -> None:
    identity.add_user(alice, "bob", roles=[Role.VIEWER.value, Role.EXCHANGE_OPERATOR.value])
    assert identity.sign_in("100001", "bob", alice.password).session.actor.roles == (
        Role.VIEWER,
        Role.EXCHANGE_OPERATOR,
    )

"""UsersRpc in the running house: who is let in, what happens once, and which secrets are kept nowhere."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
import pytest

from services.chassis.request import request_context
from services.chassis.sync_bridge import SyncBridge
from services.contracts.identity import IdentityRpc, NewAccount, SignInForm
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, Refusal, Stale
from services.contracts.users import LastAdministrator, NewUser, UserChanges, UserQuery, UsersRpc, UserWithPassword
from services.contracts.values import SystemActor, UserActor, UserId
from tests.house.running import RunningHouse

SYSTEM = SystemActor(name="test")
PASSWORD = "green-kettle-77"  # in letters that a log shows as they are


@pytest.fixture(scope="module")
def bus(house: RunningHouse) -> Iterator[SyncBridge]:
    bridge = SyncBridge(house.amqp_url, timeout=20)
    assert bridge.wait_ready(20)
    yield bridge
    bridge.close()


@pytest.fixture
def alice(bus: SyncBridge) -> UserActor:
    """The administrator of a new account."""
    made = bus.call(IdentityRpc.create_account, SYSTEM, NewAccount(f"Ромашка {uuid.uuid4()}", "alice", PASSWORD))
    return sign_in(bus, made.client_number, "alice")


def sign_in(bus: SyncBridge, number: int, login: str) -> UserActor:
    form = SignInForm(str(number), login, PASSWORD, f"2001:db8:0:{number}::1")
    return bus.call(IdentityRpc.sign_in, SYSTEM, form).session.actor


def test_none_but_administrators_are_let_in(bus: SyncBridge, alice: UserActor) -> None:
    bob = bus.call(UsersRpc.add_user, alice, NewUser("bob", roles=(Role.VIEWER,), password=PASSWORD)).user.id
    others = (Role.GOODS_MANAGER, Role.EXCHANGE_OPERATOR, Role.VIEWER, Role.OPERATOR)
    for actor in (msgspec.structs.replace(alice, roles=others), msgspec.structs.replace(alice, roles=())):
        for attempt in (
            lambda actor=actor: bus.call(UsersRpc.page_users, actor, UserQuery()),
            lambda actor=actor: bus.call(UsersRpc.get_user, actor, bob),
            lambda actor=actor: bus.call(UsersRpc.add_user, actor, NewUser("eve", roles=(Role.VIEWER,))),
            lambda actor=actor: bus.call(UsersRpc.change_user, actor, bob, UserChanges(name="Ева"), None),
            lambda actor=actor: bus.call(UsersRpc.remove_user, actor, bob, None),
            lambda actor=actor: bus.call(UsersRpc.issue_one_time_password, actor, bob),
            lambda actor=actor: bus.call(UsersRpc.remove_second_factor, actor, bob),
            lambda actor=actor: bus.call(UsersRpc.end_sessions_of, actor, bob),
        ):
            with pytest.raises(Forbidden):
                attempt()
    assert [view.login for view in bus.call(UsersRpc.page_users, alice, UserQuery()).items] == ["alice", "bob"]
    assert bus.call(UsersRpc.get_user, alice, bob).name == "bob"


def test_a_one_time_password_is_told_once_and_kept_nowhere(
    bus: SyncBridge, alice: UserActor, house: RunningHouse
) -> None:
    key, new = uuid.uuid4().hex, NewUser("bob", roles=(Role.VIEWER,))

    def add(_: int) -> UserWithPassword:
        with request_context(uuid.uuid4().hex, idempotency_key=key):
            return bus.call(UsersRpc.add_user, alice, new)

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(add, range(3)))
    assert len({one.user.id for one in told}) == 1
    (secret,) = [one.password for one in told if one.password]
    with psycopg.connect(house.database_url) as link:
        for table in ("handled_request", "event_log", "app_user", "notification"):
            rows = link.execute(f"SELECT to_jsonb(t)::text FROM identity.{table} t").fetchall()  # type: ignore[arg-type]
            assert rows or table == "notification"
            assert not [row for (row,) in rows if secret in row], table
    assert "serving" in house.logs("identity", 5000)
    assert secret not in house.logs("identity", 5000)


def test_a_given_password_is_kept_nowhere(bus: SyncBridge, alice: UserActor, house: RunningHouse) -> None:
    secret = f"blue-{uuid.uuid4()}"
    with request_context(uuid.uuid4().hex, idempotency_key=uuid.uuid4().hex):
        bob = bus.call(UsersRpc.add_user, alice, NewUser("bob", roles=(Role.VIEWER,), password=secret)).user
    with request_context(uuid.uuid4().hex, idempotency_key=uuid.uuid4().hex):
        bus.call(UsersRpc.change_user, alice, bob.id, UserChanges(password=f"{secret}!"), bob.version)
    with psycopg.connect(house.database_url) as link:
        for table in ("handled_request", "event_log", "app_user"):
            rows = link.execute(f"SELECT to_jsonb(t)::text FROM identity.{table} t").fetchall()  # type: ignore[arg-type]
            assert rows and not [row for (row,) in rows if secret in row], table
    assert secret not in house.logs("identity", 5000)


def test_of_many_editing_one_user_at_a_moment_one_is_heard(bus: SyncBridge, alice: UserActor) -> None:
    bob = bus.call(UsersRpc.add_user, alice, NewUser("bob", roles=(Role.VIEWER,), password=PASSWORD)).user

    def rename(number: int) -> int | None:
        try:
            changes = UserChanges(name=f"Борис {number}")
            return bus.call(UsersRpc.change_user, alice, bob.id, changes, bob.version).version
        except Stale:
            return None

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(rename, range(6)))
    assert sorted(version for version in outcomes if version) == [2]
    now = bus.call(UsersRpc.get_user, alice, bob.id)
    assert (now.name, now.version) == (f"Борис {outcomes.index(2)}", 2)


def test_administrators_who_disable_each_other_leave_one(bus: SyncBridge, alice: UserActor) -> None:
    number = bus.call(IdentityRpc.get_account, alice).number
    logins = [f"admin-{letter}" for letter in "abcde"]
    for login in logins:
        bus.call(UsersRpc.add_user, alice, NewUser(login, roles=(Role.ADMINISTRATOR,), password=PASSWORD))
    actors = [alice, *(sign_in(bus, number, login) for login in logins)]

    def disable_all_others(actor: UserActor) -> list[Refusal]:
        refused: list[Refusal] = []
        for other in actors:
            if other is not actor:
                try:
                    bus.call(UsersRpc.change_user, actor, UserId(other.user), UserChanges(disabled=True), None)
                except Refusal as refusal:
                    refused.append(refusal)
        return refused

    with ThreadPoolExecutor(6) as pool:
        refused = [refusal for each in pool.map(disable_all_others, actors) for refusal in each]
    assert {type(refusal) for refusal in refused} == {LastAdministrator}
    left = bus.call(UsersRpc.page_users, alice, UserQuery(role=Role.ADMINISTRATOR, disabled=False)).items
    assert len(left) == 1
    sign_in(bus, number, left[0].login)

"""The last administrator of an account who can sign in cannot be lost."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import sqlalchemy as sa

from services.contracts.identity import SignedIn
from services.contracts.permissions import Role
from services.contracts.refusals import Refusal
from services.contracts.users import LastAdministrator, UserChanges
from services.contracts.values import ApiKeyId, UserId
from services.identity.use_cases import user_admin
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.user_desk import UserDesk
from tests.waiting import wait_for

PASSWORD = "жёлтый трамвай 17"
KEY = "00000000-0000-0000-0000-00000000feed"
WAYS: dict[str, Callable[[UserDesk, str], object]] = {
    "demoting": lambda desk, user: desk.change(user, roles=(Role.VIEWER,)),
    "disabling": lambda desk, user: desk.change(user, disabled=True),
    "removing": lambda desk, user: desk.remove(user),
}
by_each_way = pytest.mark.parametrize("lose", WAYS.values(), ids=WAYS)


@pytest.fixture
def desk(identity: IdentityHouse, alice: Opened) -> UserDesk:
    return UserDesk(identity, alice.actor)


@pytest.fixture
def program(identity: IdentityHouse, alice: Opened) -> UserDesk:
    """An API key with the administrator's role: it is nobody's self, and no administrator who can sign in."""
    return UserDesk(identity, msgspec.structs.replace(alice.actor, user=UserId(KEY), key=ApiKeyId(KEY)))


def second_administrator(identity: IdentityHouse, desk: UserDesk) -> tuple[str, UserDesk]:
    bob = desk.add("bob", (Role.ADMINISTRATOR,), password=PASSWORD).user
    return bob.id, UserDesk(identity, identity.sign_in("100001", "bob", PASSWORD).session.actor)


@by_each_way
def test_the_only_one_stays(
    identity: IdentityHouse, alice: Opened, program: UserDesk, lose: Callable[[UserDesk, str], object]
) -> None:
    before = program.get(alice.actor.user)
    with pytest.raises(LastAdministrator):
        lose(program, alice.actor.user)
    assert program.get(alice.actor.user) == before
    assert identity.authenticate(alice.token).actor.roles == (Role.ADMINISTRATOR,)


@by_each_way
def test_one_who_is_disabled_is_no_second_one(
    identity: IdentityHouse, alice: Opened, desk: UserDesk, program: UserDesk, lose: Callable[[UserDesk, str], object]
) -> None:
    desk.add("bob", (Role.ADMINISTRATOR,), disabled=True)
    with pytest.raises(LastAdministrator):
        lose(program, alice.actor.user)


@by_each_way
def test_administrators_of_other_accounts_do_not_count(
    identity: IdentityHouse, alice: Opened, program: UserDesk, charlie: Opened, lose: Callable[[UserDesk, str], object]
) -> None:
    with pytest.raises(LastAdministrator):
        lose(program, alice.actor.user)


@by_each_way
def test_one_of_two_may_go(
    identity: IdentityHouse, alice: Opened, desk: UserDesk, lose: Callable[[UserDesk, str], object]
) -> None:
    bob, _ = second_administrator(identity, desk)
    lose(desk, bob)
    with pytest.raises(LastAdministrator):
        desk.change(alice.actor.user, roles=(Role.VIEWER,))


def test_one_steps_down_while_another_remains(identity: IdentityHouse, alice: Opened, desk: UserDesk) -> None:
    with pytest.raises(LastAdministrator):
        desk.change(alice.actor.user, roles=(Role.GOODS_MANAGER,))
    second_administrator(identity, desk)
    assert desk.change(alice.actor.user, roles=(Role.GOODS_MANAGER,)).roles == (Role.GOODS_MANAGER,)
    assert identity.authenticate(alice.token).actor.roles == (Role.GOODS_MANAGER,)


def test_what_costs_no_administrator_is_not_refused(alice: Opened, desk: UserDesk, program: UserDesk) -> None:
    both = (Role.ADMINISTRATOR, Role.VIEWER)
    assert program.change(alice.actor.user, roles=both, name="Алиса", disabled=False).roles == both
    bob = desk.add("bob").user
    desk.change(bob.id, disabled=True)
    desk.remove(bob.id)


@by_each_way
def test_two_who_do_it_to_each_other_at_the_same_moment(
    identity: IdentityHouse, alice: Opened, desk: UserDesk, lose: Callable[[UserDesk, str], object]
) -> None:
    bob, desk_of_bob = second_administrator(identity, desk)
    ready = threading.Barrier(2)

    def lose_the_other(mine: UserDesk, other: str) -> Refusal | None:
        ready.wait()
        try:
            lose(mine, other)
        except Refusal as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lose_the_other, (desk, desk_of_bob), (bob, alice.actor.user)))
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert [type(refusal) for refusal in refused] == [LastAdministrator]
    left = desk.page(role=Role.ADMINISTRATOR, disabled=False).items
    assert len(left) == 1
    password = alice.password if left[0].login == "alice" else PASSWORD
    assert isinstance(identity.try_sign_in("100001", left[0].login, password), SignedIn)


def test_the_second_waits_for_the_first_and_sees_what_it_did(
    identity: IdentityHouse, alice: Opened, desk: UserDesk
) -> None:
    bob, desk_of_bob = second_administrator(identity, desk)
    changes, db, hasher = UserChanges(roles=(Role.VIEWER,)), identity.db, identity.hasher
    with ThreadPoolExecutor(1) as pool:
        with db.account(alice.actor.account, alice.actor) as session:
            user_admin.change_user(alice.actor, session, db, hasher, UserId(bob), changes, None, identity.now)
            second = pool.submit(desk_of_bob.change, alice.actor.user, disabled=True)
            wait_for(lambda: somebody_waits(identity), 10, "the second to wait for the first")
        with pytest.raises(LastAdministrator):
            second.result(timeout=10)


def somebody_waits(identity: IdentityHouse) -> bool:
    question = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with identity.db.engine.connect() as connection:
        return connection.execute(question).scalar_one() > 0

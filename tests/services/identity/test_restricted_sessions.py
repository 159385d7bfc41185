"""Sessions that may do nothing yet but mend their sign-in; and sessions that are refused at once."""

import msgspec
import pytest

from services.chassis.permit import permit
from services.contracts.identity import Restriction
from services.contracts.permissions import Right, Role
from services.contracts.refusals import Forbidden, Unauthenticated
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.own_sign_in import OwnSignIn

NEW = "жёлтый трамвай 17"


@pytest.fixture
def own(identity: IdentityHouse, alice: Opened) -> OwnSignIn:
    return OwnSignIn(identity, alice.actor)


def test_a_one_time_password_leaves_no_right_but_to_change_it(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    identity.set_user(alice.actor, must_change_password=True, dealer=True)
    signed = identity.sign_in("100001", "alice", alice.password)
    for view in (signed.session, identity.authenticate(signed.token), identity.peek(alice.token)):
        assert view.restriction is Restriction.PASSWORD
        assert (view.actor.roles, view.actor.dealer) == ((), False)
        assert view.user.roles == (Role.ADMINISTRATOR,)
    for right in Right:
        with pytest.raises(Forbidden):
            permit(signed.session.actor, right)
    own.actor = signed.session.actor
    assert len(own.list()) == 2 and own.renew().restriction is Restriction.PASSWORD
    free = own.change_password(alice.password, NEW).session
    assert (free.restriction, free.actor.roles) == (None, (Role.ADMINISTRATOR,))
    assert free.actor.dealer


@pytest.mark.parametrize(
    ("roles", "dealer", "restriction"),
    [
        (["administrator"], False, Restriction.SECOND_FACTOR),
        (["viewer"], True, Restriction.SECOND_FACTOR),
        (["operator"], False, Restriction.SECOND_FACTOR),
        (["viewer", "goods_manager", "exchange_operator"], False, None),
    ],
)
def test_the_policy_asks_administrators_and_dealers_for_a_second_factor(
    identity: IdentityHouse, alice: Opened, roles: list[str], dealer: bool, restriction: Restriction | None
) -> None:
    identity.set_user(alice.actor, roles=roles, dealer=dealer)
    assert identity.authenticate(alice.token).restriction is None
    identity.set_account(alice.actor.account, second_factor_required=True)
    view = identity.authenticate(alice.token)
    assert view.restriction is restriction
    assert (view.actor.roles == ()) == (restriction is not None)
    assert [role.value for role in view.user.roles] == roles


def test_setting_up_the_second_factor_frees_the_session(
    identity: IdentityHouse, alice: Opened, charlie: Opened, own: OwnSignIn
) -> None:
    identity.set_account(alice.actor.account, second_factor_required=True)
    restricted = identity.authenticate(alice.token)
    own.actor = restricted.actor
    assert own.second_factor().required
    own.set_up(alice.password)
    assert identity.authenticate(alice.token).restriction is None
    assert identity.authenticate(alice.token).actor.roles == (Role.ADMINISTRATOR,)
    assert identity.authenticate(charlie.token).restriction is None


def test_the_password_comes_first(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    identity.set_account(alice.actor.account, second_factor_required=True)
    identity.set_user(alice.actor, must_change_password=True)
    assert identity.authenticate(alice.token).restriction is Restriction.PASSWORD
    assert own.change_password(alice.password, NEW).session.restriction is Restriction.SECOND_FACTOR


def test_sessions_of_a_suspended_account_are_refused_at_once(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    identity.set_account(alice.actor.account, state="suspended")
    for ask in (identity.authenticate, identity.peek):
        with pytest.raises(Unauthenticated) as refused:
            ask(alice.token)
        assert refused.type is Unauthenticated
    identity.authenticate(charlie.token)
    identity.set_account(alice.actor.account, state="active")
    identity.authenticate(alice.token)


def test_sessions_of_a_disabled_user_are_refused_at_once(identity: IdentityHouse, alice: Opened) -> None:
    identity.add_user(alice, "bob")
    bob = identity.sign_in("100001", "bob", alice.password)
    identity.set_user(alice.actor, disabled=True)
    for ask in (identity.authenticate, identity.peek):
        with pytest.raises(Unauthenticated):
            ask(alice.token)
    identity.authenticate(bob.token)


def test_a_made_up_actor_with_roles_is_worth_what_the_database_says(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    # The actor is built from what is stored at each request: nothing that the client holds but its token counts.
    identity.set_user(charlie.actor, must_change_password=True)
    assert identity.authenticate(charlie.token).actor == msgspec.structs.replace(charlie.actor, roles=())
    assert identity.authenticate(alice.token).actor.roles == (Role.ADMINISTRATOR,)

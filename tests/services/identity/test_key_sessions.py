"""Acting with an API key in place of a session."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.api_keys import API_KEY_PREFIX
from services.contracts.permissions import Right, Role, may
from services.contracts.refusals import Unauthenticated
from services.identity.models import ApiKey
from services.identity.use_cases.tokens import new_token, token_hash
from tests.services.identity.identity_house import ADDRESS, IdentityHouse, Opened

TOKEN = f"{API_KEY_PREFIX}a-key-of-the-tests"


def make_key(identity: IdentityHouse, alice: Opened, token: str = TOKEN, **fields: Any) -> str:
    """A key as it lies in the database; returns its id."""
    key_id = str(uuid.uuid4())
    usual: dict[str, Any] = {
        "account_id": alice.actor.account,
        "key_id": key_id,
        "name": "1С",
        "name_key": key_id,
        "hint": token[:8],
        "token_hash": token_hash(token),
        "roles": ["viewer", "goods_manager"],
        "created_at": identity.now,
        "created_by": "alice",
        "created_by_id": alice.actor.user,
        "expires_at": identity.now + timedelta(days=365),
        "revoked_at": None,
        "last_used_at": None,
        "last_address": "",
    }
    with identity.db.system() as session:
        session.add(ApiKey(**usual | fields))
    return key_id


def test_a_key_acts_for_itself_with_its_own_roles(identity: IdentityHouse, alice: Opened) -> None:
    key = make_key(identity, alice)
    view = identity.authenticate(TOKEN)
    assert (view.id, view.key, view.actor.key, view.actor.user, view.actor.session) == (key,) * 5
    assert (view.actor.name, view.actor.account, view.actor.address) == ("1С", alice.actor.account, ADDRESS)
    assert view.actor.roles == view.user.roles == (Role.VIEWER, Role.GOODS_MANAGER)
    assert not may(view.actor.roles, Right.ADMINISTER)
    assert (view.user.id, view.user.login, view.user.name) == (key, "", "1С")
    assert view.idle_until == view.expires_at == identity.now + timedelta(days=365)
    assert (view.idle_timeout, view.restriction, view.actor.dealer) == (0, None, False)


def test_a_key_outlives_idle_limits_until_it_expires(identity: IdentityHouse, alice: Opened) -> None:
    make_key(identity, alice)
    identity.later(days=364, hours=23)
    identity.authenticate(TOKEN)
    identity.later(hours=1)
    for ask in (identity.authenticate, identity.peek):
        with pytest.raises(Unauthenticated):
            ask(TOKEN)


def test_a_revoked_key_is_nobodys_from_the_next_request_on(identity: IdentityHouse, alice: Opened) -> None:
    key = make_key(identity, alice)
    other = make_key(identity, alice, f"{TOKEN}-2")
    identity.authenticate(TOKEN)
    with identity.db.system() as session:
        session.execute(sa.update(ApiKey).where(ApiKey.key_id == key).values(revoked_at=identity.now))
    with pytest.raises(Unauthenticated):
        identity.authenticate(TOKEN)
    assert identity.authenticate(f"{TOKEN}-2").id == other


@pytest.mark.parametrize("state", ["suspended", "deleting"])
def test_keys_of_an_account_that_is_not_active_are_refused(
    identity: IdentityHouse, alice: Opened, charlie: Opened, state: str
) -> None:
    make_key(identity, alice)
    make_key(identity, charlie, f"{TOKEN}-charlie")
    until = identity.now + timedelta(days=30) if state == "deleting" else None
    identity.set_account(alice.actor.account, state=state, delete_at=until)
    with pytest.raises(Unauthenticated):
        identity.authenticate(TOKEN)
    assert identity.authenticate(f"{TOKEN}-charlie").actor.account == charlie.actor.account


def test_its_last_use_is_noted_at_most_once_a_minute(identity: IdentityHouse, alice: Opened) -> None:
    make_key(identity, alice)

    def used() -> tuple[object, str]:
        with identity.db.system() as session:
            row = session.scalars(sa.select(ApiKey)).one()
            return row.last_used_at, row.last_address

    identity.peek(TOKEN)
    assert used() == (None, "")
    identity.authenticate(TOKEN)
    first = identity.now
    identity.later(seconds=59)
    identity.authenticate(TOKEN)
    assert used() == (first, ADDRESS)
    identity.later(seconds=1)
    identity.authenticate(TOKEN)
    assert used() == (identity.now, ADDRESS)


@pytest.mark.parametrize(
    "token", [API_KEY_PREFIX, f"{API_KEY_PREFIX}x", "KKT_A-KEY-OF-THE-TESTS", TOKEN[4:], f"{TOKEN} "]
)
def test_a_key_that_is_none(identity: IdentityHouse, alice: Opened, token: str) -> None:
    make_key(identity, alice)
    with pytest.raises(Unauthenticated):
        identity.authenticate(token)


def test_a_session_token_is_never_taken_for_a_key() -> None:
    assert not any(new_token().startswith(API_KEY_PREFIX) for _ in range(1000))

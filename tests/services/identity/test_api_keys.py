"""API keys: made by administrators, told once, revoked at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.api_keys import (
    API_KEY_DAYS_DEFAULT,
    API_KEY_DAYS_MAX,
    API_KEY_PREFIX,
    API_KEYS_MAX,
    ApiKeyMade,
    ApiKeyNameTaken,
    ApiKeyView,
    NewApiKey,
    TooManyApiKeys,
)
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.permissions import RIGHTS, Right, Role
from services.contracts.refusals import Forbidden, Invalid, NotFound, Unauthenticated
from services.contracts.values import ApiKeyId, UserActor
from services.identity.api_keys_service import ApiKeysDoor
from services.identity.domain import api_keys as rules
from services.identity.models import ApiKey
from services.identity.use_cases import api_keys
from tests.services.identity.identity_house import ADDRESS, IdentityHouse, Opened


class KeyDesk:
    """An administrator's doors; `actor` acts."""

    def __init__(self, identity: IdentityHouse, actor: UserActor) -> None:
        self.identity = identity
        self.actor = actor

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.identity.db.account(self.actor.account, self.actor) as session:
            yield session

    def list(self) -> tuple[ApiKeyView, ...]:
        with self.session() as session:
            return api_keys.list_api_keys(self.actor, session, self.identity.now)

    def make(self, name: str, roles: tuple[Role, ...] = (Role.VIEWER,), **fields: Any) -> ApiKeyMade:
        with self.session() as session:
            return api_keys.make_api_key(self.actor, session, NewApiKey(name, roles, **fields), self.identity.now)

    def revoke(self, key: str) -> None:
        with self.session() as session:
            api_keys.revoke_api_key(self.actor, session, ApiKeyId(key), self.identity.now)


@pytest.fixture
def desk(identity: IdentityHouse, alice: Opened) -> KeyDesk:
    return KeyDesk(identity, alice.actor)


def test_a_key_that_was_made_acts_for_its_account(identity: IdentityHouse, alice: Opened, desk: KeyDesk) -> None:
    made = desk.make(" Обмен  с 1С ", (Role.EXCHANGE_OPERATOR, Role.GOODS_MANAGER))
    assert made.token.startswith(API_KEY_PREFIX) and len(made.token) > 40
    assert made.key == ApiKeyView(
        id=made.key.id,
        name="Обмен с 1С",
        hint=made.token[:8],
        roles=(Role.GOODS_MANAGER, Role.EXCHANGE_OPERATOR),
        created_at=identity.now,
        created_by="alice",
        expires_at=identity.now + timedelta(days=API_KEY_DAYS_DEFAULT),
        expired=False,
        last_used_at=None,
        last_address="",
    )
    view = identity.authenticate(made.token)
    assert (view.actor.account, view.actor.key, view.actor.name) == (alice.actor.account, made.key.id, "Обмен с 1С")
    assert view.actor.roles == made.key.roles
    used = desk.list()
    assert [(key.last_used_at, key.last_address) for key in used] == [(identity.now, ADDRESS)]


def test_only_the_hash_of_a_key_is_kept(identity: IdentityHouse, desk: KeyDesk) -> None:
    made = desk.make("1С")
    secret = made.token[rules.HINT_LENGTH :]
    with identity.db.system() as session:
        tables = ("identity.api_key", "identity.event_log")
        rows = [session.scalars(sa.text(f"SELECT row_to_json(t)::text FROM {table} t")).all() for table in tables]
    assert all(rows) and secret not in str(rows)
    assert secret not in str(msgspec.to_builtins(desk.list()))


def test_every_key_is_another_one(desk: KeyDesk) -> None:
    assert len({desk.make(f"key {number}").token for number in range(20)}) == 20


def test_keys_are_listed_by_name_and_revoked_ones_are_not(identity: IdentityHouse, desk: KeyDesk) -> None:
    names = ["вторая", "Первая", "ещё одна"]
    ids = {name: desk.make(name).key.id for name in names}
    assert [key.name for key in desk.list()] == ["вторая", "ещё одна", "Первая"]
    desk.revoke(ids["ещё одна"])
    assert [key.name for key in desk.list()] == ["вторая", "Первая"]


def test_a_revoked_key_is_refused_from_the_next_request_on(
    identity: IdentityHouse, alice: Opened, desk: KeyDesk
) -> None:
    made, other = desk.make("1С"), desk.make("склад")
    identity.authenticate(made.token)
    desk.revoke(made.key.id)
    for ask in (identity.authenticate, identity.peek):
        with pytest.raises(Unauthenticated):
            ask(made.token)
    identity.authenticate(other.token)
    ended = {"type": "session_ended", "account": alice.actor.account, "session": made.key.id, "reason": "ended"}
    assert identity.events("session_ended") == [ended]  # its open streams close
    with pytest.raises(NotFound):
        desk.revoke(made.key.id)


def test_a_key_expires_and_says_so(identity: IdentityHouse, desk: KeyDesk) -> None:
    made = desk.make("1С", days=2)
    identity.later(days=2, microseconds=-1)
    identity.authenticate(made.token)
    assert [key.expired for key in desk.list()] == [False]
    identity.later(microseconds=1)
    with pytest.raises(Unauthenticated):
        identity.authenticate(made.token)
    assert [key.expired for key in desk.list()] == [True]


@pytest.mark.parametrize("days", [-1, 0, API_KEY_DAYS_MAX + 1, 10**15])
def test_a_key_lasts_two_years_at_most(desk: KeyDesk, days: int) -> None:
    with pytest.raises(Invalid) as refused:
        desk.make("1С", days=days)
    assert [(error.path, error.code) for error in refused.value.errors] == [("days", "out_of_range")]
    assert desk.list() == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "required"), ("  ", "required"), ("x" * 101, "too_long"), ("1С\u202e", "control_characters")],
)
def test_a_key_has_a_name(desk: KeyDesk, name: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        desk.make(name)
    assert [(error.path, error.code) for error in refused.value.errors] == [("name", code)]


@pytest.mark.parametrize(
    ("roles", "path", "code"),
    [
        ((), "roles", "required"),
        ((Role.VIEWER, Role.VIEWER), "roles", "repeated"),
        ((Role.VIEWER, Role.OPERATOR), "roles/1", "role_not_allowed"),
    ],
)
def test_no_key_is_without_a_role_or_with_the_operators(
    desk: KeyDesk, roles: tuple[Role, ...], path: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        desk.make("1С", roles)
    assert [(error.path, error.code) for error in refused.value.errors] == [(path, code)]


def test_an_operator_who_administers_makes_no_operating_key(
    identity: IdentityHouse, alice: Opened, desk: KeyDesk
) -> None:
    roles = (Role.ADMINISTRATOR, Role.OPERATOR)
    mighty = KeyDesk(identity, msgspec.structs.replace(alice.actor, roles=roles))
    with pytest.raises(Invalid):
        mighty.make("1С", (Role.OPERATOR,))
    made = mighty.make("1С", (Role.ADMINISTRATOR,))
    assert Right.OPERATE not in RIGHTS[made.key.roles[0]]


@pytest.mark.parametrize("role", Role)
def test_a_key_gets_no_right_that_its_maker_does_not_have(role: Role) -> None:
    for wanted in Role:
        allowed = rules.check_roles((wanted,), (role,)) is None
        assert allowed == (wanted is not Role.OPERATOR and RIGHTS[wanted] <= RIGHTS[role])


def test_a_name_is_taken_until_its_key_is_revoked(identity: IdentityHouse, desk: KeyDesk) -> None:
    first = desk.make("Обмен с 1С")
    with pytest.raises(ApiKeyNameTaken):
        desk.make("ОБМЕН  С 1с")
    desk.revoke(first.key.id)
    second = desk.make("обмен с 1С")
    assert second.token != first.token
    with pytest.raises(Unauthenticated):
        identity.authenticate(first.token)


def test_an_account_has_so_many_keys_and_no_more(
    identity: IdentityHouse, alice: Opened, charlie: Opened, desk: KeyDesk
) -> None:
    keys = [desk.make(f"key {number}", days=1) for number in range(API_KEYS_MAX)]
    identity.later(days=2)  # an expired one counts until it is revoked
    with pytest.raises(TooManyApiKeys) as refused:
        desk.make("one more")
    assert refused.value.params == {"limit": API_KEYS_MAX}
    KeyDesk(identity, charlie.actor).make("one more")
    desk.revoke(keys[0].key.id)
    desk.make("one more")
    assert len(desk.list()) == API_KEYS_MAX


def test_two_who_make_the_last_key_at_once_get_one_between_them(
    identity: IdentityHouse, alice: Opened, desk: KeyDesk
) -> None:
    for number in range(API_KEYS_MAX - 1):
        desk.make(f"key {number}")
    begin, outcomes = threading.Barrier(2), []

    def make(name: str) -> None:
        begin.wait()
        try:
            outcomes.append(desk.make(name).key.name)
        except TooManyApiKeys as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=make, args=(name,)) for name in ("last", "last of all")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("too_many_api_keys") == 1 and len(desk.list()) == API_KEYS_MAX


def test_programs_neither_see_nor_make_nor_revoke_keys(identity: IdentityHouse, desk: KeyDesk) -> None:
    made = desk.make("1С", (Role.ADMINISTRATOR,))
    program = KeyDesk(identity, identity.authenticate(made.token).actor)
    for ask in (program.list, lambda: program.make("another"), lambda: program.revoke(made.key.id)):
        with pytest.raises(KeyNotAllowed):
            ask()
    assert [key.name for key in desk.list()] == ["1С"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_only_administrators_come_in_by_these_doors(identity: IdentityHouse, alice: Opened, role: Role) -> None:
    actor = msgspec.structs.replace(alice.actor, roles=(role,))
    door = ApiKeysDoor()
    for ask in (
        lambda: door.list_api_keys(actor),
        lambda: door.make_api_key(actor, NewApiKey("1С", (Role.VIEWER,))),
        lambda: door.revoke_api_key(actor, ApiKeyId(alice.actor.user)),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_a_stranger_sees_and_revokes_nothing(identity: IdentityHouse, desk: KeyDesk, charlie: Opened) -> None:
    made, stranger = desk.make("1С"), KeyDesk(identity, charlie.actor)
    assert stranger.list() == ()
    for wanted in (made.key.id, "00000000-0000-0000-0000-00000000dead", "no id", ""):
        with pytest.raises(NotFound):
            stranger.revoke(wanted)
    identity.authenticate(made.token)
    stranger.make("1С")  # names are each account's own


def test_making_and_revoking_stand_in_the_journal(identity: IdentityHouse, desk: KeyDesk) -> None:
    made = desk.make("1С", days=10)
    desk.revoke(made.key.id)
    told = {
        "name": "1С",
        "roles": ["viewer"],
        "expires_at": (identity.now + timedelta(days=10)).isoformat(),
        "created_by": "alice",
    }
    change = {"thing": "api_key", "id": made.key.id, "name": "1С"}
    assert identity.told("api_key") == [
        change | {"before": None, "after": told},
        change | {"before": told, "after": None},
    ]


def test_keys_revoked_long_ago_are_forgotten(identity: IdentityHouse, desk: KeyDesk) -> None:
    kept, gone = desk.make("kept"), desk.make("gone")
    desk.revoke(gone.key.id)
    identity.later(days=30)

    def sweep() -> list[str]:
        with identity.db.system() as session:
            api_keys.forget_revoked(session, identity.now)
            return sorted(session.scalars(sa.select(ApiKey.name)))

    assert sweep() == ["gone", "kept"]
    identity.later(seconds=1)
    assert sweep() == ["kept"]
    identity.authenticate(kept.token)

"""The users of an account, as its administrators keep them."""

import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.contracts.identity import Restriction, SignedIn, SignInRefused
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.permissions import Role
from services.contracts.refusals import Invalid, NotFound, Stale, Unauthenticated
from services.contracts.users import LoginTaken, NotYourself, TooManyUsers
from services.contracts.values import ApiKeyId, UserActor, UserId
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.user_desk import UserDesk

PASSWORD = "жёлтый трамвай 17"


@pytest.fixture
def desk(identity: IdentityHouse, alice: Opened) -> UserDesk:
    return UserDesk(identity, alice.actor)


def wrong_fields(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(error.path, error.code) for error in refused.value.errors]


def acting(identity: IdentityHouse, login: str, password: str = PASSWORD) -> SignedIn:
    return identity.sign_in("100001", login, password)


def test_a_user_with_a_given_password_signs_in_with_it(identity: IdentityHouse, desk: UserDesk) -> None:
    roles = (Role.VIEWER, Role.GOODS_MANAGER)
    told = desk.add("Борис", roles, name=" Борис  Годунов ", email=" B.G@Shop.RU", language="en", password=PASSWORD)
    assert (told.password, told.valid_until, told.mailed) == (None, None, False)
    view = told.user
    assert (view.login, view.name, view.email, view.language) == ("Борис", "Борис Годунов", "B.G@shop.ru", "en")
    assert view.roles == (Role.GOODS_MANAGER, Role.VIEWER)
    assert not (view.dealer or view.disabled or view.must_change_password or view.second_factor)
    assert (view.version, view.created_at, view.last_sign_in_at) == (1, identity.now, None)
    assert desk.get(view.id) == view
    signed = acting(identity, "БОРИС")
    assert (signed.session.user.id, signed.session.restriction) == (view.id, None)
    assert desk.get(view.id).last_sign_in_at == identity.now


def test_a_given_password_may_have_to_be_changed_too(identity: IdentityHouse, desk: UserDesk) -> None:
    told = desk.add("bob", password=PASSWORD, must_change=True)
    assert told.user.must_change_password and told.valid_until is None
    identity.later(days=400)
    assert acting(identity, "bob").session.restriction is Restriction.PASSWORD


def test_a_user_without_a_name_is_called_by_its_login(desk: UserDesk) -> None:
    assert desk.add("bob", name="  ").user.name == "bob"


def test_without_login_and_name_the_login_alone_is_missed(desk: UserDesk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.add("", name="")
    assert wrong_fields(refused) == [("login", "required")]


def test_all_wrong_fields_are_named(desk: UserDesk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.add("<b>", (), name="a\u202eb", email="кому", language="de", password="коротк")
    assert wrong_fields(refused) == [
        *(("login", "bad_characters"), ("name", "control_characters"), ("email", "email_malformed")),
        *(("roles", "required"), ("language", "language_unknown"), ("password", "too_short")),
    ]
    assert desk.logins() == ["alice"]


@pytest.mark.parametrize(
    ("roles", "wrong"),
    [
        ((), ("roles", "required")),
        ((Role.VIEWER, Role.VIEWER), ("roles", "repeated")),
        ((Role.VIEWER, Role.OPERATOR), ("roles/1", "role_not_allowed")),
    ],
)
def test_roles_that_cannot_be(desk: UserDesk, roles: tuple[Role, ...], wrong: tuple[str, str]) -> None:
    bob = desk.add("bob").user
    attempts: tuple[Callable[[], object], ...] = (
        lambda: desk.add("eve", roles),
        lambda: desk.change(bob.id, roles=roles),
    )
    for attempt in attempts:
        with pytest.raises(Invalid) as refused:
            attempt()
        assert wrong_fields(refused) == [wrong]
    assert desk.get(bob.id) == bob


def test_the_operators_role_is_for_users_of_the_operators_account(
    identity: IdentityHouse, alice: Opened, charlie: Opened, desk: UserDesk
) -> None:
    identity.set_account(alice.actor.account, operator=True)
    assert desk.add("oleg", (Role.OPERATOR,)).user.roles == (Role.OPERATOR,)
    with pytest.raises(Invalid):
        UserDesk(identity, charlie.actor).add("oleg", (Role.OPERATOR,))


def test_a_key_gets_no_hold_of_the_operators_rights(identity: IdentityHouse, alice: Opened, desk: UserDesk) -> None:
    identity.set_account(alice.actor.account, operator=True)
    oleg = desk.add("oleg", (Role.OPERATOR,), password=PASSWORD).user
    bob = desk.add("bob").user
    program = UserDesk(identity, key_of(alice))
    with pytest.raises(Invalid):
        program.change(bob.id, roles=(Role.OPERATOR,))
    attempts: tuple[Callable[[], object], ...] = (
        lambda: program.change(oleg.id, password="синяя птица 5"),
        lambda: program.issue_password(oleg.id),
        lambda: program.remove_second_factor(oleg.id),
        lambda: program.remove(oleg.id),
        lambda: program.end_sessions(oleg.id),
    )
    for attempt in attempts:
        with pytest.raises(KeyNotAllowed):
            attempt()
    assert program.get(oleg.id) == oleg
    acting(identity, "oleg")


def key_of(who: Opened) -> UserActor:
    key = str(uuid.uuid4())
    return msgspec.structs.replace(who.actor, user=UserId(key), key=ApiKeyId(key), name="1С")


def test_a_program_with_an_administrators_key_keeps_users(identity: IdentityHouse, alice: Opened) -> None:
    program = UserDesk(identity, key_of(alice))
    bob = program.add("bob", password=PASSWORD).user
    assert program.change(bob.id, disabled=True).disabled
    program.remove(bob.id)
    assert program.logins() == ["alice"]


@pytest.mark.parametrize("login", ["Anna", "\u0430nna", "\u0410nn\u0430", "ANNA"])
def test_logins_that_look_alike_are_one(desk: UserDesk, login: str) -> None:
    anna, bob = desk.add("anna").user, desk.add("bob").user
    attempts: tuple[Callable[[], object], ...] = (
        lambda: desk.add(login),
        lambda: desk.change(bob.id, login=login),
    )
    for attempt in attempts:
        with pytest.raises(LoginTaken) as refused:
            attempt()
        assert [(error.path, error.code) for error in refused.value.errors] == [("login", "login_taken")]
    assert desk.change(anna.id, login=login).login == login


def test_a_login_is_free_in_every_other_account(identity: IdentityHouse, charlie: Opened, desk: UserDesk) -> None:
    assert desk.add("charlie").user.login == "charlie"


def test_another_login_is_what_one_signs_in_by(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    assert desk.change(bob.id, login="Роберт").version == 2
    assert acting(identity, "роберт").session.user.id == bob.id
    assert isinstance(identity.try_sign_in("100001", "bob", PASSWORD), SignInRefused)
    assert desk.logins(q="роб") == ["Роберт"]
    desk.add("bob")


def test_as_many_users_as_the_account_may_have(identity: IdentityHouse, alice: Opened, desk: UserDesk) -> None:
    identity.set_account(alice.actor.account, limits={"users": 3})
    desk.add("bob", disabled=True)
    eve = desk.add("eve").user
    with pytest.raises(TooManyUsers) as refused:
        desk.add("dan")
    assert refused.value.params == {"limit": 3}
    desk.remove(eve.id)
    desk.add("dan")


def test_of_two_administrators_editing_one_user_the_second_is_told(desk: UserDesk) -> None:
    bob = desk.add("bob").user
    assert desk.change(bob.id, bob.version, name="Борис").version == 2
    for attempt in (
        lambda: desk.change(bob.id, bob.version, roles=(Role.GOODS_MANAGER,)),
        lambda: desk.change(bob.id, bob.version, password=PASSWORD),
        lambda: desk.remove(bob.id, bob.version),
    ):
        with pytest.raises(Stale) as refused:
            attempt()
        assert refused.value.params == {"version": 2}
    now = desk.get(bob.id)
    assert (now.name, now.roles, now.version) == ("Борис", (Role.VIEWER,), 2)
    assert desk.change(bob.id, 2, roles=(Role.GOODS_MANAGER,)).name == "Борис"


def test_the_same_values_again_change_nothing(identity: IdentityHouse, desk: UserDesk) -> None:
    fields: dict[str, Any] = {"name": "Борис", "email": "b@shop.ru", "roles": (Role.VIEWER, Role.GOODS_MANAGER)}
    bob = desk.add("bob", **fields).user
    facts = len(identity.events("written")), len(identity.events("user_changed"))
    again = desk.change(bob.id, bob.version, login="bob ", **fields, dealer=False, disabled=False, language=None)
    assert again == desk.change(bob.id, roles=fields["roles"][::-1]) == desk.change(bob.id) == bob
    assert (len(identity.events("written")), len(identity.events("user_changed"))) == facts


def test_a_change_stands_in_the_journal_and_calls_the_users_pages(
    identity: IdentityHouse, alice: Opened, desk: UserDesk
) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    desk.change(bob.id, email="bob@shop.ru")
    desk.change(bob.id, roles=(Role.EXCHANGE_OPERATOR,), name="Борис")
    desk.change(bob.id, password="синяя птица 5")
    desk.remove(bob.id)
    added, *changes, removed = identity.told("user")
    assert added["before"] is None and added["after"]["login"] == "bob" and added["after"]["password"] == "•••"
    assert [(change["before"], change["after"]) for change in changes] == [
        ({"email": None}, {"email": "bob@shop.ru"}),
        ({"name": "bob", "roles": ["viewer"]}, {"name": "Борис", "roles": ["exchange_operator"]}),
        ({"password": "•••"}, {"password": "•••"}),
    ]
    assert removed["after"] is None and removed["before"]["email"] == "bob@shop.ru"
    assert {change["id"] for change in identity.told("user")} == {bob.id}
    whats = [event["what"] for event in identity.events("user_changed") if event["user"] == bob.id]
    assert whats == ["added", "changed", "rights", "password", "removed"]
    facts = str(identity.events("written"))
    assert "argon2" not in facts and PASSWORD not in facts and "синяя птица 5" not in facts


def test_being_disabled_ends_sessions_at_once(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    signed = acting(identity, "bob")
    desk.change(bob.id, disabled=True)
    with pytest.raises(Unauthenticated):
        identity.authenticate(signed.token)
    assert isinstance(identity.try_sign_in("100001", "bob", PASSWORD), SignInRefused)
    assert [(e["session"], e["reason"]) for e in identity.events("session_ended")] == [(signed.session.id, "disabled")]
    desk.change(bob.id, disabled=False)
    with pytest.raises(Unauthenticated):
        identity.authenticate(signed.token)
    acting(identity, "bob")


def test_a_new_password_ends_sessions_and_is_the_only_one(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob").user
    assert bob.must_change_password
    desk.change(bob.id, password=PASSWORD)
    signed = acting(identity, "bob")
    assert signed.session.restriction is None
    desk.change(bob.id, password="синяя птица 5")
    with pytest.raises(Unauthenticated):
        identity.authenticate(signed.token)
    assert isinstance(identity.try_sign_in("100001", "bob", PASSWORD), SignInRefused)
    acting(identity, "bob", "синяя птица 5")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        *(("trustno1", "password_common"), ("Ромашка2026", "password_is_name"), ("годунов123", "password_is_name")),
        *(("vasilkov", "password_is_name"), ("b.tsar.1598", "password_is_login"), ("x" * 129, "too_long")),
        *(("романшка", None), ("жёлтая ромашка", None)),
    ],
)
def test_passwords_that_say_who_one_is_are_refused(desk: UserDesk, password: str, code: str | None) -> None:
    fields = {"name": "Борис Годунов", "email": "vasilkov@shop.ru"}
    bob = desk.add("b.tsar.1598", **fields).user
    if code is None:
        desk.change(bob.id, password=password)
        desk.add("dan", **fields, password=password)
        return
    with pytest.raises(Invalid) as refused:
        desk.change(bob.id, password=password)
    assert wrong_fields(refused) == [("password", code)]


def test_a_right_taken_away_counts_at_the_next_request(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob", (Role.GOODS_MANAGER, Role.VIEWER), password=PASSWORD).user
    signed = acting(identity, "bob")
    desk.change(bob.id, roles=(Role.VIEWER,))
    assert identity.authenticate(signed.token).actor.roles == (Role.VIEWER,)


def test_the_dealer_flag_counts_after_signing_in_again_and_its_loss_at_once(
    identity: IdentityHouse, desk: UserDesk
) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    before = acting(identity, "bob")
    assert desk.change(bob.id, dealer=True).dealer
    now = identity.authenticate(before.token)
    assert now.user.dealer and not now.actor.dealer
    after = acting(identity, "bob")
    assert after.session.actor.dealer
    desk.change(bob.id, dealer=False)
    assert not identity.authenticate(after.token).actor.dealer
    desk.change(bob.id, dealer=True)
    assert not identity.authenticate(after.token).actor.dealer
    assert acting(identity, "bob").session.actor.dealer


def test_a_removed_user_is_gone_with_its_sessions(identity: IdentityHouse, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    first, second = acting(identity, "bob"), acting(identity, "bob")
    desk.remove(bob.id, bob.version)
    for signed in (first, second):
        with pytest.raises(Unauthenticated):
            identity.authenticate(signed.token)
    assert {event["session"] for event in identity.events("session_ended")} == {first.session.id, second.session.id}
    assert isinstance(identity.try_sign_in("100001", "bob", PASSWORD), SignInRefused)
    with pytest.raises(NotFound):
        desk.get(bob.id)
    assert desk.add("bob").user.id != bob.id


def test_all_sessions_of_a_user_are_ended(identity: IdentityHouse, alice: Opened, desk: UserDesk) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    tokens = [acting(identity, "bob").token for _ in range(3)]
    assert desk.end_sessions(bob.id) == 3
    assert desk.end_sessions(bob.id) == 0
    for token in tokens:
        with pytest.raises(Unauthenticated):
            identity.authenticate(token)
    identity.authenticate(alice.token)


def test_nobody_locks_itself_out(identity: IdentityHouse, alice: Opened, desk: UserDesk) -> None:
    desk.add("bob", (Role.ADMINISTRATOR,))
    me = alice.actor.user
    attempts: tuple[Callable[[], object], ...] = (
        lambda: desk.change(me, disabled=True),
        lambda: desk.change(me, password=PASSWORD),
        lambda: desk.remove(me),
        lambda: desk.issue_password(me),
        lambda: desk.remove_second_factor(me),
    )
    for attempt in attempts:
        with pytest.raises(NotYourself):
            attempt()
    assert desk.change(me, name="Алиса", disabled=False).name == "Алиса"
    identity.authenticate(alice.token)


def test_a_stranger_finds_nobody(identity: IdentityHouse, desk: UserDesk, charlie: Opened) -> None:
    bob = desk.add("bob", password=PASSWORD).user
    signed = acting(identity, "bob")
    stranger = UserDesk(identity, charlie.actor)
    assert stranger.logins() == ["charlie"]
    for user in (bob.id, "7", "\x00", bob.id.upper().replace("-", "")):
        attempts: tuple[Callable[[], object], ...] = (
            lambda user=user: stranger.get(user),  # type: ignore[misc]
            lambda user=user: stranger.change(user, name="Взломан"),  # type: ignore[misc]
            lambda user=user: stranger.change(user, password="синяя птица 5"),  # type: ignore[misc]
            lambda user=user: stranger.remove(user),  # type: ignore[misc]
            lambda user=user: stranger.issue_password(user),  # type: ignore[misc]
            lambda user=user: stranger.remove_second_factor(user),  # type: ignore[misc]
            lambda user=user: stranger.end_sessions(user),  # type: ignore[misc]
        )
        for attempt in attempts:
            with pytest.raises(NotFound):
                attempt()
    assert identity.authenticate(signed.token).user.name == "bob"

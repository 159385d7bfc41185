"""What a user changes of itself: name and language freely, the e-mail address by telling the password."""

from typing import Any

import msgspec
import pytest

from services.contracts.own_sign_in import KeyNotAllowed, PasswordWrong
from services.contracts.refusals import Forbidden, Invalid, Refusal
from services.contracts.values import ApiKeyId
from services.identity.use_cases import users
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.own_sign_in import OwnSignIn
from tests.services.identity.user_desk import UserDesk


@pytest.fixture
def own(identity: IdentityHouse, alice: Opened) -> OwnSignIn:
    return OwnSignIn(identity, alice.actor)


def test_one_changes_ones_own_address(identity: IdentityHouse, alice: Opened, charlie: Opened, own: OwnSignIn) -> None:
    view = own.change_email("alice@shop.ru", alice.password)
    assert (view.email, view.name, view.version) == ("alice@shop.ru", "alice", 2)
    assert own.change_email("alice@shop.ru", alice.password).version == 2
    assert own.change_me("Алиса").email == "alice@shop.ru"
    assert own.change_email("", alice.password).email is None
    (change, *_) = identity.told("user")
    assert (change["before"], change["after"]) == ({"email": None}, {"email": "alice@shop.ru"})
    assert identity.authenticate(charlie.token).user.version == 1


def test_an_address_that_is_none(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    with pytest.raises(Invalid) as refused:
        own.change_email("alice@shop.ru\nBcc: all@shop.ru", alice.password)
    assert [(error.path, error.code) for error in refused.value.errors] == [("email", "email_malformed")]
    assert identity.authenticate(alice.token).user.email is None


def test_a_thief_of_a_session_has_no_mail_sent_elsewhere(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    with pytest.raises(PasswordWrong):
        own.change_email("thief@shop.ru", "a guess")
    assert identity.authenticate(alice.token).user.email is None


def test_a_password_that_was_changed_meanwhile_proves_nothing(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    proven = own.prove(alice.password)
    own.change_password(alice.password, "жёлтый трамвай 17")
    with pytest.raises(PasswordWrong), own.session() as session:
        users.change_own_email(alice.actor, session, "thief@shop.ru", proven)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [({"roles": ()}, Forbidden), ({"key": ApiKeyId("00000000-0000-0000-0000-00000000feed")}, KeyNotAllowed)],
)
def test_who_may_not_say_where_secrets_are_mailed(
    identity: IdentityHouse, alice: Opened, fields: dict[str, Any], refusal: type[Refusal]
) -> None:
    actor = msgspec.structs.replace(alice.actor, **fields)
    with pytest.raises(refusal):
        OwnSignIn(identity, actor).change_email("thief@shop.ru", alice.password)
    assert identity.authenticate(alice.token).user.email is None


def test_an_own_name_is_found_by(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    own.change_me("Алёна")
    assert UserDesk(identity, alice.actor).logins(q="алена") == ["alice"]


def test_a_restricted_session_still_chooses_its_language(identity: IdentityHouse, alice: Opened) -> None:
    restricted = msgspec.structs.replace(alice.actor, roles=())
    assert OwnSignIn(identity, restricted).change_me("alice", "en").language == "en"

"""Opening, reading and changing accounts."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.contracts.identity import AccountChanges, AccountView, NewAccount, SignInNameTaken
from services.contracts.permissions import Role
from services.contracts.refusals import Invalid, NotFound, Stale
from services.contracts.values import AccountId
from services.identity.use_cases import accounts
from tests.services.identity.identity_house import IdentityHouse, Opened

ZONES = frozenset(("Europe/Moscow", "Asia/Vladivostok"))


def change(identity: IdentityHouse, who: Opened, changes: AccountChanges, version: int | None = None) -> AccountView:
    account = who.actor.account
    with identity.db.account(account, who.actor) as session:
        return accounts.change_account(account, session, changes, version, ZONES)


def test_the_first_client_number_and_the_defaults(identity: IdentityHouse) -> None:
    first = identity.open("ООО «Ромашка»", "Алиса", "зелёный чайник")
    assert first.created.client_number == 100001
    assert first.created.sign_in_name == "ООО Ромашка"
    assert first.created.user == "Алиса"
    assert first.actor.roles == (Role.ADMINISTRATOR,)
    with identity.db.account(first.actor.account) as session:
        view = accounts.get_account(first.actor.account, session)
    assert (view.name, view.time_zone, view.default_tax_code) == ("ООО «Ромашка»", "Europe/Moscow", None)
    assert (view.idle_minutes, view.inn, view.inn_suspicious, view.version) == (30, None, False, 1)
    assert identity.events("account_created") == [
        {"type": "account_created", "account": first.actor.account, "number": 100001, "name": "ООО «Ромашка»"}
    ]


def test_namesakes_get_names_of_their_own(identity: IdentityHouse) -> None:
    names = [identity.create(name, "admin-1", "зелёный чайник").sign_in_name for name in ["Ёлка", "«ЕЛКА»", "елка"] * 4]
    assert names[:3] == ["Ёлка", "ЕЛКА 2", "елка 3"]
    assert names[9:] == ["Ёлка 100010", "ЕЛКА 100011", "елка 100012"]
    assert len(set(names)) == 12


def test_namesakes_created_at_the_same_moment(identity: IdentityHouse) -> None:
    ready = threading.Barrier(4)

    def create(_: int) -> str:
        ready.wait()
        return identity.create("Ромашка", "admin-1", "зелёный чайник").sign_in_name

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create, range(4))) == ["Ромашка", "Ромашка 2", "Ромашка 3", "Ромашка 4"]


def test_a_name_asked_for_that_is_taken(identity: IdentityHouse, alice: Opened) -> None:
    with pytest.raises(SignInNameTaken):
        identity.create("Другие", "admin-1", "зелёный чайник", sign_in_name="ооо ромашка")


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        accounts.check_new(NewAccount(name="я" * 300, login=" ", password="123", sign_in_name="100001"))
    assert [(error.path, error.code) for error in refused.value.errors] == [
        ("name", "too_long"),
        ("login", "required"),
        ("password", "too_short"),
        ("sign_in_name", "sign_in_name_digits"),
    ]


def test_the_first_account_is_made_once_only(identity: IdentityHouse) -> None:
    checked = accounts.check_new(NewAccount("Первая", "admin-1", "зелёный чайник"))

    def create(_: int) -> bool:
        with identity.db.system() as session:
            return accounts.create_first_account(session, checked, "hash", identity.now) is not None

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(create, range(3))) == [False, False, True]


def test_changes_count_the_version_and_are_told(identity: IdentityHouse, alice: Opened) -> None:
    changes = AccountChanges(
        name=" ООО  «Ромашка Плюс» ",
        sign_in_name="Ромашка+",
        inn=" 7707083893 ",
        time_zone="Asia/Vladivostok",
        default_tax_code=11,
        idle_minutes=60,
    )
    view = change(identity, alice, changes, version=1)
    assert (view.name, view.sign_in_name, view.inn) == ("ООО «Ромашка Плюс»", "Ромашка+", "7707083893")
    assert (view.time_zone, view.default_tax_code, view.idle_minutes) == ("Asia/Vladivostok", 11, 60)
    assert (view.inn_suspicious, view.version) == (False, 2)
    assert change(identity, alice, changes).version == 2, "the same again changes nothing"
    assert [event["changed"] for event in identity.events("account_changed")] == [
        ["name", "sign_in_name", "inn", "time_zone", "default_tax_code", "idle_minutes"]
    ]
    assert identity.sign_in("РОМАШКА +", "alice", alice.password).session.account.name == "ООО «Ромашка Плюс»"
    assert change(identity, alice, AccountChanges(inn=None)).inn is None


def test_a_suspicious_inn_is_a_warning(identity: IdentityHouse, alice: Opened) -> None:
    assert change(identity, alice, AccountChanges(inn="7707083894")).inn_suspicious


def test_wrong_changes_change_nothing(identity: IdentityHouse, alice: Opened) -> None:
    wrong = AccountChanges(
        name="", sign_in_name="7", inn="77", time_zone="Mars/Olympus", default_tax_code=1, idle_minutes=1
    )
    with pytest.raises(Invalid) as refused:
        change(identity, alice, wrong)
    assert [error.path for error in refused.value.errors] == [
        *("name", "sign_in_name", "inn", "time_zone", "default_tax_code", "idle_minutes")
    ]
    with identity.db.account(alice.actor.account) as session:
        assert accounts.get_account(alice.actor.account, session).version == 1


def test_a_lost_race_is_told(identity: IdentityHouse, alice: Opened) -> None:
    change(identity, alice, AccountChanges(idle_minutes=10), version=1)
    with pytest.raises(Stale):
        change(identity, alice, AccountChanges(idle_minutes=20), version=1)
    assert change(identity, alice, AccountChanges(idle_minutes=20), version=None).version == 3


def test_somebody_elses_sign_in_name_is_refused_through_the_wall(
    identity: IdentityHouse, alice: Opened, charlie: Opened
) -> None:
    with pytest.raises(SignInNameTaken):
        change(identity, charlie, AccountChanges(sign_in_name='"ООО РОМАШКА"', idle_minutes=7))
    with identity.db.account(charlie.actor.account) as session:
        assert accounts.get_account(charlie.actor.account, session).idle_minutes == 30


def test_an_account_that_is_not_there(identity: IdentityHouse, alice: Opened) -> None:
    nobody = AccountId("00000000-0000-0000-0000-00000000dead")
    with identity.db.account(nobody) as session, pytest.raises(NotFound):
        accounts.get_account(nobody, session)

"""The operator of the server: its accounts, their life and their end."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from services.contracts.identity import AccountSuspended, NewAccount, SignedIn, SignInRefused
from services.contracts.limits import AccountLimits, AccountState
from services.contracts.operator import (
    DELETION_DAYS,
    OperatedAccount,
    OperatedChanges,
    OperatedQuery,
    OwnAccount,
    WrongState,
)
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, Invalid, NotFound, Stale, Unauthenticated
from services.contracts.values import AccountId, ApiKeyId, Cursor, SystemActor, UserActor
from services.identity.time_zones import known_time_zones
from services.identity.use_cases import account_states, accounts, one_time_passwords, operated_accounts
from services.identity.use_cases.letters import Post
from tests.services.identity.identity_house import IdentityHouse, Opened

SYSTEM = SystemActor(name="kkt admin")
PASSWORD = "жёлтый трамвай 17"


class Console:
    """OperatorRpc as its doors do it."""

    def __init__(self, identity: IdentityHouse, actor: UserActor | SystemActor) -> None:
        self.identity = identity
        self.actor = actor

    def _in(self) -> Any:
        if isinstance(self.actor, SystemActor):
            return self.identity.db.system(self.actor)
        return self.identity.db.account(self.actor.account, self.actor)

    def page(self, **query: Any) -> tuple[OperatedAccount, ...]:
        return self.whole_page(**query).items

    def whole_page(self, **query: Any) -> Any:
        with self._in() as session:
            operated_accounts.enter(self.actor, session)
            return operated_accounts.page_accounts(session, OperatedQuery(**query))

    def get(self, account: str) -> OperatedAccount:
        with self._in() as session:
            operated_accounts.enter(self.actor, session)
            return operated_accounts.view(session, operated_accounts.look_up(session, AccountId(account)))

    def find(self, number: int) -> OperatedAccount:
        with self._in() as session:
            operated_accounts.enter(self.actor, session)
            return operated_accounts.view(session, operated_accounts.find(session, number))

    def suggest(self, name: str) -> str:
        with self._in() as session:
            operated_accounts.enter(self.actor, session)
            return operated_accounts.suggest_sign_in_name(session, name)

    def open(self, name: str, **fields: Any) -> Any:
        new = NewAccount(name, "boss", fields.pop("password", ""), **fields)
        house = self.identity
        with self._in() as session:
            operated_accounts.enter(self.actor, session)
            checked = accounts.check_new(new, known_time_zones(), password_may_be_made=True)
            made = one_time_passwords.make(house.hasher, house.now)
            given = house.hasher.hash(checked.password) if checked.password else made
            return operated_accounts.open_account(session, checked, given, house.now, Post(house.sealer, False))

    def change(self, account: str, changes: OperatedChanges, version: int | None = None) -> OperatedAccount:
        with self._in() as session:
            operated_accounts.enter(self.actor, session)
            zones = known_time_zones()
            return operated_accounts.change_account(session, AccountId(account), changes, version, zones)

    def do(self, action: Callable[..., None], account: str, *more: Any) -> OperatedAccount:
        with self._in() as session:
            operated_accounts.enter(self.actor, session)
            row = operated_accounts.hold(session, AccountId(account))
            action(session, row, *more, self.identity.now)
            return operated_accounts.view(session, row)

    def issue(self, account: str, login: str) -> Any:
        house = self.identity
        made = one_time_passwords.make(house.hasher, house.now)
        with self._in() as session:
            name = operated_accounts.enter(self.actor, session)
            post = Post(house.sealer, False)
            return operated_accounts.issue_password(session, AccountId(account), login, made, name, house.now, post)


def make_operator(identity: IdentityHouse) -> Any:
    checked = accounts.check_new(NewAccount("Оператор сервера", "root", PASSWORD))
    with identity.db.system(SYSTEM) as session:
        return operated_accounts.create_operator(session, checked, identity.hasher.hash(PASSWORD), identity.now)


@pytest.fixture
def console(identity: IdentityHouse, alice: Opened) -> Iterator[Console]:
    made = make_operator(identity)
    signed = identity.sign_in(str(made.client_number), "root", PASSWORD)
    yield Console(identity, signed.session.actor)


def test_there_is_one_operator_account(identity: IdentityHouse, console: Console) -> None:
    assert make_operator(identity) is None
    assert [one.operator for one in console.page()] == [False, True]


def test_accounts_are_found_by_words_number_inn_and_state(console: Console, alice: Opened, charlie: Opened) -> None:
    console.change(alice.created.account, OperatedChanges(name="Ёлка и Дом", inn="7707083893"))
    for q in ("дом елка", str(alice.created.client_number), "7707083893"):
        assert [one.id for one in console.page(q=q)] == [alice.created.account], q
    assert console.page(q="нет такой") == ()
    console.do(account_states.suspend, charlie.created.account, "не платит")
    assert [one.id for one in console.page(state=AccountState.SUSPENDED)] == [charlie.created.account]
    assert console.find(alice.created.client_number).name == "Ёлка и Дом"
    for number in (-1, 0, 7, 2**40):
        with pytest.raises(NotFound):
            console.find(number)


def test_pages_follow_each_other_by_number(console: Console, charlie: Opened) -> None:
    first = console.whole_page(limit=2)
    second = console.whole_page(limit=2, after=first.next)
    numbers = [one.number for one in (*first.items, *second.items)]
    assert numbers == sorted(numbers) and len(numbers) == 3 and second.next is None
    for cursor in ("x", "n", "n-1", "n" + "9" * 11, "n1;"):
        with pytest.raises(Invalid):
            console.whole_page(after=Cursor(cursor))


def test_an_account_is_opened_with_a_password_that_is_told_once(identity: IdentityHouse, console: Console) -> None:
    made = console.open("ООО «Новая»", inn="7707083893", time_zone="Asia/Omsk", default_tax_code=11)
    assert made.password and made.valid_until == identity.now + timedelta(hours=72)
    signed = identity.sign_in(made.sign_in_name, "boss", made.password)
    assert signed.session.restriction is not None and signed.session.account.time_zone == "Asia/Omsk"
    assert made.password not in str(identity.events("written"))
    assert console.suggest("ООО «Новая»") != made.sign_in_name and console.suggest(" ") == ""


def test_all_wrong_fields_of_a_new_account_are_named(console: Console) -> None:
    with pytest.raises(Invalid) as refused:
        console.open("", inn="12", time_zone="Mars/Olympus", default_tax_code=77, email="no", password="short")
    assert {error.path for error in refused.value.errors} == {
        "name",
        "inn",
        "time_zone",
        "default_tax_code",
        "email",
        "password",
    }


def test_the_slower_of_two_operators_is_told(console: Console, alice: Opened) -> None:
    version = console.get(alice.created.account).version
    changed = console.change(alice.created.account, OperatedChanges(name="Первая"), version)
    assert (changed.name, changed.version) == ("Первая", version + 1)
    with pytest.raises(Stale):
        console.change(alice.created.account, OperatedChanges(name="Вторая"), version)


def test_limits_are_kept_and_told_to_the_rooms(identity: IdentityHouse, console: Console, alice: Opened) -> None:
    limits = AccountLimits(users=7, items=0)
    assert console.change(alice.created.account, OperatedChanges(limits=limits)).limits == limits
    (terms,) = identity.events("account_terms")
    assert (terms["version"], terms["limits"]["users"], terms["state"]) == (2, 7, "active")
    console.change(alice.created.account, OperatedChanges(limits=limits))
    assert len(identity.events("account_terms")) == 1
    with pytest.raises(Invalid) as refused:
        console.change(alice.created.account, OperatedChanges(limits=AccountLimits(users=0, api_per_minute=1)))
    assert [error.path for error in refused.value.errors] == ["limits.users", "limits.api_per_minute"]


def test_a_suspended_account_is_shut_until_it_is_resumed(
    identity: IdentityHouse, console: Console, alice: Opened, charlie: Opened
) -> None:
    number = str(alice.created.client_number)
    view = console.do(account_states.suspend, alice.created.account, "  не платит ")
    assert (view.state, view.reason) == (AccountState.SUSPENDED, "не платит")
    with pytest.raises(Unauthenticated):
        identity.authenticate(alice.token)
    with pytest.raises(AccountSuspended):
        identity.sign_in(number, "alice", alice.password)
    assert isinstance(identity.try_sign_in(number, "alice", "a guess at it"), SignInRefused)
    with pytest.raises(WrongState):
        console.do(account_states.suspend, alice.created.account, "")
    console.do(account_states.resume, alice.created.account)
    assert isinstance(identity.try_sign_in(number, "alice", alice.password), SignedIn)
    states = [(terms["version"], terms["state"]) for terms in identity.events("account_terms")]
    assert states == [(2, "suspended"), (3, "active")]
    assert [end["reason"] for end in identity.events("session_ended")] == ["account"]
    identity.authenticate(charlie.token)


def test_a_deletion_is_announced_and_can_be_taken_back(
    identity: IdentityHouse, console: Console, alice: Opened
) -> None:
    view = console.do(account_states.announce_deletion, alice.created.account, "закрылись")
    assert view.delete_at == identity.now + timedelta(days=DELETION_DAYS)
    identity.later(days=DELETION_DAYS - 1)
    with identity.db.system() as session:
        account_states.finish_deletions(session, identity.now)
    assert console.do(account_states.restore, alice.created.account).state is AccountState.ACTIVE
    identity.later(days=2)
    with identity.db.system() as session:
        account_states.finish_deletions(session, identity.now)
    assert console.get(alice.created.account).delete_at is None
    with pytest.raises(WrongState):
        console.do(account_states.restore, alice.created.account)


def test_a_suspended_account_is_suspended_after_its_deletion_is_taken_back(console: Console, alice: Opened) -> None:
    account = alice.created.account
    console.do(account_states.suspend, account, "не оплачено")
    console.do(account_states.announce_deletion, account, "закрылись")
    restored = console.do(account_states.restore, account)
    assert (restored.state, restored.reason) == (AccountState.SUSPENDED, "не оплачено")
    console.do(account_states.resume, account)
    console.do(account_states.announce_deletion, account, "")
    assert console.do(account_states.restore, account).state is AccountState.ACTIVE


def test_a_deletion_that_is_due_is_not_taken_back(identity: IdentityHouse, console: Console, alice: Opened) -> None:
    console.do(account_states.announce_deletion, alice.created.account, "")
    identity.later(days=DELETION_DAYS)
    with pytest.raises(WrongState):
        console.do(account_states.restore, alice.created.account)
    assert console.get(alice.created.account).state is AccountState.DELETING


def test_what_nobody_can_type_finds_nothing_and_is_no_reason(console: Console, alice: Opened) -> None:
    assert len(console.page(q="\x00")) == 2
    assert console.page(q="нет\x00такой") == ()
    for reason in ("a\x00b", "x" * 501):
        with pytest.raises(Invalid):
            console.do(account_states.suspend, alice.created.account, reason)


def test_an_account_whose_time_has_come_is_forgotten_whole(
    identity: IdentityHouse, console: Console, alice: Opened, charlie: Opened
) -> None:
    identity.add_user(alice, "bob")
    console.issue(alice.created.account, "bob")
    console.do(account_states.announce_deletion, alice.created.account, "")
    identity.later(days=DELETION_DAYS)
    with identity.db.system() as session:
        account_states.finish_deletions(session, identity.now)
    assert rows_of(identity, alice.created.account) == {"event_log": 1}
    (forgotten,) = identity.events("account_forgotten")
    assert forgotten["number"] == alice.created.client_number
    with pytest.raises(NotFound):
        console.get(alice.created.account)
    assert rows_of(identity, charlie.created.account)["app_user"] == 1
    assert console.open("Новая").client_number > charlie.created.client_number


def rows_of(identity: IdentityHouse, account: str) -> dict[str, int]:
    """How many rows each table of the room has of the account."""
    with identity.db.system() as session:
        tables = session.scalars(
            sa.text(
                "SELECT table_name FROM information_schema.columns"
                " WHERE table_schema = 'identity' AND column_name = 'account_id'"
            )
        ).all()
        counts = {
            table: session.scalar(
                sa.text(f"SELECT count(*) FROM identity.{table} WHERE account_id = :account"),
                {"account": account},
            )
            for table in tables
        }
    return {table: count for table, count in counts.items() if count}


def test_the_operators_own_account_stays(console: Console) -> None:
    own = next(one.id for one in console.page() if one.operator)
    for action in (account_states.suspend, account_states.announce_deletion):
        with pytest.raises(OwnAccount):
            console.do(action, own, "")


def test_a_one_time_password_for_any_user(identity: IdentityHouse, console: Console, alice: Opened) -> None:
    issued = console.issue(alice.created.account, "ALICE")
    with pytest.raises(Unauthenticated):
        identity.authenticate(alice.token)
    assert isinstance(identity.try_sign_in("100001", "alice", issued.password), SignedIn)
    with pytest.raises(NotFound):
        console.issue(alice.created.account, "nobody")


def test_what_the_operator_did_stands_in_the_journal_of_the_account(
    identity: IdentityHouse, console: Console, alice: Opened
) -> None:
    console.do(account_states.suspend, alice.created.account, "не платит")
    (change,) = identity.told("account")[-1:]
    assert (change["before"]["state"], change["after"]["state"]) == ("active", "suspended")
    with identity.db.system() as session:
        authors = session.scalars(sa.text("SELECT actor->>'home_name' FROM identity.event_log ORDER BY id")).all()
    assert authors[-1] == "Оператор сервера"


@pytest.mark.parametrize("roles", [tuple(role for role in Role if role is not Role.OPERATOR), tuple(Role)])
def test_the_console_is_closed_to_all_others(
    identity: IdentityHouse, console: Console, alice: Opened, charlie: Opened, roles: tuple[Role, ...]
) -> None:
    strangers = [msgspec.structs.replace(who.actor, roles=roles) for who in (alice, charlie)]
    operator = console.actor
    assert isinstance(operator, UserActor)
    stolen = msgspec.structs.replace(operator, key=ApiKeyId("00000000-0000-0000-0000-00000000feed"))
    for actor in (*strangers, stolen):
        other = Console(identity, actor)
        attempts: tuple[Callable[[], Any], ...] = (
            other.page,
            lambda other=other: other.get(alice.created.account),  # type: ignore[misc]
            lambda other=other: other.open("Чужая"),  # type: ignore[misc]
            lambda other=other: other.do(account_states.suspend, alice.created.account, ""),  # type: ignore[misc]
            lambda other=other: other.issue(alice.created.account, "alice"),  # type: ignore[misc]
        )
        for attempt in attempts:
            with pytest.raises(Forbidden):
                attempt()
    identity.authenticate(alice.token)


@pytest.mark.parametrize("account", ["00000000-0000-0000-0000-00000000feed", "", "x' OR 1=1", "\x00"])
def test_an_account_that_is_not_there(console: Console, account: str) -> None:
    with pytest.raises(NotFound):
        console.get(account)

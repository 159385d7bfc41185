"""Row security as the second lock: what the database itself lets each role see."""

import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import ProgrammingError

from services.chassis.database import sqlalchemy_url
from services.contracts.values import AccountId
from services.identity import repository, system_repository
from services.identity.models import Account, Base, JournalRow, RequestRate, SignInFailure, SignInTicket
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.walled_rows import WALLED, fill, row_of

UNCHANGEABLE = (JournalRow, SignInTicket)  # not even one's own rows

# Every function that looks over the walls, with its reason.
OVER_THE_WALLS = {
    "lock_account_creation": "an account that is being created has no walls yet",
    "any_account": "the very first account is made only while there is none",
    "next_client_number": "numbers are counted over all accounts",
    "taken_sign_in_keys": "sign-in names are unique over all accounts",
    "find_user": "before sign-in nobody knows the account",
    "find_session": "a token comes without its account",
    "touch_session": "follows find_session in its transaction",
    "end_oldest_sessions": "part of signing in",
    "end_expired_sessions": "the sweep goes over all accounts",
    "forget_ended_sessions": "the sweep goes over all accounts",
    "forget_failures": "counts of wrong sign-ins belong to no account",
    "forget_places": "the sweep goes over all accounts",
    "wrong_tries": "counts of wrong sign-ins belong to no account",
    "count_wrong_try": "counts of wrong sign-ins belong to no account",
    "forget_wrong_tries": "counts of wrong sign-ins belong to no account",
    "knows_place": "part of signing in",
    "remember_place": "part of signing in",
    "knows_any_place": "part of signing in",
    "lock_user": "part of signing in",
    "add_ticket": "a right password waits for its code; nobody is signed in yet",
    "lock_ticket": "a ticket comes without its account",
    "forget_tickets": "the sweep goes over all accounts",
    "let_in": "requests are counted before they are any account's; the account itself may not touch its count",
    "paid_until": "follows let_in in its transaction",
    "commit_without_waiting": "asks nothing; goes with let_in",
    "find_key": "a key comes without its account",
    "touch_key": "follows find_key in its transaction",
    "forget_revoked_keys": "the sweep goes over all accounts",
    "forget_notifications": "the sweep goes over all accounts",
    "take_notifications_to_mail": "one post office writes the letters of all accounts",
    "page_accounts": "the operator sees all accounts",
    "find_account": "the operator sees all accounts",
    "count_users": "the operator sees all accounts",
    "find_by_login": "the operator gives out passwords in any account",
    "signed_in_users": "the operator suspends any account",
    "any_operator": "there is one operator on the server",
    "hold_overdue": "the sweep goes over all accounts",
    "forget_journal": "a deletion is final in all tables",
    "forget_account": "a deletion is final in all tables",
    "claim_letters": "one post office sends the letters of all accounts",
    "remove_letter": "follows claim_letters",
    "postpone_letter": "follows claim_letters",
    "hold_account": "the consumer of all rooms' facts belongs to no account",
    "add_entry": "follows hold_account in its transaction",
}


def own_functions(package: ModuleType) -> dict[str, object]:
    """Public functions of a package's modules."""
    modules = [
        importlib.import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__)
    ]
    return {
        name: function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def test_who_looks_over_the_walls_is_listed_with_a_reason() -> None:
    assert own_functions(system_repository).keys() == OVER_THE_WALLS.keys()


def test_every_other_question_has_the_account_first() -> None:
    for name, function in own_functions(repository).items():
        first = next(iter(inspect.signature(function).parameters.items()))  # type: ignore[arg-type]
        assert first[0] == "account" and first[1].annotation is AccountId, name


def test_one_account_sees_its_own_rows_alone(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    fill(identity, alice, charlie)
    with identity.db.account(charlie.actor.account) as session:
        for model in WALLED:
            owners = set(session.scalars(sa.select(model.account_id)))
            assert owners == {charlie.actor.account}, model


def test_without_an_account_nothing_is_seen(identity: IdentityHouse, alice: Opened) -> None:
    fill(identity, alice)
    with identity.db.account(alice.actor.account) as session:
        session.execute(sa.text("SELECT set_config('kkt.account', '', true)"))
        for model in WALLED:
            assert session.scalars(sa.select(model.account_id)).all() == []


def test_rows_of_another_account_cannot_be_changed(identity: IdentityHouse, alice: Opened, charlie: Opened) -> None:
    fill(identity, alice)
    with identity.db.account(charlie.actor.account) as session:
        for model in set(WALLED).difference(UNCHANGEABLE):
            changed = session.execute(
                sa.update(model).where(model.account_id == alice.actor.account).values(account_id=model.account_id)
            )
            assert changed.rowcount == 0, model  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", WALLED, ids=lambda model: model.__name__)
def test_rows_of_another_account_cannot_be_made(
    identity: IdentityHouse, alice: Opened, charlie: Opened, model: Any
) -> None:
    # The account's own role may not make accounts and tickets at all.
    with (
        pytest.raises(ProgrammingError, match=r"row-level security|permission denied"),
        identity.db.account(charlie.actor.account) as session,
    ):
        session.add(row_of(model, alice, identity.now))


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(SignInFailure),
        sa.select(RequestRate),
        sa.update(SignInTicket).values(wrong=0),
        sa.update(JournalRow).values(who="nobody"),
        sa.delete(JournalRow),
        sa.delete(Account),
        sa.text("SELECT nextval('identity.client_number')"),
        sa.text("ALTER TABLE identity.account DISABLE ROW LEVEL SECURITY"),
        sa.text("SELECT * FROM identity.event_cursor"),
    ],
    ids=str,
)
def test_what_the_accounts_role_may_not_do_at_all(
    identity: IdentityHouse, alice: Opened, statement: sa.Executable
) -> None:
    with pytest.raises(ProgrammingError), identity.db.account(alice.actor.account) as session:
        session.execute(statement)


def test_every_table_with_an_account_has_forced_row_security(identity: IdentityHouse) -> None:
    question = sa.text(
        """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'
        WHERE n.nspname = 'identity' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        """
    )
    with identity.db.system() as session:
        assert session.scalars(question).all() == []


def test_the_migrations_make_what_the_models_say(module_database: str) -> None:
    engine = sa.create_engine(sqlalchemy_url(module_database), poolclass=sa.NullPool)
    known = {table.name for table in Base.metadata.tables.values()}
    options = {
        "include_schemas": True,
        "compare_type": True,
        "include_name": lambda name, kind, _parents: kind != "schema" or name == "identity",
        "include_object": lambda _object, name, kind, _reflected, _to: kind != "table" or name in known,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []

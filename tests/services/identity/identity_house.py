"""What the tests of this room do again and again: open accounts, sign in, let time pass."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from services.chassis.database import Database, sqlalchemy_url
from services.chassis.seal import Sealer
from services.chassis.tables import room_tables
from services.contracts.identity import AccountCreated, NewAccount, SessionView, SignedIn, SignInForm
from services.contracts.refusals import Refusal
from services.contracts.values import UserActor
from services.identity.models import Account, Base, User
from services.identity.password_hashing import PasswordHasher
from services.identity.use_cases import accounts, sessions, sign_in

ADDRESS = "192.0.2.10"
ELSEWHERE = "198.51.100.20"
AGENT = "Kettle/1.0"
SEAL_KEY = "a key for the tests and of no use elsewhere"


def empty_room(database_url: str) -> None:
    """Take everything out of the room's tables and begin to count anew, as the owner of the tables."""
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    tables = (*Base.metadata.tables, "identity.event_log", "identity.handled_request")
    with engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {', '.join(tables)}"))
        connection.execute(sa.text("ALTER SEQUENCE identity.client_number RESTART"))


def plain_call(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)


class Opened(msgspec.Struct, frozen=True):
    """An account with its administrator signed in."""

    created: AccountCreated
    password: str
    actor: UserActor
    token: str


class IdentityHouse:
    """The use cases as the doors use them; `now` is the only clock."""

    def __init__(self, database: Database, hasher: PasswordHasher) -> None:
        self.db = database
        self.hasher = hasher
        self.sealer = Sealer(SEAL_KEY)
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def create(self, name: str, login: str, password: str, sign_in_name: str | None = None) -> AccountCreated:
        checked = accounts.check_new(NewAccount(name, login, password, sign_in_name))
        with self.db.system() as session:
            return accounts.create_account(session, checked, self.hasher.hash(checked.password), self.now)

    def open(self, name: str, login: str, password: str) -> Opened:
        created = self.create(name, login, password)
        signed = self.sign_in(str(created.client_number), login, password)
        return Opened(created, password, signed.session.actor, signed.token)

    def try_sign_in(
        self, client: str, user: str, password: str, address: str = ADDRESS, code: str = ""
    ) -> SignedIn | Refusal:
        form = SignInForm(client, user, password, address, AGENT, code)
        with self.db.system() as session:
            attempt = sign_in.look_up(session, form, self.now)
        right = self.hasher.verify(attempt.password_hash, password)
        with self.db.system() as session:
            return sign_in.conclude(session, attempt, right, self.sealer, self.now)

    def sign_in(self, client: str, user: str, password: str, address: str = ADDRESS, code: str = "") -> SignedIn:
        outcome = self.try_sign_in(client, user, password, address, code)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def complete(self, ticket: str, code: str, address: str = ADDRESS) -> SignedIn | Refusal:
        with self.db.system() as session:
            return sign_in.complete(session, ticket, code, address, AGENT, self.sealer, self.now)

    def add_user(self, beside: Opened, login: str, **fields: Any) -> str:
        """A colleague of that administrator, alike in all but its names and `fields`; returns its id."""
        with self.db.system() as session:
            first = session.get_one(User, (beside.actor.account, beside.actor.user))
            copy = {column.key: getattr(first, column.key) for column in sa.inspect(User).columns}
            names = {"login": login, "login_key": login, "look_key": login, "name": login}
            user = User(**copy | names | {"user_id": str(uuid.uuid4())} | fields)
            session.add(user)
            return user.user_id

    def set_user(self, who: UserActor, **fields: Any) -> None:
        with self.db.system() as session:
            session.execute(sa.update(User).where(User.user_id == who.user).values(**fields))

    def set_account(self, account: str, **fields: Any) -> None:
        with self.db.system() as session:
            session.execute(sa.update(Account).where(Account.account_id == account).values(**fields))

    def authenticate(self, token: str) -> SessionView:
        return self._kept(sessions.authenticate, token)

    def peek(self, token: str) -> SessionView:
        return self._kept(sessions.peek_session, token)

    def _kept(self, ask: Callable[..., SessionView | Refusal], token: str) -> SessionView:
        with self.db.system() as session:
            outcome = ask(session, token, ADDRESS, self.now)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def events(self, type_: str) -> list[dict[str, Any]]:
        """Bodies of the facts told so far, in order."""
        log = room_tables("identity").event_log
        with self.db.system() as session:
            rows = session.execute(sa.select(log.c.body).where(log.c.type == type_).order_by(log.c.id))
            return [row.body for row in rows]

    def actors(self, type_: str) -> list[dict[str, Any]]:
        """Who told the facts of that type, in order."""
        log = room_tables("identity").event_log
        with self.db.system() as session:
            rows = session.execute(sa.select(log.c.actor).where(log.c.type == type_).order_by(log.c.id))
            return [row.actor for row in rows]

    def told(self, thing: str) -> list[dict[str, Any]]:
        """What the journal will be told of things of that kind, in order, but for the making of accounts."""
        written = [body["changes"] for body in self.events("written") if not _opens_an_account(body["changes"])]
        return [change for changes in written for change in changes if change["thing"] == thing]


def _opens_an_account(changes: list[dict[str, Any]]) -> bool:
    return any(change["thing"] == "account" and change["before"] is None for change in changes)

"""Other people of a clerk's account, and the room's doors called as that clerk where no page is needed for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, LiteralString, ParamSpec, TypeVar

import psycopg
import pyotp

from services.chassis.database import plain_url
from services.contracts.identity import IdentityRpc
from services.contracts.permissions import Role
from services.contracts.users import NewUser, UsersRpc, UserWithPassword
from services.contracts.values import SystemActor, UserActor
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Reading, Visitor
from tests.house.running import TEST, RunningHouse

P = ParamSpec("P")
R = TypeVar("R")
NEW_PASSWORD = "the kettle hums 9"
STEP = timedelta(seconds=30)  # a code of an authenticator program


def as_clerk(clerk: Clerk, method: Callable[Concatenate[Any, UserActor, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a door as the user whose session the clerk's browser holds."""
    bus = clerk.house.bus
    actor = bus.call(IdentityRpc.authenticate, TEST, clerk.client.cookies["kkt_session"], "127.0.0.1").actor
    return bus.call(method, actor, *args, **kwargs)


def as_system(
    clerk: Clerk, method: Callable[Concatenate[Any, SystemActor, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Call a door as the command line does."""
    return clerk.house.bus.call(method, TEST, *args, **kwargs)


def colleague(clerk: Clerk, login: str, *roles: Role) -> UserWithPassword:
    """A new user of the clerk's account, with a one-time password."""
    return as_clerk(clerk, UsersRpc.add_user, NewUser(login=login, name=login.title(), roles=roles or (Role.VIEWER,)))


def watcher(clerk: Clerk) -> Visitor:
    """A viewer of the clerk's account, signed in."""
    made = colleague(clerk, "watcher", Role.VIEWER)
    browser = Visitor(clerk.house)
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user="watcher", password=str(made.password))
    browser.send("password", password=str(made.password), new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
    return browser


class SecondFactor:
    """An authenticator program. A code is good once, so each of its codes is of a later half minute."""

    def __init__(self, secret: str) -> None:
        self._program = pyotp.TOTP(secret)
        self._offset = -1

    def code(self) -> str:
        """At most three at a time: the server takes the half minutes beside the present one, too."""
        code = self._program.at(datetime.now(UTC) + self._offset * STEP)
        self._offset += 1
        return code


def set_up_second_factor(clerk: Clerk) -> tuple[SecondFactor, list[str]]:
    """Through the pages; the program and the recovery codes."""
    clerk.see("/me/second-factor")
    page = clerk.send("offer", password=PASSWORD)
    program = SecondFactor(secret_on(page))
    page = clerk.send("confirm", otp=program.code())
    return program, codes_on(page)


def secret_on(page: Reading) -> str:
    """The key that is typed into the program."""
    words = page.text.split("введите в программу этот ключ: ", 1)[1].split()
    return "".join(word for word in words[:8] if word.isupper() or word.isdigit())


def codes_on(page: Reading) -> list[str]:
    """The recovery codes that the page shows."""
    return [word for word in page.text.split() if word.count("-") == 5 and word.isascii()]


def in_database(clerk: Clerk, statement: LiteralString, *values: object) -> int:
    """Change rows where no door does it (time that passes); how many were changed."""
    with psycopg.connect(plain_url(clerk.house.database_url)) as connection:
        return connection.execute(statement, values).rowcount


class Operator(Clerk):
    """A user of an account that runs the server: opens, changes, suspends and deletes accounts, and nothing else."""

    def __init__(self, house: RunningHouse) -> None:
        super().__init__(house, "Хозяин сервера")
        mine = "account_id = (SELECT account_id FROM identity.account WHERE number = %s)"
        assert in_database(self, "UPDATE identity.account SET operator = true WHERE number = %s", int(self.number))
        assert in_database(self, "UPDATE identity.app_user SET roles = '{operator}' WHERE " + mine, int(self.number))

    def account_id(self, number: str) -> str:
        """Found in the list by its client number."""
        page = self.see(f"/operator/accounts?q={number}")
        found = [link.rsplit("/", 1)[1] for link in page.links if len(link) == len("/operator/accounts/") + 36]
        assert len(set(found)) == 1, page.text
        return found[0]

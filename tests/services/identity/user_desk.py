"""UsersRpc as its doors do it, for the tests of each part."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from services.contracts.identity import UserView
from services.contracts.permissions import Role
from services.contracts.users import NewUser, UserChanges, UserQuery, UserWithPassword
from services.contracts.values import Page, UserActor, UserId
from services.identity.use_cases import one_time_passwords, user_admin
from services.identity.use_cases.letters import Post
from tests.services.identity.identity_house import IdentityHouse


class UserDesk:
    """An administrator's doors; `actor` acts."""

    def __init__(self, identity: IdentityHouse, actor: UserActor) -> None:
        self.identity = identity
        self.actor = actor
        self.post = Post(identity.sealer, smtp_set_up=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.identity.db.account(self.actor.account, self.actor) as session:
            yield session

    def page(self, **query: Any) -> Page[UserView]:
        with self.session() as session:
            return user_admin.page_users(self.actor, session, UserQuery(**query))

    def logins(self, **query: Any) -> list[str]:
        return [view.login for view in self.page(**query).items]

    def get(self, user: str) -> UserView:
        with self.session() as session:
            return user_admin.get_user(self.actor, session, UserId(user))

    def add(self, login: str, roles: tuple[Role, ...] = (Role.VIEWER,), **fields: Any) -> UserWithPassword:
        house = self.identity
        with self.session() as session:
            new = NewUser(login=login, roles=roles, **fields)
            return user_admin.add_user(self.actor, session, house.db, house.hasher, new, house.now, self.post)

    def change(self, user: str, version: int | None = None, **changes: Any) -> UserView:
        house = self.identity
        with self.session() as session:
            wanted = UserChanges(**changes)
            return user_admin.change_user(
                self.actor, session, house.db, house.hasher, UserId(user), wanted, version, house.now
            )

    def remove(self, user: str, version: int | None = None) -> None:
        with self.session() as session:
            user_admin.remove_user(self.actor, session, UserId(user), version, self.identity.now)

    def issue_password(self, user: str) -> UserWithPassword:
        house = self.identity
        with self.session() as session:
            hasher = house.hasher
            return one_time_passwords.issue(self.actor, session, house.db, hasher, UserId(user), house.now, self.post)

    def remove_second_factor(self, user: str) -> UserView:
        with self.session() as session:
            return user_admin.remove_second_factor(self.actor, session, UserId(user), self.identity.now)

    def end_sessions(self, user: str) -> int:
        with self.session() as session:
            return user_admin.end_sessions_of(self.actor, session, UserId(user), self.identity.now)

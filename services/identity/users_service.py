"""Doors of the identity room: UsersRpc."""

from sqlalchemy.orm import Session

from services.contracts.identity import UserView
from services.contracts.users import NewUser, UserChanges, UserQuery, UserWithPassword
from services.contracts.values import Page, UserActor, UserId


class UsersDoor:
    """The doors for UsersRpc; the service class inherits it."""

    session: Session

    def page_users(self, actor: UserActor, query: UserQuery) -> Page[UserView]:
        """See UsersRpc."""
        raise NotImplementedError

    def get_user(self, actor: UserActor, user: UserId) -> UserView:
        """See UsersRpc."""
        raise NotImplementedError

    def add_user(self, actor: UserActor, new: NewUser) -> UserWithPassword:
        """See UsersRpc."""
        raise NotImplementedError

    def change_user(self, actor: UserActor, user: UserId, changes: UserChanges, version: int | None) -> UserView:
        """See UsersRpc."""
        raise NotImplementedError

    def remove_user(self, actor: UserActor, user: UserId, version: int | None) -> None:
        """See UsersRpc."""
        raise NotImplementedError

    def issue_one_time_password(self, actor: UserActor, user: UserId) -> UserWithPassword:
        """See UsersRpc."""
        raise NotImplementedError

    def remove_second_factor(self, actor: UserActor, user: UserId) -> UserView:
        """See UsersRpc."""
        raise NotImplementedError

    def end_sessions_of(self, actor: UserActor, user: UserId) -> int:
        """See UsersRpc."""
        raise NotImplementedError

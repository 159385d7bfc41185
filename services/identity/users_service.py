"""Doors of the identity room: UsersRpc. No row is held while a password is hashed."""

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.permit import permit
from services.chassis.seal import Sealer
from services.chassis.settings import Settings
from services.contracts.identity import UserView
from services.contracts.permissions import Right
from services.contracts.users import NewUser, UserChanges, UserQuery, UserWithPassword
from services.contracts.values import Page, UserActor, UserId
from services.identity.password_hashing import password_hasher
from services.identity.use_cases import one_time_passwords, user_admin
from services.identity.use_cases.letters import Post


class UsersDoor:
    """The doors for UsersRpc; the service class inherits it."""

    session: Session
    db: Database
    sealer: Sealer
    settings: Settings

    def page_users(self, actor: UserActor, query: UserQuery) -> Page[UserView]:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        return user_admin.page_users(actor, self.session, query)

    def get_user(self, actor: UserActor, user: UserId) -> UserView:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        return user_admin.get_user(actor, self.session, user)

    def add_user(self, actor: UserActor, new: NewUser) -> UserWithPassword:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        post = Post(self.sealer, self.settings.smtp_url is not None)
        return user_admin.add_user(actor, self.session, self.db, password_hasher(), new, clock.now(), post)

    def change_user(self, actor: UserActor, user: UserId, changes: UserChanges, version: int | None) -> UserView:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        hasher, now = password_hasher(), clock.now()
        return user_admin.change_user(actor, self.session, self.db, hasher, user, changes, version, now)

    def remove_user(self, actor: UserActor, user: UserId, version: int | None) -> None:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        user_admin.remove_user(actor, self.session, user, version, clock.now())

    def issue_one_time_password(self, actor: UserActor, user: UserId) -> UserWithPassword:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        post = Post(self.sealer, self.settings.smtp_url is not None)
        return one_time_passwords.issue(actor, self.session, self.db, password_hasher(), user, clock.now(), post)

    def remove_second_factor(self, actor: UserActor, user: UserId) -> UserView:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        return user_admin.remove_second_factor(actor, self.session, user, clock.now())

    def end_sessions_of(self, actor: UserActor, user: UserId) -> int:
        """See UsersRpc."""
        permit(actor, Right.ADMINISTER)
        return user_admin.end_sessions_of(actor, self.session, user, clock.now())

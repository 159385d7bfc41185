"""The user of whom an administrator speaks."""

from sqlalchemy.orm import Session

from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.permissions import Role
from services.contracts.refusals import NotFound
from services.contracts.users import LastAdministrator, NotYourself
from services.contracts.values import UserActor, UserId
from services.identity.domain.ids import must_be_id
from services.identity.models import Account, User
from services.identity.repository import accounts as accounts_repository
from services.identity.repository import users as repository


def look_up(actor: UserActor, session: Session, user: UserId) -> tuple[Account, User]:
    """The account and one of its users, as they are now. Refuses with NotFound, KeyNotAllowed."""
    must_be_id(user)
    return _allowed(
        actor,
        accounts_repository.get_account(actor.account, session),
        repository.find_user(actor.account, session, user),
    )


def hold(actor: UserActor, session: Session, user: UserId) -> tuple[Account, User]:
    """As look_up; both rows are held until the end of the transaction, the account's first.

    Whatever may cost an account its last administrator, its limit or a login is thus done one by one.
    """
    must_be_id(user)
    account = accounts_repository.get_account(actor.account, session, lock=True)
    return _allowed(actor, account, repository.get_user(actor.account, session, user))


def refuse_oneself(actor: UserActor, user: UserId) -> None:
    """Refuses with NotYourself."""
    if actor.user == user:
        raise NotYourself()


def refuse_last_administrator(actor: UserActor, session: Session, user: User) -> None:
    """Refuses with LastAdministrator if the account has nobody else to administer it. The account is held."""
    if is_administrator(user.roles, user.disabled) and not repository.has_other_administrator(
        actor.account, session, UserId(user.user_id)
    ):
        raise LastAdministrator()


def is_administrator(roles: list[str], disabled: bool) -> bool:
    """Whether such a user can administer its account."""
    return Role.ADMINISTRATOR.value in roles and not disabled


def _allowed(actor: UserActor, account: Account | None, user: User | None) -> tuple[Account, User]:
    if account is None or user is None:
        raise NotFound()
    # No API key has the operator's rights; so it may not get hold of somebody who has them.
    if actor.key is not None and Role.OPERATOR.value in user.roles:
        raise KeyNotAllowed()
    return account, user

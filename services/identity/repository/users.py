"""Questions about the users of one account."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.permissions import Role
from services.contracts.users import UserQuery
from services.contracts.values import AccountId, UserId
from services.identity.domain.client_names import search_key
from services.identity.domain.login_cursors import decode_cursor
from services.identity.models import LiveSession, User

SEARCH_MAX = 100  # characters of what is searched for that are looked at


def get_user(account: AccountId, session: Session, user: UserId) -> User | None:
    """One user of the account, its row held until the end of the transaction."""
    return session.scalar(
        sa.select(User).where(User.account_id == account, User.user_id == user).with_for_update(of=User)
    )


def find_user(account: AccountId, session: Session, user: UserId) -> User | None:
    """One user of the account, as it is now."""
    return session.scalar(sa.select(User).where(User.account_id == account, User.user_id == user))


def page_users(account: AccountId, session: Session, query: UserQuery) -> Sequence[User]:
    """One more than a page of users, by login. Raises Invalid for a cursor that is none of ours."""
    question = sa.select(User).where(User.account_id == account)
    for word in _words(query.q):
        question = question.where(User.search_key.contains(word, autoescape=True))
    if query.role is not None:
        question = question.where(sa.literal(query.role.value) == User.roles.any_())
    if query.disabled is not None:
        question = question.where(User.disabled.is_(query.disabled))
    if query.after is not None:
        question = question.where(User.login_key > decode_cursor(query.after))
    return session.scalars(question.order_by(User.login_key).limit(query.limit + 1)).all()


def count_users(account: AccountId, session: Session) -> int:
    """How many users the account has, disabled ones too."""
    return session.scalar(sa.select(sa.func.count()).where(User.account_id == account)) or 0


def has_other_administrator(account: AccountId, session: Session, besides: UserId) -> bool:
    """Whether another user is an enabled administrator. Ask it while the account is held."""
    found = session.scalar(
        sa.select(User.user_id)
        .where(
            User.account_id == account,
            User.user_id != besides,
            User.disabled.is_(False),
            sa.literal(Role.ADMINISTRATOR.value) == User.roles.any_(),
        )
        .limit(1)
    )
    return found is not None


def login_taken(account: AccountId, session: Session, login_key: str, look_key: str, besides: UserId | None) -> bool:
    """Whether another user has this login, or one that looks the same. Ask it while the account is held."""
    same = sa.or_(User.login_key == login_key, User.look_key == look_key)
    others = [User.user_id != besides] if besides is not None else []
    return session.scalar(sa.select(User.user_id).where(User.account_id == account, same, *others).limit(1)) is not None


def remove_user(account: AccountId, session: Session, user: UserId) -> None:
    """The user goes, with its sessions and all that is its own."""
    session.execute(sa.delete(LiveSession).where(LiveSession.account_id == account, LiveSession.user_id == user))
    session.execute(sa.delete(User).where(User.account_id == account, User.user_id == user))


def _words(typed: str) -> list[str]:
    printable = "".join(char if char.isprintable() else " " for char in typed[:SEARCH_MAX])
    return search_key(printable).split()

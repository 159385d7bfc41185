"""The fields of a user: from what was typed to what is kept, and what the journal is told of them."""

from typing import Any

from msgspec import UnsetType

from services.contracts.permissions import Role
from services.contracts.refusals import FieldError
from services.contracts.users import NewUser, UserChanges
from services.identity.domain import account_rules, client_names, logins, passwords, user_rules
from services.identity.models import Account, User

Fields = dict[str, Any]  # by the column's name, in the form in which it is kept; only the ones that were given


def checked(given: NewUser | UserChanges, may_operate: bool) -> tuple[Fields, list[FieldError]]:
    """The fields that were given, and which of them are wrong. `may_operate`: Role.OPERATOR may be given here."""
    kept: Fields = {}
    wrong: list[FieldError | None] = []
    if isinstance(given.login, str):
        kept["login"] = logins.clean_login(given.login)
        wrong.append(account_rules.check_login(kept["login"]))
    if isinstance(given.name, str):
        kept["name"] = account_rules.clean_text(given.name)
        wrong.append(user_rules.check_name(kept["name"]))
    if not isinstance(given.email, UnsetType):
        kept["email"] = user_rules.clean_email(given.email)
        wrong.append(user_rules.check_email(kept["email"]))
    if isinstance(given.roles, tuple):
        kept["roles"] = [role.value for role in user_rules.in_order(given.roles)]
        wrong.append(user_rules.check_roles(given.roles, may_operate))
    if isinstance(given.dealer, bool):
        kept["dealer"] = given.dealer
    if isinstance(given.disabled, bool):
        kept["disabled"] = given.disabled
    if not isinstance(given.language, UnsetType):
        kept["language"] = given.language
        wrong.append(user_rules.check_language(given.language))
    return kept, [error for error in wrong if error is not None]


def typed_password(given: NewUser | UserChanges) -> str | None:
    """The password that was given, in its one form; None: none was."""
    if not isinstance(given.password, str):
        return None
    return passwords.normalise(given.password[: 4 * passwords.PASSWORD_MAX])


def check_password(password: str, account: Account, login: str, name: str, email: str | None) -> FieldError | None:
    """A normalised password of a user: not too short, not common, and not made of what is known of user and account."""
    of_account = (account.name, account.sign_in_name, str(account.number), account.inn or "")
    names = (name, *(email or "").split("@"), *of_account)
    return account_rules.check_password(password, login, names)


def put(user: User, fields: Fields) -> None:
    """The fields are the user's from now on, with all that is made of them."""
    for name, value in fields.items():
        setattr(user, name, value)
    if "login" in fields:
        user.login_key, user.look_key = logins.login_key(user.login), logins.look_key(user.login)
    user.search_key = client_names.search_key(user.login, user.name)


def differing(user: User, fields: Fields) -> Fields:
    """Those of the fields that are not so yet. The order of roles says nothing."""
    present: Fields = {**told(user), "roles": [role.value for role in Role if role.value in user.roles]}
    return {name: value for name, value in fields.items() if present[name] != value}


def told(user: User) -> Fields:
    """What the journal is told of a user; it masks the password."""
    return {
        "login": user.login,
        "name": user.name,
        "email": user.email,
        "roles": list(user.roles),
        "dealer": user.dealer,
        "disabled": user.disabled,
        "language": user.language,
        "password": user.password_hash,
        "must_change_password": user.must_change_password,
        "password_until": user.password_until,
    }

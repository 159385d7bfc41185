"""What the fields of users may hold. Each check returns the field's error, or None when it is right."""

from services.contracts.permissions import Role
from services.contracts.refusals import FieldError
from services.identity.domain import account_rules, emails


def in_order(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    """The roles in the order of the permission table."""
    return tuple(role for role in Role if role in roles)


def check_roles(roles: tuple[Role, ...], may_operate: bool) -> FieldError | None:
    """At least one, none twice. `may_operate`: Role.OPERATOR may be given here."""
    if not roles:
        return FieldError("roles", "required")
    if len(set(roles)) < len(roles):
        return FieldError("roles", "repeated")
    if Role.OPERATOR in roles and not may_operate:
        return FieldError(f"roles/{roles.index(Role.OPERATOR)}", "role_not_allowed")
    return None


def check_email(email: str | None) -> FieldError | None:
    """A cleaned address, or none."""
    if email is None or emails.is_email(email):
        return None
    if len(email) > emails.EMAIL_MAX:
        return FieldError("email", "too_long", {"max": emails.EMAIL_MAX})
    return FieldError("email", "email_malformed")


def clean_email(email: str | None) -> str | None:
    """The address as it is kept; an emptied field means none."""
    return emails.clean_email(email or "") or None


def check_name(name: str) -> FieldError | None:
    """A cleaned name of a person."""
    return account_rules.check_text("name", name, account_rules.USER_NAME_MAX)


def check_language(language: str | None) -> FieldError | None:
    """A language of the screens; None: not chosen."""
    return None if language is None else account_rules.check_language(language)

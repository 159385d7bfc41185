"""What an API key may be."""

import unicodedata

from services.contracts.api_keys import API_KEY_DAYS_MAX, API_KEY_PREFIX
from services.contracts.permissions import RIGHTS, Role
from services.contracts.refusals import FieldError
from services.identity.domain import account_rules

NAME_MAX = 100  # characters
HINT_LENGTH = len(API_KEY_PREFIX) + 4  # characters of a key that are kept readable; 24 bits of its 256


def name_key(name: str) -> str:
    """What of a name counts: two live keys of an account differ in more than case and spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def hint(token: str) -> str:
    """The beginning of a key, to tell keys apart."""
    return token[:HINT_LENGTH]


def check_name(name: str) -> FieldError | None:
    """A cleaned name."""
    return account_rules.check_text("name", name, NAME_MAX)


def check_roles(roles: tuple[Role, ...], maker: tuple[Role, ...]) -> FieldError | None:
    """At least one, none twice, never the operator's, and no right that the maker does not have."""
    if not roles:
        return FieldError("roles", "required")
    if len(set(roles)) < len(roles):
        return FieldError("roles", "repeated")
    has = frozenset().union(*(RIGHTS[role] for role in maker))
    for place, role in enumerate(roles):
        if role is Role.OPERATOR or not RIGHTS[role] <= has:
            return FieldError(f"roles/{place}", "role_not_allowed")
    return None


def check_days(days: int) -> FieldError | None:
    """For how long it is good."""
    if 1 <= days <= API_KEY_DAYS_MAX:
        return None
    return FieldError("days", "out_of_range", {"min": 1, "max": API_KEY_DAYS_MAX})

"""What a sample request is, and the names that stand in addresses."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from services.contracts.permissions import Right
from tests.contracts.tenancy.world import Ids

Fields = dict[str, Any]
PLACEHOLDER = re.compile(r"{(\w+)}")
# What `{id}` and `{group}` are, by the word that stands before them.
NOUNS = {
    "accounts": "account",
    "api-keys": "key",
    "exchanges": "exchange",
    "imports": "import_id",
    "item-groups": "item_group",
    "register-groups": "group",
    "registers": "register",
    "schedules": "schedule",
    "sessions": "session",
    "users": "user",
}


class Need(StrEnum):
    """Who may ask, where that is no Right."""

    NOTHING = "nothing"  # not even a session
    SESSION = "session"  # a user's or a program's
    PERSON = "person"  # a user's own things: no program has them
    ADMINISTERING_PERSON = "administering person"  # an administrator, and no program


class Sample(msgspec.Struct, frozen=True):
    """One request. `foreign` is the answer to an administrator that names another account's things; None: no such
    thing can be named. `refused`: the answer to one without the right (303: said on the page it leads to).
    `raw`: sent instead of the fields. `browsers_only`: a form whose token no program has.
    """

    need: Right | Need
    fields: Callable[[Ids], Fields] = lambda ids: {}
    query: Callable[[Ids], Fields] = lambda ids: {}
    foreign: int | None = None
    refused: int = 403
    raw: bytes | None = None
    ends_session: bool = False
    browsers_only: bool = False


def address(template: str, ids: Ids) -> str:
    """The template with ids in it."""

    def value(found: re.Match[str]) -> str:
        name, before = found[1], template[: found.start()].strip("/").split("/")
        if name == "id":
            name = NOUNS[before[-1]]
        elif name == "group" and before[0] == "goods":
            name = "item_group"
        elif name in {"code", "revision"}:
            name = "item"
        elif name == "field":
            return "price"
        elif name == "entry":
            return f"identity:{ids.item}"
        return str(getattr(ids, name))

    return PLACEHOLDER.sub(value, template)

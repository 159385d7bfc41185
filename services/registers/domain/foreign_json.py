"""JSON that devices make up: kept as it is, but for what a database cannot hold."""

from typing import Any

REPLACEMENT = "\ufffd"


def storable(value: Any) -> Any:
    """The same value without the character NUL, which PostgreSQL holds in no text."""
    match value:
        case str():
            return value.replace("\0", REPLACEMENT)
        case dict():
            return {storable(key): storable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [storable(inner) for inner in value]
        case _:
            return value

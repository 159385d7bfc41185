"""Ids are UUID text; another text names nothing of anybody."""

from uuid import UUID

from services.contracts.refusals import NotFound


def must_be_id(text: str) -> None:
    """Raise NotFound unless the text has the form of an id, before a database is asked with it."""
    if not is_id(text):
        raise NotFound()


def is_id(text: str) -> bool:
    """Whether the text is a UUID as this product writes them: 36 characters, lower case."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False

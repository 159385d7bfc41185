"""Ids are UUID text; another text names nothing of anybody."""

from uuid import UUID

from services.contracts.refusals import NotFound


def is_id(text: str) -> bool:
    """Whether the text is a UUID as this product writes them: 36 characters, lower case."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def must_be_id(text: str) -> None:
    """Raise NotFound unless the text is an id."""
    if not is_id(text):
        raise NotFound()

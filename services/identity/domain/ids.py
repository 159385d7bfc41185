"""Ids are UUID text; another text names nothing of anybody."""

from uuid import UUID

from services.contracts.refusals import NotFound


def must_be_id(text: str) -> None:
    """Raise NotFound unless the text is a UUID as this product writes them: 36 characters, lower case."""
    try:
        right = str(UUID(text)) == text
    except ValueError:
        right = False
    if not right:
        raise NotFound()

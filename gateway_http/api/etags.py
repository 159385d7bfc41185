"""Versions of things as HTTP validators: `ETag` out, `If-Match` and `If-None-Match` in."""

from services.contracts.refusals import Stale

MAX_TAG = 200  # characters of a header that are looked at; ours are far shorter


def etag_of(version: int) -> str:
    """A strong validator: equal versions of one thing have equal bodies as far as people may change them."""
    return f'"{version}"'


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header[:MAX_TAG].split(",")]


def version_to_match(header: str | None) -> int | None:
    """The version that a writer read before, None when it does not care (no header, or `*`).

    Raises Stale for a tag that we never gave out: it cannot be that of the thing as it is.
    """
    if header is None or header.strip() == "*":
        return None
    tags = _tags(header)
    digits = tags[0].strip('"')
    if len(tags) != 1 or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Stale
    return int(digits)


def already_known(header: str | None, etag: str) -> bool:
    """Whether the caller of a GET holds this version already (`If-None-Match`)."""
    return header is not None and (header.strip() == "*" or etag in _tags(header))

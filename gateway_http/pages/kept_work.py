"""Typed work that an expired session must not lose.

A form posted after the session had ended is carried, bounded, through the sign-in form in a hidden field (so no
replica has to remember it), and after signing in is offered back: the same form, filled as it was, not yet saved.
Secrets (passwords, tokens) are never carried. What comes back is as untrusted as any posted form: it leads only to
a local address and is sent there by the person's own click, with a new token.
"""

import base64
import binascii
import zlib

import msgspec

from gateway_http.forms import TYPED_BY, FormData

MAX_KEPT_BYTES = 96 * 1024  # of all typed text; a larger form is not carried
MAX_CARRIED = 96 * 1024  # characters of the hidden field
RESTORED_FIELD = "restored"


class KeptWork(msgspec.Struct, frozen=True):
    """A form that was not accepted: where it was going, its fields, and the user who typed them.

    It is shown to that user alone: somebody else may sign in next at the same till.
    """

    path: str
    fields: dict[str, list[str]]
    by: str


def local_path(path: str) -> bool:
    """Whether a path stays on this server."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 500


def carry(work: KeptWork) -> str:
    """The value of the hidden field; "" for a form too large to be carried."""
    raw = msgspec.json.encode(work)
    if len(raw) > MAX_KEPT_BYTES:
        return ""
    return base64.urlsafe_b64encode(zlib.compress(raw, 6)).decode()


def carried(text: str) -> KeptWork | None:
    """What the hidden field holds; None for anything odd."""
    if not text or len(text) > MAX_CARRIED:
        return None
    try:
        opener = zlib.decompressobj()
        raw = opener.decompress(base64.urlsafe_b64decode(text.encode()), MAX_KEPT_BYTES)
        if opener.unconsumed_tail:
            return None
        work = msgspec.json.decode(raw, type=KeptWork)
    except (zlib.error, binascii.Error, msgspec.DecodeError, ValueError):
        return None
    return work if local_path(work.path) and not work.path.startswith("/sign-") else None


def kept_from(path: str, form: FormData) -> KeptWork:
    return KeptWork(path, form.kept(), form.text(TYPED_BY))

"""One sentence that outlives a redirect: «Сохранено». It travels in a cookie and is shown once, escaped."""

import base64
import binascii

import msgspec

TOAST_COOKIE = "kkt_toast"
MAX_TEXT = 300  # characters; longer words belong on a page
MAX_COOKIE = 3000  # characters of the cookie that are looked at


class Toast(msgspec.Struct, frozen=True):
    """`undo`: the revision of the goods base that was just made and can be taken back with one click."""

    tone: str
    text: str
    undo: int | None = None


def write_toast(toast: Toast) -> str:
    """The cookie's value."""
    kept = Toast(toast.tone, toast.text[:MAX_TEXT], toast.undo)
    return base64.urlsafe_b64encode(msgspec.json.encode(kept)).decode()


def read_toast(cookie: str | None) -> Toast | None:
    """What a cookie says; None for anything we did not write."""
    if not cookie or len(cookie) > MAX_COOKIE:
        return None
    try:
        toast = msgspec.json.decode(base64.urlsafe_b64decode(cookie.encode()), type=Toast)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return None
    return toast if toast.tone in {"good", "waiting", "attention", "failed"} else None

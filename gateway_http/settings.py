"""What the HTTP gateway is told at its start; read from the environment once."""

from collections.abc import Mapping

import msgspec

FORM_MAX_BYTES = 256 * 1024  # of one posted form; the largest is an item with twenty barcodes


class HttpSettings(msgspec.Struct, frozen=True):
    """Frozen after boot. Defaults suit a server on one machine without TLS."""

    amqp_url: str = ""
    secure_cookies: bool = False  # True behind TLS: cookies travel over TLS only
    link_url: str = "ws://localhost:8001/link"  # what is typed into a register as the server's address
    trusted_proxies: int = 0  # how many proxies in front add themselves to X-Forwarded-For
    log_level: str = "INFO"


class WrongSetting(ValueError):
    """An environment variable holds what cannot be used; the message names it."""


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "0").strip().lower()
    if text not in {"0", "1", "true", "false", "yes", "no", ""}:
        raise WrongSetting(f"{name} must be 1 or 0, not {text!r}")
    return text in {"1", "true", "yes"}


def _count(environ: Mapping[str, str], name: str, most: int) -> int:
    text = environ.get(name, "0").strip() or "0"
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise WrongSetting(f"{name} must be a number from 0 to {most}, not {text!r}")
    return int(text)


def settings_from(environ: Mapping[str, str]) -> HttpSettings:
    """Read KKT_AMQP_URL, KKT_SECURE_COOKIES, KKT_LINK_URL (or KKT_LINK_PORT), KKT_TRUSTED_PROXIES, KKT_LOG_LEVEL.

    Raises WrongSetting.
    """
    link_port = environ.get("KKT_LINK_PORT", "8001")
    return HttpSettings(
        amqp_url=environ.get("KKT_AMQP_URL", ""),
        secure_cookies=_flag(environ, "KKT_SECURE_COOKIES"),
        link_url=environ.get("KKT_LINK_URL", f"ws://localhost:{link_port}/link"),
        trusted_proxies=_count(environ, "KKT_TRUSTED_PROXIES", 8),
        log_level=environ.get("KKT_LOG_LEVEL", "INFO").upper(),
    )

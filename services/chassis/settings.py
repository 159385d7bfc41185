"""Settings: read once at boot from the environment into a frozen Struct."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

HEARTBEAT_MAX = 3600  # seconds; registers can be told no more
# What an e-mail can be sent to or from: ASCII, without anything that means more than itself in a header or in SMTP.
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


class SettingsError(Exception):
    """A setting is missing or malformed; the message is one sentence for the operator."""


class Settings(msgspec.Struct, frozen=True):
    """What a process needs to know of its surroundings."""

    amqp_url: str
    database_url: str
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    link_host: str = "127.0.0.1"
    link_port: int = 8001
    health_host: str = "127.0.0.1"
    health_port: int | None = None  # None: no health server in this process
    link_cert: str | None = None  # PEM files; both or none
    link_key: str | None = None
    link_trusted_proxies: int = 0  # how many proxies before the register link add themselves to X-Forwarded-For
    max_workers: int = 10  # RPC calls that one service process handles at a time
    pool_size: int = 12  # database connections of one service process
    rpc_timeout: float = 10.0  # seconds
    heartbeat_seconds: int = 30  # of register links, from 1 to HEARTBEAT_MAX
    secure_cookies: bool = False  # set it when the HTTP gateway stands behind TLS
    seal_keys: str = ""  # what seals second factors in the database (services.chassis.seal); the identity room needs it
    smtp_url: str | None = None  # smtp://user:password@host:port, smtps:// for TLS from the start; None: no e-mail
    mail_from: str = ""  # the sender's address; needed with smtp_url
    public_url: str = ""  # what links in e-mails begin with


_INTEGERS = {
    "KKT_HTTP_PORT": "http_port",
    "KKT_LINK_PORT": "link_port",
    "KKT_LINK_TRUSTED_PROXIES": "link_trusted_proxies",
    "KKT_HEALTH_PORT": "health_port",
    "KKT_MAX_WORKERS": "max_workers",
    "KKT_POOL_SIZE": "pool_size",
    "KKT_HEARTBEAT_SECONDS": "heartbeat_seconds",
}
_TEXTS = {
    "KKT_AMQP_URL": "amqp_url",
    "KKT_DATABASE_URL": "database_url",
    "KKT_HTTP_HOST": "http_host",
    "KKT_LINK_HOST": "link_host",
    "KKT_HEALTH_HOST": "health_host",
    "KKT_LINK_CERT": "link_cert",
    "KKT_LINK_KEY": "link_key",
    "KKT_SEAL_KEYS": "seal_keys",
    "KKT_SMTP_URL": "smtp_url",
    "KKT_MAIL_FROM": "mail_from",
    "KKT_PUBLIC_URL": "public_url",
}


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from `environ`; raises SettingsError naming the variable that is missing or wrong."""
    found: dict[str, str | int | float | bool] = {}
    for variable, field in _TEXTS.items():
        if environ.get(variable):
            found[field] = environ[variable]
    for variable, field in _INTEGERS.items():
        text = environ.get(variable)
        if text:
            if not text.isdigit():
                raise SettingsError(f"{variable} must be a whole number, it is {text!r}.")
            found[field] = int(text)
    if not 1 <= int(found.get("heartbeat_seconds", 30)) <= HEARTBEAT_MAX:
        raise SettingsError(f"KKT_HEARTBEAT_SECONDS must be 1 to {HEARTBEAT_MAX}.")
    _check_mail(found)
    found["secure_cookies"] = environ.get("KKT_SECURE_COOKIES", "") == "1"
    for variable in ("KKT_AMQP_URL", "KKT_DATABASE_URL"):
        if _TEXTS[variable] not in found:
            raise SettingsError(f"{variable} is not set: it says where the broker or the database is.")
    return msgspec.convert(found, Settings)


def _check_mail(found: Mapping[str, str | int | float | bool]) -> None:
    """Raises SettingsError when e-mail is set up by halves."""
    public, sender = str(found.get("public_url", "")), str(found.get("mail_from", ""))
    if public and not public.startswith(("http://", "https://")):
        raise SettingsError("KKT_PUBLIC_URL must begin with http:// or https://.")
    if "smtp_url" not in found:
        return
    try:
        parts = urlsplit(str(found["smtp_url"]))
        right = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 address
        right = False
    if not right:
        raise SettingsError("KKT_SMTP_URL must look like smtp://user:password@host:port or smtps://….")
    if not MAIL_ADDRESS.fullmatch(sender):
        raise SettingsError("KKT_MAIL_FROM must be the e-mail address of the sender: KKT_SMTP_URL needs it.")

"""Secrets that have to be read again (second factors, letters that wait) lie sealed in the database.

Sealed by Fernet (AES-128-CBC with HMAC-SHA-256) under the keys of KKT_SEAL_KEYS: the first one seals, all of them open,
so that a key is changed by putting a new one in front. Losing them loses second factors, nothing else.
"""

import base64
import hashlib
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from nameko import config
from nameko.extensions import DependencyProvider

from services.chassis.settings import SettingsError

KEY_MIN = 32  # characters of one key


class Sealer:
    """Seals and opens bytes."""

    def __init__(self, keys: str) -> None:
        """`keys`: texts of at least KEY_MIN characters, parted by commas. Raises SettingsError."""
        texts = [text.strip() for text in keys.split(",") if text.strip()]
        if not texts or any(len(text) < KEY_MIN for text in texts):
            raise SettingsError(f"KKT_SEAL_KEYS must be one or more random texts of {KEY_MIN} characters or more.")
        self._fernet = MultiFernet([Fernet(_key(text)) for text in texts])

    def seal(self, secret: str) -> bytes:
        """What may lie in the database."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str | None:
        """The secret; None when it was sealed by keys that are no longer known."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None


def _key(text: str) -> bytes:
    """The texts are random already, so a plain hash is enough to give them the length of a key."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"kkt seal v1\0" + text.encode()).digest())


def sealer_of_process() -> Sealer:
    """The sealer of this process, for chores that no call brings about."""
    return Sealer(config["KKT_SETTINGS"].seal_keys)


class _OwnSealer(DependencyProvider):  # type: ignore[misc]
    def setup(self) -> None:
        self._sealer = Sealer(config["KKT_SETTINGS"].seal_keys)

    def get_dependency(self, worker_ctx: Any) -> Sealer:
        return self._sealer


def own_sealer() -> Sealer:
    """A class attribute of a service: `sealer = own_sealer()`. The service does not start without keys."""
    return cast(Sealer, _OwnSealer())

"""Hashing of passwords by argon2id, away from the green threads."""

import functools
import secrets
from collections.abc import Callable
from typing import Any, Protocol

import argon2

from services.chassis.offload import offload
from services.identity.domain import passwords

# OWASP's smallest recommended setting of argon2id (19 MiB, two passes, one lane): about 20 ms of one core.
_MEMORY_KIB = 19 * 1024
_PASSES = 2

_TYPED_MAX = 4 * passwords.PASSWORD_MAX  # characters; what is typed beyond that cannot matter


class Runner(Protocol):
    """How CPU work is run: `services.chassis.offload.offload` in a service, a plain call elsewhere."""

    def __call__(self, work: Callable[..., Any], *args: Any) -> Any: ...


class PasswordHasher:
    """Hashes and checks passwords; checking takes as long for a user that does not exist."""

    def __init__(self, run: Runner, passes: int = _PASSES, memory_kib: int = _MEMORY_KIB) -> None:
        """`passes` and `memory_kib` are argon2's costs; only tests of other things take lower ones."""
        self._run = run
        self._argon = argon2.PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._nobody = self._argon.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        """The hash to be kept of a normalised password, with its salt and parameters inside."""
        return str(self._run(self._argon.hash, _bytes(password)))

    def verify(self, password_hash: str | None, typed: str) -> bool:
        """Whether the typed password is the one of `password_hash`; None (no such user) is wrong, in the same time."""
        password = passwords.normalise(typed[:_TYPED_MAX])
        too_long = len(password) > passwords.PASSWORD_MAX
        known = password_hash is not None and not too_long
        checked = password_hash if password_hash is not None and known else self._nobody
        right = bool(self._run(self._check, checked, _bytes(password[: passwords.PASSWORD_MAX])))
        return right and known

    def _check(self, password_hash: str, password: bytes) -> bool:
        try:
            return self._argon.verify(password_hash, password)
        except argon2.exceptions.VerifyMismatchError:
            return False


@functools.cache
def password_hasher() -> PasswordHasher:
    """The one hasher of this process."""
    return PasswordHasher(offload)


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")  # a lone surrogate is a wrong password, not a fault

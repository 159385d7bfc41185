"""The second factor: codes of an authenticator program (TOTP, RFC 6238: SHA-1, 30 s, six digits) and recovery codes."""

import base64
import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime

import pyotp

from services.contracts.permissions import Role

STEP_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1  # a clock may be wrong by so much, either way
RECOVERY_BYTES = 15  # of randomness in one recovery code: 24 letters and digits
TYPED_MAX = 64  # characters of a typed code that are looked at
_GROUP = 4  # letters of a recovery code between dashes
_ISSUER = "KKT Server"  # shown by authenticator programs beside the login
_SEPARATORS = dict.fromkeys(map(ord, " -\t\u00a0‐‑‒–—"))
_MIGHTY = frozenset({Role.ADMINISTRATOR, Role.OPERATOR})


def is_required(policy: bool, roles: Collection[Role], dealer: bool) -> bool:
    """Whether a user must have a second factor. `policy`: the account asks it of administrators and dealers."""
    return policy and (dealer or not _MIGHTY.isdisjoint(roles))


def clean_code(typed: str) -> str:
    """A typed code without spaces and dashes, in capitals."""
    return typed[:TYPED_MAX].translate(_SEPARATORS).upper()


def is_time_code(code: str) -> bool:
    """Whether a cleaned code is one of an authenticator program; all others are recovery codes."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def matching_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step whose code this is; None when it is of none near the present, or not after `last_step`.

    A code is good once: the step that was used is kept and told here as `last_step`.
    """
    program = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    right = [
        step
        for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
        if hmac.compare_digest(program.generate_otp(step).encode(), code.encode())
    ]
    unused = [step for step in right if last_step is None or step > last_step]
    return unused[0] if unused else None


def provisioning_uri(secret: str, login: str, client_number: int) -> str:
    """What the QR code holds."""
    program = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    return program.provisioning_uri(name=f"{login} ({client_number})", issuer_name=_ISSUER)


def recovery_code(random: bytes) -> str:
    """A recovery code as it is shown: «ABCD-EFGH-…»."""
    text = base64.b32encode(random).decode().rstrip("=")
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def recovery_hash(code: str) -> bytes:
    """What is kept of a recovery code; `code` is cleaned. It is random enough for a plain hash."""
    return hashlib.sha256(code.encode(errors="replace")).digest()

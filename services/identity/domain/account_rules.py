"""What the fields of accounts and users may hold. Each check returns the field's error, or None when it is right."""

import unicodedata
from collections.abc import Collection

from services.contracts.identity import IDLE_MINUTES_MAX, IDLE_MINUTES_MIN
from services.contracts.refusals import FieldError
from services.identity.domain import client_names, inn, logins, passwords

ACCOUNT_NAME_MAX = 200  # characters
USER_NAME_MAX = 100  # characters
DEFAULT_TIME_ZONE = "Europe/Moscow"
LANGUAGES = ("ru", "en")

# Codes of FFD tag 1199 valid for new sales: 22 %, 10 %, 0 %, none, 5 %, 7 % and 22/122, 10/110, 5/105, 7/107.
# 1 and 3 (20 % and 20/120) are left for returns of earlier sales.
SALE_TAX_CODES = (11, 2, 5, 6, 7, 8, 12, 4, 9, 10)


def clean_text(text: str) -> str:
    """A name as it is kept: trimmed, with single spaces, composed letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def check_text(path: str, text: str, longest: int) -> FieldError | None:
    """A cleaned name: present, not longer than `longest` characters, without control characters."""
    if not text:
        return FieldError(path, "required")
    if len(text) > longest:
        return FieldError(path, "too_long", {"max": longest})
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in text):
        return FieldError(path, "control_characters")
    return None


def check_account_name(name: str) -> FieldError | None:
    """The organisation's name: it must leave something to sign in by."""
    if wrong := check_text("name", name, ACCOUNT_NAME_MAX):
        return wrong
    return None if client_names.sign_in_key(name) else FieldError("name", "required")


def check_sign_in_name(name: str) -> FieldError | None:
    """The sign-in name: never digits alone, for those are client numbers."""
    if wrong := check_text("sign_in_name", name, client_names.SIGN_IN_NAME_MAX):
        return wrong
    if not client_names.sign_in_key(name):
        return FieldError("sign_in_name", "required")
    return FieldError("sign_in_name", "sign_in_name_digits") if client_names.is_digits_only(name) else None


def check_login(login: str) -> FieldError | None:
    """A cleaned login."""
    if wrong := check_text("login", login, logins.LOGIN_MAX):
        return wrong
    return FieldError("login", "bad_characters") if logins.has_bad_characters(login) else None


def check_password(password: str, login: str, names: Collection[str] = ()) -> FieldError | None:
    """A normalised password for the user with that login; it may not be made of `names` either (words about the user
    and its organisation)."""
    if len(password) < passwords.PASSWORD_MIN:
        return FieldError("password", "too_short", {"min": passwords.PASSWORD_MIN})
    if len(password) > passwords.PASSWORD_MAX:
        return FieldError("password", "too_long", {"max": passwords.PASSWORD_MAX})
    if passwords.equals_login(password, login):
        return FieldError("password", "password_is_login")
    if passwords.is_common(password):
        return FieldError("password", "password_common")
    return FieldError("password", "password_is_name") if passwords.is_about(password, (login, *names)) else None


def check_inn(number: str) -> FieldError | None:
    """The form of an ИНН alone; wrong check digits are a warning (`domain.inn.is_suspicious`)."""
    return None if inn.is_inn(number) else FieldError("inn", "inn_malformed")


def check_time_zone(name: str, known: Collection[str]) -> FieldError | None:
    """`known` are the IANA names that this machine's time zone data has."""
    return None if name in known else FieldError("time_zone", "time_zone_unknown")


def check_default_tax_code(code: int) -> FieldError | None:
    """«НДС по умолчанию»: a code of tag 1199 that a sale of today may carry."""
    return None if code in SALE_TAX_CODES else FieldError("default_tax_code", "tax_code_unknown")


def check_idle_minutes(minutes: int) -> FieldError | None:
    """The account's idle limit of sessions."""
    if IDLE_MINUTES_MIN <= minutes <= IDLE_MINUTES_MAX:
        return None
    return FieldError("idle_minutes", "out_of_range", {"min": IDLE_MINUTES_MIN, "max": IDLE_MINUTES_MAX})


def check_language(language: str) -> FieldError | None:
    """A language that the screens speak."""
    return None if language in LANGUAGES else FieldError("language", "language_unknown")

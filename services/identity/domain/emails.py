"""E-mail addresses of users.

ASCII alone, in the form that every mail server takes: nothing in them may mean more than itself in a header or in SMTP.
"""

import re

EMAIL_MAX = 254  # characters: what fits into SMTP's path
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_LOCAL}(\.{_LOCAL})*@({_LABEL}\.)+{_LABEL}")


def clean_email(text: str) -> str:
    """The address as it is kept: trimmed, the domain in small letters."""
    local, at, domain = text.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def is_email(text: str) -> bool:
    """Whether a cleaned text has the form of an address."""
    return len(text) <= EMAIL_MAX and _ADDRESS.fullmatch(text) is not None

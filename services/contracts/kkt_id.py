"""The register ID («ID кассы»): 12 decimal digits typed by a person on a keypad, the last one a Damm check digit.

Damm's scheme finds every single wrong digit and every swap of two neighbours (H. M. Damm, 2004), which are the
slips people make on a keypad.
"""

import secrets
from typing import NewType

KktId = NewType("KktId", str)

KKT_ID_DIGITS = 12

# Damm's totally anti-symmetric quasigroup of order 10 (the table of his thesis).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def damm_digit(digits: str) -> str:
    """The check digit to be put behind `digits` (decimal digits only)."""
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return str(state)


def is_kkt_id(text: str) -> bool:
    """Whether `text` has the form of a register ID: 12 ASCII digits with a right check digit."""
    if len(text) != KKT_ID_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return damm_digit(text[:-1]) == text[-1]


def new_kkt_id() -> KktId:
    """An unguessable register ID. It never starts with 0, so that nobody leaves a digit out at the keypad."""
    body = str(secrets.randbelow(9 * 10**10) + 10**10)
    return KktId(body + damm_digit(body))

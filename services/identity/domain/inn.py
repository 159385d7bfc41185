"""ИНН: the taxpayer's number, 10 digits of an organisation or 12 of a person, the last one or two being check digits.

The weights are those of the tax service's order on ИНН (in force from 2026 as order ЕД-7-14/559@). Numbers with wrong
check digits exist in practice, so they are a warning and never a refusal.
"""

_WEIGHTS_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_WEIGHTS_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_WEIGHTS_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def is_inn(text: str) -> bool:
    """Whether the text has the form of an ИНН: 10 or 12 digits."""
    return len(text) in (10, 12) and text.isascii() and text.isdigit()


def is_suspicious(inn: str) -> bool:
    """Whether the check digits of a well-formed ИНН are wrong (or it is nothing but zeros, which they let pass)."""
    digits = [int(digit) for digit in inn]
    if not any(digits):
        return True
    if len(digits) == 10:
        return _check(digits, _WEIGHTS_10) != digits[9]
    return _check(digits, _WEIGHTS_11) != digits[10] or _check(digits, _WEIGHTS_12) != digits[11]


def _check(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10

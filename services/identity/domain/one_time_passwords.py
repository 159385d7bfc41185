"""One-time passwords: read off a screen or over the phone, and typed once."""

RANDOM_BYTES = 10  # 80 bits: 16 characters of 5 bits each
# No letters or digits that look alike.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUP = 4  # characters between dashes


def one_time_password(random: bytes) -> str:
    """The password made of RANDOM_BYTES random bytes: xxxx-xxxx-xxxx-xxxx."""
    number = int.from_bytes(random)
    chars = [_ALPHABET[number >> 5 * place & 31] for place in range(RANDOM_BYTES * 8 // 5)]
    return "-".join("".join(chars[start : start + _GROUP]) for start in range(0, len(chars), _GROUP))

"""A state in words: one of the four tones (or neutral), the short text, and a sentence that explains it."""

import msgspec


class Told(msgspec.Struct, frozen=True):
    """`tone` is "good", "waiting", "attention", "failed" or "neutral"; templates put an icon with it."""

    tone: str
    text: str
    more: str = ""

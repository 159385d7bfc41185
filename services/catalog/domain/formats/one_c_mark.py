"""1C's mark of a file that a register has loaded: the attribute `Processed` of its first element.

Before it exports again, 1C looks at what it exported before and refuses while that has no mark («Файл предыдущей
выгрузки не обработан (загружен)», exchange code of «Управление торговлей» 11.5).
"""

import re
from datetime import UTC, datetime

_ENCODINGS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BEFORE = r"(?:[^<]|<\?.*?\?>|<!--.*?-->)*"  # the declaration and comments
_FIRST = re.compile(_BEFORE + r"<[A-Za-z_][\w.:-]*(?:\s+[\w.:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*(?=/?>)", re.DOTALL)
_MARK = re.compile(r"\sProcessed\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def mark_processed(start: bytes, at: datetime) -> bytes:
    """The first part of such a file with the mark; another time in place of one that is there.

    Everything else stays byte for byte. What does not begin with a whole tag stays as it is.
    """
    encoding = next((encoding for mark, encoding in _ENCODINGS if start.startswith(mark)), "latin-1")
    text = start.decode(encoding, "surrogatepass" if encoding != "latin-1" else "strict")
    first = _FIRST.match(text)
    if first is None:
        return start
    when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tag = _MARK.sub("", first[0]).rstrip() + f' Processed="{when}"'
    return (tag + text[first.end() :]).encode(encoding, "surrogatepass" if encoding != "latin-1" else "strict")

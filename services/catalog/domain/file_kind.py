"""What a file is, told by its first bytes; its name is never believed."""

import codecs
import re

from services.contracts.import_codes import ImportFailure

_MAGIC: tuple[tuple[bytes, ImportFailure], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ImportFailure.LOOKS_LIKE_XLS),
    (b"%PDF", ImportFailure.LOOKS_LIKE_PDF),
    (b"{\\rtf", ImportFailure.LOOKS_LIKE_RTF),
    (b"\x1f\x8b", ImportFailure.LOOKS_LIKE_GZIP),
    (b"BZh", ImportFailure.LOOKS_LIKE_GZIP),
    (b"\xfd7zXZ", ImportFailure.LOOKS_LIKE_GZIP),
    (b"Rar!\x1a", ImportFailure.LOOKS_LIKE_RAR),
    (b"7z\xbc\xaf\x27\x1c", ImportFailure.LOOKS_LIKE_7Z),
    (b"\x89PNG", ImportFailure.LOOKS_LIKE_IMAGE),
    (b"GIF8", ImportFailure.LOOKS_LIKE_IMAGE),
    (b"\xff\xd8\xff", ImportFailure.LOOKS_LIKE_IMAGE),
    (b"II*\x00", ImportFailure.LOOKS_LIKE_IMAGE),
    (b"MM\x00*", ImportFailure.LOOKS_LIKE_IMAGE),
    (b"##@@&&", ImportFailure.LOOKS_LIKE_FRONTOL),
)
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|table)\b", re.IGNORECASE)
_EXCEL_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_JSON_LIST = re.compile(r"\[\s*(?:[\[{\]\"]|-?[0-9]+\s*[,\]]|(?:null|true|false)\b)")
_ODD_CONTROLS = frozenset(range(0x20)) - {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1A, 0x1B}


def foreign_kind(start: bytes) -> ImportFailure | None:
    """The name of what the file is, if it is no text we can read. `start`: its first bytes, the more the better."""
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(start)
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return ImportFailure.LOOKS_LIKE_IMAGE
    if start.startswith(_UTF32_BOMS):  # first: the one of little endian begins like that of UTF-16
        return ImportFailure.LOOKS_LIKE_BINARY
    if start.startswith(_UTF16_BOMS):
        return None
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"<"):
        head = text[:1024]
        if _EXCEL_XML in head and b"<Workbook" in head:
            return ImportFailure.LOOKS_LIKE_EXCEL_XML
        return ImportFailure.LOOKS_LIKE_HTML if _HTML.search(head) else ImportFailure.LOOKS_LIKE_XML
    odd = sum(byte in _ODD_CONTROLS for byte in start[:4096])
    if b"\x00" in start or odd > len(start[:4096]) // 100:
        return ImportFailure.LOOKS_LIKE_BINARY
    return None


def holds_spreadsheet(start: bytes) -> bool:
    """Whether a zip archive begins with a spreadsheet. Put in as it was, its own members are seen in the bytes, too."""
    name = start[30 : 30 + int.from_bytes(start[26:28], "little")]  # of the first member
    return name.lower().endswith((b".xlsx", b".xlsm", b".ods"))


def _kind_of_zip(start: bytes) -> ImportFailure:
    if holds_spreadsheet(start):
        return ImportFailure.LOOKS_LIKE_ZIP
    if b"[Content_Types].xml" in start or b"xl/" in start or b"_rels/.rels" in start:
        return ImportFailure.LOOKS_LIKE_XLSX
    if b"opendocument.spreadsheet" in start:
        return ImportFailure.LOOKS_LIKE_ODS
    return ImportFailure.LOOKS_LIKE_ZIP


def looks_like_json(text: str) -> bool:
    """Whether a text that `foreign_kind` let through is JSON rather than a table."""
    head = text.removeprefix("\ufeff").lstrip()[:64]
    if head.startswith("{"):
        return re.match(r'\{\s*["}]', head) is not None or head.strip() == "{"
    return _JSON_LIST.match(head) is not None

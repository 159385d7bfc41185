"""A zip archive with the files of one CommerceML exchange: catalog, offers, prices, rests, pictures.

Nothing is ever written under a member's name. Sizes are counted while unpacking; what the archive says of them is not
believed.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO

from services.catalog.domain.cells import shown
from services.catalog.domain.file_kind import foreign_kind
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import commerceml
from services.catalog.domain.formats.whole_file import whole_file
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.contracts.import_codes import ImportFailure

UNPACKED_MAX = 512 * 1024 * 1024  # bytes, of all files that are read
RATIO_MAX = 250  # XML of many alike offers comes to some 50
RATIO_FREE_BYTES = 1024 * 1024  # below this a ratio says nothing
MEMBERS_MAX = 20_000  # a shop's pictures are among them
DIRECTORY_MAX = 4 * 1024 * 1024  # bytes of the list of members: it is read whole

_PART_BYTES = 128 * 1024
_START_BYTES = 64 * 1024
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".tar")
_END, _END_BYTES, _COMMENT_MAX = b"PK\x05\x06", 22, 65_535
_END_64 = b"PK\x06\x07"
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError,
    ValueError, OSError, OverflowError,
)  # fmt: skip


def looks_like(start: bytes) -> bool:
    """Whether a file that begins so is a zip archive. Spreadsheets are too: ask for them first."""
    return foreign_kind(start) is ImportFailure.LOOKS_LIKE_ZIP


def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of the exchange in the archive. Raises FileRefused."""
    del encoding
    with whole_file(parts) as file:
        archive = open_archive(file)
        budget = Budget()
        found = exchange_members(archive, checked_members(archive), budget)
        if not found:
            raise FileRefused(ImportFailure.ZIP_WITHOUT_GOODS)
        yield from commerceml.read_exchange([_opener(archive, member, budget) for member in found], goods)


def exchange_members(
    archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo], budget: "Budget"
) -> list[zipfile.ZipInfo]:
    """Those of these members that are files of an exchange. Raises FileRefused."""
    documents = [member for member in members if _is_xml(member)]
    return [member for member in documents if commerceml.looks_like(start_of(archive, member, budget))]


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive with its list of members. Raises FileRefused."""
    check_directory(file)
    try:
        return zipfile.ZipFile(file)
    except _BROKEN:
        raise FileRefused(ImportFailure.ZIP_BROKEN) from None


def check_directory(file: IO[bytes]) -> None:
    """The list of members must be short before anybody reads it."""
    size = file.seek(0, 2)
    file.seek(max(size - _END_BYTES - _COMMENT_MAX, 0))
    tail = file.read()
    at = len(tail) - _END_BYTES
    if at < 0 or not (tail.startswith(_END, at) and tail.endswith(b"\x00\x00")):
        at = tail.rfind(_END)
    if at < 0 or at + _END_BYTES > len(tail) or tail[max(at - 20, 0) : at].startswith(_END_64):
        raise FileRefused(ImportFailure.ZIP_BROKEN)
    (directory,) = struct.unpack_from("<I", tail, at + 12)
    if directory > DIRECTORY_MAX:
        raise FileRefused(ImportFailure.UNPACKS_TOO_LARGE, limit=DIRECTORY_MAX)
    file.seek(0)


def checked_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members by their names. Raises FileRefused for those that honest archives do not have."""
    members = archive.infolist()
    if len(members) > MEMBERS_MAX:
        raise FileRefused(ImportFailure.ZIP_BROKEN, name=f"{len(members)} > {MEMBERS_MAX}")
    for member in members:
        name = member.orig_filename.replace("\\", "/")
        tricks = name.startswith("/") or ".." in name.split("/") or name[1:2] == ":" or "\x00" in name
        sealed = member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS
        if tricks or sealed or name.casefold().endswith(_ARCHIVES):
            raise FileRefused(ImportFailure.ZIP_BROKEN, name=shown(name))
    return sorted(members, key=lambda member: member.filename)


def _is_xml(member: zipfile.ZipInfo) -> bool:
    name = member.filename.casefold()
    return name.endswith(".xml") and not name.startswith("__macosx/") and not member.is_dir()


class Budget:
    """How much was unpacked of all members; reading one again costs nothing more."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}
        self._all = 0

    def count(self, member: zipfile.ZipInfo, total: int) -> None:
        """Tell that so many bytes of a member came. Raises FileRefused when it is too much."""
        more = total - self._of.get(id(member), 0)
        if more > 0:
            self._all += more
            self._of[id(member)] = total
        if self._all > UNPACKED_MAX:
            raise FileRefused(ImportFailure.UNPACKS_TOO_LARGE, limit=UNPACKED_MAX)
        swollen = max(RATIO_FREE_BYTES, RATIO_MAX * member.compress_size)
        if total > swollen:
            raise FileRefused(ImportFailure.UNPACKS_TOO_LARGE, limit=swollen)


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> commerceml.OpenFile:
    return lambda: unpacked(archive, member, budget)


def start_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> bytes:
    """The first bytes of a member. Raises FileRefused."""
    return next(unpacked(archive, member, budget, _START_BYTES), b"")


def unpacked(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget, part_bytes: int = _PART_BYTES
) -> Iterator[bytes]:
    """A member, part by part. Raises FileRefused: ZIP_BROKEN, UNPACKS_TOO_LARGE."""
    total = 0
    try:
        with archive.open(member) as file:
            while part := file.read(part_bytes):
                total += len(part)
                budget.count(member, total)
                yield part
    except _BROKEN:
        raise FileRefused(ImportFailure.ZIP_BROKEN, name=shown(member.filename)) from None

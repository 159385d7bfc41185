"""A zip archive that holds one goods file of any kind that is read by itself, perhaps beside pictures and the like."""

import zipfile
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.catalog.domain.cells import shown
from services.catalog.domain.file_kind import foreign_kind
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import zip_files
from services.catalog.domain.formats.known import format_of
from services.catalog.domain.formats.sheets import sheet_kind
from services.catalog.domain.formats.whole_file import whole_file
from services.contracts.import_codes import ImportFailure

LOOKED_AT_MAX = 200  # members, of which one is the goods file


class ZippedFile(NamedTuple):
    """Which member of an archive it is, and how many bytes that claims to have."""

    place: int
    size: int


def zipped_file(parts: Iterable[bytes]) -> ZippedFile | None:
    """The one goods file in an archive; None for a CommerceML exchange, whose files are read together.

    Raises FileRefused: ZIP_WITHOUT_GOODS, ZIP_SEVERAL_FILES, ZIP_BROKEN, UNPACKS_TOO_LARGE.
    """
    with whole_file(parts) as file:
        archive = zip_files.open_archive(file)
        budget, members = zip_files.Budget(), zip_files.checked_members(archive)
        if zip_files.exchange_members(archive, members, budget):
            return None
        files = [member for member in members if not _is_hidden(member)][:LOOKED_AT_MAX]
        found = [member for member in files if _may_be_goods(zip_files.start_of(archive, member, budget))]
        if not found:
            raise FileRefused(ImportFailure.ZIP_WITHOUT_GOODS)
        if len(found) > 1:
            first, second, *_ = (shown(member.filename) for member in found)
            raise FileRefused(ImportFailure.ZIP_SEVERAL_FILES, first=first, second=second)
        return ZippedFile(archive.infolist().index(found[0]), found[0].file_size)


def unzipped_parts(parts: Iterable[bytes], zipped: ZippedFile) -> Iterator[bytes]:
    """That member, part by part. Raises FileRefused."""
    with whole_file(parts) as file:
        archive = zip_files.open_archive(file)
        yield from zip_files.unpacked(archive, archive.infolist()[zipped.place], zip_files.Budget())


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    *folders, name = member.filename.split("/")
    return member.is_dir() or name.startswith(".") or any(folder.casefold() == "__macosx" for folder in folders)


def _may_be_goods(start: bytes) -> bool:
    """Whether a file that begins so is read by itself: what is no text is none, unless it is a format of ours."""
    if not start.strip():
        return False
    return sheet_kind(start) is not None or format_of(start) is not None or foreign_kind(start) is None

"""The same file again: nothing needs to be read if it went into this very base before, in the very same way."""

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.goods_file import GoodsFile
from services.catalog.repository import imports as rows
from services.catalog.repository.base import get_base
from services.catalog.use_cases.import_views import ImportCounts
from services.contracts.imports import ColumnFound, NewImport
from services.contracts.values import AccountId


def repeated(
    account: AccountId, session: Session, import_id: str, request: NewImport, default_tax: int, file: GoodsFile
) -> tuple[ImportCounts, int] | None:
    """What it comes to and the base's revision, its problems copied from the import before; None: it must be read."""
    base = get_base(account, session)
    if base is None:
        return None
    like = {"format": file.format, "encoding": file.encoding, "delimiter": file.delimiter}
    before = rows.last_applied(account, session, request.sha256, base.revision, like)
    if before is None or msgspec.convert(before.columns, tuple[ColumnFound, ...]) != file.columns:
        return None
    if before.default_tax_code != default_tax or before.request.get("mode", "merge") != request.mode:
        return None
    counts = msgspec.convert(before.counts, ImportCounts)
    good = counts.created + counts.changed + counts.unchanged
    rows.copy_problems(account, session, before.import_id, import_id)
    told = msgspec.structs.replace(counts, created=0, changed=0, removed=0, unchanged=good, groups_created=0)
    return told, base.revision

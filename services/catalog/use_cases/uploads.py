"""Files come in parts; each account may have a bounded number of them, and each a bounded size."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.catalog.repository.uploads import add_part, count_uploads, drop_spare_uploads, open_upload, size_of_part
from services.chassis.account_terms import standing_terms
from services.contracts.imports import UPLOAD_MAX_BYTES, UPLOAD_PART_BYTES, FileTooLarge, TooManyImports
from services.contracts.refusals import FieldError, Invalid
from services.contracts.values import AccountId, UploadId

UPLOADS_MAX = 20  # of one account: 20 × UPLOAD_MAX_BYTES at the very most
PARTS_MAX = 4 * UPLOAD_MAX_BYTES // UPLOAD_PART_BYTES  # parts may be smaller than they could be
IDLE = timedelta(minutes=10)  # after that an upload that was never imported gives way when there are too many


def check_uuid(text: str, field: str) -> str:
    """The id in its usual form. Raises Invalid."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Invalid((FieldError(field, "malformed"),)) from None


def upload_part(account: AccountId, session: Session, upload: UploadId, number: int, body: bytes, now: datetime) -> int:
    """Store a part; returns its size. Refuses with Invalid, FileTooLarge, TooManyImports, NotFound (the account)."""
    upload_id = check_uuid(upload, "upload")
    if not 0 <= number < PARTS_MAX:
        raise Invalid((FieldError("number", "out_of_range", {"min": 0, "max": PARTS_MAX - 1}),))
    if not 0 < len(body) <= UPLOAD_PART_BYTES:
        raise Invalid((FieldError("body", "out_of_range", {"min": 1, "max": UPLOAD_PART_BYTES}),))
    row, is_new = open_upload(account, session, upload_id, now)
    if is_new:
        standing_terms(session, account)
    if (
        is_new
        and count_uploads(account, session) > UPLOADS_MAX
        and not drop_spare_uploads(account, session, now - IDLE, 1)
    ):
        raise TooManyImports(limit=UPLOADS_MAX, retry_after=int(IDLE.total_seconds()))
    if not add_part(account, session, upload_id, number, body):
        return size_of_part(account, session, upload_id, number)
    row.bytes += len(body)
    row.parts += 1
    row.touched_at = now
    if row.bytes > UPLOAD_MAX_BYTES:
        raise FileTooLarge(limit=UPLOAD_MAX_BYTES)
    session.flush()
    return len(body)

"""What of a goods base may leave it by an import: never by accident."""

from sqlalchemy.orm import Session

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.goods_file import GoodsFile
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.repository import staging
from services.contracts.import_codes import ImportFailure
from services.contracts.imports import NewImport
from services.contracts.values import AccountId

REPLACE = "replace"  # the mode in which items that the file does not have leave the base
REMOVED_SHARE = 10  # more than one item in so many leaves only if somebody said that it may
REMOVALS_FREE = 10  # items


def stage_missing(account: AccountId, session: Session, file: GoodsFile, goods: GoodsReader, failed: int) -> None:
    """Items that the file does not have leave the base: the file must be whole, and every row of it good.

    A table is whole if a person says so, a file of another program only if it says so itself. `failed`: its bad rows.

    Raises FileRefused otherwise: an item whose row is bad, or stands in another part, would seem missing.
    """
    if goods.is_whole is False or (file.reader is not None and not goods.is_whole):
        raise FileRefused(ImportFailure.REPLACE_NEEDS_WHOLE_FILE)
    if failed:
        raise FileRefused(ImportFailure.REPLACE_NEEDS_GOOD_ROWS, failed=failed)
    staging.stage_missing(account, session)


def check_removals(account: AccountId, session: Session, request: NewImport, items: int) -> None:
    """Raises FileRefused when more than a tenth of the base would leave and nobody said that it may.

    A few items that a file itself calls deleted may always leave: a small base has few tenths.
    """
    removals = staging.count_removals(account, session)
    if request.mode != REPLACE and removals <= REMOVALS_FREE:
        return
    if removals * REMOVED_SHARE > items and not request.confirm_removals:
        raise FileRefused(ImportFailure.TOO_MANY_REMOVALS, removed=removals, items=items)

"""The history of a goods base: looking at revisions, comparing them, undoing them; bringing removed items back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.domain import undo
from services.catalog.domain.cursors import INT_MAX, decode_cursor, encode_cursor
from services.catalog.domain.names import short_name_of
from services.catalog.domain.search_words import search_patterns
from services.catalog.repository import revisions as rows
from services.catalog.repository import undoing
from services.catalog.repository.base import get_base
from services.catalog.repository.groups import all_groups
from services.catalog.repository.undone import keep_history, write_undone
from services.catalog.use_cases.base_changes import SEARCH_AT_ONCE, BaseChange
from services.catalog.use_cases.price_list_preview import PreviewSeats
from services.catalog.use_cases.told_values import as_read, state_values
from services.chassis.journal import changed, count_more
from services.contracts.catalog import TooManyItems
from services.contracts.journal import CHANGES_TOLD
from services.contracts.refusals import FieldError, Invalid, NotFound
from services.contracts.revisions import (
    CHANGES_SHOWN,
    CONFLICTS_TOLD,
    RESTORED_MAX,
    BaseMoved,
    ItemDifference,
    NothingToUndo,
    RemovedItemView,
    RemovedQuery,
    Restored,
    RevisionView,
    UndoConflict,
    Undone,
    UndoPreview,
)
from services.contracts.values import MAX_PAGE, AccountId, Cursor, ItemCode, Page

UNDO = "undo"  # the source of revisions that bring something back
LOOKED_AT_ONCE = 1_000  # items; a preview of more holds one of the few workers that answer every account

# ---- looking


def page_revisions(account: AccountId, session: Session, after: Cursor | None, limit: int) -> Page[RevisionView]:
    """Newest first. Refuses with Invalid."""
    _check_limit(limit)
    begin = decode_cursor(after, int)
    found = rows.page_revisions(account, session, None if begin is None else begin[0], limit)
    following = encode_cursor(found[limit - 1].revision.revision) if len(found) > limit else None
    return Page(tuple(map(_view, found[:limit])), following)


def get_revision(account: AccountId, session: Session, revision: int) -> RevisionView:
    """One of them. Refuses with NotFound."""
    row = rows.find_revision(account, session, revision) if 0 < revision <= INT_MAX else None
    if row is None:
        raise NotFound(revision=revision)
    return _view(row)


def page_changes(
    account: AccountId, session: Session, revision: int, after: Cursor | None, limit: int
) -> Page[ItemDifference]:
    """What a revision did, by code. Refuses with NotFound, Invalid."""
    _check_limit(limit)
    get_revision(account, session, revision)
    found = rows.states_of_revision(account, session, revision, _code_after(after), limit)
    return _page_of(found, limit)


def compare(
    account: AccountId, session: Session, older: int, newer: int, after: Cursor | None, limit: int
) -> Page[ItemDifference]:
    """What differs between the bases as two revisions left them, by code. Refuses with NotFound, Invalid."""
    _check_limit(limit)
    base = get_base(account, session)
    newest = 0 if base is None else base.revision
    for revision in (older, newer):
        if not 0 <= revision <= newest:
            raise NotFound(revision=revision)
    if older > newer:
        raise Invalid((FieldError("older", "above_limit", {"limit": newer}),))
    return _page_of(rows.states_between(account, session, older, newer, _code_after(after), limit), limit)


def page_removed(account: AccountId, session: Session, query: RemovedQuery) -> Page[RemovedItemView]:
    """Removed items, those removed last first. Refuses with Invalid."""
    _check_limit(query.limit)
    begin = decode_cursor(query.after, int, int)
    after = None if begin is None else (begin[0], begin[1])
    found = rows.page_removed(account, session, search_patterns(query.q), after, query.limit)
    last = found[query.limit - 1] if len(found) > query.limit else None
    following = None if last is None else encode_cursor(last.revision, last.code)
    return Page(tuple(map(_removed_view, found[: query.limit])), following)


def _page_of(found: Sequence[rows.States], limit: int) -> Page[ItemDifference]:
    following = encode_cursor(found[limit - 1].code) if len(found) > limit else None
    return Page(tuple(undo.difference(*states) for states in found[:limit]), following)


def _code_after(cursor: Cursor | None) -> int:
    begin = decode_cursor(cursor, int)
    return 0 if begin is None else int(begin[0])


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))


def _view(row: rows.RevisionRow) -> RevisionView:
    made = row.revision
    return RevisionView(
        revision=made.revision,
        source=made.source,
        author=made.author,
        at=made.at,
        created=made.created,
        changed=made.changed,
        removed=made.removed,
        note=made.note,
        undoes=made.undoes,
        undone_by=row.undone_by,
        known=row.known,
    )


def _removed_view(row: rows.RemovedRow) -> RemovedItemView:
    item = row.before
    return RemovedItemView(
        code=ItemCode(row.code),
        name=item["name"],
        price=item.get("price"),
        barcodes=tuple(item.get("barcodes", "").split()),
        article=item.get("article", ""),
        revision=row.revision,
        source=row.source,
        author=row.author,
        at=row.at,
    )


# ---- undoing


def preview_undo(
    account: AccountId, session: Session, seats: PreviewSeats, revision: int, on_conflict: str
) -> UndoPreview:
    """What undoing would do. Refuses with NotFound, Invalid, and Busy where many items want to be looked at."""
    _check_word(on_conflict)
    view = get_revision(account, session, revision)
    if view.created + view.changed + view.removed <= LOOKED_AT_ONCE:
        return _preview(account, session, view, on_conflict)
    with seats.seat(account):
        return _preview(account, session, view, on_conflict)


def _preview(account: AccountId, session: Session, view: RevisionView, on_conflict: str) -> UndoPreview:
    base, revision = get_base(account, session), view.revision  # what is seen further on is not older than this base
    undoing.stage_revision(account, session, revision, on_conflict)
    counted = _settle(account, session, on_conflict)
    shown = undoing.changes_of(account, session, CHANGES_SHOWN)
    return UndoPreview(
        revision=view,
        base_revision=0 if base is None else base.revision,
        created=counted.created,
        changed=counted.changed,
        removed=counted.removed,
        unchanged=counted.unchanged,
        conflicts=_left(counted, on_conflict),
        forceable=0 if on_conflict == undo.FORCE else counted.by_later - counted.gone_items,
        first_conflicts=_conflicts(account, session, on_conflict),
        first_changes=tuple(undo.difference(row.code, row.now, row.target) for row in shown),
    )


def undo_revision(
    account: AccountId,
    session: Session,
    author: str,
    revision: int,
    on_conflict: str,
    base_revision: int | None,
    now: datetime,
) -> Undone:
    """Take a revision back. Refuses with NotFound, Invalid, NothingToUndo, BaseMoved, TooManyItems, Busy."""
    _check_word(on_conflict)
    change = BaseChange(account, session, author, now)
    view = get_revision(account, session, revision)
    if base_revision is not None and base_revision != change.base.revision:
        raise BaseMoved(revision=change.base.revision)
    undoing.stage_revision(account, session, revision, on_conflict)
    counted = _settle(account, session, on_conflict)
    conflicts = _left(counted, on_conflict)
    if not counted.touched:
        raise NothingToUndo(conflicts=conflicts)
    made = _write(change, counted, view.note, revision)
    return Undone(made, counted.created, counted.changed, counted.removed, conflicts)


def restore_items(
    account: AccountId, session: Session, author: str, codes: tuple[ItemCode, ...], now: datetime
) -> Restored:
    """Bring removed items back as they were last. Refuses with Invalid, TooManyItems, Busy."""
    if len(codes) > RESTORED_MAX:
        raise Invalid((FieldError("codes", "too_many", {"limit": RESTORED_MAX}),))
    change = BaseChange(account, session, author, now)
    undoing.stage_removed(account, session, [code for code in codes if 0 < code <= INT_MAX])
    counted = _settle(account, session, undo.SKIP)
    if not counted.touched:
        return Restored(None, 0, ())
    conflicts = _conflicts(account, session, undo.SKIP)
    return Restored(_write(change, counted, "", None), counted.created, conflicts)


def _check_word(on_conflict: str) -> None:
    if on_conflict not in (undo.SKIP, undo.FORCE):
        raise Invalid((FieldError("on_conflict", "not_one_of", {"allowed": f"{undo.SKIP}, {undo.FORCE}"}),))


def _settle(account: AccountId, session: Session, on_conflict: str) -> undoing.Counted:
    """Decide what each staged item will be, and count."""
    undoing.settle(account, session, on_conflict)
    misfits = undoing.misfit_short_names(account, session)
    if misfits:
        short_names = {code: short_name_of(name) for code, name in misfits.items()}
        undoing.fit_short_names(account, session, short_names)
    return undoing.count_undoing(account, session)


def _left(counted: undoing.Counted, on_conflict: str) -> int:
    """How much stays as it is."""
    later = counted.gone_items if on_conflict == undo.FORCE else counted.by_later
    return later + counted.left_out


def _conflicts(account: AccountId, session: Session, on_conflict: str) -> tuple[UndoConflict, ...]:
    """The first of them, one by one."""
    told = [
        one
        for row in undoing.conflicts_of(account, session, CONFLICTS_TOLD)
        for one in _conflicts_of(row)
        if not (one.forceable and on_conflict == undo.FORCE)
    ]
    return tuple(told[:CONFLICTS_TOLD])


def _conflicts_of(row: sa.Row[Any]) -> list[UndoConflict]:
    told = [undo.conflict(row.code, row.name, field, undo.CHANGED_LATER) for field in row.fields or ()]
    if row.whole is not None:
        told.append(undo.conflict(row.code, row.name, None, row.whole))
    if row.stays:
        gone = (undo.conflict(row.code, row.name, "groups", undo.GROUP_GONE, group=group) for group in row.gone or ())
        taken = (undo.conflict(row.code, row.name, "barcodes", undo.BARCODE_TAKEN, **one) for one in row.taken or ())
        told += [*gone, *taken]
    return told


def _write(change: BaseChange, counted: undoing.Counted, note: str, undoes: int | None) -> int:
    """Put what was settled into the base; returns the new revision."""
    account, session, base = change.account, change.session, change.base
    limit = change.limits.items
    if counted.created and base.items + counted.created - counted.removed > limit:
        raise TooManyItems(limit=limit)
    few = counted.touched <= SEARCH_AT_ONCE
    codes = undoing.changing_codes(account, session) if few else None
    keep_history(account, session, change.revision)
    write_undone(account, session, change.revision, change.now)
    _tell(change, counted)
    return change.close(
        UNDO,
        created=counted.created,
        changed=counted.changed,
        removed=counted.removed,
        no_price_delta=counted.no_price,
        search_codes=codes,
        note=note,
        undoes=undoes,
    )


def _tell(change: BaseChange, counted: undoing.Counted) -> None:
    """Tell the journal of the first CHANGES_TOLD items, and how many more there were."""
    account, session = change.account, change.session
    groups = {str(group.group_id): group.name for group in all_groups(account, session)}
    for row in undoing.changes_of(account, session, CHANGES_TOLD, by_kind=True):
        if row.now is None or row.target is None:
            before = None if row.now is None else state_values(row.now, groups)
            after = None if row.target is None else state_values(row.target, groups)
        else:
            fields = {field for field in {**row.now, **row.target} if row.now.get(field) != row.target.get(field)}
            before = as_read({field: row.now.get(field) for field in fields}, groups)
            after = as_read({field: row.target.get(field) for field in fields}, groups)
        changed(session, account, "item", str(row.code), undo.name_of(row.now, row.target), before, after)
    count_more(session, account, counted.touched - CHANGES_TOLD)

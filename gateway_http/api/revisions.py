"""`/revisions`: the history of the goods base, and taking a revision back."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.items import CODE_MAX
from gateway_http.api.wire import ListOf, ListQuery, next_of
from services.contracts.catalog import TooManyItems
from services.contracts.refusals import Forbidden, Invalid, NotFound
from services.contracts.revisions import (
    BaseMoved,
    ItemDifference,
    NothingToUndo,
    RevisionsRpc,
    RevisionView,
    UndoConflict,
)
from services.contracts.values import Json

RevisionNumber = Annotated[int, Meta(ge=1, le=CODE_MAX)]
Since = Annotated[int, Meta(ge=0, le=CODE_MAX, description="What differs from the base as this older one left it.")]
OnConflict = Literal["skip", "force"]


class RevisionOut(Struct, frozen=True):
    """`source`: edit, import, groups, bulk, vat, schedule or undo (with `undoes` null: removed items came back).

    `known`: how its items were before is kept, so it can be looked at and undone.
    """

    revision: int
    source: str
    author: str
    at: datetime
    created: int
    changed: int
    removed: int
    note: str
    undoes: int | None
    undone_by: int | None
    known: bool


class ChangedItemOut(Struct, frozen=True):
    """`what`: created, changed or removed. Of a changed item only the fields that differ, of others all it has."""

    code: int
    name: str
    what: str
    before: dict[str, Json] | None
    after: dict[str, Json] | None


class ConflictOut(Struct, frozen=True):
    """What stays as it is. `kind`: changed_later, code_taken, removed_later, group_gone or barcode_taken.

    `field` null: the whole item; `forceable`: it goes with `on_conflict: force`.
    """

    code: int
    name: str
    field: str | None
    kind: str
    forceable: bool
    params: dict[str, str | int]


class UndoPreviewOut(Struct, frozen=True):
    """What an undo would do to the base as it is at `base_revision`; conflicts and changes are the first of all."""

    undo: int
    base_revision: int
    created: int
    changed: int
    removed: int
    unchanged: int
    conflicts: int
    forceable: int
    first_conflicts: tuple[ConflictOut, ...]
    first_changes: tuple[ChangedItemOut, ...]


class UndoneOut(Struct, frozen=True):
    """`revision` is the new one; `conflicts` counts what stayed as it was."""

    revision: int
    created: int
    changed: int
    removed: int
    conflicts: int


class ChangesQuery(ListQuery, frozen=True):
    """Without `since`: what the revision itself did."""

    since: Since | None = None


class UndoQuery(Struct, frozen=True):
    on_conflict: OnConflict = "skip"


class UndoBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Take back what the revision `undo` changed. `on_conflict`: what later revisions changed again is left alone
    (skip) or taken back, too (force). With `base_revision` nothing is done if the base has another one by now.
    """

    undo: RevisionNumber
    on_conflict: OnConflict = "skip"
    base_revision: RevisionNumber | None = None


def revision_out(view: RevisionView) -> RevisionOut:
    return RevisionOut(
        revision=view.revision,
        source=view.source,
        author=view.author,
        at=view.at,
        created=view.created,
        changed=view.changed,
        removed=view.removed,
        note=view.note,
        undoes=view.undoes,
        undone_by=view.undone_by,
        known=view.known,
    )


def changed_item_out(one: ItemDifference) -> ChangedItemOut:
    return ChangedItemOut(one.code, one.name, one.what, one.before, one.after)


def conflict_out(one: UndoConflict) -> ConflictOut:
    return ConflictOut(one.code, one.name, one.field, one.kind, one.forceable, one.params)


async def list_revisions(call: Call) -> None:
    asked = call.query(ListQuery)
    page = await call.ask(RevisionsRpc.page_revisions, asked.cursor, asked.limit)
    call.answer(ListOf(tuple(map(revision_out, page.items)), next_of(page)))


async def get_revision(call: Call) -> None:
    call.answer(revision_out(await call.ask(RevisionsRpc.get_revision, call.path_number("revision"))))


async def list_changes(call: Call) -> None:
    asked, revision = call.query(ChangesQuery), call.path_number("revision")
    if asked.since is None:
        page = await call.ask(RevisionsRpc.page_revision_changes, revision, asked.cursor, asked.limit)
    else:
        page = await call.ask(RevisionsRpc.compare_revisions, asked.since, revision, asked.cursor, asked.limit)
    call.answer(ListOf(tuple(map(changed_item_out, page.items)), next_of(page)))


async def preview_undo(call: Call) -> None:
    asked, revision = call.query(UndoQuery), call.path_number("revision")
    told = await call.ask(RevisionsRpc.preview_undo, revision, asked.on_conflict)
    call.answer(
        UndoPreviewOut(
            undo=told.revision.revision,
            base_revision=told.base_revision,
            created=told.created,
            changed=told.changed,
            removed=told.removed,
            unchanged=told.unchanged,
            conflicts=told.conflicts,
            forceable=told.forceable,
            first_conflicts=tuple(map(conflict_out, told.first_conflicts)),
            first_changes=tuple(map(changed_item_out, told.first_changes)),
        )
    )


async def undo_revision(call: Call) -> None:
    body = await call.json(UndoBody)
    done = await call.ask(RevisionsRpc.undo_revision, body.undo, body.on_conflict, body.base_revision)
    told = UndoneOut(done.revision, done.created, done.changed, done.removed, done.conflicts)
    call.answer(told, location=f"/revisions/{done.revision}")


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/revisions",
        handler=list_revisions,
        summary="Revisions of the goods base, newest first",
        query=ListQuery,
        answer=ListOf[RevisionOut],
    ),
    Endpoint(
        method="POST",
        path="/revisions",
        handler=undo_revision,
        summary="Take a revision back, which makes a new one",
        body=UndoBody,
        answer=UndoneOut,
        status=201,
        refusals=(NotFound, Forbidden, NothingToUndo, BaseMoved, TooManyItems),
    ),
    Endpoint(
        method="GET",
        path="/revisions/{revision}",
        handler=get_revision,
        summary="One revision",
        answer=RevisionOut,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="GET",
        path="/revisions/{revision}/changes",
        handler=list_changes,
        summary="What a revision did, or what differs since an older one, item by item",
        query=ChangesQuery,
        answer=ListOf[ChangedItemOut],
        refusals=(NotFound, Invalid),
    ),
    Endpoint(
        method="GET",
        path="/revisions/{revision}/undo",
        handler=preview_undo,
        summary="What taking a revision back would do",
        query=UndoQuery,
        answer=UndoPreviewOut,
        refusals=(NotFound,),
    ),
)

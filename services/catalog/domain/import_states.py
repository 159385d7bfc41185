"""The life of an import: which state may follow which. Every other file asks this table."""

from services.contracts.imports import ImportState

_NEXT: dict[ImportState, frozenset[ImportState]] = {
    ImportState.QUEUED: frozenset({ImportState.READING, ImportState.CANCELLED, ImportState.FAILED}),
    ImportState.READING: frozenset(
        {ImportState.PREVIEWED, ImportState.APPLYING, ImportState.FAILED, ImportState.CANCELLED}
    ),
    ImportState.PREVIEWED: frozenset({ImportState.APPLYING, ImportState.CANCELLED, ImportState.FAILED}),
    ImportState.APPLYING: frozenset({ImportState.APPLIED, ImportState.FAILED}),
    ImportState.APPLIED: frozenset(),
    ImportState.FAILED: frozenset(),
    ImportState.CANCELLED: frozenset(),
}

OPEN = (ImportState.QUEUED, ImportState.READING, ImportState.APPLYING)  # a worker has, or will have, work with it


def may_become(now: ImportState, then: ImportState) -> bool:
    """Whether the step is legal."""
    return then in _NEXT[now]

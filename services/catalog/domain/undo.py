"""What undoing a revision means: which fields go together, and how two states of an item differ.

A state is what `item_history.before` holds: columns of an item by name, without those that are NULL.
"""

from collections.abc import Mapping
from typing import Any

from services.contracts.revisions import ItemDifference, UndoConflict
from services.contracts.values import ItemCode

State = Mapping[str, Any]

SKIP, FORCE = "skip", "force"  # what becomes of conflicts

# Fields that are taken back together, so that what holds between them goes on holding; the first names them all.
# A short name that was made from the name follows it; marked goods are sold as subjects of their own.
TOGETHER: tuple[tuple[str, ...], ...] = (("short_name", "short_name_edited"), ("type_code", "marked"))

CHANGED_LATER, CODE_TAKEN, REMOVED_LATER = "changed_later", "code_taken", "removed_later"
GROUP_GONE, BARCODE_TAKEN = "group_gone", "barcode_taken"
FORCEABLE = frozenset({CHANGED_LATER, CODE_TAKEN})


def units_of(columns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """All columns in the sets in which they are taken back."""
    led = {unit[0]: unit for unit in TOGETHER}
    followers = {column for unit in TOGETHER for column in unit[1:]}
    return tuple(led.get(column, (column,)) for column in columns if column not in followers)


def conflict(code: int, name: str, field: str | None, kind: str, **params: str | int) -> UndoConflict:
    """What stays as it is."""
    return UndoConflict(ItemCode(code), name, field, kind, kind in FORCEABLE, params)


def difference(code: int, before: State | None, after: State | None) -> ItemDifference:
    """How two states of an item differ; at least one of them is there."""
    if before is None or after is None:
        there = before if after is None else after
        told = _told(there or {})
        whole = {field: value for field, value in told.items() if value is not False and value not in ("", [], {})}
        what = "removed" if after is None else "created"
        return ItemDifference(
            ItemCode(code), name_of(before, after), what, None if before is None else whole, whole if after else None
        )
    fields = [field for field in {**before, **after} if before.get(field) != after.get(field)]
    was = _told({field: before[field] for field in fields if field in before})
    now = _told({field: after[field] for field in fields if field in after})
    return ItemDifference(ItemCode(code), name_of(before, after), "changed", was, now)


def name_of(*states: State | None) -> str:
    """The name that the last of these states has."""
    return next((str(state["name"]) for state in reversed(states) if state is not None), "")


def _told(state: State) -> dict[str, Any]:
    """As contracts tell items: barcodes one by one."""
    return {field: value.split() if field == "barcodes" else value for field, value in state.items()}

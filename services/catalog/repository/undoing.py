# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Items on their way back to how they were, in a few statements over all of them.

The table `undoing` is temporary. Of each item it has the state `before` the revision that is taken back and the state
`now`; `after` it only if that is another one than now. What the item will be is `before` if `back`, else `merged`, if
that is there, else what it is now (see TARGET). Whoever writes holds the base's lock.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.domain.undo import FORCE, units_of
from services.catalog.models import ItemGroup
from services.catalog.repository.history import BEFORE, HISTORY_COLUMNS
from services.chassis.temporary_tables import plan_each_time
from services.contracts.values import AccountId

UNITS = units_of(HISTORY_COLUMNS)

# Of an item `u`: whether it will change, and what it will be.
CHANGING = "(u.back OR u.merged IS NOT NULL)"
TARGET = "(CASE WHEN u.back THEN u.before ELSE coalesce(u.merged, u.now) END)"
RETURNING = f"({CHANGING} AND u.now IS NULL)"
LEAVING = "(u.back AND u.before IS NULL)"

# What two barcodes are compared by, as services.catalog.domain.barcodes.barcode_key says it.
BARCODE_KEY = (
    "CASE WHEN {0} ~ '^[0-9]{{1,18}}$' THEN coalesce(nullif(ltrim({0}, '0'), ''), '0')"
    ' ELSE upper({0} COLLATE "und-x-icu") END'
)

# An item that was not touched since goes back, if it is not so already. One that came, went or was exchanged for
# another since is in conflict as a whole. The others are merged field by field.
_AFTER = "(CASE WHEN u.untouched THEN u.now ELSE u.after END)"
_WHOLE = f"""CASE WHEN u.now IS NOT DISTINCT FROM u.before OR u.now IS NOT DISTINCT FROM {_AFTER} THEN NULL
  WHEN u.before IS NULL THEN 'changed_later' WHEN {_AFTER} IS NULL THEN 'code_taken' WHEN u.now IS NULL
  THEN 'removed_later' END"""
_BACK = f"""(u.now IS DISTINCT FROM u.before AND (u.untouched OR u.now IS NOT DISTINCT FROM u.after
  OR (:force AND u.now IS NOT NULL AND (u.before IS NULL OR {_AFTER} IS NULL))))"""
_TO_MERGE = "NOT u.untouched AND NOT u.back AND u.now <> u.before AND u.now <> u.after"  # all three are there
_STAGE = f"""
CREATE TEMPORARY TABLE undoing ON COMMIT DROP AS
SELECT u.code, u.before, CASE WHEN NOT u.untouched THEN u.after END AS after, u.now, u.untouched, {_BACK} AS back,
  NULL::jsonb AS merged, {_WHOLE} AS whole, NULL::text[] AS fields, NULL::jsonb AS gone, NULL::jsonb AS taken
FROM ({{0}} OFFSET 0) u
"""
_OF_REVISION = _STAGE.format(f"""
SELECT h.code, h.before, later.before AS after, n.now, later.code IS NULL AS untouched
FROM catalog.item_history h
LEFT JOIN LATERAL (
  SELECT l.code, l.before FROM catalog.item_history l
  WHERE l.account_id = :account AND l.code = h.code AND l.revision > h.revision ORDER BY l.revision LIMIT 1
) later ON true
LEFT JOIN LATERAL (
  SELECT {BEFORE} AS now FROM catalog.item i WHERE i.account_id = :account AND i.code = h.code OFFSET 0
) n ON true
WHERE h.account_id = :account AND h.revision = :revision""")
_OF_REMOVED = _STAGE.format("""
SELECT r.code, h.before, NULL::jsonb AS after, NULL::jsonb AS now, true AS untouched
FROM catalog.removed_item r
JOIN catalog.item_history h ON h.account_id = :account AND h.revision = r.removed_revision AND h.code = r.code
WHERE r.account_id = :account AND r.code = ANY(:codes) AND h.before IS NOT NULL""")

# The groups of a state that are no more. What an item is now has none of those.
_GONE = (
    "(SELECT jsonb_agg(g) FROM jsonb_array_elements_text({0} -> 'groups') g"
    " WHERE NOT jsonb_exists(CAST(:groups AS jsonb), g))"
)
_WITHOUT_GONE = (
    "jsonb_set({0}, '{{groups}}', (SELECT coalesce(jsonb_agg(g ORDER BY g COLLATE \"C\"), '[]')"
    " FROM jsonb_array_elements_text({0} -> 'groups') g WHERE jsonb_exists(CAST(:groups AS jsonb), g)))"
)
# `gone` are those that the revision took the item out of.
_LEAVE_GONE = f"""
UPDATE undoing u SET before = {_WITHOUT_GONE.format("u.before")}, after = {_WITHOUT_GONE.format("u.after")}, gone = (
    SELECT jsonb_agg(g) FROM jsonb_array_elements_text(u.before -> 'groups') g
    WHERE NOT jsonb_exists(CAST(:groups AS jsonb), g)
      AND NOT coalesce(jsonb_exists({_AFTER} -> 'groups', g), false))
WHERE (u.before -> 'groups' IS DISTINCT FROM u.now -> 'groups' AND {_GONE.format("u.before")} IS NOT NULL)
  OR (u.after -> 'groups' IS DISTINCT FROM u.now -> 'groups' AND {_GONE.format("u.after")} IS NOT NULL)
"""
_DECIDE_AGAIN = f"UPDATE undoing u SET whole = {_WHOLE}, back = {_BACK}"


def _differ(one: str, other: str, unit: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"{one} -> '{column}' IS DISTINCT FROM {other} -> '{column}'" for column in unit) + ")"


def _in_conflict(unit: tuple[str, ...]) -> str:
    """Whether a revision changed these fields, and another one changed them to something else since."""
    return (
        f"({_differ('u.before', 'u.after', unit)} AND {_differ('u.now', 'u.after', unit)}"
        f" AND {_differ('u.now', 'u.before', unit)})"
    )


def _is_taken_back(unit: tuple[str, ...]) -> str:
    return f"({_differ('u.before', 'u.after', unit)} AND (:force OR NOT {_differ('u.now', 'u.after', unit)}))"


_FIELDS_IN_CONFLICT = ", ".join(f"CASE WHEN {_in_conflict(unit)} THEN '{unit[0]}' END" for unit in UNITS)
_COLUMNS_TAKEN_BACK = ", ".join(
    f"CASE WHEN {_is_taken_back(unit)} THEN '{column}' END" for unit in UNITS for column in unit
)
# What an item is now with the fields that the revision changed, and only those, as they were before it.
_MERGE = f"""
UPDATE undoing u SET fields = array_remove(ARRAY[{_FIELDS_IN_CONFLICT}], NULL), merged = nullif((
  SELECT (u.now - c.names) || coalesce((
    SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(u.before) f WHERE f.key = ANY(c.names)), '{{}}')
  FROM (SELECT array_remove(ARRAY[{_COLUMNS_TAKEN_BACK}], NULL) AS names) c
), u.now) WHERE {_TO_MERGE}
"""

_KEYS = f"""
CREATE TEMPORARY TABLE undone_keys ON COMMIT DROP AS
SELECT u.code, b.barcode, b.place, {BARCODE_KEY.format("b.barcode")} AS key
FROM undoing u, unnest(string_to_array({TARGET} ->> 'barcodes', ' ')) WITH ORDINALITY AS b(barcode, place)
WHERE {CHANGING} AND {TARGET} -> 'barcodes' IS DISTINCT FROM u.now -> 'barcodes' AND {TARGET} ->> 'barcodes' <> ''
"""
# A barcode is another item's if that one has it and does not give it up here, or gets it here and has the lower code.
_TAKEN_KEYS = f"""
CREATE TEMPORARY TABLE taken_keys ON COMMIT DROP AS
SELECT k.code, k.barcode, o.code AS owner FROM undone_keys k
JOIN catalog.barcode o ON o.account_id = :account AND o.key = k.key AND o.code <> k.code
LEFT JOIN undoing u ON u.code = o.code AND {CHANGING} AND {TARGET} -> 'barcodes' IS DISTINCT FROM u.now -> 'barcodes'
WHERE u.code IS NULL
UNION ALL
SELECT k.code, k.barcode, f.code FROM undone_keys k JOIN (
  SELECT key, min(code) AS code FROM undone_keys GROUP BY key HAVING min(code) <> max(code)
) f ON f.key = k.key AND f.code <> k.code
"""
_LEAVE_TAKEN = f"""
UPDATE undoing u SET taken = t.taken, back = false, merged = nullif(
  jsonb_set({TARGET}, '{{barcodes}}', to_jsonb(coalesce((
    SELECT string_agg(k.barcode, ' ' ORDER BY k.place) FROM undone_keys k WHERE k.code = u.code
      AND NOT EXISTS (SELECT FROM taken_keys x WHERE x.code = k.code AND x.barcode = k.barcode)), ''))), u.now)
FROM (
  SELECT code, jsonb_agg(jsonb_build_object('barcode', barcode, 'item', owner)) AS taken FROM taken_keys GROUP BY code
) t WHERE t.code = u.code
"""
_DROP_TAKEN = "DELETE FROM undone_keys k USING taken_keys x WHERE x.code = k.code AND x.barcode = k.barcode"

# An item whose short name follows its name again, while the name is not what it was.
_MISFITS = """
SELECT u.code, u.merged ->> 'name' AS name FROM undoing u
WHERE u.merged -> 'short_name_edited' = 'false' AND u.merged -> 'short_name' IS DISTINCT FROM u.now -> 'short_name'
  AND u.merged -> 'name' IS DISTINCT FROM u.before -> 'name'
"""
_FIT = """
UPDATE undoing u SET merged = nullif(jsonb_set(u.merged, '{short_name}', to_jsonb(f.short_name)), u.now)
FROM unnest(CAST(:codes AS integer[]), CAST(:names AS text[])) AS f(code, short_name) WHERE f.code = u.code
"""

_COUNT = f"""
SELECT count(*) FILTER (WHERE {RETURNING}) AS created,
  count(*) FILTER (WHERE {CHANGING} AND NOT {RETURNING} AND NOT {LEAVING}) AS changed,
  count(*) FILTER (WHERE {LEAVING}) AS removed,
  count(*) FILTER (WHERE NOT {CHANGING}) AS unchanged,
  count(*) FILTER (WHERE {CHANGING} AND NOT {LEAVING} AND {TARGET} -> 'price' IS NULL)
    - count(*) FILTER (WHERE {CHANGING} AND NOT {RETURNING} AND u.now -> 'price' IS NULL) AS no_price,
  coalesce(sum(coalesce(cardinality(u.fields), 0) + (u.whole IS NOT NULL)::int), 0) AS by_later,
  count(*) FILTER (WHERE u.whole = 'removed_later') AS gone_items,
  coalesce(sum(coalesce(jsonb_array_length(u.gone), 0) + coalesce(jsonb_array_length(u.taken), 0))
    FILTER (WHERE {TARGET} IS NOT NULL), 0) AS left_out
FROM undoing u
"""
_CONFLICTS = f"""
SELECT u.code, coalesce(u.now, u.before, u.after) ->> 'name' AS name, u.whole, u.fields, u.gone, u.taken,
  {TARGET} IS NOT NULL AS stays
FROM undoing u WHERE u.whole IS NOT NULL OR cardinality(u.fields) > 0
  OR ((u.gone IS NOT NULL OR u.taken IS NOT NULL) AND {TARGET} IS NOT NULL) ORDER BY u.code LIMIT :limit
"""


class Counted(NamedTuple):
    """What would be done, and what stands in conflict: with a later change, or with something that is no more."""

    created: int
    changed: int
    removed: int
    unchanged: int
    no_price: int  # items without a price, more than now
    by_later: int
    gone_items: int  # of `by_later`, those that nothing can force
    left_out: int

    @property
    def touched(self) -> int:
        """Items that would not stay as they are."""
        return self.created + self.changed + self.removed


def stage_revision(account: AccountId, session: Session, revision: int, on_conflict: str) -> None:
    """The states of all items of a revision."""
    plan_each_time(session)
    session.execute(sa.text("SET LOCAL jit = off"))  # so many small expressions take longer to compile than to run
    words = {"account": account, "revision": revision, "force": on_conflict == FORCE}
    session.execute(sa.text(_OF_REVISION), words)


def stage_removed(account: AccountId, session: Session, codes: Sequence[int]) -> None:
    """The states of removed items, of those that there are."""
    plan_each_time(session)
    session.execute(sa.text(_OF_REMOVED), {"account": account, "codes": list(codes), "force": False})


def settle(account: AccountId, session: Session, on_conflict: str) -> None:
    """What each staged item will be. Groups that are no more and barcodes that are another item's are left out."""
    session.execute(sa.text("ALTER TABLE undoing ADD PRIMARY KEY (code)"))
    session.execute(sa.text("ANALYZE undoing (code)"))
    groups = session.scalars(sa.select(ItemGroup.group_id).where(ItemGroup.account_id == account))
    words = {"account": account, "force": on_conflict == FORCE, "groups": json.dumps({str(id): 1 for id in groups})}
    regrouped: sa.CursorResult[Any] = session.execute(sa.text(_LEAVE_GONE), words)  # type: ignore[assignment]
    if regrouped.rowcount:
        session.execute(sa.text(_DECIDE_AGAIN), words)
    session.execute(sa.text(_MERGE), words)
    keys: sa.CursorResult[Any] = session.execute(sa.text(_KEYS))  # type: ignore[assignment]
    if keys.rowcount:
        session.execute(sa.text("ANALYZE undone_keys"))
        taken: sa.CursorResult[Any] = session.execute(sa.text(_TAKEN_KEYS), words)  # type: ignore[assignment]
        if taken.rowcount:
            session.execute(sa.text(_LEAVE_TAKEN))
            session.execute(sa.text(_DROP_TAKEN))


def misfit_short_names(account: AccountId, session: Session) -> dict[int, str]:
    """Names of the items whose short name has to be made anew, by code."""
    del account  # the table is this transaction's own
    return {row.code: row.name for row in session.execute(sa.text(_MISFITS))}


def fit_short_names(account: AccountId, session: Session, short_names: dict[int, str]) -> None:
    """Give settled items these short names."""
    del account
    session.execute(sa.text(_FIT), {"codes": list(short_names), "names": list(short_names.values())})


def count_undoing(account: AccountId, session: Session) -> Counted:
    """What would be done."""
    del account
    return Counted(*(int(number) for number in session.execute(sa.text(_COUNT)).one()))


def changes_of(account: AccountId, session: Session, limit: int, *, by_kind: bool = False) -> list[sa.Row[Any]]:
    """The first items that will change with their states `now` and `target`; `by_kind`: new, changed, removed ones."""
    del account
    order = f"(u.now IS NOT NULL)::int + ({LEAVING})::int, u.code" if by_kind else "u.code"
    question = f"SELECT u.code, u.now, {TARGET} AS target FROM undoing u WHERE {CHANGING} ORDER BY {order} LIMIT :limit"
    return list(session.execute(sa.text(question), {"limit": limit}))


def conflicts_of(account: AccountId, session: Session, limit: int) -> list[sa.Row[Any]]:
    """The first items of which something stays as it is: what they are called, and what stands in the way."""
    del account
    return list(session.execute(sa.text(_CONFLICTS), {"limit": limit}))


def changing_codes(account: AccountId, session: Session) -> set[int]:
    """The codes of all items that will change."""
    del account
    return set(session.scalars(sa.text(f"SELECT u.code FROM undoing u WHERE {CHANGING}")))

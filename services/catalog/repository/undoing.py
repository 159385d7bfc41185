# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Items on their way back to how they were, in a few statements over all of them.

The table `undoing` is temporary. Of each item it has the state `before` and `after` the revision that is taken back,
the state `now` and, once settled, `target`: what the item will be. Whoever writes holds the base's lock.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.domain.undo import FORCE, units_of
from services.catalog.models import ItemGroup
from services.catalog.repository.history import BEFORE, HISTORY_COLUMNS
from services.contracts.values import AccountId

UNITS = units_of(HISTORY_COLUMNS)

# What two barcodes are compared by, as services.catalog.domain.barcodes.barcode_key says it.
BARCODE_KEY = (
    "CASE WHEN {0} ~ '^[0-9]{{1,18}}$' THEN coalesce(nullif(ltrim({0}, '0'), ''), '0')"
    ' ELSE upper({0} COLLATE "und-x-icu") END'
)

_OF_REVISION = f"""
CREATE TEMPORARY TABLE states ON COMMIT DROP AS
SELECT h.code, h.before, CASE WHEN later.code IS NULL THEN n.now ELSE later.before END AS after, n.now
FROM catalog.item_history h
LEFT JOIN LATERAL (
  SELECT l.code, l.before FROM catalog.item_history l
  WHERE l.account_id = :account AND l.code = h.code AND l.revision > h.revision ORDER BY l.revision LIMIT 1
) later ON true
LEFT JOIN (
  SELECT i.code, {BEFORE} AS now FROM catalog.item i WHERE i.account_id = :account
) n ON n.code = h.code
WHERE h.account_id = :account AND h.revision = :revision
"""
_OF_REMOVED = """
CREATE TEMPORARY TABLE states ON COMMIT DROP AS
SELECT r.code, h.before, NULL::jsonb AS after, NULL::jsonb AS now
FROM catalog.removed_item r
JOIN catalog.item_history h ON h.account_id = :account AND h.revision = r.removed_revision AND h.code = r.code
WHERE r.account_id = :account AND r.code = ANY(:codes) AND h.before IS NOT NULL
"""


def _differ(one: str, other: str, unit: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"{one} -> '{column}' IS DISTINCT FROM {other} -> '{column}'" for column in unit) + ")"


def _in_conflict(unit: tuple[str, ...]) -> str:
    """Whether a revision changed these fields, and another one changed them to something else since."""
    return (
        f"({_differ('s.before', 's.after', unit)} AND {_differ('s.now', 's.after', unit)}"
        f" AND {_differ('s.now', 's.before', unit)})"
    )


def _is_taken_back(unit: tuple[str, ...]) -> str:
    return f"({_differ('s.before', 's.after', unit)} AND (:force OR NOT {_differ('s.now', 's.after', unit)}))"


def _without_gone_groups(state: str) -> str:
    """A state without the groups that are no more. What an item is now has none of those."""
    return (
        f"CASE WHEN {state} -> 'groups' IS NOT DISTINCT FROM now -> 'groups' THEN {state} ELSE jsonb_set({state},"
        " '{groups}', (SELECT coalesce(jsonb_agg(g ORDER BY g COLLATE \"C\"), '[]')"
        f" FROM jsonb_array_elements_text({state} -> 'groups') g WHERE jsonb_exists(CAST(:groups AS jsonb), g))) END"
    )


_FIELDS_IN_CONFLICT = ", ".join(f"CASE WHEN {_in_conflict(unit)} THEN '{unit[0]}' END" for unit in UNITS)
_COLUMNS_TAKEN_BACK = ", ".join(
    f"CASE WHEN {_is_taken_back(unit)} THEN '{column}' END" for unit in UNITS for column in unit
)
# The state of an item with those fields, and only those, as they were before.
_MERGED = f"""(
  SELECT (s.now - c.names) || coalesce((
    SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(s.before) f WHERE f.key = ANY(c.names)), '{{}}')
  FROM (SELECT array_remove(ARRAY[{_COLUMNS_TAKEN_BACK}], NULL) AS names) c
)"""
_SETTLE = f"""
CREATE TEMPORARY TABLE undoing ON COMMIT DROP AS
SELECT s.code, s.before, s.now, w.whole, w.fields, w.target, s.gone, NULL::jsonb AS taken
FROM (
  SELECT code, {_without_gone_groups("before")} AS before, {_without_gone_groups("after")} AS after, now, (
    SELECT jsonb_agg(g) FROM jsonb_array_elements_text(before -> 'groups') g
    WHERE before -> 'groups' IS DISTINCT FROM now -> 'groups' AND NOT jsonb_exists(CAST(:groups AS jsonb), g)
      AND NOT coalesce(jsonb_exists(after -> 'groups', g), false)
  ) AS gone FROM states
) s CROSS JOIN LATERAL (
  SELECT NULL AS whole, NULL::text[] AS fields, s.now AS target WHERE s.now IS NOT DISTINCT FROM s.before
  UNION ALL
  SELECT NULL, NULL, s.before WHERE s.now IS DISTINCT FROM s.before AND s.now IS NOT DISTINCT FROM s.after
  UNION ALL
  SELECT CASE WHEN s.before IS NULL THEN 'changed_later' WHEN s.after IS NULL THEN 'code_taken' ELSE 'removed_later'
    END, NULL, CASE WHEN :force AND s.now IS NOT NULL THEN s.before ELSE s.now END
  WHERE s.now IS DISTINCT FROM s.before AND s.now IS DISTINCT FROM s.after
    AND (s.before IS NULL OR s.after IS NULL OR s.now IS NULL)
  UNION ALL
  SELECT NULL, array_remove(ARRAY[{_FIELDS_IN_CONFLICT}], NULL), {_MERGED}
  WHERE s.now IS DISTINCT FROM s.before AND s.now IS DISTINCT FROM s.after
    AND s.before IS NOT NULL AND s.after IS NOT NULL AND s.now IS NOT NULL
) w
"""

_KEYS = f"""
CREATE TEMPORARY TABLE undone_keys ON COMMIT DROP AS
SELECT u.code, b.barcode, b.place, {BARCODE_KEY.format("b.barcode")} AS key
FROM undoing u, unnest(string_to_array(u.target ->> 'barcodes', ' ')) WITH ORDINALITY AS b(barcode, place)
WHERE u.target -> 'barcodes' IS DISTINCT FROM u.now -> 'barcodes' AND u.target ->> 'barcodes' <> ''
"""
# A barcode is another item's if that one has it and does not give it up here, or gets it here and has the lower code.
_TAKEN_KEYS = """
CREATE TEMPORARY TABLE taken_keys ON COMMIT DROP AS
SELECT k.code, k.barcode, o.code AS owner FROM undone_keys k
JOIN catalog.barcode o ON o.account_id = :account AND o.key = k.key AND o.code <> k.code
LEFT JOIN undoing g ON g.code = o.code AND g.target -> 'barcodes' IS DISTINCT FROM g.now -> 'barcodes'
WHERE g.code IS NULL
UNION ALL
SELECT k.code, k.barcode, f.code FROM undone_keys k JOIN (
  SELECT key, min(code) AS code FROM undone_keys GROUP BY key HAVING min(code) <> max(code)
) f ON f.key = k.key AND f.code <> k.code
"""
_LEAVE_TAKEN = """
UPDATE undoing u SET taken = t.taken, target = jsonb_set(u.target, '{barcodes}', to_jsonb(coalesce((
  SELECT string_agg(k.barcode, ' ' ORDER BY k.place) FROM undone_keys k WHERE k.code = u.code
    AND NOT EXISTS (SELECT FROM taken_keys x WHERE x.code = k.code AND x.barcode = k.barcode)), '')))
FROM (
  SELECT code, jsonb_agg(jsonb_build_object('barcode', barcode, 'item', owner)) AS taken FROM taken_keys GROUP BY code
) t WHERE t.code = u.code
"""
_DROP_TAKEN = "DELETE FROM undone_keys k USING taken_keys x WHERE x.code = k.code AND x.barcode = k.barcode"

# An item whose short name follows its name again, while the name is not what it was.
_MISFITS = """
SELECT code, target ->> 'name' AS name FROM undoing
WHERE fields IS NOT NULL AND target -> 'short_name_edited' = 'false'
  AND target -> 'short_name' IS DISTINCT FROM now -> 'short_name' AND target -> 'name' IS DISTINCT FROM before -> 'name'
"""

_CHANGING = "u.now IS NOT NULL AND u.target IS NOT NULL AND u.target <> u.now"
_COUNT = f"""
SELECT count(*) FILTER (WHERE u.now IS NULL AND u.target IS NOT NULL) AS created,
  count(*) FILTER (WHERE {_CHANGING}) AS changed,
  count(*) FILTER (WHERE u.now IS NOT NULL AND u.target IS NULL) AS removed,
  count(*) FILTER (WHERE u.now IS NOT DISTINCT FROM u.target) AS unchanged,
  count(*) FILTER (WHERE u.target IS NOT NULL AND u.target -> 'price' IS NULL)
    - count(*) FILTER (WHERE u.now IS NOT NULL AND u.now -> 'price' IS NULL) AS no_price,
  coalesce(sum(coalesce(cardinality(u.fields), 0) + (u.whole IS NOT NULL)::int), 0) AS by_later,
  count(*) FILTER (WHERE u.whole = 'removed_later') AS gone_items,
  coalesce(sum(coalesce(jsonb_array_length(u.gone), 0) + coalesce(jsonb_array_length(u.taken), 0))
    FILTER (WHERE u.target IS NOT NULL), 0) AS left_out
FROM undoing u
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


def stage_revision(account: AccountId, session: Session, revision: int) -> None:
    """The states of all items of a revision."""
    session.execute(sa.text(_OF_REVISION), {"account": account, "revision": revision})


def stage_removed(account: AccountId, session: Session, codes: Sequence[int]) -> None:
    """The states of removed items, of those that there are."""
    session.execute(sa.text(_OF_REMOVED), {"account": account, "codes": list(codes)})


def settle(account: AccountId, session: Session, on_conflict: str) -> None:
    """What each staged item will be. Groups that are no more and barcodes that are another item's are left out."""
    groups = session.scalars(sa.select(ItemGroup.group_id).where(ItemGroup.account_id == account))
    known = {str(group): 1 for group in groups}
    words = {"account": account, "force": on_conflict == FORCE}
    session.execute(sa.text(_SETTLE).bindparams(sa.bindparam("groups", type_=sa.JSON)), {**words, "groups": known})
    session.execute(sa.text("ALTER TABLE undoing ADD PRIMARY KEY (code)"))
    session.execute(sa.text("ANALYZE undoing"))
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
    session.execute(
        sa.text(
            "UPDATE undoing u SET target = jsonb_set(u.target, '{short_name}', to_jsonb(f.short_name))"
            " FROM unnest(CAST(:codes AS integer[]), CAST(:names AS text[])) AS f(code, short_name)"
            " WHERE f.code = u.code"
        ),
        {"codes": list(short_names), "names": list(short_names.values())},
    )


def count_undoing(account: AccountId, session: Session) -> Counted:
    """What would be done."""
    del account
    return Counted(*(int(number) for number in session.execute(sa.text(_COUNT)).one()))


def changes_of(account: AccountId, session: Session, limit: int, *, by_kind: bool = False) -> list[sa.Row[Any]]:
    """The first items that will change with their states `now` and `target`; `by_kind`: new, changed, removed ones."""
    del account
    order = "(now IS NOT NULL)::int + (target IS NULL)::int, code" if by_kind else "code"
    question = f"SELECT code, now, target FROM undoing WHERE now IS DISTINCT FROM target ORDER BY {order} LIMIT :limit"
    return list(session.execute(sa.text(question), {"limit": limit}))


def conflicts_of(account: AccountId, session: Session, limit: int) -> list[sa.Row[Any]]:
    """The first items of which something stays as it is: what they are called, and what stands in the way."""
    del account
    return list(
        session.execute(
            sa.text(
                "SELECT code, coalesce(now, target, before) ->> 'name' AS name, whole, fields, gone, taken, target"
                " FROM undoing WHERE whole IS NOT NULL OR cardinality(fields) > 0"
                " OR ((gone IS NOT NULL OR taken IS NOT NULL) AND target IS NOT NULL) ORDER BY code LIMIT :limit"
            ),
            {"limit": limit},
        )
    )


def changing_codes(account: AccountId, session: Session) -> set[int]:
    """The codes of all items that will change."""
    del account
    return set(session.scalars(sa.text("SELECT code FROM undoing WHERE now IS DISTINCT FROM target")))

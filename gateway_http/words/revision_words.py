"""Revisions of the goods base in words: what made them, what they did to items, what an undo leaves as it is."""

from collections.abc import Mapping

import msgspec

from gateway_http.i18n import N_, Language
from gateway_http.words.journal_values import Difference, Reader, differences
from services.contracts.journal import Change
from services.contracts.revisions import ItemDifference, RevisionView, UndoConflict

SOURCES: dict[str, str] = {
    "edit": N_("Editing of items"),
    "import": N_("Loading of a file"),
    "groups": N_("Item groups"),
    "bulk": N_("Change of many items"),
    "vat": N_("Change of the VAT rate"),
    "schedule": N_("Scheduled change"),
    "undo": N_("Deleted items brought back"),
}

# What became of an item: a tone and a word.
KINDS: dict[str, tuple[str, str]] = {
    "created": ("good", N_("is new")),
    "changed": ("waiting", N_("changed")),
    "removed": ("failed", N_("deleted")),
}

CONFLICTS: dict[str, str] = {
    "changed_later": N_("was changed again later"),
    "code_taken": N_("another item has this code by now"),
    "removed_later": N_("the item was deleted later"),
    "group_gone": N_("the item group was deleted"),
    "barcode_taken": N_("the barcode %(barcode)s is by now that of the item with code %(item)s"),
}

WHOLE_FIELDS = ("name", "price", "barcodes")  # that are told of an item that came or went
_HIDDEN = frozenset({"short_name_edited"})


class ItemTold(msgspec.Struct, frozen=True):
    """One item with what differs, field by field; of new and deleted ones `now` is what stands there instead."""

    code: int
    name: str
    tone: str
    what: str
    differences: list[Difference]
    now: list[Difference]


class ConflictTold(msgspec.Struct, frozen=True):
    """One thing that stays as it is."""

    code: int
    name: str
    field: str
    why: str
    forceable: bool


def source_text(view: RevisionView, language: Language) -> str:
    """What made a revision."""
    if view.undoes is not None:
        return language.text(N_("Undo of revision %(revision)s"), revision=view.undoes)
    if view.source == "edit" and not view.changed and not (view.created and view.removed):
        return language.text(N_("Items deleted") if view.removed else N_("Items added"))
    return language.text(SOURCES[view.source]) if view.source in SOURCES else view.source


def item_told(one: ItemDifference, reader: Reader) -> ItemTold:
    """One item as the tables show it."""
    tone, what = KINDS[one.what]
    before, after = _named(one.before, reader), _named(one.after, reader)
    if one.before is None or one.after is None:
        told = {field: value for field, value in (after or before or {}).items() if field in WHOLE_FIELDS[1:]}
        now = differences(Change("item", str(one.code), one.name, None, told), reader)
        return ItemTold(one.code, one.name, tone, reader.language.text(what), [], now)
    fields = [field for field in {**(before or {}), **(after or {})} if field not in _HIDDEN]
    was = {field: (before or {}).get(field) for field in fields}
    now_is = {field: (after or {}).get(field) for field in fields}
    told_of = differences(Change("item", str(one.code), one.name, was, now_is), reader)
    return ItemTold(one.code, one.name, tone, reader.language.text(what), told_of, [])


def conflict_told(one: UndoConflict, field: str, language: Language) -> ConflictTold:
    """One conflict; `field` is what its field is called."""
    words = CONFLICTS.get(one.kind)
    why = one.kind if words is None else language.text(words, **one.params)
    return ConflictTold(one.code, one.name, field, why, one.forceable)


def _named(state: Mapping[str, object] | None, reader: Reader) -> dict[str, object] | None:
    """Groups by their names; those that are no more by a word."""
    if state is None:
        return None
    told = dict(state)
    groups = told.get("groups")
    if isinstance(groups, list | tuple):
        gone = reader.language.text(N_("deleted group"))
        told["groups"] = [reader.item_groups.get(str(group), gone) for group in groups]
    return told

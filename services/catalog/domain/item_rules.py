"""What an item may be: the check of a draft that a person or a program sends."""

from collections.abc import Callable
from typing import Any

import msgspec

from services.catalog.domain.barcodes import BARCODE_TEXT_MAX, parse_barcodes
from services.catalog.domain.cells import CellError, clean_text, has_unholdable
from services.catalog.domain.fiscal_words import (
    AGENTS,
    MEASURES,
    PAYMENT_METHODS,
    SECTIONS,
    TAX_SYSTEMS,
    TYPE_CODES,
    TYPES_OF_MARKED,
)
from services.catalog.domain.further_fields import (
    parse_country,
    parse_customs_declaration,
    parse_excise,
    parse_note,
    parse_volume,
)
from services.catalog.domain.group_paths import GROUP_NAME_MAX, GROUPS_OF_ITEM_MAX
from services.catalog.domain.names import parse_article, parse_name, parse_short_name
from services.catalog.domain.prices import check_kopecks
from services.catalog.domain.table_rows import CODE_MAX
from services.catalog.domain.taxes import TAX_CODES
from services.contracts.catalog import BARCODES_MAX, ItemDraft
from services.contracts.marking import MarkingType
from services.contracts.refusals import FieldError, Invalid


class CheckedDraft(msgspec.Struct, frozen=True):
    """A draft whose fields are in order; `values` has what it sets, by the item's attribute."""

    values: dict[str, Any]


def check_code(code: int) -> None:
    """Raises Invalid unless the code can be an item's."""
    if not 1 <= code <= CODE_MAX:
        raise Invalid((FieldError("code", "out_of_range", {"min": 1, "max": CODE_MAX}),))


def check_draft(draft: ItemDraft, is_new: bool) -> CheckedDraft:
    """Raises Invalid naming every wrong field. Groups are checked against the account by the caller."""
    values: dict[str, Any] = {}
    errors: list[FieldError] = []

    def take(field: str, check: Callable[[Any], Any], attribute: str = "") -> None:
        given = getattr(draft, field)
        if given is msgspec.UNSET:
            return
        try:
            values[attribute or field] = check(given)
        except CellError as error:
            errors.append(FieldError(field, error.code.value, error.params))
        except _Wrong as wrong:
            errors.append(FieldError(field, wrong.code, wrong.params))

    take("name", parse_name)
    take("short_name", lambda text: None if text is None else parse_short_name(text))
    take("price", lambda price: None if price is None else check_kopecks(price))
    take("article", parse_article)
    take("tax_code", lambda code: _one_of(code, TAX_CODES, "tax_unknown"))
    take("type_code", lambda code: _one_of(code, TYPE_CODES, "type_unknown"))
    take("measure_unit", lambda code: _one_of(code, MEASURES, "measure_unknown"))
    take("section", lambda section: _one_of(section, frozenset(SECTIONS), "section_out_of_range"))
    take("tax_system", lambda code: None if code is None else _one_of(code, TAX_SYSTEMS, "tax_system_unknown"))
    take("marked", bool)
    take("undivided", bool)
    take("blocked", bool)
    take("payment_method", lambda code: _one_of(code, PAYMENT_METHODS, "payment_method_unknown"))
    take("agent", lambda number: None if number is None else _one_of(number, AGENTS, "agent_unknown"))
    take("excise", parse_excise)
    take("country", parse_country)
    take("customs_declaration", parse_customs_declaration)
    take("marking", _marking)
    take("alcohol", bool)
    take("volume_ml", parse_volume)
    take("note", parse_note)
    take("groups", _group_ids)
    if draft.barcodes is not msgspec.UNSET:
        values["barcodes"] = _barcodes(draft.barcodes, errors)
    if is_new and draft.name is msgspec.UNSET:
        errors.append(FieldError("name", "name_required"))
    if errors:
        raise Invalid(tuple(errors))
    return CheckedDraft(values)


def check_marked(marked: bool, type_code: int) -> None:
    """Marked goods are sold as subject 31 or 33 (FFD 1.2). Raises Invalid."""
    if marked and type_code not in TYPES_OF_MARKED:
        raise Invalid((FieldError("type_code", "marked_type", {"type_code": type_code}),))


def check_group_name(name: str) -> str:
    """A group's name on one line. Raises Invalid."""
    clean = clean_text(name)
    if not clean or has_unholdable(clean):
        raise Invalid((FieldError("name", "name_required"),))
    if len(clean) > GROUP_NAME_MAX:
        limits: dict[str, str | int] = {"limit": GROUP_NAME_MAX, "length": len(clean)}
        raise Invalid((FieldError("name", "name_too_long", limits),))
    return clean


class _Wrong(Exception):
    def __init__(self, code: str, params: dict[str, str | int]) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def _one_of(value: int, known: frozenset[int], code: str) -> int:
    if value not in known:
        raise _Wrong(code, {"value": value, "min": min(known), "max": max(known)})
    return value


def _marking(kind: str) -> str:
    if kind and kind not in set(MarkingType):
        raise _Wrong("marking_unknown", {"value": kind[:64]})
    return kind


def _group_ids(groups: tuple[str, ...]) -> list[str]:
    distinct = sorted({group.lower() for group in groups})
    if len(distinct) > GROUPS_OF_ITEM_MAX:
        raise _Wrong("too_many_item_groups", {"limit": GROUPS_OF_ITEM_MAX})
    return distinct


def barcodes_in(text: str) -> tuple[str, ...]:
    """The barcodes of one text of a draft: a person may have typed it with spaces. Raises CellError."""
    return parse_barcodes(text[: 4 * BARCODE_TEXT_MAX].strip())


def _barcodes(given: tuple[str, ...], errors: list[FieldError]) -> list[str]:
    """Barcodes as they are kept; each wrong one is named by its place."""
    kept: list[str] = []
    if len(given) > BARCODES_MAX:
        errors.append(FieldError("barcodes", "too_many_barcodes", {"limit": BARCODES_MAX}))
        return kept
    for place, text in enumerate(given):
        try:
            found = barcodes_in(text)
        except CellError as error:
            errors.append(FieldError(f"barcodes/{place}", error.code.value, error.params))
            continue
        if has_unholdable(text):
            errors.append(FieldError(f"barcodes/{place}", "bad_characters"))
        kept.extend(barcode for barcode in found if barcode not in kept)
    if len(kept) > BARCODES_MAX:
        errors.append(FieldError("barcodes", "too_many_barcodes", {"limit": BARCODES_MAX}))
    return kept

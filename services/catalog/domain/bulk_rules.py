"""What a bulk change may ask for."""

from services.catalog.domain.fiscal_words import SECTIONS
from services.catalog.domain.price_rules import check_price_change
from services.catalog.domain.taxes import TAX_CODES
from services.contracts.bulk_changes import (
    CODES_MAX,
    GROUPS_MAX,
    BulkChange,
    GroupsChange,
    PriceChange,
    SectionChange,
    Selection,
    TaxChange,
)
from services.contracts.refusals import FieldError, Invalid

TAXES_TO_22 = {1: 11, 3: 12}  # FFD tag 1199: 20 % → 22 %, 20/120 → 22/122


def check_selection(selection: Selection) -> None:
    """Raises Invalid unless it names items, or a query, but not both."""
    if not selection.codes and selection.matching is None:
        raise Invalid((FieldError("codes", "required"),))
    if selection.codes and selection.matching is not None:
        raise Invalid((FieldError("matching", "not_together", {"with": "codes"}),))
    if len(selection.codes) > CODES_MAX:
        raise Invalid((FieldError("codes", "too_many", {"limit": CODES_MAX}),))


def check_change(change: BulkChange) -> None:
    """Raises Invalid. Item groups are checked against the account by the caller."""
    if isinstance(change, PriceChange):
        check_price_change(change)
    elif isinstance(change, TaxChange) and change.tax_code not in TAX_CODES:
        limits: dict[str, str | int] = {"value": change.tax_code, "min": min(TAX_CODES), "max": max(TAX_CODES)}
        raise Invalid((FieldError("tax_code", "tax_unknown", limits),))
    elif isinstance(change, SectionChange) and change.section not in SECTIONS:
        limits = {"value": change.section, "min": min(SECTIONS), "max": max(SECTIONS)}
        raise Invalid((FieldError("section", "section_out_of_range", limits),))
    elif isinstance(change, GroupsChange):
        _check_groups(change)


def _check_groups(change: GroupsChange) -> None:
    if not change.put and not change.take:
        raise Invalid((FieldError("put", "required"),))
    for field, groups in (("put", change.put), ("take", change.take)):
        if len(groups) > GROUPS_MAX:
            raise Invalid((FieldError(field, "too_many", {"limit": GROUPS_MAX}),))
    if set(change.put) & set(change.take):
        raise Invalid((FieldError("take", "not_together", {"with": "put"}),))

"""Imports and rows of previews as the contracts tell them."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from services.catalog.domain.group_paths import key_to_paths
from services.catalog.models import GoodsImport, ItemGroup
from services.contracts.imports import ColumnFound, ImportRow, ImportState, ImportView
from services.contracts.values import ImportId, UploadId

_AS_THEY_ARE = (
    "name",
    "article",
    "tax_code",
    "type_code",
    "measure_unit",
    "section",
    "marked",
    "undivided",
    "blocked",
    "payment_method",
    "agent",
    "excise",
    "country",
    "customs_declaration",
    "marking",
    "alcohol",
    "volume_ml",
    "note",
)


class ImportCounts(msgspec.Struct):
    """What an import counted; kept as one JSON value."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    warnings: int = 0
    groups_created: int = 0
    legacy_tax_rows: int = 0
    jumps: int = 0


def import_view(row: GoodsImport, kept: bool = False) -> ImportView:
    """An import as people see it; `kept`: whether its file is still there."""
    counts = msgspec.convert(row.counts, ImportCounts)
    return ImportView(
        id=ImportId(row.import_id),
        state=ImportState(row.state),
        filename=row.request["filename"],
        size=row.request["size"],
        format=row.format,
        encoding=row.encoding,
        delimiter=row.delimiter,
        columns=msgspec.convert(row.columns, tuple[ColumnFound, ...]),
        dry_run=row.request.get("dry_run", False),
        progress_done=row.progress_done,
        progress_total=row.progress_total,
        **msgspec.structs.asdict(counts),
        reason=row.reason,
        reason_params=row.reason_params,
        revision=row.revision,
        by=row.by_name,
        created_at=row.created_at,
        finished_at=row.finished_at,
        upload=UploadId(row.request["upload"]),
        parts=row.request["parts"],
        sha256=row.request["sha256"],
        kept=kept,
        mode=row.request.get("mode", "merge"),
        confirm_removals=row.request.get("confirm_removals", False),
    )


def preview_row(row: sa.Row[Any], groups: Mapping[str, ItemGroup]) -> ImportRow:
    """A row of a preview: what the file says (with the item's name where it does not), and what would be different."""
    old: dict[str, Any] = row.before or {}
    item: dict[str, Any] = {"code": row.code, "name": row.name if row.name is not None else old.get("name")}
    for field in _AS_THEY_ARE:
        value = getattr(row, field)
        if value is not None:
            item[field] = value
    if row.short_name_given:
        item["short_name"] = row.short_name
    if row.price_given:
        item["price"] = row.price
    if row.tax_system_given:
        item["tax_system"] = row.tax_system
    if row.barcodes is not None:
        item["barcodes"] = row.barcodes.split()
    if row.groups is not None:
        item["groups"] = ["/".join(path) for path in key_to_paths(row.groups)]
    if row.extra is not None:
        item["extra"] = row.extra
    before = _differences(item, old, groups) if row.what == "changed" else None
    return ImportRow(row.line, row.what, item, before)


def _differences(item: dict[str, Any], old: dict[str, Any], groups: Mapping[str, ItemGroup]) -> dict[str, Any]:
    was = {
        **old,
        "barcodes": old["barcodes"].split(),
        "groups": sorted(_path(group, groups) for group in old["groups"]),
    }
    now = {**item, "groups": sorted(item["groups"])} if "groups" in item else item
    return {field: was.get(field) for field, value in now.items() if field != "code" and was.get(field) != value}


def _path(group: str, groups: Mapping[str, ItemGroup]) -> str:
    names: list[str] = []
    step: str | None = group
    while step is not None and step in groups and len(names) < 10:
        names.append(groups[step].name)
        step = groups[step].parent_id
    return "/".join(reversed(names))

"""`ExportData.xml` of 1C's exchange with offline registers, EquipmentService 3.0.0.3, as registers of others read it.

What the format has no place for (a short name, several groups of one item, most units) it does not say, and the import
leaves as it is.
"""

import uuid
from collections.abc import AsyncIterator
from xml.sax.saxutils import quoteattr

from gateway_http.goods_files.pages import GroupPaths, Items
from gateway_http.i18n import Language
from services.contracts.catalog import ItemView
from services.contracts.marking import MarkingType

FORMAT_VERSION = 3003
_NAMESPACE = "http://www.1c.ru/EquipmentService/3.0.0.3"
_ITEMS = uuid.UUID("0d5c0f0e-3c0e-4f43-9d3a-6d0f3c5b8a11")  # namespace of the ids that our items have there

# FFD tag 1199 → TaxRate. The schema has 20, 18, 10, 0 and none; how 1C spells newer rates is not published.
_RATES = {
    1: "20", 2: "10", 3: "20/120", 4: "10/110", 5: "0", 6: "none", 7: "5", 8: "7", 9: "5/105", 10: "7/107", 11: "22",
    12: "22/122",
}  # fmt: skip
# FFD tag 2108 → code of OKEI and its name.
_OKEI = {
    0: ("796", "шт"), 10: ("163", "г"), 11: ("166", "кг"), 12: ("168", "т"), 22: ("006", "м"), 32: ("055", "м2"),
    41: ("112", "л"), 42: ("113", "м3"),
}  # fmt: skip
_MARKING = {
    MarkingType.FUR: 1, MarkingType.TOBACCO: 2, MarkingType.SHOES: 3, MarkingType.CLOTHES: 4, MarkingType.TYRES: 5,
    MarkingType.DAIRY: 6, MarkingType.PHOTO: 7, MarkingType.BICYCLES: 8, MarkingType.WHEELCHAIRS: 9,
    MarkingType.PERFUME: 10, MarkingType.OTHER_TOBACCO: 11, MarkingType.WATER: 12, MarkingType.ANTISEPTICS: 13,
    MarkingType.SUPPLEMENTS: 14, MarkingType.NICOTINE: 15, MarkingType.BEER: 16, MarkingType.JUICE: 17,
    MarkingType.NON_ALCOHOLIC_BEER: 18, MarkingType.SEAFOOD: 19, MarkingType.DRAUGHT_BEER: 20,
    MarkingType.MEDICAL_DEVICES: 21, MarkingType.SOFT_DRINKS: 22,
}  # fmt: skip


async def write(items: Items, paths: GroupPaths, language: Language) -> AsyncIterator[bytes]:
    """The file, page by page. It never calls itself complete: a filter may have left goods out."""
    del language
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ExportData xmlns="{_NAMESPACE}" FormatVersion="{FORMAT_VERSION}">\n'
        f'<PriceList FullExport="false">\n{_groups(paths)}{_units()}<Goods>\n'
    ).encode()
    async for page in items:
        yield "".join(_good(item, paths) for item in page).encode()
    yield b"</Goods>\n</PriceList>\n</ExportData>\n"


def _attributes(told: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in told.items() if value)


def _groups(paths: GroupPaths) -> str:
    rows = (
        _attributes({"Code": group.id, "Name": group.name, "UUID": group.id, "ParentGroupUUID": group.parent or "",
                     "ParentGroupCode": group.parent or ""})
        for group in paths.groups.values()
    )  # fmt: skip
    return "<Groups>\n" + "".join(f"<Group{row}/>\n" for row in rows) + "</Groups>\n"


def _units() -> str:
    rows = (_attributes({"Code": okei, "Name": name, "OKEICode": okei}) for okei, name in _OKEI.values())
    return "<Units>\n" + "".join(f"<Unit{row}/>\n" for row in rows) + "</Units>\n"


def _good(item: ItemView, paths: GroupPaths) -> str:
    group = item.groups[0] if len(item.groups) == 1 and item.groups[0] in paths.groups else ""
    marking = _MARKING.get(MarkingType(item.marking)) if item.marked and item.marking else None
    told = {
        "Code": str(item.code),
        "Price": "" if item.price is None else f"{item.price // 100}.{item.price % 100:02}",
        "UUID": str(uuid.uuid5(_ITEMS, str(item.code))),
        "Name": item.name,
        "TaxRate": _RATES[item.tax_code],
        "CalculationSubject": str(item.type_code),
        "UnitCode": _OKEI[item.measure_unit][0] if item.measure_unit in _OKEI else "",
        "GroupCode": group,
        "GroupUUID": group,
        "Article": item.article,
        "Description": item.note,
        "IsWeight": "false" if item.undivided else "true",
        "Department": str(item.section),
        "IsAlcohol": "true" if item.alcohol else "false",
        "IsMarked": "true" if item.marked else "false",
        "MarkedGoodTypeCode": str(marking or ""),
        "HasCharacteristics": "false",
        "HasPacks": "false",
    }
    barcodes = "".join(f"<Barcode Value={quoteattr(barcode)}/>" for barcode in item.barcodes)
    inner = f"<Barcodes>{barcodes}</Barcodes>" if barcodes else ""
    return f"<Good{_attributes(told)}>{inner}</Good>\n" if inner else f"<Good{_attributes(told)}/>\n"

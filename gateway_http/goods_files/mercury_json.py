"""The goods base of «Меркурий» in JSON: the keys of the register's record, and beside them what only we have."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from gateway_http.goods_files.pages import GroupPaths, Items
from gateway_http.goods_files.table import group_cell
from gateway_http.i18n import Language
from services.contracts.catalog import ItemView

BASE_VERSION = "0.6"  # the newest that is known of
BARCODE_DIGITS_MAX = 18  # of the record's number


async def write(items: Items, paths: GroupPaths, language: Language) -> AsyncIterator[bytes]:
    """The file, page by page."""
    del language
    encode = msgspec.json.Encoder().encode
    yield b'{"baseVer":"%s","base":[\n' % BASE_VERSION.encode()
    between = b""
    async for page in items:
        if page:
            yield between + b",\n".join(encode(record(item, paths)) for item in page)
            between = b",\n"
    yield b"\n]}\n"


def record(item: ItemView, paths: GroupPaths) -> dict[str, Any]:
    """One item."""
    first = item.barcodes[0] if item.barcodes else "0"
    is_number = first.isascii() and first.isdigit() and len(first) <= BARCODE_DIGITS_MAX
    told: dict[str, Any] = {
        **item.extra,
        "code": item.code,
        "barcode": int(first) if is_number else 0,
        "barcodes": item.barcodes,  # as they are, with leading zeros and letters; read after the one above
        "name": item.name,
        "price": item.price,
        "article": item.article,
        "taxCode": item.tax_code,
        "typeCode": item.type_code,
        "measureUnit": item.measure_unit,
        "section": item.section,
        "marked": item.marked,
        "undivided": item.undivided,
        "taxSystem": -1 if item.tax_system is None else item.tax_system,
        "agentNum": -1 if item.agent is None else item.agent,
        "blocked": item.blocked,
        "alcohol": item.alcohol,
        "paymentMethod": item.payment_method,
        "groups": [group_cell([path]) for path in paths.of(item)],
    }
    further: dict[str, Any] = {
        "shortName": item.short_name if item.short_name_edited else None,
        "exciseAmount": item.excise,
        "countryOfOrigin": item.country,
        "customsDeclaration": item.customs_declaration,
        "volume": item.volume_ml,
        "marking": item.marking,
        "note": item.note,
    }
    return told | {key: value for key, value in further.items() if value not in (None, "")}

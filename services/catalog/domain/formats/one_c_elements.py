"""The elements of 1C's exchange with offline registers, one good at a time; what goods refer to is kept beside.

Groups, units, agents and vendors stand before the goods (the schema wants that order). Names are matched without
their namespace: each version of the format has its own.
"""

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats.coded_rows import Groups
from services.catalog.domain.formats.xml_reader import forget, local, read_events
from services.contracts.import_codes import ImportFailure

GOODS_ROOTS = frozenset({"ExportData", "PriceList", "PriceListPackage"})
# What registers send back, and what has no goods: known so that it can be told what was taken by mistake.
OTHER_ROOTS = frozenset({"ImportData", "SaleReports", "SalesReports", "SalesReport", "PriceCheckerReports", "Settings"})
REFERENCES_MAX = 20_000  # units, agents and vendors of one file

_GOODS = frozenset({"Good", "RecordGood"})
_GROUPS = frozenset({"Group", "RecordGroup"})
_REFERENCES = frozenset({"Unit", "AgentData", "VendorData"})
_ROOT = re.compile(r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL)
_TRUE = frozenset({"true", "1"})


def root_of(start: bytes) -> str | None:
    """The first element of a file that begins so, if it is one of this exchange."""
    for encoding in ("utf-8-sig", "utf-16", "windows-1251"):
        try:
            root = _ROOT.match(start.decode(encoding, "ignore"))
        except UnicodeError:
            continue
        if root is not None and root[1] in GOODS_ROOTS | OTHER_ROOTS:
            return root[1]
    return None


def is_true(text: str | None) -> bool:
    """Whether an xs:boolean is set."""
    return text is not None and text.strip().casefold() in _TRUE


def named(element: etree._Element, *path: str) -> list[etree._Element]:
    """The elements at the end of a path of names. Older versions have other names: give pairs, new name first.

    `named(good, "Packs", "Pack", "Packing", "RecordPacking")`: all Packs/Pack and Packing/RecordPacking.
    """
    pairs = set(zip(path[::2], path[1::2], strict=True))
    return [inner for outer in element for inner in outer if (local(outer), local(inner)) in pairs]


class Outline:
    """What a file says besides its goods."""

    def __init__(self) -> None:
        self.groups = Groups()
        self.is_whole: bool | None = None
        self._in_parts = False
        self._references: dict[tuple[str, str], dict[str, str]] = {}

    def learn(self, name: str, element: etree._Element) -> None:
        """A group, a unit, an agent or a vendor. Raises FileRefused for too many."""
        attributes = {str(key): str(value).strip() for key, value in element.attrib.items()}
        uuid = attributes.get("UUID") or attributes.get("ID") or ""
        keys = [key for key in (uuid.lower(), attributes.get("Code", "")) if key]
        if name in _GROUPS:
            parent = (attributes.get("ParentGroupUUID") or "").lower() or attributes.get("ParentGroupCode")
            for key in keys:
                self.groups.learn(key, attributes.get("Name", ""), parent or attributes.get("GroupCode") or "")
            return
        if len(self._references) >= REFERENCES_MAX:
            raise FileRefused(ImportFailure.TOO_MANY_ROWS, limit=REFERENCES_MAX)
        for key in keys:
            self._references[name, key] = attributes

    def reference(self, name: str, uuid: str | None, code: str | None) -> dict[str, str]:
        """The attributes of a unit ("Unit"), an agent or a vendor; {} when the file does not have it."""
        for key in ((uuid or "").strip().lower(), (code or "").strip()):
            if key and (known := self._references.get((name, key))) is not None:
                return known
        return {}

    def head(self, element: etree._Element) -> None:
        """The price list as a whole: all goods or changes; one of several parts is never all."""
        parts = element.get("PackageTotal") or element.get("PackageTotalNumber") or ""
        self._in_parts = self._in_parts or parts.strip() not in ("", "0", "1")
        told = element.get("FullExport") or element.get("FullLoad")
        if self._in_parts:
            self.is_whole = False
        elif told is not None:
            self.is_whole = is_true(told)


def read_goods(parts: Iterable[bytes], outline: Outline, elements_max: int) -> Iterator[tuple[etree._Element, bool]]:
    """The goods of the price list, with whether one has too many elements (and then lost a part of them).

    Orders have goods too, which are none of the price list. A good is forgotten when the next one is asked for. Raises
    FileRefused.
    """
    path: list[str] = []
    inner = 0
    for event, element in read_events(parts):
        if event == "start":
            name = local(element)
            if not path and name not in GOODS_ROOTS:
                raise FileRefused(ImportFailure.XML_UNKNOWN, root=name[:64])
            path.append(name)
            in_good = any(outer in _GOODS for outer in path[:-1])
            inner = inner + 1 if in_good else 0
            if name in ("PriceList", "PriceListPackage"):
                outline.head(element)
            continue
        name = path.pop()
        in_good = any(outer in _GOODS for outer in path)
        if name in _GOODS and path[-2:] == ["PriceList", "Goods"]:
            yield element, inner > elements_max
        elif (name in _GROUPS and path[-2:] == ["PriceList", "Groups"]) or (name in _REFERENCES and not in_good):
            outline.learn(name, element)
        if not in_good or inner > elements_max:
            forget(element)

"""The elements of a CommerceML file that say something about goods, one at a time.

Names are matched without their namespace: real files have `urn:1C.ru:commerceml_2`, `…_208`, `…_210`, one with a space,
or none at all.
"""

from collections.abc import Iterable, Iterator

import msgspec
from lxml import etree

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats.xml_reader import forget, local, read_events
from services.contracts.import_codes import ImportFailure

ROOTS = frozenset(
    {"КоммерческаяИнформация", "Классификатор", "Каталог", "ПакетПредложений", "ИзмененияКаталога",
     "ИзмененияПакетаПредложений"}
)  # fmt: skip
ROW_ELEMENTS_MAX = 10_000  # elements within one product or offer
GROUPS_KEPT = 100_000  # of a classifier; an account may have far fewer

PRODUCT, OFFER, PRICE_KIND = "Товар", "Предложение", "ТипЦены"
_PARENTS = {PRODUCT: "Товары", OFFER: "Предложения", PRICE_KIND: "ТипыЦен"}
_CHANGES = frozenset({"ИзмененияКаталога", "ИзмененияПакетаПредложений"})
_TRUE = frozenset({"true", "1", "истина", "да"})
_ONLY_CHANGES = "СодержитТолькоИзменения"
_START_BYTES = 4_096  # of a file, where its namespace stands
# The namespace of 2.05 has a space, for which parsers refuse the file.
_NAMESPACES = tuple(
    ("urn:1C.ru:commerceml 2".encode(encoding), "urn:1C.ru:commerceml_2".encode(encoding))
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


class Group(msgspec.Struct):
    """A group of a classifier; `parent` is its place in the list of all groups."""

    parent: int | None
    name: str = ""


class Outline:
    """What the files of one exchange say besides their rows."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.group_of: dict[str, int] = {}  # Ид → place in `groups`
        self.only_changes = False
        self.whole_catalog = False
        self.orders = False


def is_true(text: str | None) -> bool:
    """Whether a CommerceML flag is set."""
    return text is not None and text.strip().casefold() in _TRUE


def text_of(element: etree._Element, name: str) -> str:
    """The text of a child, trimmed; "" when there is none."""
    for child in element:
        if local(child) == name:
            return (child.text or "").strip()
    return ""


def read_elements(parts: Iterable[bytes], outline: Outline | None) -> Iterator[tuple[str, etree._Element, bool]]:
    """PRODUCT, OFFER and PRICE_KIND elements, with whether they are too long (and then lost a part of themselves).

    Groups and marks of the whole file go into the outline. An element is forgotten when the next one is asked for.
    Raises FileRefused.
    """
    walk = _Walk(outline)
    for event, element in read_events(_with_sound_namespace(parts)):
        if event == "start":
            walk.start(element)
            continue
        found = walk.end(element)
        if found is not None:
            yield found, element, walk.inner > ROW_ELEMENTS_MAX
        if walk.row_depth is None or walk.inner > ROW_ELEMENTS_MAX:
            forget(element)


def _with_sound_namespace(parts: Iterable[bytes]) -> Iterator[bytes]:
    start, begun = b"", False
    for part in parts:
        if begun:
            yield part
            continue
        start += part
        if len(start) >= _START_BYTES:
            begun = True
            yield _mended(start)
    if not begun:
        yield _mended(start)


def _mended(start: bytes) -> bytes:
    for odd, sound in _NAMESPACES:
        start = start.replace(odd, sound, 1)
    return start


class _Walk:
    """Where in the file the reading is."""

    def __init__(self, outline: Outline | None) -> None:
        self._outline = outline
        self._names: list[str] = []  # of the open elements, the root first
        self._groups: list[int] = []  # the open groups
        self._documents = 0  # open documents: orders have goods too, which are no goods base
        self.row_depth: int | None = None  # of the open product, offer or kind of price
        self.inner = 0  # elements within it

    def start(self, element: etree._Element) -> None:
        if self.row_depth is not None:
            self._names.append("")
            self.inner += 1
            return
        name = local(element)
        if not self._names and name not in ROOTS:
            raise FileRefused(ImportFailure.XML_UNKNOWN, root=name[:64])
        parent = self._names[-1] if self._names else ""
        self._names.append(name)
        if name == "Документ":
            self._documents += 1
            if self._outline is not None:
                self._outline.orders = True
        elif not self._documents and _PARENTS.get(name) == parent:
            self.row_depth, self.inner = len(self._names), 0
        elif self._outline is not None and not self._documents:
            self._look_at(name, element, self._outline)

    def _look_at(self, name: str, element: etree._Element, outline: Outline) -> None:
        if name == "Группа" and "Классификатор" in self._names:
            if len(outline.groups) >= GROUPS_KEPT:
                raise FileRefused(ImportFailure.TOO_MANY_GROUPS, limit=GROUPS_KEPT)
            outline.groups.append(Group(self._groups[-1] if self._groups else None))
            self._groups.append(len(outline.groups) - 1)
        elif name in _CHANGES or is_true(element.get(_ONLY_CHANGES)):
            outline.only_changes = True
        elif name == "Каталог" and element.get(_ONLY_CHANGES) is not None:
            outline.whole_catalog = True

    def end(self, element: etree._Element) -> str | None:
        """The kind of the element if it is one that is asked for."""
        name = self._names.pop()
        depth = len(self._names) + 1
        if self.row_depth is not None:
            if depth != self.row_depth:
                return None
            self.row_depth = None
            return name  # names within the row are not kept: nobody asks for them
        if name == "Документ":
            self._documents -= 1
        elif self._outline is not None and not self._documents:
            self._close(name, element, self._outline)
        return None

    def _close(self, name: str, element: etree._Element, outline: Outline) -> None:
        parent = self._names[-1] if self._names else ""
        text = (element.text or "").strip()
        if name == "Группа" and self._groups and "Классификатор" in self._names:
            self._groups.pop()
        elif parent == "Группа" and self._groups:
            if name == "Ид" and text:
                outline.group_of.setdefault(text, self._groups[-1])
            elif name == "Наименование":
                outline.groups[self._groups[-1]].name = text
        elif name == _ONLY_CHANGES:
            if is_true(text):
                outline.only_changes = True
            elif parent == "Каталог":
                outline.whole_catalog = True

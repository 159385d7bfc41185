"""XML files, element by element: bounded, and without entities, whoever wrote them."""

from collections.abc import Iterable, Iterator

from lxml import etree

from services.catalog.domain.file_refused import FileRefused
from services.contracts.import_codes import ImportFailure

DEPTH_MAX = 64  # of nested elements; CommerceML nests groups of groups


def local(element: etree._Element) -> str:
    """The element's name without its namespace: real files have any namespace, or none."""
    return str(element.tag).rpartition("}")[2]  # some ten times for each row: QName takes three times as long


def read_events(parts: Iterable[bytes]) -> Iterator[tuple[str, etree._Element]]:
    """("start" | "end", element) in the order of the file.

    Whoever reads clears an element when its end was dealt with: what is not cleared stays in memory. Raises FileRefused
    for what is no XML, is cut off, nests deeper than DEPTH_MAX, or has a document type (the only place of entities).
    """
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    depth = 0
    try:
        for part in parts:
            parser.feed(part)
            for event, element in parser.read_events():
                if event == "start":
                    if depth == 0:
                        _refuse_document_type(element)
                    depth += 1
                    if depth > DEPTH_MAX:
                        raise FileRefused(ImportFailure.XML_TOO_DEEP, limit=DEPTH_MAX)
                else:
                    depth -= 1
                yield event, element
        parser.close()
        yield from parser.read_events()
    except etree.XMLSyntaxError as error:
        raise FileRefused(ImportFailure.XML_BROKEN, line=error.lineno or 0) from None


def _refuse_document_type(root: etree._Element) -> None:
    if root.getroottree().docinfo.doctype:
        raise FileRefused(ImportFailure.XML_DOCTYPE)


def forget(element: etree._Element) -> None:
    """Let an element go, and what stands before it under its parent."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None:
        while (before := element.getprevious()) is not None:
            parent.remove(before)

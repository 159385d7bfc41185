"""1C's mark of a loaded file: one attribute more, everything else byte for byte."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from services.catalog.domain.formats.one_c_mark import mark_processed

AT = datetime(2026, 11, 26, 9, 5, 7, tzinfo=UTC)
MARK = ' Processed="2026-11-26T09:05:07Z"'
EXPORT = (Path(__file__).parents[3] / "data" / "one_c" / "ExportData_3003_constructed.xml").read_text()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
def test_the_mark_alone_is_new(encoding: str) -> None:
    text = EXPORT.replace("UTF-8", encoding.removesuffix("-sig"))
    marked = mark_processed(text.encode(encoding), AT).decode(encoding)
    assert marked.replace(MARK, "", 1) == text
    assert etree.fromstring(marked.encode(encoding)).get("Processed") == "2026-11-26T09:05:07Z"


def test_a_mark_that_is_there_is_renewed() -> None:
    for old in (' Processed="2020-01-01T00:00:00"', " Processed = ''"):
        text = EXPORT.replace(' FormatVersion="3003"', f'{old} FormatVersion="3003"')
        marked = etree.fromstring(mark_processed(text.encode(), AT))
        assert (marked.get("Processed"), marked.get("FormatVersion")) == ("2026-11-26T09:05:07Z", "3003")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<PriceList/>", f"<PriceList{MARK}/>"),
        ("<!-- <ExportData> -->\n<e:ExportData a='1>2'>", f"<!-- <ExportData> -->\n<e:ExportData a='1>2'{MARK}>"),
        ("<ExportData", "<ExportData"),
        ("", ""),
        ("no xml", "no xml"),
    ],
)
def test_odd_beginnings(before: str, after: str) -> None:
    assert mark_processed(before.encode(), AT).decode() == after


@given(st.binary(max_size=300))
def test_anything_stays_itself_but_for_the_mark(body: bytes) -> None:
    assert len(mark_processed(body, AT)) >= len(body) or b"Processed" in body

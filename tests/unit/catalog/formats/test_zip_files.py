"""Archives of CommerceML exchanges, honest and otherwise."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import zip_files
from services.catalog.domain.goods_file import GoodsFile, texts_of
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from tests.unit.catalog.formats.sheet_files import xlsx
from tests.unit.catalog.goods_files import parts_of
from tests.unit.catalog.goods_files import read as read_any

SAMPLES = Path(__file__).parents[3] / "data" / "commerceml"
IMPORT = (SAMPLES / "dobromyslov__data_import0_1.xml").read_bytes()
OFFERS = (SAMPLES / "dobromyslov__data_offers0_1.xml").read_bytes()
ORDERS = (SAMPLES / "carono__tests_xml_orders.xml").read_bytes()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return file.getvalue()


def read(body: bytes) -> tuple[list[GoodsRow], GoodsReader]:
    goods = GoodsReader()
    return [row for row in zip_files.rows(parts_of(body, 4096), "", goods) if row is not None], goods


def refusal(body: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        read(body)
    return refused.value


def test_a_whole_exchange_with_pictures_and_folders() -> None:
    body = zipped(
        {"webdata/offers0_1.xml": OFFERS, "webdata/import0_1.xml": IMPORT, "webdata/orders.xml": ORDERS,
         "webdata/import_files/1c/a.jpg": b"\xff\xd8\xff", "__MACOSX/._import0_1.xml": b"\x00", "a.xml": b"<a/>"}
    )  # fmt: skip
    assert zip_files.looks_like(body)
    rows, goods = read(body)
    assert goods.failed == 0
    assert (rows[0].name, rows[0].price, rows[0].barcodes) == (
        "Портативный коврик Portable 140x200x1 см, Деревянные лошадки", 10_000, "8809288404089",
    )  # fmt: skip
    assert goods.price_kinds == ("BASE",)


def test_the_order_of_members_does_not_matter() -> None:
    assert read(zipped({"i.xml": IMPORT, "o.xml": OFFERS}))[0] == read(zipped({"o.xml": OFFERS, "i.xml": IMPORT}))[0]


@pytest.mark.parametrize("files", [{}, {"a.txt": b"1"}, {"a.xml": b"<a/>"}, {"catalog.xml/": b""}])
def test_an_archive_without_goods(files: dict[str, bytes]) -> None:
    assert refusal(zipped(files)).failure.value == "zip_without_goods"


@pytest.mark.parametrize(
    "name",
    ["../import.xml", "a/../../import.xml", "/etc/import.xml", "C:\\import.xml", "..\\import.xml", "C:import.xml",
     "\\\\host\\import.xml", "inner.zip", "pictures/deep.7Z"],
)  # fmt: skip
def test_names_that_honest_archives_do_not_have(name: str) -> None:
    refused = refusal(zipped({"import.xml": IMPORT, name: IMPORT}))
    assert refused.failure.value == "zip_broken"
    assert refused.params == {"name": name.replace("\\", "/")}


def test_an_encrypted_member() -> None:
    body = bytearray(zipped({"import.xml": IMPORT}))
    body[6] |= 1
    directory = body.rfind(b"PK\x01\x02")
    body[directory + 8] |= 1
    assert refusal(bytes(body)).params == {"name": "import.xml"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_swell_beyond_measure(method: int) -> None:
    assert refusal(zipped({"import.xml": IMPORT}, method)).failure.value == "zip_broken"


def test_a_bomb_of_one_member() -> None:
    bomb = IMPORT[:2000] + b" " * 20_000_000
    refused = refusal(zipped({"import.xml": bomb}))
    assert refused.failure.value == "unpacks_too_large"


def test_a_bomb_that_lies_of_its_size() -> None:
    body = bytearray(zipped({"import.xml": IMPORT}))
    directory = body.rfind(b"PK\x01\x02")
    struct.pack_into("<I", body, directory + 24, 10)
    assert refusal(bytes(body)).failure.value in ("zip_broken", "xml_broken")


def test_what_all_members_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    body = zipped({f"import{n}.xml": IMPORT for n in range(4)})
    monkeypatch.setattr(zip_files, "UNPACKED_MAX", 3 * len(IMPORT))
    assert refusal(body).failure.value == "unpacks_too_large"
    monkeypatch.setattr(zip_files, "UNPACKED_MAX", 4 * len(IMPORT))  # reading twice costs nothing more
    assert read(body)[1].rows == 4 * 36


def test_too_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_files, "MEMBERS_MAX", 2)
    assert refusal(zipped({f"{n}.jpg": b"" for n in range(3)})).failure.value == "zip_broken"


def test_a_list_of_members_too_long_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_files, "DIRECTORY_MAX", 100)
    assert refusal(zipped({f"{n}.jpg": b"" for n in range(3)})).failure.value == "unpacks_too_large"


WHOLE = zipped(
    {"import.xml": IMPORT[:300] + IMPORT[-40:], "o.xml": (SAMPLES / "rshkabko__etalons_import_1.xml").read_bytes()}
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 30), st.binary(max_size=8)), min_size=1, max_size=4))
def test_a_damaged_archive_is_read_or_refused(cuts: list[tuple[int, int, bytes]]) -> None:
    body = WHOLE
    for at, length, put in cuts:
        at %= len(body)
        body = body[:at] + put + body[at + length :]
    try:
        rows, goods = read(body)
    except FileRefused:
        return
    assert len(rows) == goods.rows - goods.failed


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\x00" * 17, b"\x00" * 100])
def test_what_is_no_archive(body: bytes) -> None:
    assert refusal(body).failure.value == "zip_broken"


def of_archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> tuple[list[GoodsRow], GoodsFile]:
    """As any file is recognised and read."""
    rows, goods, file = read_any(zipped(files, method))
    assert goods.failed == 0
    return rows, file


TABLE = "Код;Наименование;Цена\n1;Сыр;10\n2;Чай;20\n".encode("cp1251")
RUBBISH = {
    "фото/сыр.jpg": b"\xff\xd8\xff\xe0",
    "__MACOSX/._прайс.csv": b"\x00\x05",
    ".DS_Store": b"\x00",
    "пусто.txt": b"",
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("csv", TABLE),
        ("xlsx", xlsx([("Код", "Наименование", "Цена"), (1, "Сыр", 10), (2, "Чай", 20)])),
        (
            "mercury_json",
            '{"base": [{"code": 1, "name": "Сыр", "price": 1000}, {"code": 2, "name": "Чай", "price": 2000}]}'.encode(),
        ),
        ("shtrih", "##@@&&$$$RPL\r\n#\r\n1;;Сыр;;10;;;;;;;;;;;;1;\r\n2;;Чай;;20;;;;;;;;;;;;1;\r\n".encode("cp1251")),
    ],
)
def test_the_one_goods_file_of_an_archive_is_read_as_by_itself(kind: str, body: bytes, method: int) -> None:
    rows, file = of_archive({f"прайс.{kind}": body, **RUBBISH}, method)
    assert (file.format, [(row.code, row.name, row.price) for row in rows]) == (
        kind,
        [(1, "Сыр", 1_000), (2, "Чай", 2_000)],
    )
    last = rows[-1].line
    assert list(texts_of(file, parts_of(zipped({f"прайс.{kind}": body, **RUBBISH}, method)), {last})) == [last]


def test_of_several_goods_files_two_are_named() -> None:
    with pytest.raises(FileRefused) as refused:
        of_archive({"а.csv": TABLE, "б.csv": TABLE, **RUBBISH})
    assert refused.value.failure.value == "zip_several_files"
    assert refused.value.params == {"first": "а.csv", "second": "б.csv"}


def test_a_table_that_swells_is_not_unpacked() -> None:
    with pytest.raises(FileRefused) as refused:
        of_archive({"а.csv": b"1;" * 20_000_000})
    assert refused.value.failure.value == "unpacks_too_large"

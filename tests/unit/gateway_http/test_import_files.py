"""Files in and out: names that are shown, uploads that can be repeated, cells that no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http.import_errors import cell, csv_line
from gateway_http.import_upload import clean_filename, counted, upload_id
from services.contracts.imports import FileTooLarge, UploadIncomplete
from services.contracts.permissions import Role
from services.contracts.values import AccountId, SessionId, UserActor, UserId

ALICE = UserActor(AccountId("a"), UserId("u"), "Алиса", (Role.ADMINISTRATOR,), SessionId("s"))
BOB = UserActor(AccountId("b"), UserId("u"), "Боб", (Role.ADMINISTRATOR,), SessionId("s"))


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("товары.csv", "товары.csv"),
        ("C:\\Обмен\\товары.csv", "товары.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb\0.csv", "ab.csv"),
        ("", "import"),
        (None, "import"),
        ("/", "import"),
        ("x" * 999, "x" * 200),
    ],
)
def test_only_the_last_part_of_a_name_is_kept(told: str | None, shown: str) -> None:
    assert clean_filename(told) == shown


@pytest.mark.parametrize("text", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "＋7", "－1", "＠x"])
def test_no_cell_starts_as_a_formula(text: str) -> None:
    assert cell(text)[1] == "'"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30), min_size=1))
def test_cells_come_back_as_they_were(texts: list[str]) -> None:
    read = next(csv.reader(io.StringIO(csv_line(tuple(texts)), newline=""), delimiter=";"))
    assert [text.removeprefix("'") for text in read] == [text.removeprefix("'") for text in texts]


def test_a_repeated_request_has_the_same_upload() -> None:
    assert upload_id(ALICE, "key") == upload_id(ALICE, "key")
    assert len({upload_id(ALICE, "key"), upload_id(BOB, "key"), upload_id(ALICE, "key2"), upload_id(ALICE, None)}) == 4


async def test_a_stream_is_counted_while_it_comes() -> None:
    async def blocks() -> object:
        for _ in range(5):
            yield b"x" * 10

    taken = [block async for block in counted(blocks(), 50)]  # type: ignore[arg-type]
    assert sum(map(len, taken)) == 50
    for limit, promised, refusal in ((49, None, FileTooLarge), (50, 51, UploadIncomplete)):
        with pytest.raises(refusal):
            async for _ in counted(blocks(), limit, promised):  # type: ignore[arg-type]
                pass

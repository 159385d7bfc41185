"""Whatever a room may write into the journal has words; values read as people read them."""

import ast
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway_http.i18n import load_languages
from gateway_http.pages.admin_journal import day_typed
from gateway_http.words.journal_values import NOTHING, Difference, Reader, differences, value_text
from gateway_http.words.journal_words import AUTHORS, DEEDS, THINGS, deed_text, name_text, place_of, thing_text
from services.contracts.journal import WHAT_ROOMS_DO, Change
from services.contracts.values import Json
from tests.contracts.journal.samples import SAMPLES

ROOT = Path(__file__).parents[3]
RUSSIAN = Reader(load_languages()["ru"], ZoneInfo("Asia/Yekaterinburg"), {"g1": "Сыры"})


def things_told() -> set[str]:
    """The third arguments of `changed(…)` in the rooms."""
    found: set[str] = set()
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "changed":
                found |= {str(one.value) for one in node.args[2:3] if isinstance(one, ast.Constant)}
    return found


def test_every_deed_has_words() -> None:
    written = {name.rsplit(".", 1)[1] for name in SAMPLES} | set(WHAT_ROOMS_DO)
    # The second step of a sign-in is told as a sign-in.
    assert written - {"complete_sign_in"} - set(DEEDS) == set()


def test_every_kind_of_thing_and_author_has_words() -> None:
    assert len(things_told()) > 8
    assert things_told() - set(THINGS) == set()
    assert set(AUTHORS) == {"user", "key", "register", "system"}


def test_what_is_not_known_is_shown_as_itself() -> None:
    change = Change("ship", "7", "Аврора", {"guns": 1}, {"guns": 2000})
    assert deed_text("launch_ship", RUSSIAN.language) == "launch_ship"
    assert thing_text("ship", RUSSIAN.language) == "ship" and place_of(change) == ""
    assert differences(change, RUSSIAN) == [Difference("guns", "1", "2\u00a0000")]


@pytest.mark.parametrize(
    ("thing", "field", "value", "told"),
    [
        ("item", "price", 8990, "89,90\u00a0₽"),
        ("item", "price", None, NOTHING),
        ("item", "tax_code", 11, "НДС\u00a022\u00a0%"),
        ("item", "tax_code", "odd", "odd"),
        ("item", "barcodes", ["4600000000015", "12"], "4600000000015, 12"),
        ("item", "marked", True, "да"),
        ("item", "type_code", 999, "999"),
        ("register", "item_groups", ["g1", "gone"], "Сыры, gone"),
        ("register", "item_groups", [], "все товары"),
        ("item", "groups", [], NOTHING),
        ("register", "kkt_id", "123456789012", "1234 5678 9012"),
        ("register", "price_percent", 95, "95\u00a0%"),
        ("register", "rebinding_until", "2026-11-23T05:42:07+00:00", "23.11.2026 10:42:07"),
        ("register", "rebinding_until", "soon", "soon"),
        ("user", "roles", ["viewer", "administrator"], "Наблюдатель, Администратор"),
        ("user", "roles", ["pirate"], "pirate"),
        ("user", "language", "en", "English"),
        ("user", "password", "•••", "•••"),
        ("account", "limits", {"users": 1200}, "Пользователи: 1\u00a0200"),
        ("account", "limits", {}, "как у всех"),
        ("account", "state", "suspended", "Приостановлена"),
        ("exchange", "state", "sending", "ОБМЕН"),
        ("import", "state", "applied", "В базе товаров"),
        ("session", "reason", "expired", "нет активности или истёк наибольший срок сессии"),
        ("account", "reason", "expired", "expired"),
        ("item", "extra", {"a": [1, None, {"b": False}]}, "a: 1, —, b: нет"),
    ],
)
def test_a_value_reads_as_people_read_it(thing: str, field: str, value: Json, told: str) -> None:
    assert value_text(thing, field, value, RUSSIAN) == told


def test_a_thing_that_is_gone_has_no_page_and_one_that_is_there_has() -> None:
    assert place_of(Change("item", "5", "Сыр", None, {"name": "Сыр"})) == "/goods/5"
    assert place_of(Change("item", "5", "Сыр", {"name": "Сыр"}, None)) == ""
    assert name_text(Change("export", "journal", "journal", None, {"rows": 3}), RUSSIAN.language) == "Журнал"


@pytest.mark.parametrize(
    "text", ["", "2026-13-01", "вчера", "0001-01-01", "9999-12-31", "2026-11-23T00:00", "23/11/2026"]
)
def test_no_day_is_made_of_what_is_none(text: str) -> None:
    assert day_typed(text) is None


@pytest.mark.parametrize("text", ["2026-11-23", "23.11.2026"])
def test_a_day_may_be_typed_both_ways(text: str) -> None:
    day = day_typed(text)
    assert day is not None and day.isoformat() == "2026-11-23"

"""What the printer prints: 24 characters a line, and the right words."""

from datetime import UTC, datetime

import msgspec
import pytest

from devices.sim import slips
from devices.sim.link import LinkState
from devices.sim.snapshot import Snapshot

AT = datetime(2026, 3, 2, 7, 40, tzinfo=UTC)
NOW = Snapshot(
    kkt_id="271999163800",
    serial_number="04001234",
    model="Меркурий-185Ф",
    server="wss://a-server-with-a-long-name.example.org:8443/link",
    link="linked",
    mode="menu",
    mode_since=AT,
    revision=None,
    base_hash="0" * 64,
    count=0,
    capacity=10_000,
    buffer="empty",
)


def changed(**fields: object) -> Snapshot:
    """The same register in another state."""
    return msgspec.structs.replace(NOW, **fields)


@pytest.mark.parametrize("link", [*LinkState, "off"])
@pytest.mark.parametrize("mode", ["sales", "menu", "programming", "reports"])
@pytest.mark.parametrize("buffer", ["empty", "receiving", "buffered", "waiting_dialog"])
def test_every_status_fits_the_paper(link: str, mode: str, buffer: str) -> None:
    """Whatever the state, with and without an error."""
    state = changed(
        link=str(link),
        mode=mode,
        buffer=buffer,
        chunks=1250,
        received=625,
        error="513",
        refusal="bound_to_another",
        revision=9_007_199_254_740_991,
        count=100_000,
        capacity=1_000_000,
        serial_number="0" * 20,
    )
    for lines in (slips.status(state, AT), slips.test(state, AT, 0.123, None), slips.test(state, AT, None, "433")):
        assert all(len(line) <= slips.WIDTH for line in lines)
        assert lines[0] == lines[-1] == slips.RULE


def test_the_status_of_a_register_that_has_nothing_yet() -> None:
    """As it is printed."""
    assert slips.status(NOW, AT) == [
        "------------------------",
        "    СТАТУС СЕРВ. ККТ",
        "02.03.2026         07:40",
        "ID КАССЫ    271999163800",
        "ЗН ККТ          04001234",
        "СЕРВЕР             ГОТОВ",
        "РЕЖИМ       ГЛАВНОЕ МЕНЮ",
        "ВЕРСИЯ БАЗЫ          НЕТ",
        "ТОВАРОВ          0/10000",
        "ХЕШ БАЗЫ        00000000",
        "БУФЕР               ПУСТ",
        "------------------------",
    ]


def test_an_exchange_and_an_error_are_told() -> None:
    """«ОБМЕН» with how far it is; the code with its meaning."""
    lines = slips.status(changed(buffer="receiving", chunks=4, received=1), AT)
    assert "СЕРВЕР             ОБМЕН" in lines
    assert "ПРИНЯТО              25%" in lines
    lines = slips.status(changed(link="refused", error="513", refusal="unknown_id"), AT)
    assert lines[-4:-1] == ["ОШИБКА               513", "Сервер не принял кассу", "ID не найден"]


def test_a_beep_is_heard() -> None:
    """Loading begins with one, and the dialog asks with one."""
    assert slips.notice("beep", "", AT) == ["*БИП*"]
    assert slips.notice("dialog", "ЗАГРУЗИТЬ ТОВАРЫ?", AT)[0] == "*БИП*"

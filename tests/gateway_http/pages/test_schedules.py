"""«Запланированные изменения» as people use them: the prices of a file at a time, what waits, cancelling."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import psycopg

from services.chassis.database import plain_url
from services.contracts.bulk_changes import PriceChange, PriceChangeKind, Selection
from services.contracts.catalog import CatalogRpc
from services.contracts.permissions import Role
from services.contracts.schedules import SchedulesRpc, ScheduleView
from services.contracts.values import ItemCode
from tests.gateway_http.pages.colleagues import as_clerk, colleague
from tests.gateway_http.pages.test_goods_base import add_item, choose_tax, upload
from tests.gateway_http.pages.test_goods_history import _sign_in_first_time
from tests.gateway_http.pages.visitor import Clerk
from tests.waiting import wait_for

MOSCOW = ZoneInfo("Europe/Moscow")  # an account's clock unless it chose another
PRICES = "Код;Наименование;Цена\n1;Сыр;150\n2;Чай;50\n3;Новый;7\n".encode()


def price_of(clerk: Clerk, code: int) -> int | None:
    return as_clerk(clerk, CatalogRpc.get_item, ItemCode(code)).price


def put_down(clerk: Clerk) -> ScheduleView:
    """A change of the item 1 that waits."""
    add_item(clerk, name="Сыр", code="1", price="100")
    change = PriceChange(PriceChangeKind.PERCENT, 1000)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return as_clerk(clerk, SchedulesRpc.schedule_bulk_change, Selection(codes=(ItemCode(1),)), change, tomorrow)


def test_prices_of_a_file_wait_for_their_time(clerk: Clerk) -> None:
    choose_tax(clerk)
    assert "Ничего не запланировано" in clerk.see("/goods/schedules").text
    add_item(clerk, name="Сыр", code="1", price="100")
    add_item(clerk, name="Чай", code="2", price="50")
    upload(clerk, PRICES)
    checked = clerk.path
    for typed, told in (
        ("", "Нужно заполнить"),
        ("2020-01-01T10:00", "Это время уже прошло"),
        ("завтра", "Неверный вид"),
    ):
        clerk.see(checked)
        page = clerk.send("schedule", due_at=typed)
        assert clerk.path == checked and told in page.text
    clerk.see(checked)
    at = (datetime.now(MOSCOW) + timedelta(days=1)).replace(hour=9, minute=30)
    page = clerk.send("schedule", due_at=at.strftime("%Y-%m-%dT%H:%M"))
    assert clerk.path == "/goods/schedules" and "Будет изменён 1 товар" in page.text
    assert "Цены из файла прайс.csv" in page.text and "9:30" in page.text and "Ждёт своего времени" in page.text
    link = next(link for link in page.links if link.startswith("/goods/schedules/"))
    text = clerk.see(link).text.replace("\u00a0", " ")
    assert "Сыр" in text and "100,00 ₽" in text and "150,00 ₽" in text and "Чай" not in text
    assert price_of(clerk, 1) == 10_000
    with psycopg.connect(plain_url(clerk.house.database_url)) as connection:
        connection.execute("UPDATE catalog.schedule SET due_at = now() WHERE schedule_id = %s", [link.split("/")[-1]])
    wait_for(lambda: price_of(clerk, 1) == 15_000, 20, "the price to change")
    page = clerk.see("/goods/schedules")
    assert "В базе товаров" in page.text
    revision = next(link for link in page.links if link.startswith("/goods/revisions/"))
    assert "Запланированное изменение" in clerk.see(revision).text


def test_a_change_is_cancelled(clerk: Clerk) -> None:
    choose_tax(clerk)
    view = put_down(clerk)
    page = clerk.see(f"/goods/schedules/{view.id}")
    assert "110,00" in page.text
    page = clerk.send(f"/goods/schedules/{view.id}/cancel")
    assert clerk.path == "/goods/schedules" and "Изменение отменено. Ничего не изменено." in page.text
    assert "Отменён" in page.text or "Отменено" in page.text
    assert price_of(clerk, 1) == 10_000


def test_who_may_only_look_has_no_buttons(clerk: Clerk) -> None:
    choose_tax(clerk)
    view = put_down(clerk)
    made = colleague(clerk, "boris", Role.VIEWER)
    with httpx.Client(base_url=clerk.house.http_url, follow_redirects=True) as visitor:
        _sign_in_first_time(visitor, clerk.number, "boris", made.password or "")
        for path in ("/goods/schedules", f"/goods/schedules/{view.id}"):
            page = visitor.get(path)
            assert page.status_code == 200 and "/cancel" not in page.text
        assert "Сыр" in page.text


def test_a_change_of_another_account_is_not_there(clerk: Clerk, alice: Clerk) -> None:
    choose_tax(clerk)
    view = put_down(clerk)
    alice.see(f"/goods/schedules/{view.id}")
    assert alice.answer.status_code == 404
    assert view.id not in alice.see("/goods/schedules").text

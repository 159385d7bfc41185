"""«База товаров»: items and groups by hand, import of a file with preview, without scripts."""

import csv
import io
import re
import socket

from services.contracts.journal import JournalQuery, JournalRpc
from tests.gateway_http.pages.colleagues import as_clerk
from tests.gateway_http.pages.visitor import Clerk, Reading
from tests.waiting import wait_for

PRICE_LIST = (
    "Код;Наименование;Цена, руб;Штрихкод;НДС;Группа\r\n"
    "101;Молоко «Простоквашино» 3,2 %;89,90;4600000000015;10%;Молочные продукты\r\n"
    "102;Хлеб «Бородинский»;45.5;0012345;10%;Хлеб\r\n"
    "103;Сыр «Российский», вес.;1 234,56;;;Молочные продукты\r\n"
    "104;;12;;;\r\n"
    "105;Чай;дорого;;;\r\n"
)


def choose_tax(clerk: Clerk) -> None:
    clerk.see("/goods/imports")
    clerk.send("/goods/vat", default_tax_code="11")
    assert "НДС по умолчанию" in clerk.page.text


def upload(clerk: Clerk, body: bytes, name: str = "прайс.csv") -> Reading:
    """Send a file through the form and wait until it was read; shows the import's page."""
    fields = clerk.see("/goods/imports").form("upload").fields
    told = clerk.client.post("/goods/imports", data=fields, files={"file": (name, body)})
    clerk._show(told)
    assert re.fullmatch("/goods/imports/[0-9a-f-]{36}", clerk.path), clerk.page.text
    return wait_read(clerk)


def wait_read(clerk: Clerk) -> Reading:
    """Look at the import's page until it is no longer under way."""
    path = clerk.path
    wait_for(lambda: "Страницу можно закрыть" not in clerk.see(path).text, 30, "the import to be read")
    return clerk.page


def add_item(clerk: Clerk, **typed: str | list[str]) -> Reading:
    clerk.see("/goods/new")
    return clerk.send("/goods/new", **typed)


def table(clerk: Clerk, path: str) -> list[list[str]]:
    """The rows of a table file, its head first."""
    text = clerk.client.get(path).text.removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def test_empty_base_teaches(clerk: Clerk) -> None:
    page = clerk.see("/goods")
    assert "База товаров пуста" in page.text and "/goods/imports" in page.links and "/goods/new" in page.links


def test_item_by_hand(clerk: Clerk) -> None:
    choose_tax(clerk)
    clerk.see("/goods/groups/new")
    clerk.send("/goods/groups/new", name="Напитки")
    group = clerk.see("/goods/new").form("/goods/new").options["groups"]
    page = add_item(
        clerk, name="Вода 1,5 л", code="7", price="1 234,5", barcodes="0012345\n4600000000015", groups=group
    )
    assert "Сохранено: товар 7" in page.text and "1\u00a0234,50" in clerk.answer.text
    fields = clerk.see("/goods/7").form("/goods/7").fields
    assert fields["barcodes"] == ["0012345\n4600000000015"] and fields["price"] == ["1234,50"]
    assert fields["tax_code"] == ["11"] and fields["groups"] == group
    page = clerk.send("/goods/7", price="", groups=None)
    assert "нет цены" in page.text
    assert "Вода 1,5 л" in clerk.see("/goods?q=0012345").text
    assert "Вода 1,5 л" in clerk.see("/goods?q=ВОДА+1,5").text
    assert "Ничего не найдено" in clerk.see("/goods?q=кефир").text
    clerk.see("/goods/7/delete")
    assert "Товар 7 удалён" in clerk.send("/goods/7/delete").text


def test_item_form_names_what_is_wrong(clerk: Clerk) -> None:
    choose_tax(clerk)
    page = add_item(clerk, name="Чай", price="двадцать", article="A-1")
    assert clerk.answer.status_code == 422 and "Цена, ₽: Нужна цена, например 1234,56." in page.text
    assert page.form("/goods/new").fields["article"] == ["A-1"]
    page = clerk.send("/goods/new", price="0")
    assert "свободную цену" in page.text
    page = clerk.send("/goods/new", price="0", free_price="1", code="5")
    assert "Сохранено: товар 5" in page.text and "свободная цена" in page.text
    page = add_item(clerk, name="Кофе", code="5", price="1")
    assert "Код: Товар с таким кодом уже есть." in page.text
    page = add_item(clerk, name="", price="1")
    assert clerk.answer.status_code == 422


def test_items_of_the_same_name_on_registers_know_of_each_other(clerk: Clerk) -> None:
    choose_tax(clerk)
    add_item(clerk, name="Чай чёрный", code="1", price="10")
    assert "На кассе так же" not in clerk.see("/goods/1").text
    page = add_item(clerk, name="Чай зелёный", short_name="Чай чёрный", code="2", price="10")
    assert "Сохранено: товар 2. На кассе так же называется товар 1." in page.text
    told = "На кассе так же называются другие товары"
    assert told in clerk.see("/goods/1").text and "/goods/2" in clerk.page.links
    assert told in clerk.see("/goods/2").text and "/goods/1" in clerk.page.links
    page = clerk.send("/goods/2", short_name="Чай зелёный")
    assert "Сохранено: товар 2" in page.text and "называется товар" not in page.text
    assert told not in clerk.see("/goods/1").text


def test_group_that_a_register_filters_by_stays(clerk: Clerk) -> None:
    clerk.see("/goods/groups/new")
    clerk.send("/goods/groups/new", name="Хлеб")
    group = clerk.see("/goods/new").form("/goods/new").options["groups"][0]
    register = clerk.add_register("Касса у входа")
    goods = f"/registers/{register}/goods"
    page = clerk.see(goods)
    assert "Группы товаров для кассы" in page.text and page.form(goods).fields["price_percent"] == ["100"]
    page = clerk.send(goods, item_groups=[group], price_percent="110", price_rounding="50", auto_load="1")
    fields = page.form(goods).fields
    assert fields["item_groups"] == [group] and fields["price_percent"] == ["110"] and fields["auto_load"] == ["1"]
    page = clerk.send(goods, price_percent="0")
    assert "от 1 до 1000" in page.text or "от 1 до 1\u00a0000" in clerk.answer.text
    clerk.see(f"/goods/groups/{group}/delete")
    page = clerk.send(f"/goods/groups/{group}/delete")
    assert clerk.answer.status_code == 422 and "Касса у входа" in page.text


def test_rows_ticked_together(clerk: Clerk) -> None:
    choose_tax(clerk)
    clerk.see("/goods/groups/new")
    clerk.send("/goods/groups/new", name="Хлеб")
    for code in ("1", "2", "3"):
        add_item(clerk, name=f"Булка номер {code}", code=code, price="10")
    group = clerk.page.form("goods-bulk").options["group"][-1]
    page = clerk.send("goods-bulk", pick=["1", "3"], action="put", group=group)
    assert "Изменено 2 товара" in page.text
    page = clerk.see(f"/goods?group={group}")
    assert "Булка номер 1" in page.text and "Булка номер 2" not in page.text
    page = clerk.send("goods-bulk", pick=["1", "2"], action="delete")
    assert "Будут удалены 2 товара" in page.text
    page = clerk.send("/goods/bulk")
    assert "Удалено 2 товара" in page.text and "Булка номер 3" in page.text


def test_import_with_preview(clerk: Clerk) -> None:
    page = clerk.see("/goods/imports")
    assert "Сначала выберите «НДС по умолчанию»" in page.text
    choose_tax(clerk)
    page = upload(clerk, PRICE_LIST.encode("cp1251"))
    path = clerk.path
    assert "Проверен, ещё не внесён" in page.text and "windows-1251" in page.text and "точка с запятой" in page.text
    assert "Нет названия." in page.text and "Цену не удаётся прочитать." in page.text
    page = clerk.see(f"{path}?show=rows")
    assert "Молоко «Простоквашино» 3,2 %" in page.text and "1\u00a0234,56" in clerk.answer.text
    assert "База товаров пуста" in clerk.see("/goods").text
    assert table(clerk, f"{path}/rows.csv")[1] == [
        "2", "Новый", "101", "Молоко «Простоквашино» 3,2 %", "89,90\u00a0₽", "4600000000015", "НДС\u00a010\u00a0%",
        "Молочные продукты", "",
    ]  # fmt: skip
    clerk.see(path)
    clerk.send(f"{path}/apply")
    page = wait_read(clerk)
    assert "В базе товаров" in page.text
    upload(clerk, PRICE_LIST.replace("89,90", "99").replace("0012345", "0012346").encode("cp1251"))
    milk, bread = table(clerk, f"{clerk.path}/rows.csv?what=changed")[1:]
    assert (milk[1:3], bread[1:3]) == (["Изменён", "101"], ["Изменён", "102"])
    assert milk[-1] == "Цена: 89,90\u00a0₽ → 99,00\u00a0₽" and bread[-1] == "Штрихкод: 0012345 → 0012346"
    page = clerk.see("/goods")
    assert "Хлеб «Бородинский»" in page.text and "0012345" in page.text and "Молочные продукты" in page.text

    rows = list(
        csv.reader(io.StringIO(clerk.client.get(f"{path}/problems.csv").text.removeprefix("\ufeff")), delimiter=";")
    )
    assert [row[0] for row in rows[1:]] == ["5", "6"] and rows[1][2] == "Нет названия."

    page = upload(clerk, PRICE_LIST.encode("cp1251"))
    assert "Всё это уже есть в базе товаров" in page.text
    page = upload(clerk, PRICE_LIST.replace("89,90", "91,00").encode("cp1251"))
    text = clerk.see(f"{clerk.path}?show=rows&what=changed").text
    assert "91,00 ← 89,90" in text and "← —" not in text  # only what changes has a before


def test_downloaded_goods_come_back_unchanged(clerk: Clerk) -> None:
    choose_tax(clerk)
    add_item(
        clerk,
        name='Сыр «Российский»; "вес."',
        code="1",
        price="1 234,56",
        barcodes="0012345\n4600000000015",
        article="A-1",
    )
    add_item(clerk, name="Без цены", code="2", price="", tax_code="6")
    add_item(clerk, name="Пакет", code="3", price="0", free_price="1")
    told = clerk.client.get("/goods/export.csv")
    assert told.text.startswith("\ufeff") and "goods.csv" in told.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(told.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[1][:7] == ["1", 'Сыр «Российский»; "вес."', "1234,56", "0012345|4600000000015", rows[1][4], "", "A-1"]
    assert [
        row[0] for row in csv.reader(io.StringIO(clerk.client.get("/goods/export.csv?q=пакет").text), delimiter=";")
    ][1:] == ["3"]
    for kind in ("xlsx", "json", "xml"):
        told = clerk.client.get(f"/goods/export.{kind}")
        assert "Всё это уже есть в базе товаров" in upload(clerk, told.content).text, kind
    told = clerk.client.get("/goods/export.csv")
    noted = JournalQuery(what="note_export")
    entries = wait_for(
        lambda: as_clerk(clerk, JournalRpc.page_journal, noted).items[5:], 15, "every export in the journal"
    )
    assert entries[0].changes[0].after == {"rows": 3}
    assert "Всё это уже есть в базе товаров" in upload(clerk, told.content).text


def test_columns_can_be_set_right(clerk: Clerk) -> None:
    choose_tax(clerk)
    page = upload(clerk, "Поз;Что это;Сколько стоит\n1;Лимонад;50\n2;Квас;60\n".encode())
    form = page.form("again")
    page = clerk.send("again", column_0="code", column_1="name", column_2="price")
    page = wait_read(clerk)
    assert form.action != "" and "новые товары" in page.text
    page = clerk.see(f"{clerk.path}?show=rows")
    assert "Лимонад" in page.text and "60,00" in clerk.answer.text


def test_what_is_no_price_list_is_named(clerk: Clerk) -> None:
    choose_tax(clerk)
    for body, told in (
        (b"", "Файл пуст."),
        (b"PK\x03\x04" + bytes(200), "Архив повреждён"),
        (b"%PDF-1.7\n" + bytes(99), "PDF"),
    ):
        page = upload(clerk, body, "goods.csv")
        assert told in page.text and "Ничего не изменено" in page.text
    assert "База товаров пуста" in clerk.see("/goods").text


def test_upload_needs_our_token_and_a_file(clerk: Clerk) -> None:
    choose_tax(clerk)
    told = clerk.client.post("/goods/imports", files={"file": ("a.csv", b"1;2")})
    assert told.status_code == 403
    fields = clerk.see("/goods/imports").form("upload").fields
    told = clerk.client.post("/goods/imports", data=fields, files={"file": ("", b"")})
    assert told.status_code == 422 and "Нужно заполнить." in told.text
    told = clerk.client.post("/goods/imports", data=fields, files={"other": ("a.csv", b"1;2")})
    assert told.status_code == 422
    assert "Файлов ещё не загружали" in clerk.see("/goods/imports").text


def test_huge_file_is_refused_before_it_is_read(clerk: Clerk) -> None:
    choose_tax(clerk)
    address = clerk.client.base_url
    head = (
        f"POST /goods/imports HTTP/1.1\r\nHost: {address.host}\r\nAccept-Language: ru\r\n"
        f"Cookie: kkt_session={clerk.client.cookies['kkt_session']}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {2 * 1024**3}\r\n\r\n--x\r\n"
    )
    with socket.create_connection((address.host, address.port or 80), timeout=10) as line:
        line.sendall(head.encode())
        told = b""
        while block := line.recv(65536):
            told += block
    assert told.startswith(b"HTTP/1.1 422") and "Файл больше 64\u00a0МБ".encode() in told


def test_register_sees_what_it_would_get(clerk: Clerk) -> None:
    choose_tax(clerk)
    add_item(clerk, name="Молоко", code="1", price="89,90", barcodes="0012345\n777")
    add_item(clerk, name="Без цены", code="2", price="")
    register = clerk.add_register()
    clerk.see(f"/registers/{register}/goods")
    page = clerk.send(f"/registers/{register}/goods", price_percent="110", price_rounding="10")
    assert "98,90" in clerk.answer.text and "12345" in page.text
    assert "Чего касса не получит и почему" in page.text
    assert "Нет цены" in page.text and "Касса хранит один штрихкод" in page.text


def test_goods_of_another_account_are_not_there(clerk: Clerk, alice: Clerk) -> None:
    choose_tax(alice)
    add_item(alice, name="Тайный товар", code="55", price="10")
    page = upload(alice, PRICE_LIST.encode())
    assert "Проверен" in page.text
    for path in ("/goods/55", "/goods/55/delete", alice.path, f"{alice.path}/problems.csv"):
        clerk.see(path)
        assert clerk.answer.status_code == 404, path
    assert "Тайный товар" not in clerk.see("/goods?q=Тайный").text

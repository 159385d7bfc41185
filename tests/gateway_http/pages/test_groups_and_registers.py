"""«Администрирование» → «Группы и кассы» and «Кассы», without scripts."""

import re

from tests.gateway_http.pages.visitor import Clerk

KKT_ID = re.compile(r"\b\d{4} \d{4} \d{4}\b")


def test_empty_list_leads_to_the_first_register(clerk: Clerk) -> None:
    page = clerk.see("/")
    assert clerk.path == "/registers" and "Касс пока нет" in page.text
    assert "/admin/registers/new" in page.links


def test_new_register_gets_its_card(clerk: Clerk) -> None:
    clerk.see("/admin/groups/new")
    page = clerk.send("/admin/groups/new", name="Магазин на Ленина")
    assert clerk.path == "/admin/registers" and "Магазин на Ленина" in page.text
    page = clerk.see("/admin/registers/new")
    assert "Редактирование групп и касс" in page.text and "Находится в группах" in page.text
    groups = page.form("/admin/registers/new").options["groups"]
    page = clerk.send("/admin/registers/new", name="Касса 1", groups=groups)
    shown = KKT_ID.findall(page.text)
    assert shown and "«ПРОГРАММИРОВАНИЕ» → «СЕРВ. ККТ» → «ID КАССЫ»" in page.text
    assert "СТАТУС СЕРВ. ККТ" in page.text and "ТЕСТ.СЕРВ.ККТ" in page.text
    assert "<svg" in clerk.answer.text
    table = clerk.see("/admin/registers").text
    assert shown[0] in table and "В ней 1 касса" in table
    register = next(link for link in clerk.page.links if link.endswith("/card")).split("/")[2]
    assert shown[0] in clerk.see(f"/registers/{register}").text


def test_form_names_what_is_wrong_and_keeps_the_rest(clerk: Clerk) -> None:
    clerk.see("/admin/registers/new")
    page = clerk.send("/admin/registers/new", name="", serial_number="4001234")
    assert clerk.answer.status_code == 422
    assert "Название: Нужно заполнить." in page.text and "#f-name" in page.links
    assert page.form("/admin/registers/new").fields["serial_number"] == ["4001234"]


def test_form_sent_twice_adds_one_register(clerk: Clerk) -> None:
    clerk.see("/admin/registers/new")
    form = clerk.page.form("/admin/registers/new")
    first = clerk.client.post(form.action, data={**form.fields, "name": "Одна"})
    second = clerk.client.post(form.action, data={**form.fields, "name": "Одна"})
    assert first.url == second.url
    assert clerk.see("/registers").text.count("Одна") == 1


def test_edit_and_delete(clerk: Clerk) -> None:
    register = clerk.add_register("Касса 1")
    edit = f"/admin/registers/{register}/edit"
    clerk.see(edit)
    stale = clerk.page.form(edit)
    page = clerk.send(edit, name="Касса 2", disabled="1")
    assert "Касса 2" in page.text and "Отключена" in page.text
    told = clerk.client.post(edit, data={**stale.fields, "form_id": "another-tab", "name": "Касса 3"})
    assert told.status_code == 422 and "изменил кто-то другой" in told.text
    page = clerk.see(f"/admin/registers/{register}/delete")
    assert "Касса 2" in page.text
    page = clerk.send(f"/admin/registers/{register}/delete")
    assert "Касса удалена" in page.text and "Касса 2" not in page.text
    clerk.see(f"/registers/{register}")
    assert clerk.answer.status_code == 404


def test_deleted_group_leaves_its_registers(clerk: Clerk) -> None:
    clerk.see("/admin/groups/new")
    clerk.send("/admin/groups/new", name="Рынок")
    delete = next(link for link in clerk.page.links if re.fullmatch("/admin/groups/[^/]+/delete", link))
    group = delete.split("/")[3]
    clerk.add_register("Касса 1", groups=[group])
    assert "Касса 1" in clerk.see(f"/registers?group={group}").text
    assert "1 касса из неё останется" in clerk.see(delete).text
    clerk.send(delete)
    page = clerk.see("/admin/registers")
    assert "Рынок" not in page.text and "Касса 1" in page.text


def test_settings_wait_for_the_register(clerk: Clerk) -> None:
    register = clerk.add_register()
    assert "только после передачи ККТ данных о себе" in clerk.see(f"/registers/{register}/settings").text


def test_exchange_of_an_absent_register_waits(clerk: Clerk) -> None:
    register = clerk.add_register()
    page = clerk.see(f"/registers/{register}")
    icons = [form for form in page.forms if form.action == f"/registers/{register}/exchanges"]
    assert {form.fields["kind"][0] for form in icons} == {"load_goods", "read_settings", "test"}
    assert "Загрузить товары" in page.text
    clerk.send(f"/registers/{register}/exchanges", kind="test")
    assert clerk.path == f"/registers/{register}"
    assert "Касса не на связи" in clerk.page.text or "В очереди" in clerk.page.text
    page = clerk.see("/exchanges?show=under_way")
    assert "Тест связи" in page.text
    exchange = next(link for link in page.links if re.fullmatch("/exchanges/[0-9a-f-]{36}", link))
    clerk.see(exchange)
    page = clerk.send(f"{exchange}/cancel")
    assert "Обмен отменён" in page.text
    assert "Отменён" in clerk.see(f"/registers/{register}/history").text


def test_part_and_dialog_of_a_page(clerk: Clerk) -> None:
    clerk.add_register("Касса 1")
    part = clerk.see("/registers", **{"HX-Request": "true", "HX-Target": "registers"})
    assert "Касса 1" in part.text and "<html" not in clerk.answer.text and not part.title
    dialog = clerk.see("/admin/registers/new", **{"HX-Request": "true", "HX-Target": "dialog-body"})
    assert "Редактирование групп и касс" in dialog.text and "<html" not in clerk.answer.text


def test_account_settings(clerk: Clerk) -> None:
    page = clerk.see("/admin/account")
    assert clerk.number in page.text
    page = clerk.send("/admin/account", idle_minutes="4", name="Новое имя")
    assert clerk.answer.status_code == 422 and "от 5 до 480" in page.text
    assert page.form("/admin/account").fields["name"] == ["Новое имя"]
    page = clerk.send("/admin/account", idle_minutes="45", inn="7701234567", default_tax_code="11")
    assert "Сохранено" in page.text and "Новое имя" in page.text
    assert "Asia/Omsk" in page.form("/admin/account").options["time_zone"]
    page = clerk.send("/admin/account", inn="12")
    assert "ИНН: Нужно 10 или 12 цифр." in page.text

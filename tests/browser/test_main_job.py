"""The main job by clicking: a register is added, its ID typed into it, a file uploaded, goods loaded and confirmed."""

import json
from pathlib import Path

from tests.browser.till import ROOT, Till
from tests.browser.window import Window
from tests.waiting import wait_for

GOODS = ROOT / "bench" / "data" / "main_job_goods.csv"
EXPECTED = ROOT / "bench" / "data" / "main_job_expected.json"


def add_register(window: Window, name: str) -> str:
    """From the empty «Кассы»; returns the ID as it stands on the card."""
    window.open("/registers")
    window.press("Добавить кассу")
    window.page.fill("#dialog [name=name]", name)
    window.press("Сохранить", "#dialog")
    window.page.wait_for_url("**/card")
    shown = window.page.inner_text(".id-number")
    assert len(shown) == 14 and shown.count(" ") == 2
    return shown.replace(" ", "")


def import_file(window: Window, file: Path) -> None:
    """Choose the default VAT, upload, look at the preview, put it into the goods base."""
    window.open("/goods")
    window.press("Загрузить из файла")
    window.page.select_option("[name=default_tax_code]", "11")
    window.press("Сохранить и продолжить")
    window.page.set_input_files("input[type=file]", file)
    window.press("Проверить файл")
    window.wait_text("Проверен, ещё не внесён")
    assert "windows-1251" in window.page.inner_text("main")
    window.press("Внести в базу товаров")
    window.wait_text("Теперь у базы товаров версия")


def test_a_goods_file_reaches_a_register(window: Window, till: Till) -> None:
    page = window.page
    kkt_id = add_register(window, "Касса у входа")
    window.press("К кассе")
    window.wait_text("Касса ещё не выходила на связь")
    till.switch_on(kkt_id)
    window.wait_text("На связи")  # the page was not touched: it heard of it
    register = page.url
    assert till.state.exists()

    import_file(window, GOODS)
    page.goto(f"{register}/goods")
    for group in ("Хлеб", "Молоко"):
        page.locator("fieldset").get_by_label(group).check()
    page.fill("[name=price_percent]", "110")
    page.select_option("[name=price_rounding]", "10")
    window.press("Сохранить", "#form")
    window.wait_text("Чего касса не получит и почему")

    page.goto(register)
    window.press("Загрузить товары")
    window.wait_text("Загружено", seconds=30)
    window.wait_text("Цены верны")
    window.wait_text("Касса подтвердила версию")

    held = till.goods()
    wanted = json.loads(EXPECTED.read_text())
    assert [
        {key: record.get(key) for key in expected} for record, expected in zip(held["base"], wanted, strict=True)
    ] == wanted
    window.open("/registers")
    window.wait_text("1 из 1")


def test_progress_moves_on_the_open_page(window: Window, till: Till, tmp_path: Path) -> None:
    goods = tmp_path / "many.csv"
    rows = (
        f"{code};Товар номер {code} с обычным названием;{code},50;{4_600_000_000_000 + code}" for code in range(1, 2001)
    )
    goods.write_bytes("\n".join(("Код;Наименование;Цена;Штрихкод", *rows)).encode("cp1251"))
    kkt_id = add_register(window, "За медленной линией")
    window.press("К кассе")
    register = window.page.url
    till.switch_on(kkt_id, "--fault", "slow-line=60000")
    window.wait_text("На связи")
    import_file(window, goods)
    window.page.goto(register)
    window.press("Загрузить товары")
    window.wait_text("ОБМЕН")
    heights: list[int] = []
    bar = window.page.locator("progress").first

    def moved() -> bool:
        height = bar.evaluate("bar => bar.max > 1 ? Math.floor(100 * bar.value / bar.max) : 0") if bar.count() else 0
        if height and height not in heights:
            heights.append(height)
        return len(heights) >= 4

    wait_for(moved, 20, "the progress to move")
    assert heights == sorted(heights)  # never back
    window.wait_text("Загружено", seconds=40)
    assert till.goods()["count"] == 2000


def test_load_waits_out_sales_mode_and_goes_on_by_itself(window: Window, till: Till) -> None:
    kkt_id = add_register(window, "Павильон")
    window.press("К кассе")
    till.switch_on(kkt_id, "--mode", "sales")
    window.wait_text("Кассовый режим")
    register = window.page.url
    import_file(window, GOODS)
    window.page.goto(register)
    window.press("Загрузить товары")
    window.wait_text("Загрузка начнётся сама, когда кассир выйдет в главное меню")
    window.wait_text("Ждёт кассу")
    till.turn_to("menu")
    window.wait_text("Загружено", seconds=60)
    window.open("/exchanges")
    window.wait_text("Загружено")

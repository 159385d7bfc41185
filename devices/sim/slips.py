"""What the printer prints: lines of 24 characters, in the register's own words and with its own codes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from devices.sim.snapshot import Snapshot

WIDTH: Final = 24
RULE: Final = "-" * WIDTH

_MODES: Final = {
    "sales": "КАССОВЫЙ РЕЖИМ",
    "menu": "ГЛАВНОЕ МЕНЮ",
    "programming": "ПРОГРАММИРОВАНИЕ",
    "reports": "ОТЧЕТЫ",
}
_LINKS: Final = {
    "offline": "НЕТ СВЯЗИ",
    "connecting": "СОЕДИНЕНИЕ",
    "linked": "ГОТОВ",
    "refused": "ОТКАЗ",
    "off": "ВЫКЛЮЧЕНА",
}
_BUFFERS: Final = {
    "empty": "ПУСТ",
    "receiving": "ПРИЕМ",
    "buffered": "ДАННЫЕ ПОЛУЧЕНЫ",
    "waiting_dialog": "ЖДЕТ ОТВЕТА",
}
# Short words for the register's codes that a link or a load can bring about.
_ERRORS: Final = {
    "016": "Сбой записи в память",
    "057": "Значение слишком велико",
    "062": "Неверный номер отдела",
    "064": "Недопустимое значение",
    "067": "Отменено пользователем",
    "071": "Неверный код налога",
    "080": "Нет такой опции",
    "083": "Сбой базы товаров",
    "094": "Ошибка в записи товара",
    "095": "Слишком много товаров",
    "099": "Не хватает памяти",
    "262": "Неизвестная команда",
    "353": "Нет подключения к сети",
    "430": "Неверный адрес сервера",
    "431": "Нет канала связи",
    "432": "Адрес не найден (DNS)",
    "433": "Сервер не отвечает",
    "434": "Связь прервана",
    "435": "Не удалось отправить",
    "436": "Нет ответа сервера",
    "437": "Сбой сети TCP/IP",
    "510": "Настройка СЕРВ. ККТ",
    "511": "Сервер вернул ошибку",
    "512": "Сбой протокола",
    "513": "Сервер не принял кассу",
    "514": "Сервер не готов",
    "515": "Сервер: переадресация",
    "906": "Неверный тип товара",
}
_REFUSALS: Final = {
    "unknown_id": "ID не найден",
    "bound_to_another": "ID занят другой кассой",
    "key_wrong": "Ключ не подходит",
    "disabled": "Касса отключена",
    "too_many_attempts": "Много попыток, ждите",
    "protocol_version": "Другая версия протокола",
    "busy_server": "Сервер занят, ждите",
}


def pair(left: str, right: str) -> str:
    """Two words at the edges of one line; what does not fit is cut at the right."""
    gap = max(1, WIDTH - len(left) - len(right))
    return f"{left}{' ' * gap}{right}"[:WIDTH]


def centre(text: str) -> str:
    """Text in the middle of a line."""
    return text[:WIDTH].center(WIDTH).rstrip()


def error_lines(code: str) -> Iterator[str]:
    """The register's way to name an error: its code, and what it means."""
    yield pair("ОШИБКА", code)
    yield _ERRORS.get(code, "См. руководство")[:WIDTH]


def status(now: Snapshot, at: datetime) -> list[str]:
    """«СТАТУС СЕРВ. ККТ»."""
    exchanging = now.link == "linked" and now.buffer != "empty"
    lines = [
        RULE,
        centre("СТАТУС СЕРВ. ККТ"),
        pair(f"{at:%d.%m.%Y}", f"{at:%H:%M}"),
        pair("ID КАССЫ", now.kkt_id),
        pair("ЗН ККТ", now.serial_number),
        pair("СЕРВЕР", "ОБМЕН" if exchanging else _LINKS[now.link]),
        pair("РЕЖИМ", _MODES[now.mode]),
        pair("ВЕРСИЯ БАЗЫ", "НЕТ" if now.revision is None else str(now.revision)),
        pair("ТОВАРОВ", f"{now.count}/{now.capacity}"),
        pair("ХЕШ БАЗЫ", now.base_hash[:8].upper()),
        pair("БУФЕР", _BUFFERS[now.buffer]),
    ]
    if now.buffer == "receiving" and now.chunks:
        lines.append(pair("ПРИНЯТО", f"{now.received * 100 // now.chunks}%"))
    if now.error is not None:
        lines += error_lines(now.error)
    if now.refusal is not None:
        lines.append(_REFUSALS[now.refusal][:WIDTH])
    return [*lines, RULE]


def test(now: Snapshot, at: datetime, seconds: float | None, error: str | None) -> list[str]:
    """«ТЕСТ.СЕРВ.ККТ»: the round trip, or the error."""
    host = now.server.partition("://")[2] or now.server
    lines = [
        RULE,
        centre("ТЕСТ.СЕРВ.ККТ"),
        pair(f"{at:%d.%m.%Y}", f"{at:%H:%M}"),
        pair("ID КАССЫ", now.kkt_id),
        *(host[start : start + WIDTH] for start in range(0, min(len(host), 3 * WIDTH), WIDTH)),
    ]
    if error is None and seconds is not None:
        lines += [pair("СВЯЗЬ", "ЕСТЬ"), pair("ОТВЕТ, МС", str(round(seconds * 1000)))]
    else:
        lines += [pair("СВЯЗЬ", "НЕТ"), *error_lines(error or "433")]
    if now.refusal is not None:
        lines.append(_REFUSALS[now.refusal][:WIDTH])
    return [*lines, RULE]


def notice(kind: str, text: str, at: datetime) -> list[str]:
    """What a person at the register hears and sees."""
    match kind:
        case "beep":
            return ["*БИП*", *([text[:WIDTH]] if text else [])]
        case "dialog":
            return ["*БИП*", pair("СЕРВ. ККТ", f"{at:%H:%M}"), text[:WIDTH], centre("ДА [ИТ]   НЕТ [С]")]
        case _:
            return [pair("СЕРВ. ККТ", f"{at:%H:%M}"), text[:WIDTH]]

"""What e-mails say, in the reader's language: short, plain text. What more there is to know stands on our pages."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from services.contracts.notifications import NotificationKind

Params = Mapping[str, str | int]

DEFAULT_LANGUAGE = "ru"
VALUE_MAX = 200  # characters of one value
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMES = frozenset({"until", "delete_at"})  # params that are moments


class Text(msgspec.Struct, frozen=True):
    """A letter as it is read."""

    subject: str
    body: str


# By language, kind and, where one is told apart from others by a word of its params, that word: subject and body.
_TEXTS: Mapping[str, Mapping[tuple[str, str], tuple[str, str]]] = {
    "ru": {
        (NotificationKind.ONE_TIME_PASSWORD, ""): (
            "Вам выдан одноразовый пароль",
            "Вам выдан одноразовый пароль. Кто выдал: %(by)s. Он действует до %(until)s.\n"
            "Если вы о нём не просили, сообщите администратору вашей учётной записи.",
        ),
        (NotificationKind.NEW_PLACE, ""): (
            "Вход с нового места",
            "Под вашим именем вошли с нового места: %(address)s.\n"
            "Если это были не вы, смените пароль и завершите сессию.",
        ),
        (NotificationKind.SECOND_FACTOR, "set_up"): (
            "Двухэтапный вход настроен",
            "Двухэтапный вход настроен. Кто это сделал: %(by)s.",
        ),
        (NotificationKind.SECOND_FACTOR, "taken_away"): (
            "Двухэтапный вход снят",
            "Двухэтапный вход снят. Кто это сделал: %(by)s.\n"
            "Если вы об этом не просили, сообщите администратору вашей учётной записи.",
        ),
        (NotificationKind.SECOND_FACTOR, "recovery_code_used"): (
            "Вход по коду восстановления",
            "Под вашим именем вошли по коду восстановления. Если это были не вы, смените пароль и завершите сессию.",
        ),
        (NotificationKind.IMPORT_ENDED, "applied"): (
            "Файл загружен",
            "Файл загружен: %(filename)s.\nСоздано: %(created)s, изменено: %(changed)s, строк с ошибками: %(failed)s.",
        ),
        (NotificationKind.IMPORT_ENDED, "failed"): (
            "Файл не загружен",
            "Файл не загружен: %(filename)s. Причина указана на странице файла.",
        ),
        (NotificationKind.REGISTER_ALARM, ""): (
            "Тревога кассы",
            "Касса «%(register)s» требует внимания. Подробности на странице кассы.",
        ),
        (NotificationKind.EXCHANGE_FAILED, "failed"): (
            "Ошибка обмена",
            "Обмен с кассой «%(register)s» завершился ошибкой. Причина указана на странице обмена.",
        ),
        (NotificationKind.EXCHANGE_FAILED, "expired"): (
            "Истёк срок обмена",
            "Обмен с кассой «%(register)s» ждал слишком долго и снят. Подробности на странице обмена.",
        ),
        (NotificationKind.ACCOUNT_STATE, "suspended"): (
            "Учётная запись приостановлена",
            "Ваша учётная запись приостановлена. %(reason)s",
        ),
        (NotificationKind.ACCOUNT_STATE, "deleting"): (
            "Учётная запись будет удалена",
            "Ваша учётная запись будет удалена %(delete_at)s. %(reason)s",
        ),
        (NotificationKind.ACCOUNT_STATE, "active"): (
            "Учётная запись снова работает",
            "Ваша учётная запись снова работает.",
        ),
    },
    "en": {
        (NotificationKind.ONE_TIME_PASSWORD, ""): (
            "A one-time password was issued to you",
            "%(by)s issued a one-time password to you. It is good until %(until)s.\n"
            "If you did not ask for it, tell an administrator of your account.",
        ),
        (NotificationKind.NEW_PLACE, ""): (
            "Sign-in from a new place",
            "Somebody signed in as you from a new place: %(address)s.\n"
            "If it was not you, change your password and end the session.",
        ),
        (NotificationKind.SECOND_FACTOR, "set_up"): (
            "Two-step sign-in was set up",
            "Two-step sign-in was set up. Done by: %(by)s.",
        ),
        (NotificationKind.SECOND_FACTOR, "taken_away"): (
            "Two-step sign-in was taken away",
            "Two-step sign-in was taken away. Done by: %(by)s.\n"
            "If you did not ask for it, tell an administrator of your account.",
        ),
        (NotificationKind.SECOND_FACTOR, "recovery_code_used"): (
            "A recovery code was used to sign in",
            "Somebody signed in as you with a recovery code. If it was not you, change your password and end the "
            "session.",
        ),
        (NotificationKind.IMPORT_ENDED, "applied"): (
            "File loaded",
            "File loaded: %(filename)s.\nCreated: %(created)s, updated: %(changed)s, bad rows: %(failed)s.",
        ),
        (NotificationKind.IMPORT_ENDED, "failed"): (
            "File not loaded",
            "File not loaded: %(filename)s. The page of the file says why.",
        ),
        (NotificationKind.REGISTER_ALARM, ""): (
            "Alarm of a register",
            "The register «%(register)s» needs attention. The page of the register says more.",
        ),
        (NotificationKind.EXCHANGE_FAILED, "failed"): (
            "An exchange has failed",
            "An exchange with the register «%(register)s» has failed. The page of the exchange says why.",
        ),
        (NotificationKind.EXCHANGE_FAILED, "expired"): (
            "An exchange has expired",
            "An exchange with the register «%(register)s» waited too long and was given up. Its page says more.",
        ),
        (NotificationKind.ACCOUNT_STATE, "suspended"): (
            "The account was suspended",
            "Your account was suspended. %(reason)s",
        ),
        (NotificationKind.ACCOUNT_STATE, "deleting"): (
            "The account will be deleted",
            "Your account will be deleted on %(delete_at)s. %(reason)s",
        ),
        (NotificationKind.ACCOUNT_STATE, "active"): ("The account works again", "Your account works again."),
    },
}

_PASSWORD: Mapping[str, tuple[str, str]] = {
    "ru": (
        "Одноразовый пароль",
        "Вам выдан одноразовый пароль для входа.\n\n"
        "Клиент: %(client)s\nПользователь: %(login)s\nПароль: %(password)s\n\n"
        "Он действует до %(until)s. При входе его нужно будет сразу сменить.",
    ),
    "en": (
        "One-time password",
        "A one-time password was issued to you.\n\n"
        "Client: %(client)s\nUser: %(login)s\nPassword: %(password)s\n\n"
        "It is good until %(until)s. You will be asked to change it as soon as you sign in.",
    ),
}

# A word that a newer room says and this one does not know yet.
_OTHER: Mapping[str, tuple[str, str]] = {
    "ru": ("Новое уведомление", "Для вас есть новое уведомление."),
    "en": ("A new notification", "There is a new notification for you."),
}

_WHERE = {"ru": "Учётная запись: %(account)s (%(client)s)", "en": "Account: %(account)s (%(client)s)"}
_HOW = {"ru": "О чём вам писать, можно выбрать здесь:", "en": "Choose here of what to hear:"}


def notification_text(
    kind: NotificationKind, params: Params, whose: Params, link: str, public_url: str, language: str, zone: ZoneInfo
) -> Text:
    """A letter about a notification.

    `whose` has the `account`'s name and its number (`client`). Without `public_url` ("") there are no links.
    """
    language = language if language in _TEXTS else DEFAULT_LANGUAGE
    texts = _TEXTS[language]
    subject, body = texts.get((kind, _word(params))) or texts.get((kind, "")) or _OTHER[language]
    parts = [_filled(body, params, language, zone)]
    if public_url and link:
        parts.append(f"{public_url.rstrip('/')}{link}")
    parts.append(_filled(_WHERE[language], whose, language, zone))
    if public_url:
        parts.append(f"{_HOW[language]}\n{public_url.rstrip('/')}/me/notifications")
    return Text(subject, "\n\n".join(parts) + "\n")


def password_text(params: Params, public_url: str, language: str, zone: ZoneInfo) -> Text:
    """A letter with a one-time password. `params`: client, login, password, until."""
    language = language if language in _PASSWORD else DEFAULT_LANGUAGE
    subject, body = _PASSWORD[language]
    parts = [_filled(body, params, language, zone)]
    if public_url:
        parts.append(f"{public_url.rstrip('/')}/sign-in")
    return Text(subject, "\n\n".join(parts) + "\n")


def _word(params: Params) -> str:
    return str(params.get("what") or params.get("state") or "")


def _filled(text: str, params: Params, language: str, zone: ZoneInfo) -> str:
    values = _Values(
        (name, _moment(str(value), language, zone) if name in _TIMES else _line(str(value)))
        for name, value in params.items()
    )
    return (text % values).rstrip()


class _Values(dict[str, str]):
    """One that nobody told is left out rather than holding the letter up."""

    def __missing__(self, name: str) -> str:
        return ""


def _line(value: str) -> str:
    """What others named is one line of bounded length: it cannot pass for lines of ours."""
    kept = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return kept if len(kept) <= VALUE_MAX else f"{kept[:VALUE_MAX]}…"


def _moment(told: str, language: str, zone: ZoneInfo) -> str:
    try:
        local = datetime.fromisoformat(told).astimezone(zone)
    except ValueError:
        return ""
    if language == "ru":
        return f"{local:%d.%m.%Y %H:%M}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"

"""How numbers, money, times and register IDs are written for people."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NBSP = "\u00a0"
DEFAULT_ZONE = "Europe/Moscow"
_UNITS = ("B", "KB", "MB", "GB")
_UNITS_RU = ("Б", "КБ", "МБ", "ГБ")


def whole(number: int, language: str) -> str:
    """12345 → «12 345» or "12,345"."""
    return f"{number:,}".replace(",", NBSP if language == "ru" else ",")


def rubles(kopecks: int, language: str) -> str:
    """123456 kopecks → «1 234,56 ₽» or "1,234.56 ₽"."""
    return f"{rubles_bare(kopecks, language)}{NBSP}₽"


def rubles_bare(kopecks: int, language: str) -> str:
    """123456 kopecks → «1 234,56» or "1,234.56"."""
    sign = "−" if kopecks < 0 else ""
    rub, kop = divmod(abs(kopecks), 100)
    return f"{sign}{whole(rub, language)}{',' if language == 'ru' else '.'}{kop:02d}"


def rubles_typed(kopecks: int | None, language: str) -> str:
    """As a person would type it into a field: «1234,56»; empty for no price."""
    if kopecks is None:
        return ""
    rub, kop = divmod(kopecks, 100)
    return f"{rub}{',' if language == 'ru' else '.'}{kop:02d}"


def kkt_id_spaced(kkt_id: str) -> str:
    """123456789012 → «1234 5678 9012»."""
    return " ".join(kkt_id[at : at + 4] for at in range(0, len(kkt_id), 4))


def zone_named(name: str | None) -> ZoneInfo:
    """The time zone of that name; Moscow's if there is no such."""
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_ZONE)


def moment(at: datetime, zone: ZoneInfo, language: str, seconds: bool = False) -> str:
    """A time in the account's zone: «23.11.2026 10:42» or "23 Nov 2026, 10:42"."""
    local = at.astimezone(zone)
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    if language == "ru":
        return f"{local:%d.%m.%Y} {clock}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {clock}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment_short(at: datetime, zone: ZoneInfo, language: str, now: datetime | None = None) -> str:
    """Today's times as «10:42», this year's as «22.11, 10:42», older ones as the date."""
    local = at.astimezone(zone)
    today = (now or datetime.now(UTC)).astimezone(zone).date()
    if local.date() == today:
        return local.strftime("%H:%M")
    russian = language == "ru"
    if local.year == today.year:
        return f"{local:%d.%m}, {local:%H:%M}" if russian else f"{local.day} {_MONTHS[local.month - 1]}, {local:%H:%M}"
    return f"{local:%d.%m.%Y}" if russian else f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def moment_step(at: datetime, zone: ZoneInfo, language: str, now: datetime | None = None) -> str:
    """A step of a timeline, to the second: «10:42:07», with the date if it was not today."""
    local = at.astimezone(zone)
    if local.date() == (now or datetime.now(UTC)).astimezone(zone).date():
        return local.strftime("%H:%M:%S")
    return moment(at, zone, language, seconds=True)


def size(count: int, language: str) -> str:
    """Bytes for people: «1,4 МБ» or "1.4 MB"."""
    units = _UNITS_RU if language == "ru" else _UNITS
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(units) - 1:
        amount, unit = amount / 1024, unit + 1
    text = f"{amount:.0f}" if unit == 0 or amount >= 100 else f"{amount:.1f}".removesuffix(".0")
    return f"{text.replace('.', ',') if language == 'ru' else text}{NBSP}{units[unit]}"

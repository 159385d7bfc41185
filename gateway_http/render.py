"""Templates: one Jinja environment a language, so that words, numbers and macros need no context."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from gateway_http import formats
from gateway_http.i18n import LANGUAGE_NAMES, LANGUAGES, Language
from gateway_http.tables import Column
from gateway_http.words.bulk_words import note_text

TEMPLATE_DIR = Path(__file__).parent / "templates"
# Files of templates/ui that hold macros.
KIT = ("base", "layout", "form", "table", "id_card", "exchange", "session", "secrets", "revisions", "goods")

# The tones of templates/ui: an icon goes with each, never the colour alone.
TONE_ICONS = {
    "good": "check-circle-fill",
    "waiting": "hourglass-split",
    "attention": "exclamation-triangle-fill",
    "failed": "x-octagon-fill",
    "neutral": "info-circle-fill",
}

# Menus of the register, as its keypad and the vendor's guide call them; the register speaks Russian only.
KEY_PATHS = {
    "kkt_id": ("ПРОГРАММИРОВАНИЕ", "СЕРВ. ККТ", "ID КАССЫ"),
    "status": ("ВЫБОР ФУНКЦИЙ", "СТАТУС СЕРВ. ККТ"),
    "test": ("ВЫБОР ФУНКЦИЙ", "ТЕСТ.СЕРВ.ККТ"),
}


# The zone of the account whose page is being drawn; macros have no other way to know it.
_ZONE: ContextVar[ZoneInfo] = ContextVar("kkt_zone")


def _filters(code: str) -> dict[str, Callable[..., str]]:
    def moment(value: datetime) -> str:
        return formats.moment_short(value, _ZONE.get(), code)

    def moment_exact(value: datetime) -> str:
        return formats.moment(value, _ZONE.get(), code, seconds=True)

    def moment_step(value: datetime) -> str:
        return formats.moment_step(value, _ZONE.get(), code)

    return {
        "moment_step": moment_step,
        "whole": lambda value: formats.whole(value, code),
        "rubles": lambda value: formats.rubles(value, code),
        "rubles_bare": lambda value: formats.rubles_bare(value, code),
        "size": lambda value: formats.size(value, code),
        "kkt_id": formats.kkt_id_spaced,
        "moment": moment,
        "moment_exact": moment_exact,
    }


def _environment(language: Language, static: Callable[[str], str]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE_DIR),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    environment.filters.update(_filters(language.code))
    environment.filters["revision_note"] = lambda note: note_text(note, language)
    kit = SimpleNamespace()
    environment.globals.update(
        static=static,
        ui=kit,
        tone_icons=TONE_ICONS,
        key_paths=KEY_PATHS,
        col=Column,
        languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
    )
    for name in KIT:
        module = environment.get_template(f"ui/{name}.html").module
        for macro, value in vars(module).items():
            if not macro.startswith("_"):
                setattr(kit, macro, value)
    return environment


class Renderer:
    """Draws templates in every language."""

    def __init__(self, languages: dict[str, Language], static: Callable[[str], str]) -> None:
        self._environments = {code: _environment(language, static) for code, language in languages.items()}

    def draw(self, template: str, language: str, zone: ZoneInfo, values: dict[str, Any]) -> str:
        """The text of a template. Raises jinja2.UndefinedError when a page forgot a value."""
        token = _ZONE.set(zone)
        try:
            return self._environments[language].get_template(template).render(values)
        finally:
            _ZONE.reset(token)

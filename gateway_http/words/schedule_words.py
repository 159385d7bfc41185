"""Changes that wait for their time, in words."""

from gateway_http.i18n import N_, Language
from gateway_http.words.bulk_words import note_text
from gateway_http.words.told import Told
from services.contracts.schedules import ScheduleState, ScheduleView

_STATES: dict[ScheduleState, tuple[str, str]] = {
    ScheduleState.WAITING: ("waiting", N_("Waits for its time")),
    ScheduleState.APPLIED: ("good", N_("In the goods base")),
    ScheduleState.CANCELLED: ("neutral", N_("Cancelled")),
    ScheduleState.FAILED: ("failed", N_("Failed")),
}


def schedule_told(view: ScheduleView, language: Language) -> Told:
    """How it stands."""
    tone, text = _STATES[view.state]
    more = language.text(N_("Something broke. The goods base is as it was.")) if view.reason else ""
    return Told(tone, language.text(text), more)


def schedule_name(view: ScheduleView, language: Language) -> str:
    """What it does."""
    if view.source == "import":
        return language.text(N_("Prices from the file %(name)s"), name=view.note)
    return note_text(view.note, language)

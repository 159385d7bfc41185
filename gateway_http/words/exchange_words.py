"""Exchanges in words: kinds, states, the reasons of every wait and failure with their cure, and the timeline."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from gateway_http import formats
from gateway_http.i18n import N_, Language
from gateway_http.words.failure_words import failure_text, register_code_text
from gateway_http.words.told import Told
from services.contracts.exchange_words import Step
from services.contracts.registers import ExchangeBrief, ExchangeKind, ExchangeState, ExchangeView, RegisterMode

Exchange = ExchangeBrief | ExchangeView

KINDS: dict[str, str] = {
    ExchangeKind.LOAD_GOODS: N_("Loading goods"),
    ExchangeKind.READ_SETTINGS: N_("Reading settings"),
    ExchangeKind.TEST: N_("Connection test"),
}

# The icons at «Кассы» → «Общие»: kind, icon, words.
ICONS: tuple[tuple[str, str, str], ...] = (
    (ExchangeKind.LOAD_GOODS, "cloud-arrow-down", N_("Load goods")),
    (ExchangeKind.READ_SETTINGS, "sliders", N_("Read settings")),
    (ExchangeKind.TEST, "broadcast", N_("Test the connection")),
)

MODES: dict[str, str] = {
    RegisterMode.SALES: N_("Sales mode"),
    RegisterMode.MENU: N_("Main menu"),
    RegisterMode.PROGRAMMING: N_("Programming"),
    RegisterMode.REPORTS: N_("Reports"),
}

_STATES: dict[str, tuple[str, str]] = {
    ExchangeState.QUEUED: ("waiting", N_("In the queue")),
    ExchangeState.WAITING: ("waiting", N_("Waits for the register")),
    ExchangeState.SENDING: ("waiting", N_("EXCHANGE (%(percent)s %%)")),
    ExchangeState.BUFFERED: ("waiting", N_("In the buffer")),
    ExchangeState.APPLIED: ("good", N_("Done")),
    ExchangeState.FAILED: ("failed", N_("Error")),
    ExchangeState.CANCELLED: ("neutral", N_("Cancelled")),
    ExchangeState.SUPERSEDED: ("neutral", N_("Replaced by a newer one")),
    ExchangeState.EXPIRED: ("attention", N_("Expired")),
}

UNDER_WAY = frozenset({ExchangeState.QUEUED, ExchangeState.WAITING, ExchangeState.SENDING, ExchangeState.BUFFERED})

WAIT_TEXTS: dict[str, str] = {
    "offline": N_("The register is not connected. It will start by itself when the register comes back."),
    "sales_mode": N_(
        "The register is in sales mode. Loading will start by itself when the cashier leaves to the main menu."
    ),
    "main_menu": N_("Everything is in the register's buffer. It switches when the register is in its main menu."),
    "dialog": N_("The register shows the loading dialog: somebody has to answer it there."),
    "busy": N_("The register is busy with something else. It will be tried again by itself."),
}
_SALES_SINCE = N_(
    "The register is in sales mode since %(since)s. "
    "Loading will start by itself when the cashier leaves to the main menu"
)

_STEPS: dict[str, tuple[str, str]] = {
    Step.ASKED: ("neutral", N_("Asked for by %(by)s")),
    Step.ASKED_BY_ITSELF: ("neutral", N_("Started by itself: %(because)s")),
    Step.PRICE_LIST_WANTED: ("waiting", N_("The price list is being made")),
    Step.PRICE_LIST_BUILT: (
        "good",
        N_("Price list of base revision %(revision)s is ready: records %(records)s, not sent %(problems)s"),
    ),
    Step.PRICE_LIST_RENEWED: ("waiting", N_("The price list is made anew: %(because)s")),
    Step.ALREADY_HOLDS: ("good", N_("The register holds revision %(revision)s already (%(records)s records)")),
    Step.WAITING: ("waiting", N_("Waits: %(reason)s")),
    Step.REGISTER_BACK: ("good", N_("The register is connected again")),
    Step.SENDING: ("waiting", N_("Sending everything: %(records)s records")),
    Step.SENDING_DELTA: (
        "waiting",
        N_("Sending the changes since revision %(from_revision)s: %(records)s records"),
    ),
    Step.RESUMED: ("good", N_("Goes on where it stopped: %(done)s of %(total)s parts were there")),
    Step.RESTARTED: ("attention", N_("Starts again from the beginning: %(because)s")),
    Step.DELTA_REFUSED: ("attention", N_("The register holds another base: everything is sent")),
    Step.LINE_LOST: ("attention", N_("The connection was lost after %(done)s of %(total)s parts")),
    Step.BUFFERED: ("good", N_("All data is in the register's buffer")),
    Step.APPLY_SENT: ("waiting", N_("The register was told to switch to the new base")),
    Step.APPLIED: ("good", N_("The register confirmed revision %(revision)s: %(count)s records")),
    Step.FOUND_AT_HELLO: (
        "good",
        N_("The register came back and holds revision %(revision)s: %(count)s records"),
    ),
    Step.APPLIED_LATE: ("attention", N_("The register confirmed revision %(revision)s after the exchange was over")),
    Step.ASKED_REGISTER: ("waiting", N_("The register was asked")),
    Step.ANSWERED: ("good", N_("The register answered")),
    Step.FAILED: ("failed", N_("Error: %(reason)s")),
    Step.CANCELLED: ("neutral", N_("Cancelled by %(by)s")),
    Step.REGISTER_REPLACED: ("attention", N_("The register works with another ID now")),
    Step.SUPERSEDED: ("neutral", N_("Replaced by a newer exchange")),
    Step.EXPIRED: ("attention", N_("It waited too long and was given up")),
    Step.LEFT_OUT: ("neutral", N_("%(entries)s steps in between are not shown")),
}

_BECAUSE: dict[str, str] = {
    "auto_load": N_("the goods base changed"),
    "first_contact": N_("first contact of the register"),
    "register_data": N_("the register told new data of itself"),
    "list_gone": N_("the former one was no longer kept"),
    "newer_base": N_("the goods base changed meanwhile"),
    "hash_wrong": N_("the checksum of what arrived was wrong"),
    "resume_mismatch": N_("the buffer of the register held something else"),
    "load_unknown": N_("the register did not know this load any more"),
}


_COUNTS = frozenset({"records", "problems", "count", "done", "total", "entries", "chunks"})


class TimelineLine(msgspec.Struct, frozen=True):
    """One line of a timeline."""

    at: datetime
    tone: str
    text: str


def percent(done: int, total: int) -> int:
    return min(100, done * 100 // total) if total else 0


def exchange_told(exchange: Exchange, language: Language, mode_since: str = "") -> Told:
    """State, and why it waits or failed. `mode_since` is when the register's present mode began, as it is shown."""
    tone, text = _STATES[exchange.state]
    if exchange.state is ExchangeState.APPLIED and exchange.kind is ExchangeKind.LOAD_GOODS:
        text = N_("Loaded")
    more = ""
    if exchange.state in UNDER_WAY and exchange.reason:
        more = wait_text(exchange.reason, language, mode_since)
    elif exchange.state is ExchangeState.FAILED:
        more = _failure(exchange, language)
    return Told(tone, language.text(text, percent=percent(exchange.done, exchange.total)), more)


def _failure(exchange: Exchange, language: Language) -> str:
    parts = [failure_text(exchange.reason or "", language)]
    if isinstance(exchange, ExchangeView):
        if exchange.item_code:
            parts.append(language.text(N_("Item with code %(code)s."), code=exchange.item_code))
        if exchange.register_code:
            parts.append(register_code_text(exchange.register_code, language))
    return " ".join(parts)


def wait_text(reason: str, language: Language, mode_since: str = "") -> str:
    """Why an exchange waits, and when it goes on."""
    if reason == "sales_mode" and mode_since:
        return language.text(_SALES_SINCE, since=mode_since)
    return language.text(WAIT_TEXTS[reason]) if reason in WAIT_TEXTS else failure_text(reason, language)


def state_text(state: str, language: Language) -> str:
    """A state by name, without how far it is; an unknown one is shown as itself."""
    if state == ExchangeState.SENDING:
        return language.text(N_("EXCHANGE"))
    return language.text(_STATES[ExchangeState(state)][1]) if state in set(ExchangeState) else state


def kind_text(kind: str, language: Language) -> str:
    return language.text(KINDS.get(kind, kind))


def mode_text(mode: str | None, language: Language) -> str:
    return language.text(MODES[mode]) if mode in MODES else ""


def timeline(exchange: ExchangeView, language: Language) -> list[TimelineLine]:
    """The story of an exchange, oldest first."""
    told = []
    for entry in exchange.timeline:
        tone, text = _STEPS.get(entry.what, ("neutral", entry.what))
        told.append(
            TimelineLine(entry.at, tone, language.text(text, **_step_params(entry.what, entry.params, language)))
        )
    return told


def _step_params(what: str, params: Mapping[str, str | int], language: Language) -> dict[str, str | int]:
    shown = {
        name: formats.whole(value, language.code) if isinstance(value, int) and name in _COUNTS else value
        for name, value in params.items()
    }
    if "because" in shown:
        shown["because"] = language.text(_BECAUSE.get(str(shown["because"]), str(shown["because"])))
    if what == Step.WAITING:
        shown["reason"] = wait_text(str(shown.get("reason", "")), language)
    if what == Step.FAILED:
        parts = [failure_text(str(shown.get("code", "")), language)]
        if shown.get("item_code"):
            parts.append(language.text(N_("Item with code %(code)s."), code=shown["item_code"]))
        if shown.get("register_code"):
            parts.append(register_code_text(str(shown["register_code"]), language))
        shown["reason"] = " ".join(parts)
    return shown

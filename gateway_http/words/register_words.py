"""Registers in words: is it there, does it hold the right prices and if not why, is anything wrong."""

from gateway_http.i18n import N_, Language
from gateway_http.words.exchange_words import UNDER_WAY, exchange_told
from gateway_http.words.failure_words import failure_text
from gateway_http.words.told import Told
from services.contracts.registers import GoodsTruth, RegisterState, RegisterView

_NOT_IN_SYNC: dict[str, tuple[str, str, str]] = {
    "never_loaded": ("attention", N_("Goods never loaded"), N_("Press «Load goods».")),
    "loading": ("waiting", N_("Loading"), ""),
    "offline": (
        "attention",
        N_("Waits for connection"),
        N_("The goods will go when the register is connected again."),
    ),
    "sales_mode": (
        "waiting",
        N_("Waits: sales mode"),
        N_("The load goes on by itself when the cashier leaves to the main menu."),
    ),
    "main_menu": ("waiting", N_("Waits for the main menu"), N_("The register switches when it is in its main menu.")),
    "dialog": ("waiting", N_("Waits for an answer"), N_("Somebody has to answer the dialog at the register.")),
    "busy": ("waiting", N_("Register is busy"), ""),
    "drift": (
        "failed",
        N_("Not what was loaded"),
        N_("The register holds another base than it confirmed. Load the goods again."),
    ),
}

_ALARMS: dict[str, tuple[str, str]] = {
    "bound_to_another": (
        N_("A foreign register tried this ID"),
        N_(
            "A register with another serial number came with this ID and was refused. If the register was exchanged, "
            "make a new ID or allow it to be bound again."
        ),
    ),
    "key_wrong": (
        N_("The register has lost its key"),
        N_(
            "The register came with its serial number but with another key. "
            "If it was repaired or reset, allow it to be bound again."
        ),
    ),
    "drift": (
        N_("The register holds another base"),
        N_("What the register holds is not what it confirmed. Load the goods again."),
    ),
    "hash_mismatch": (
        N_("The register confirmed another base"),
        N_("After loading the register reported another base than was sent. Load again in full."),
    ),
}


def truth_told(goods: GoodsTruth, language: Language) -> Told:
    """Price truth in words: does the register hold what it should, and if not, why."""
    if goods.in_sync:
        if goods.unsent:
            return Told(
                "waiting",
                language.text(N_("There are unsent changes")),
                language.text(
                    N_("The goods base is newer than what was last sent. Nothing is wrong: send it when it suits you.")
                ),
            )
        return Told("good", language.text(N_("Prices are right")))
    reason = goods.reason or ""
    if reason.startswith("failed:"):
        return Told("failed", language.text(N_("Not loaded")), failure_text(reason.removeprefix("failed:"), language))
    tone, text, more = _NOT_IN_SYNC.get(reason, ("attention", N_("Prices differ"), ""))
    return Told(tone, language.text(text), language.text(more) if more else "")


def presence_told(register: RegisterView, language: Language) -> Told:
    """Is it connected; and if it never was, what to do."""
    if register.state is RegisterState.DISABLED:
        return Told("neutral", language.text(N_("Switched off")))
    if register.state is RegisterState.REPLACED:
        return Told(
            "neutral",
            language.text(N_("ID replaced")),
            language.text(N_("The same register works with a newer ID of this account.")),
        )
    if register.state is RegisterState.ID_EXPIRED:
        return Told(
            "attention",
            language.text(N_("ID expired")),
            language.text(N_("No register came with this ID for 30 days. Renew it to go on.")),
        )
    if register.state is RegisterState.UNBOUND:
        return Told("attention", language.text(N_("No contact yet")), language.text(N_("Type the ID on the register.")))
    if register.online:
        return Told("good", language.text(N_("Connected")))
    return Told("attention", language.text(N_("Not connected")))


def alarm_told(register: RegisterView, language: Language) -> Told | None:
    """What needs a person's eye; None: nothing."""
    if register.alarm is None:
        return None
    return Told("failed", *alarm_words(register.alarm, language))


def alarm_words(alarm: str, language: Language) -> tuple[str, str]:
    """What an alarm says, and what to do."""
    title, more = _ALARMS.get(alarm, (N_("Something is wrong with this register"), ""))
    return language.text(title), language.text(more)


def main_told(register: RegisterView, language: Language) -> Told:
    """The one word for a row: what is under way, else the price truth."""
    if register.exchange is not None and register.exchange.state in UNDER_WAY:
        return exchange_told(register.exchange, language)
    return truth_told(register.goods, language)

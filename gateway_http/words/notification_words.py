"""Notifications in words: what happened, and what it means or asks for. The params of each kind are in the contract."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from gateway_http import formats
from gateway_http.i18n import N_, Language
from gateway_http.words.account_words import device_text
from gateway_http.words.exchange_words import kind_text
from gateway_http.words.failure_words import failure_text
from gateway_http.words.import_words import FILE_REASONS
from gateway_http.words.register_words import alarm_words
from gateway_http.words.told import Told
from services.contracts.limits import AccountState
from services.contracts.notifications import Notification, NotificationKind

Params = Mapping[str, str | int]

# What each kind is about, where one chooses of what to hear.
KINDS: dict[str, str] = {
    NotificationKind.ONE_TIME_PASSWORD: N_("A one-time password was issued to me"),
    NotificationKind.NEW_PLACE: N_("A sign-in from a new place"),
    NotificationKind.SECOND_FACTOR: N_("Changes of my two-step sign-in"),
    NotificationKind.IMPORT_ENDED: N_("A loaded file is done"),
    NotificationKind.REGISTER_ALARM: N_("Alarms of registers"),
    NotificationKind.EXCHANGE_FAILED: N_("A failed exchange"),
    NotificationKind.ACCOUNT_STATE: N_("The account is suspended, to be deleted or restored"),
}


class _Words(msgspec.Struct, frozen=True):
    """How one reader reads: language and time zone."""

    language: Language
    zone: ZoneInfo

    def say(self, message: str, **params: str | int) -> str:
        return self.language.text(message, **params)

    def moment(self, told: object) -> str:
        """A time of the params; "" for none."""
        try:
            return formats.moment(datetime.fromisoformat(str(told)), self.zone, self.language.code)
        except ValueError:
            return ""


def _text(params: Params, name: str) -> str:
    return str(params.get(name, ""))


def _one_time_password(params: Params, words: _Words) -> Told:
    title = words.say(N_("%(by)s issued a one-time password to you"), by=_text(params, "by"))
    more = N_("It is good until %(until)s. If you did not ask for it, tell an administrator of your account.")
    return Told("attention", title, words.say(more, until=words.moment(params.get("until"))))


def _new_place(params: Params, words: _Words) -> Told:
    device = device_text(_text(params, "agent"), words.language)
    title = words.say(N_("Sign-in from a new place: %(address)s"), address=_text(params, "address"))
    more = N_("%(device)s. If it was not you, change your password and end the session.")
    return Told("attention", title, words.say(more, device=device))


_FACTOR = {
    "set_up": ("good", N_("Two-step sign-in was set up")),
    "taken_away": ("attention", N_("Two-step sign-in was taken away")),
    "recovery_code_used": ("attention", N_("A recovery code was used to sign in")),
}


def _second_factor(params: Params, words: _Words) -> Told:
    tone, title = _FACTOR.get(_text(params, "what"), ("attention", N_("Two-step sign-in was changed")))
    by = _text(params, "by")
    return Told(tone, words.say(title), words.say(N_("Done by %(by)s"), by=by) if by else "")


def _import_ended(params: Params, words: _Words) -> Told:
    filename = _text(params, "filename")
    if params.get("state") == "failed":
        reason = FILE_REASONS.get(_text(params, "reason"), "")
        more = words.say(reason) if reason and "%(" not in reason else words.say(N_("The page of the file says why."))
        return Told("failed", words.say(N_("File not loaded: %(filename)s"), filename=filename), more)
    counts = {name: formats.whole(int(params.get(name, 0)), words.language.code) for name in _COUNTS}
    more = words.say(N_("Created: %(created)s, updated: %(changed)s, bad rows: %(failed)s"), **counts)
    tone = "attention" if int(params.get("failed", 0)) else "good"
    return Told(tone, words.say(N_("File loaded: %(filename)s"), filename=filename), more)


_COUNTS = ("created", "changed", "failed")


def _register_alarm(params: Params, words: _Words) -> Told:
    title, more = alarm_words(_text(params, "alarm"), words.language)
    return Told("failed", f"{_text(params, 'register')}: {title}", more)


def _exchange_failed(params: Params, words: _Words) -> Told:
    told = {"register": _text(params, "register"), "exchange": kind_text(_text(params, "exchange"), words.language)}
    if params.get("state") == "expired":
        title = words.say(N_("%(register)s: «%(exchange)s» has expired"), **told)
        return Told("attention", title, words.say(N_("It waited too long and was given up")))
    reason = _text(params, "reason")
    more = failure_text(reason, words.language) if reason else ""
    return Told("failed", words.say(N_("%(register)s: «%(exchange)s» has failed"), **told), more)


def _account_state(params: Params, words: _Words) -> Told:
    state, reason = params.get("state"), _text(params, "reason")
    if state == AccountState.DELETING:
        title = N_("The account will be deleted on %(delete_at)s")
        return Told("failed", words.say(title, delete_at=words.moment(params.get("delete_at"))), reason)
    if state == AccountState.SUSPENDED:
        return Told("attention", words.say(N_("The account was suspended")), reason)
    return Told("good", words.say(N_("The account works again")), reason)


_TELLERS: dict[str, Callable[[Params, _Words], Told]] = {
    NotificationKind.ONE_TIME_PASSWORD: _one_time_password,
    NotificationKind.NEW_PLACE: _new_place,
    NotificationKind.SECOND_FACTOR: _second_factor,
    NotificationKind.IMPORT_ENDED: _import_ended,
    NotificationKind.REGISTER_ALARM: _register_alarm,
    NotificationKind.EXCHANGE_FAILED: _exchange_failed,
    NotificationKind.ACCOUNT_STATE: _account_state,
}


def notification_told(notification: Notification, language: Language, zone: ZoneInfo) -> Told:
    """A notification for that reader: tone, what happened, what it means."""
    return _TELLERS[notification.kind](notification.params, _Words(language, zone))

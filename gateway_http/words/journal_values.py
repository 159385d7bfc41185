"""What the journal tells of a thing, in words: names of fields, and values as people read them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from gateway_http import formats
from gateway_http.i18n import LANGUAGE_NAMES, N_, Language
from gateway_http.words import import_words
from gateway_http.words.account_words import ACCOUNT_STATES, LIMITS, ROLES, device_text
from gateway_http.words.exchange_words import KINDS as EXCHANGE_KINDS
from gateway_http.words.exchange_words import state_text
from gateway_http.words.goods_words import AGENTS, MARKINGS, MEASURES, PAYMENT_METHODS, TYPE_CODES, tax_text
from gateway_http.words.register_words import alarm_words
from services.contracts.journal import Change
from services.contracts.values import Json

NOTHING = "—"

FIELDS: dict[str, str] = {
    **import_words.FIELDS,
    # Users, keys and sessions
    "login": N_("Login"),
    "email": N_("E-mail"),
    "roles": N_("Roles"),
    "dealer": N_("Dealer"),
    "disabled": N_("Disabled"),
    "language": N_("Language"),
    "password": N_("Password"),
    "must_change_password": N_("Password has to be changed"),
    "password_until": N_("One-time password is good until"),
    "second_factor": N_("Two-step sign-in"),
    "recovery_codes": N_("Recovery codes left"),
    "recovery_codes_renewed": N_("Recovery codes are new"),
    "address": N_("Address"),
    "agent": N_("Device"),
    "new_place": N_("New place"),
    "expires_at": N_("Good until"),
    "created_by": N_("Made by"),
    "on_pages": N_("On the pages"),
    "by_mail": N_("By e-mail"),
    # Accounts
    "sign_in_name": N_("Sign-in name"),
    "inn": N_("INN"),
    "time_zone": N_("Time zone"),
    "default_tax_code": N_("Default VAT"),
    "idle_minutes": N_("End the session after minutes without activity"),
    "second_factor_required": N_("Two-step sign-in is required"),
    "state": N_("State"),
    "reason": N_("Reason"),
    "delete_at": N_("Will be deleted on"),
    "limits": N_("Limits"),
    # Goods and files
    "short_name_edited": N_("Short name is written by hand"),
    "parent": N_("Stands in the group"),
    "items": N_("Items taken out of the group"),
    "size": N_("Size"),
    "format": N_("Format"),
    "dry_run": N_("Check only"),
    "encoding": N_("Encoding"),
    "rows": N_("Rows"),
    "created": N_("New items"),
    "changed": N_("Changed items"),
    "unchanged": N_("Items as they were"),
    "removed": N_("Deleted items"),
    "failed": N_("Bad rows"),
    "warnings": N_("Doubtful rows"),
    "groups_created": N_("New item groups"),
    "legacy_tax_rows": N_("Rows with an old VAT rate"),
    # Registers and exchanges
    "kkt_id": N_("Register ID"),
    "kkt_id_expires_at": N_("The ID is kept until"),
    "rebinding_until": N_("May be bound anew until"),
    "item_groups": N_("Item groups of the register"),
    "price_percent": N_("Price percentage"),
    "price_rounding": N_("Rounding of prices"),
    "auto_load": N_("Load automatically"),
    "binding": N_("Number of the binding"),
    "serial_number": N_("Serial number"),
    "key_hash": N_("Key of the register"),
    "alarm": N_("Alarm"),
    "kind": N_("Kind"),
    "mode": N_("Way of loading"),
    "register_id": N_("Record of the register"),
}
# The same word may mean other things of other things.
_FIELDS_OF: dict[tuple[str, str], str] = {
    ("register", "groups"): N_("Is in the groups"),
    ("item", "name"): N_("Name of the item"),
    ("item", "agent"): N_("Agent"),
    ("user", "name"): N_("Person's name"),
    ("account", "name"): N_("Name of the organisation"),
}

END_REASONS: dict[str, str] = {
    "sign_out": N_("signed out"),
    "expired": N_("inactivity, or the longest time of a session"),
    "ended": N_("ended by a person"),
    "password": N_("the password was changed"),
    "disabled": N_("the user was disabled or deleted"),
    "account": N_("the account was suspended"),
}
_MODES = {"auto": N_("only what differs, where possible"), "full": N_("everything anew")}


class Reader(msgspec.Struct, frozen=True):
    """Who reads: in which language, time zone, and how the account's item groups are called."""

    language: Language
    zone: ZoneInfo
    item_groups: Mapping[str, str] = {}

    def moment(self, value: Json) -> str:
        return formats.moment(datetime.fromisoformat(str(value)), self.zone, self.language.code, seconds=True)


class Difference(msgspec.Struct, frozen=True):
    """One field before and after; "" where there was or is no such thing."""

    field: str
    before: str
    after: str


_Teller = Callable[[Json, Reader], str]


def _rubles(value: Json, reader: Reader) -> str:
    return formats.rubles(int(value), reader.language.code)


def _tax(value: Json, reader: Reader) -> str:
    return tax_text(int(value), reader.language)


def _coded(table: tuple[tuple[int, str], ...]) -> _Teller:
    def told(value: Json, reader: Reader) -> str:
        return reader.language.text(dict(table)[int(value)])

    return told


def _worded(table: Mapping[str, str]) -> _Teller:
    def told(value: Json, reader: Reader) -> str:
        return reader.language.text(table[str(value)])

    return told


def _roles(value: Json, reader: Reader) -> str:
    return ", ".join(reader.language.text(ROLES[role]) for role in value) or NOTHING


def _limits(value: Json, reader: Reader) -> str:
    told = (
        f"{reader.language.text(LIMITS[name])}: {formats.whole(most, reader.language.code)}"
        for name, most in value.items()
    )
    return "; ".join(told) or reader.language.text(N_("as for everybody"))


def _item_groups(value: Json, reader: Reader) -> str:
    told = (reader.item_groups.get(str(group), str(group)) for group in value)
    return ", ".join(told) or reader.language.text(N_("all goods"))


# By field, or by thing and field. What a teller cannot read is shown as it is.
_TELLERS: dict[str | tuple[str, str], _Teller] = {
    "price": _rubles,
    "excise": _rubles,
    "payment_method": _coded(PAYMENT_METHODS),
    ("item", "agent"): _coded(AGENTS),
    "marking": _worded(MARKINGS),
    "price_rounding": _rubles,
    "price_percent": lambda value, reader: f"{value}{formats.NBSP}%",
    "tax_code": _tax,
    "default_tax_code": _tax,
    "type_code": _coded(TYPE_CODES),
    "measure_unit": _coded(MEASURES),
    "roles": _roles,
    "limits": _limits,
    "item_groups": _item_groups,
    "language": lambda value, reader: LANGUAGE_NAMES[str(value)],
    "agent": lambda value, reader: device_text(str(value), reader.language),
    "kkt_id": lambda value, reader: formats.kkt_id_spaced(str(value)),
    "size": lambda value, reader: formats.size(int(value), reader.language.code),
    "kind": _worded(EXCHANGE_KINDS),
    "mode": _worded(_MODES),
    "format": _worded(import_words.FORMATS),
    "alarm": lambda value, reader: alarm_words(str(value), reader.language)[0],
    **dict.fromkeys(
        ("password_until", "expires_at", "delete_at", "kkt_id_expires_at", "rebinding_until"),
        lambda value, reader: reader.moment(value),
    ),
    ("account", "state"): lambda value, reader: reader.language.text(ACCOUNT_STATES[value][1]),
    ("import", "state"): lambda value, reader: import_words.state_text(str(value), reader.language),
    ("exchange", "state"): lambda value, reader: state_text(str(value), reader.language),
    ("session", "reason"): _worded(END_REASONS),
    ("import", "reason"): lambda value, reader: import_words.file_reason(str(value), {}, reader.language),
}


def field_text(thing: str, field: str, language: Language) -> str:
    """The name of a field; an unknown one is shown as it is."""
    words = _FIELDS_OF.get((thing, field)) or FIELDS.get(field)
    return language.text(words) if words else field


def value_text(thing: str, field: str, value: Json, reader: Reader) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return reader.language.text(N_("yes") if value else N_("no"))
    teller = _TELLERS.get((thing, field)) or _TELLERS.get(field)
    if teller is not None:
        try:
            return teller(value, reader)
        except (KeyError, ValueError, TypeError, AttributeError):
            return _plain(value, reader.language)
    return _plain(value, reader.language)


def differences(change: Change, reader: Reader) -> list[Difference]:
    """What is told of one thing, field by field. What came into being has no before, what is gone no after."""
    before, after = change.before or {}, change.after or {}
    return [
        Difference(
            field_text(change.thing, field, reader.language),
            value_text(change.thing, field, before[field], reader) if field in before else "",
            value_text(change.thing, field, after[field], reader) if field in after else "",
        )
        for field in {**before, **after}
    ]


def _plain(value: Json, language: Language) -> str:
    if isinstance(value, bool):
        return language.text(N_("yes") if value else N_("no"))
    if isinstance(value, int):
        return formats.whole(value, language.code)
    if isinstance(value, list):
        return ", ".join(_plain(inner, language) for inner in value) or NOTHING
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(inner, language)}" for name, inner in value.items()) or NOTHING
    return NOTHING if value is None else str(value)

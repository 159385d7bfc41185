"""The journal in words: what was done, by whom, and to what things. How values read stands in journal_values.py."""

from collections.abc import Callable

from gateway_http.i18n import N_, Language
from gateway_http.words.notification_words import KINDS as NOTIFICATION_KINDS
from services.contracts.journal import Change, JournalEntry

# By the name of the call, or one of WHAT_ROOMS_DO.
DEEDS: dict[str, str] = {
    # Sign-in and one's own affairs
    "sign_in": N_("Signed in"),
    "sign_out": N_("Signed out"),
    "authenticate": N_("A session ended by inactivity"),
    "peek_session": N_("A session ended by inactivity"),
    "end_session": N_("A session was ended"),
    "end_other_sessions": N_("Other sessions were ended"),
    "change_me": N_("Own profile changed"),
    "change_own_password": N_("Own password changed"),
    "change_own_email": N_("Own e-mail address changed"),
    "confirm_second_factor": N_("Two-step sign-in set up"),
    "renew_recovery_codes": N_("Recovery codes renewed"),
    "give_up_second_factor": N_("Two-step sign-in given up"),
    "choose": N_("Choice of notifications changed"),
    # Users and keys
    "add_user": N_("User added"),
    "change_user": N_("User changed"),
    "remove_user": N_("User deleted"),
    "issue_one_time_password": N_("One-time password issued"),
    "remove_second_factor": N_("Two-step sign-in of a user taken away"),
    "end_sessions_of": N_("Sessions of a user ended"),
    "make_api_key": N_("API key made"),
    "revoke_api_key": N_("API key revoked"),
    # The account
    "change_account": N_("Account changed"),
    "create_account": N_("Account opened"),
    "create_first_account": N_("First account of the server opened"),
    "create_operator": N_("Account of the operator opened"),
    "open_account": N_("Account opened by the operator"),
    "change_operated_account": N_("Account changed by the operator"),
    "suspend_account": N_("Account suspended"),
    "resume_account": N_("Account works again"),
    "delete_account": N_("Deletion of the account announced"),
    "restore_account": N_("Deletion of the account called off"),
    "issue_password_for": N_("One-time password issued by the operator"),
    "note_export": N_("List downloaded"),
    # Goods
    "add_item": N_("Item added"),
    "change_item": N_("Item changed"),
    "change_items": N_("Several items changed"),
    "apply_bulk_change": N_("Chosen items changed together"),
    "remove_items": N_("Items deleted"),
    "schedule_bulk_change": N_("Change of items scheduled"),
    "schedule_import_prices": N_("Prices of a file scheduled"),
    "cancel_schedule": N_("Scheduled change cancelled"),
    "schedule_applied": N_("Scheduled change of the goods base"),
    "put_in_groups": N_("Items put into groups"),
    "add_item_group": N_("Item group added"),
    "change_item_group": N_("Item group changed"),
    "remove_item_group": N_("Item group deleted"),
    "undo_revision": N_("Change of the goods base undone"),
    "restore_items": N_("Deleted items brought back"),
    "start_import": N_("File sent"),
    "apply_import": N_("Loading of the file confirmed"),
    "cancel_import": N_("Loading of the file cancelled"),
    "import_applied": N_("File went into the goods base"),
    "import_failed": N_("File not loaded"),
    # Registers
    "add_register": N_("Register added"),
    "change_register": N_("Register changed"),
    "remove_register": N_("Register deleted"),
    "renew_kkt_id": N_("Register ID renewed"),
    "allow_rebinding": N_("Binding anew allowed"),
    "add_group": N_("Register group added"),
    "rename_group": N_("Register group renamed"),
    "remove_group": N_("Register group deleted"),
    "start_exchange": N_("Exchange started"),
    "cancel_exchange": N_("Exchange cancelled"),
    "open_link": N_("Register connected"),
    "register_bound": N_("Register bound to its ID"),
    "register_rebound": N_("Register bound anew"),
    "register_alarm": N_("Alarm of a register"),
    "by_itself": N_("By the server itself"),
}

THINGS: dict[str, str] = {
    "account": N_("Account"),
    "api_key": N_("API key"),
    "exchange": N_("Exchange"),
    "export": N_("Downloaded list"),
    "import": N_("Loaded file"),
    "item": N_("Item"),
    "item_group": N_("Item group"),
    "schedule": N_("Scheduled change"),
    "notification_choice": N_("Choice of notifications"),
    "register": N_("Register"),
    "register_group": N_("Register group"),
    "session": N_("Session"),
    "user": N_("User"),
}

AUTHORS: dict[str, tuple[str, str]] = {
    "user": ("person-circle", N_("Person")),
    "key": ("key", N_("API key")),
    "register": ("cash-stack", N_("Register")),
    "system": ("gear", N_("Server")),
}

EXPORTS: dict[str, str] = {"journal": N_("Journal"), "goods": N_("Goods base")}

# Where a thing is looked at.
_PLACES = {
    "account": "/admin/account",
    "api_key": "/admin/keys",
    "exchange": "/exchanges/{id}",
    "import": "/goods/imports/{id}",
    "item": "/goods/{id}",
    "register": "/registers/{id}",
    "user": "/admin/users/{id}/edit",
}
ADMIN_COMMAND = "kkt admin"  # the operator at the command line

Teller = Callable[[str, Language], str]


def deed_text(what: str, language: Language) -> str:
    """What was done; an unknown word is shown as itself."""
    return language.text(DEEDS[what]) if what in DEEDS else what


def thing_text(thing: str, language: Language) -> str:
    """What kind of thing it is; an unknown word is shown as itself."""
    return language.text(THINGS[thing]) if thing in THINGS else thing


def author_text(entry: JournalEntry, language: Language) -> str:
    """Who did it: a name, or which part of the server."""
    if entry.kind == "system":
        who = N_("Operator of the server") if entry.who == ADMIN_COMMAND else N_("Server")
        return language.text(who)
    return entry.who or language.text(AUTHORS.get(entry.kind, ("", N_("Unknown")))[1])


def author_kind(entry: JournalEntry, language: Language) -> tuple[str, str]:
    """The icon of who did it, and its word."""
    icon, text = AUTHORS.get(entry.kind, ("circle", N_("Unknown")))
    return icon, language.text(text)


def name_text(change: Change, language: Language) -> str:
    """The name of a changed thing; those that have a code for a name by their words."""
    if change.thing == "notification_choice" and change.name in NOTIFICATION_KINDS:
        return language.text(NOTIFICATION_KINDS[change.name])
    if change.thing == "export" and change.name in EXPORTS:
        return language.text(EXPORTS[change.name])
    return change.name or change.id


def place_of(change: Change) -> str:
    """The page on which the thing stands, "" for one that has none or is gone."""
    if change.after is None:
        return ""
    return _PLACES.get(change.thing, "").format(id=change.id)

"""Words for people for every refusal code and every field error code: what happened and what to do.

Used by the pages and by the API's problems alike. A test walks all Refusal classes of the contracts, so a refusal
without words cannot be added. Placeholders are the refusal's own params.
"""

from collections.abc import Callable

from gateway_http import formats
from gateway_http.i18n import N_, Language
from gateway_http.words.import_words import row_problem_text
from services.contracts.refusals import FieldError, Refusal

REFUSAL_TEXTS: dict[str, str] = {
    "refused": N_("The server refused to do this."),
    "not_found": N_("There is no such thing here. It may have been deleted."),
    "unauthenticated": N_("Please sign in."),
    "forbidden": N_("Your roles do not allow this. Ask an administrator of your account."),
    "conflict": N_("This cannot be done now: the state of things has changed. Reload the page."),
    "stale": N_("Somebody has changed this since you opened it. Look at the new values and repeat your change."),
    "too_large": N_("This is larger than the limit of %(limit)s."),
    "invalid": N_("Some fields are wrong."),
    "too_many": N_("A limit was reached. Try again later."),
    "unavailable": N_("A part of the server does not answer just now. Nothing was lost: try again in a minute."),
    "busy": N_("The server is busy just now. Try again in a minute."),
    "idempotency_key_reused": N_("The same request number came with other contents. Reload the page and repeat."),
    "sign_in_refused": N_("The client, the user or the password is wrong."),
    "session_expired": N_("For security reasons the session was ended because of inactivity"),
    "too_many_sign_ins": N_("Too many wrong attempts to sign in. Try again in %(retry_after)s s."),
    "sign_in_name_taken": N_("This sign-in name is taken by another organisation. Choose another one."),
    "code_taken": N_("There is an item with this code already."),
    "barcode_taken": N_("The item with code %(item)s has this barcode already."),
    "item_group_name_taken": N_("There is an item group of this name already."),
    "item_group_in_use": N_(
        "Registers take their goods by this group: %(registers)s. Change «Item groups of the register» there first."
    ),
    "default_tax_code_missing": N_("Choose the default VAT of the account first: nothing becomes “no VAT” silently."),
    "too_many_items": N_("The goods base may hold %(limit)s items at most."),
    "price_list_gone": N_("That price list is no longer kept. It will be made anew with the next load."),
    "upload_incomplete": N_("The file did not arrive completely. Send it again."),
    "file_too_large": N_("The file is larger than %(limit)s. Nothing was read of it."),
    "too_many_imports": N_("Other imports of this account are waiting already. Wait until they are done."),
    "too_many_imports_today": N_("The account may begin %(limit)s imports in 24 hours at most."),
    "import_not_ready": N_("Only a checked file can be put into the goods base. This one is not at that point."),
    "nothing_to_change": N_("Nothing would change: every item is so already, or cannot be changed so."),
    "schedule_over": N_("The change is over already."),
    "too_many_schedules": N_("%(limit)s changes wait already. Cancel some of them first."),
    "file_gone": N_("The file itself is no longer kept."),
    "import_base_moved": N_(
        "The goods base has changed since the file was checked, so the result would differ from what was shown. "
        "Check the file again."
    ),
    "base_moved": N_("The goods base has changed meanwhile. Look once more at what would happen, and repeat."),
    "nothing_to_undo": N_("There is nothing to take back: everything is as it was before, or was changed again later."),
    "cannot_cancel_import": N_("It is too late to cancel: the rows are going into the goods base."),
    "not_reported": N_("The settings can be edited only after the register has sent its own data."),
    "group_name_taken": N_("There is a register group of this name already."),
    "cannot_cancel": N_("It is too late to cancel: the exchange is over or the register is switching already."),
    "register_disabled": N_("The register is switched off in the list of registers. Switch it on first."),
    "already_bound": N_("A register works with this ID already, so it needs no renewal."),
    "too_many_registers": N_("The account may have %(limit)s registers at most."),
    "unknown_item_group": N_("One of the chosen item groups was deleted. Reload the page and choose again."),
    "link_refused": N_("The register was refused."),
    "unknown_id": N_("There is no register with this ID."),
    "bound_to_another": N_("Another register works with this ID."),
    "key_wrong": N_("The register has lost its key. Allow it to be bound again."),
    "disabled": N_("The register is switched off in the list of registers."),
    "too_many_attempts": N_("Too many unknown register IDs came from this address."),
    "too_many_links": N_("The account may have %(limit)s registers connected at most."),
    "malformed_json": N_("The body is not valid JSON in UTF-8."),
    "malformed_form": N_("The body is not a form with a file in the field `file`."),
    "unsupported_media_type": N_("This address does not take a body of that type."),
    "method_not_allowed": N_("This address does not know that method; it knows: %(allowed)s."),
    "csrf_wrong": N_("This form is out of date or came from another site. Reload the page and repeat."),
    "internal_error": N_("Something broke on the server's side. Tell the request number to your support."),
    "epoch_over": N_("A newer connection of this register is open."),
    "second_factor_needed": N_("Enter the code of your authenticator program."),
    "code_refused": N_("The code is wrong or came too late. Enter the one that is shown now."),
    "one_time_password_expired": N_("The one-time password has run out. Ask an administrator for a new one."),
    "account_suspended": N_("The account is suspended. Ask whoever runs the server."),
    "password_change_required": N_("First choose a password of your own in place of the one-time one."),
    "second_factor_setup_required": N_("Your account asks for two-step sign-in. Set it up first."),
    "too_many_requests": N_("Too many requests from your account this minute. Try again in %(retry_after)s s."),
    "last_administrator": N_("The account must keep an administrator who can sign in. Appoint another one first."),
    "login_taken": N_("There is a user with this login already, or with one that looks the same."),
    "not_yourself": N_("You cannot do this to the user that you are signed in as."),
    "too_many_users": N_("The account may have %(limit)s users at most."),
    "password_wrong": N_("The present password is wrong."),
    "code_wrong": N_("The code is wrong. Enter the one that is shown now."),
    "second_factor_required": N_("The account does not let you do without two-step sign-in."),
    "second_factor_state": N_("Two-step sign-in has been changed meanwhile. Reload the page."),
    "key_not_allowed": N_("An API key cannot do this: it belongs to people who have signed in."),
    "api_key_name_taken": N_("There is an API key of this name already."),
    "too_many_api_keys": N_("The account may have %(limit)s API keys at most."),
    "own_account": N_("The operator's own account can be neither suspended nor deleted."),
    "account_state": N_("The account is in another state by now. Reload the page."),
    "too_many_at_once": N_("Too many requests of your account at the same time. Send fewer at once."),
    "account_not_active": N_("The account is suspended or about to be deleted: its registers get no loads."),
}

FIELD_TEXTS: dict[str, str] = {
    "required": N_("Must be filled in."),
    "too_long": N_("Too long: %(limit)s characters at most."),
    "too_short": N_("Too short: %(limit)s characters at least."),
    "too_many": N_("Too many: %(limit)s at most."),
    "too_large": N_("Too large: %(limit)s at most."),
    "above_limit": N_("Must be %(limit)s at most."),
    "below_limit": N_("Must be %(limit)s at least."),
    "out_of_range": N_("Must be from %(min)s to %(max)s."),
    "not_one_of": N_("Must be one of: %(allowed)s."),
    "unknown": N_("There is no such value."),
    "wrong_type": N_("A value of another type is needed here."),
    "malformed": N_("Not of the right form."),
    "control_characters": N_("Has characters that cannot be shown."),
    "bad_characters": N_("Has characters that may not stand here."),
    "out_of_bounds": N_("Outside of what is allowed."),
    "unknown_item_group": N_("One of the chosen item groups was deleted. Reload the page and choose again."),
    "too_deep": N_("Groups may stand in one another %(limit)s times at most."),
    "circle": N_("A group cannot stand in itself."),
    "repeated": N_("The same value twice."),
    "login_taken": N_("There is a user with this login already, or with one that looks the same."),
    "api_key_name_taken": N_("There is an API key of this name already."),
    "sign_in_name_taken": N_("This sign-in name is taken by another organisation. Choose another one."),
    "sign_in_name_digits": N_("Must not be digits alone: it would be taken for a client number."),
    "password_is_login": N_("Must differ from the user's name."),
    "password_common": N_("Too easy to guess."),
    "password_is_name": N_("Must not be made of the name, the e-mail address or the organisation."),
    "password_same": N_("Must differ from the present one."),
    "inn_malformed": N_("Must be 10 or 12 digits."),
    "time_zone_unknown": N_("There is no such time zone."),
    "tax_code_unknown": N_("This VAT rate is not valid for new sales."),
    "language_unknown": N_("There is no such language here."),
    "email_malformed": N_("Not an e-mail address."),
    "role_not_allowed": N_("This role cannot be given here."),
    "unknown_field": N_("There is no such field."),
    "in_the_past": N_("This time is over."),
    "too_far_ahead": N_("At most %(days)s days ahead."),
    "no_time_zone": N_("The time needs its time zone."),
    "marked_type": N_("Marked goods have a subject of payment with a mark code, 31 or 33. Choose one of them."),
    "measure_unknown": N_("There is no such unit of measure."),
    "not_later": N_("Deleting cannot wait."),
    "not_together": N_("Cannot be changed together with “%(with)s”."),
}

_BYTE_PARAMS = frozenset({"file_too_large", "too_large"})  # their `limit` is a size in bytes
# Rooms name a single bound by its side.
_SINGLE_BOUND = {"too_large": "max", "too_long": "max", "too_many": "max", "too_short": "min"}
_NUMBERS = frozenset({"limit", "min", "max"})


def _shown(code: str, params: dict[str, str | int], language: Language) -> dict[str, str | int]:
    """Params as people read them: numbers grouped, sizes with their unit; one bound alone is the `limit`."""
    writer: Callable[[int, str], str] = formats.size if code in _BYTE_PARAMS else formats.whole
    shown = dict(params)
    bound = shown.get(_SINGLE_BOUND.get(code, ""))
    if bound is not None:
        shown.setdefault("limit", bound)
    return {
        name: writer(value, language.code) if isinstance(value, int) and name in _NUMBERS else value
        for name, value in shown.items()
    }


def refusal_text(refusal: Refusal, language: Language) -> str:
    """The refusal in the words of that language; the nearest ancestor's words for a class without its own."""
    for cls in type(refusal).__mro__:
        code = getattr(cls, "code", None)
        if isinstance(code, str) and code in REFUSAL_TEXTS:
            return language.text(REFUSAL_TEXTS[code], **_shown(code, refusal.params, language))
    return language.text(REFUSAL_TEXTS["refused"])


def field_text(error: FieldError, language: Language) -> str:
    """One wrong field in words; an unknown code is shown as itself."""
    words = FIELD_TEXTS.get(error.code)
    if words is None:
        told = row_problem_text(error.code, error.params, language)
        if told:
            return told
        return language.text(N_("Not accepted (%(code)s)."), code=error.code)
    if error.code == "out_of_range" and not error.params:
        words = FIELD_TEXTS["out_of_bounds"]
    return language.text(words, **_shown(error.code, error.params, language))

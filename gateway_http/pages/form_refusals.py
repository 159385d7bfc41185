"""A refusal of a room put into the form that was sent: each field's error beside its field, the rest on top."""

from gateway_http.forms import FormView
from gateway_http.refusal_texts import field_text, refusal_text
from gateway_http.screen import Screen
from services.contracts.refusals import Invalid, Refusal, Stale

# A refusal without field errors that belongs to one field, if the form has it.
_FIELD_OF = {
    "sign_in_name_taken": "sign_in_name",
    "login_taken": "login",
    "api_key_name_taken": "name",
    "code_taken": "code",
    "barcode_taken": "barcodes",
    "item_group_name_taken": "name",
    "group_name_taken": "name",
    "unknown_item_group": "item_groups",
}


def show_refusal(form: FormView, refusal: Refusal, screen: Screen) -> None:
    """Fill `form` with what the refusal says."""
    form.stale = isinstance(refusal, Stale)
    for error in refusal.errors:
        form.wrong(error.path.split("/")[0], field_text(error, screen.words))
    if refusal.errors and isinstance(refusal, Invalid):
        return
    field = _FIELD_OF.get(refusal.code)
    if field is not None:
        form.wrong(field, refusal_text(refusal, screen.words))
    else:
        form.general.append(refusal_text(refusal, screen.words))

"""Why an exchange failed, with the cure in plain words; and what the register's own three-digit codes mean."""

from gateway_http.i18n import N_, Language

FAILURES: dict[str, str] = {
    "capacity": N_(
        "The register cannot hold so many items. Choose item groups for it, so that it gets only what it sells."
    ),
    "empty_base": N_("There is nothing to send: the goods base is empty or the item groups of the register are."),
    "unknown_item_group": N_(
        "An item group that was chosen for the register was deleted. Choose its item groups again, then load."
    ),
    "declined": N_("The load was declined at the register. Load again and confirm the dialog there."),
    "hash_wrong": N_("The data arrived damaged several times. Check the register's connection and load again."),
    "resume_mismatch": N_("What the register has of the load is not what was sent. Load again."),
    "hash_mismatch": N_(
        "After loading the register reported another base than was sent. Load again in full; "
        "if it repeats, have the register's memory checked."
    ),
    "base_hash_wrong": N_("The register reckoned another base than was announced. Load again in full."),
    "base_mismatch": N_("The register holds another base than the changes were made for. Load again in full."),
    "record_refused": N_("The register refused an item. Correct the item and load again."),
    "duplicate_code": N_("Two items with one code reached the register. Correct the goods base and load again."),
    "over_capacity": N_("More items were sent than the register can hold. Choose item groups for it."),
    "memory_full": N_("The register's memory is full. Choose item groups for it or clear its goods base."),
    "storage_failed": N_("The register could not write its memory. Have it checked by your service centre."),
    "load_unknown": N_("The register does not know this load any more. Load again."),
    "load_incomplete": N_("Parts of the load did not reach the register. Load again."),
    "already_applied": N_("The register had switched to the new goods already."),
    "sales_mode": N_("The register does not do this in sales mode. Try again when it is in its main menu."),
    "register_silent": N_("The register was asked how far the load is and did not answer. Check its connection."),
    "deadline": N_("The register did not answer in time. Check its connection and try again."),
    "not_supported": N_("The register's firmware cannot do this. Ask your service centre for a newer one."),
    "setting_unknown": N_("The register's firmware has no such setting."),
    "setting_refused": N_("The register does not take this value of the setting."),
    "protocol_error": N_("The register answered in a way that cannot be understood. Check its firmware."),
    "register_replaced": N_("The register works with another ID now."),
    "register_removed": N_("The register was deleted from the account."),
    "price_list_gone": N_("The price list was no longer kept. Load again."),
    "internal_error": N_("Something broke on the server's side. Try again; if it repeats, tell your support."),
    "failed": N_("The register said no more than that. Look at its slip and load again."),
}

# Short words for the codes that a register can print in this connection; the register's manual has them all.
REGISTER_CODES: dict[str, str] = {
    "078": N_("error in the table of users"),
    "079": N_("error in the table of departments"),
    "083": N_("general error of the goods base"),
    "084": N_("the goods base is empty"),
    "085": N_("the goods base is full or must be indexed anew"),
    "086": N_("error in the index by code"),
    "087": N_("error in the index by barcode"),
    "088": N_("the item was not found"),
    "089": N_("the item is blocked"),
    "095": N_("more records than fit"),
    "097": N_("a payment item needs agents"),
    "353": N_("no network connection"),
    "430": N_("wrong address of the server"),
    "431": N_("error of the channel"),
    "432": N_("the server's name was not found (DNS)"),
    "433": N_("the connection was not made"),
    "434": N_("the connection broke"),
    "435": N_("error while sending"),
    "436": N_("error while receiving"),
    "437": N_("TCP error"),
    "510": N_("wrong settings of the KKT server"),
    "511": N_("the KKT server answered with an error"),
    "512": N_("error of the protocol"),
    "513": N_("error of registration at the KKT server"),
    "514": N_("the KKT server is not ready"),
    "515": N_("redirected"),
}


def failure_text(code: str, language: Language) -> str:
    """A failure in words; an unknown code is shown as itself."""
    if code in FAILURES:
        return language.text(FAILURES[code])
    return language.text(N_("Error %(code)s."), code=code or "?")


def register_code_text(code: str, language: Language) -> str:
    """«Код кассы 085: …»."""
    words = REGISTER_CODES.get(code)
    if words is None:
        return language.text(N_("Code of the register: %(code)s."), code=code)
    return language.text(N_("Code of the register %(code)s: %(words)s."), code=code, words=language.text(words))

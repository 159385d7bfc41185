"""The words in which the registers room tells the story of an exchange. Their texts for people stand in locale."""

from enum import StrEnum


class Step(StrEnum):
    """`TimelineEntry.what`. The comment behind each names its `params`; an entry has no others."""

    ASKED = "asked"  # by, mode ("auto", "full"; "" of other kinds)
    ASKED_BY_ITSELF = "asked_by_itself"  # because: "auto_load", "first_contact"
    PRICE_LIST_WANTED = "price_list_wanted"  # revision: at least this one
    PRICE_LIST_BUILT = "price_list_built"  # revision, records, problems
    PRICE_LIST_RENEWED = "price_list_renewed"  # because: "register_data", "list_gone", "newer_base"
    ALREADY_HOLDS = "already_holds"  # revision, records
    WAITING = "waiting"  # reason: "offline", "sales_mode", "main_menu", "dialog", "busy"; since (RFC 3339, or "")
    REGISTER_BACK = "register_back"
    SENDING = "sending"  # chunks, records
    SENDING_DELTA = "sending_delta"  # chunks, records, from_revision
    RESUMED = "resumed"  # done, total: chunks that the register has already
    RESTARTED = "restarted"  # because: "hash_wrong", "resume_mismatch", "load_unknown", "load_incomplete"
    DELTA_REFUSED = "delta_refused"  # the register's base is another one: everything is sent
    LINE_LOST = "line_lost"  # done, total
    BUFFERED = "buffered"  # total
    APPLY_SENT = "apply_sent"
    APPLIED = "applied"  # revision, count
    FOUND_AT_HELLO = "found_at_hello"  # revision, count: the register came back and holds it already
    APPLIED_LATE = "applied_late"  # revision, count: told after the exchange was over
    ASKED_REGISTER = "asked_register"  # a test, or its settings
    ANSWERED = "answered"
    FAILED = "failed"  # code, register_code ("" if none), item_code (0 if none)
    CANCELLED = "cancelled"  # by
    REGISTER_REPLACED = "register_replaced"  # the register came with another ID: this exchange goes nowhere
    SUPERSEDED = "superseded"  # by a newer exchange of the same kind
    EXPIRED = "expired"
    LEFT_OUT = "left_out"  # entries: so many in between were not kept


class WaitReason(StrEnum):
    """`reason` of an exchange that waits. Of one that failed it is a code of docs/errors.md."""

    OFFLINE = "offline"
    SALES_MODE = "sales_mode"
    MAIN_MENU = "main_menu"
    DIALOG = "dialog"
    BUSY = "busy"

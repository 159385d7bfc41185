"""Every method of every Protocol is in exactly one of SAMPLES, NOT_TOLD and READING."""

from tests.contracts.journal import samples_of_identity, samples_of_shop
from tests.contracts.journal.registry import SAMPLES

__all__ = ["NOT_TOLD", "READING", "SAMPLES"]

assert samples_of_identity and samples_of_shop  # imported for what they register

# They write, and no entry comes of it, each for a reason.
NOT_TOLD = {
    "IdentityRpc.authenticate": "moves the idle limit and counts the request; nothing that anybody set",
    "IdentityRpc.create_first_account": "does nothing once there is an account; then it is create_account",
    "OwnSignInRpc.renew_session": "moves the idle limit on, as every request does",
    "OwnSignInRpc.offer_second_factor": "what is offered is not in force; its confirmation is told",
    "NotificationsRpc.mark_seen": "what somebody has looked at is that person's own affair",
    "NotificationsRpc.mark_all_seen": "what somebody has looked at is that person's own affair",
    "ImportsRpc.upload_part": "bytes of a file that nobody asked to be used yet; start_import is told",
    "LinksRpc.close_link": "registers come and go all day",
    "LinksRpc.beats": "heartbeats change nothing that anybody set; a drift they show is told as register_alarm",
    "LinksRpc.mode_changed": "the register's own menu",
    "LinksRpc.due": "hands out work that was asked for; asking is told",
    "LinksRpc.report": "how a load goes stands in the exchange's timeline; a drift is told as register_alarm",
    "LinksRpc.note_progress": "progress, for the screen",
    "LinksRpc.settings_read": "the register tells what it is set to; nobody here set it",
}

READING = frozenset(
    {
        "ApiKeysRpc.list_api_keys",
        "CatalogRpc.base_status",
        "CatalogRpc.get_usage",
        "CatalogRpc.get_item",
        "CatalogRpc.list_item_groups",
        "CatalogRpc.page_items",
        "CatalogRpc.preview_price_list",
        "CatalogRpc.price_list_chunks",
        "EventLogRpc.events_after",
        "IdentityRpc.get_account",
        "IdentityRpc.get_usage",
        "IdentityRpc.peek_session",
        "ImportsRpc.get_import",
        "ImportsRpc.page_imports",
        "ImportsRpc.page_problems",
        "ImportsRpc.page_rows",
        "ImportsRpc.read_original",
        "JournalRpc.journal_words",
        "JournalRpc.page_journal",
        "NotificationsRpc.count_unseen",
        "NotificationsRpc.get_choices",
        "NotificationsRpc.page_notifications",
        "OperatorRpc.find_account",
        "OperatorRpc.get_operated_account",
        "OperatorRpc.page_accounts",
        "OperatorRpc.suggest_sign_in_name",
        "OwnSignInRpc.get_second_factor",
        "OwnSignInRpc.list_own_sessions",
        "BulkChangesRpc.count_tax_codes",
        "BulkChangesRpc.preview_bulk_change",
        "PriceExplanationsRpc.explain_price",
        "SchedulesRpc.get_schedule",
        "SchedulesRpc.page_scheduled_items",
        "SchedulesRpc.page_schedules",
        "RevisionsRpc.compare_revisions",
        "RevisionsRpc.get_revision",
        "RevisionsRpc.page_removed",
        "RevisionsRpc.page_revision_changes",
        "RevisionsRpc.page_revisions",
        "RevisionsRpc.preview_undo",
        "RegistersRpc.fleet_summary",
        "RegistersRpc.get_usage",
        "RegistersRpc.get_exchange",
        "RegistersRpc.get_register",
        "RegistersRpc.get_settings",
        "RegistersRpc.list_groups",
        "RegistersRpc.page_exchanges",
        "RegistersRpc.page_registers",
        "RegistersRpc.item_filters",
        "RegistersRpc.registers_filtering_by",
        "UsersRpc.get_user",
        "UsersRpc.page_users",
    }
)

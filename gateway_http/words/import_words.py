"""Imports in words: states, recognised formats and columns, why a file or a row was refused."""

from collections.abc import Mapping

from gateway_http import formats
from gateway_http.i18n import N_, Language
from gateway_http.words.told import Told
from services.contracts.imports import ImportState, ImportView

_STATES: dict[str, tuple[str, str]] = {
    ImportState.QUEUED: ("waiting", N_("In the queue")),
    ImportState.READING: ("waiting", N_("Being read")),
    ImportState.PREVIEWED: ("attention", N_("Checked, not yet applied")),
    ImportState.APPLYING: ("waiting", N_("Going into the goods base")),
    ImportState.APPLIED: ("good", N_("In the goods base")),
    ImportState.FAILED: ("failed", N_("Not read")),
    ImportState.CANCELLED: ("neutral", N_("Cancelled")),
}
UNDER_WAY = frozenset({ImportState.QUEUED, ImportState.READING, ImportState.APPLYING})

FORMATS: dict[str, str] = {
    "csv": N_("Table (CSV, TSV, TXT)"),
    "xlsx": N_("Excel workbook (XLSX)"),
    "xls": N_("Excel workbook (XLS)"),
    "ods": N_("OpenDocument table (ODS)"),
    "mercury_json": N_("Goods base of «Mercury» (JSON)"),
    "one_c": N_("1C: exchange with an offline register (XML)"),
    "commerceml": N_("1C: CommerceML"),
    "frontol": N_("Frontol (ATOL)"),
    "shtrih": N_("Shtrih-M «Cashier»"),
    "pilot": N_("Domino and Pilot"),
}
ENCODINGS = ("utf-8", "windows-1251", "cp866")
DELIMITERS: dict[str, str] = {
    ";": N_("semicolon"),
    ",": N_("comma"),
    "\t": N_("tab"),
    "|": N_("vertical bar"),
}

FIELDS: dict[str, str] = {
    "code": N_("Code"),
    "foreign_id": N_("Identifier of another program"),
    "name": N_("Name"),
    "short_name": N_("Short name"),
    "price": N_("Price"),
    "barcode": N_("Barcode"),
    "barcodes": N_("Barcode"),
    "group": N_("Item group"),
    "groups": N_("Item group"),
    "article": N_("Article"),
    "tax": N_("VAT"),
    "tax_code": N_("VAT (tag 1199)"),
    "type": N_("Subject of payment"),
    "type_code": N_("Subject of payment (tag 1212)"),
    "measure": N_("Unit of measure"),
    "measure_unit": N_("Unit of measure (tag 2108)"),
    "section": N_("Section"),
    "marked": N_("Marked"),
    "undivided": N_("Sold by the piece"),
    "tax_system": N_("Tax system"),
    "blocked": N_("Blocked"),
    "payment_method": N_("Payment method"),
    "agent": N_("Agent"),
    "excise": N_("Excise"),
    "country": N_("Country of origin"),
    "customs_declaration": N_("Customs declaration"),
    "marking": N_("Kind of marking"),
    "alcohol": N_("Alcohol"),
    "volume_ml": N_("Volume, ml"),
    "note": N_("Note"),
    "extra": N_("Other attributes"),
}

KINDS: dict[str, tuple[str, str]] = {
    "created": ("good", N_("New")),
    "changed": ("waiting", N_("Changed")),
    "unchanged": ("neutral", N_("As it was")),
    "removed": ("failed", N_("Will be deleted")),
    "jump": ("attention", N_("The price goes away or changes by more than half")),
}

# Why a whole file was refused.
FILE_REASONS: dict[str, str] = {
    "upload_incomplete": N_("The file did not arrive completely. Send it again."),
    "empty_file": N_("The file is empty."),
    "no_rows": N_("The file has a head but no rows."),
    "too_many_rows": N_("The file has more than %(limit)s rows. Split it."),
    "too_many_items": N_("The goods base would hold more than %(limit)s items."),
    "too_many_groups": N_("The goods base would hold more than %(limit)s item groups."),
    "encoding_wrong": N_("The file is not in %(said)s: it is in %(found)s. Choose the encoding again."),
    "columns_unknown": N_("It cannot be told which column is what. Say so below and read the file again."),
    "not_mercury_json": N_("This is JSON, but not a goods base of «Mercury»: there is no list of goods in it."),
    "json_broken": N_("The JSON is broken at record %(record)s."),
    "json_too_deep": N_("The JSON is nested too deep at record %(record)s."),
    "json_record_too_long": N_("Record %(record)s is longer than %(limit)s characters."),
    "xml_broken": N_("The XML is broken at line %(line)s, or the file is cut off."),
    "xml_too_deep": N_("The XML is nested deeper than %(limit)s elements."),
    "xml_doctype": N_("The XML declares a document type. Goods files have none; it is not read."),
    "xml_unknown": N_("This is XML, but no goods file that is known: its first element is «%(root)s»."),
    "sheet_broken": N_("The spreadsheet cannot be opened: it is damaged or protected by a password."),
    "unpacks_too_large": N_("The file unpacks to more than %(limit)s bytes. It is not read."),
    "zip_without_goods": N_("There is no goods file in the archive."),
    "zip_several_files": N_(
        "There are several files in the archive, among them «%(first)s» and «%(second)s». Leave one."
    ),
    "zip_broken": N_("The archive is damaged or protected by a password."),
    "replace_needs_whole_file": N_("A file that has changes only cannot replace the goods base."),
    "replace_needs_good_rows": N_(
        "Replacing needs a file without bad rows: %(failed)s rows of this one are bad,"
        " and their items would seem missing."
    ),
    "too_many_removals": N_(
        "%(removed)s of %(items)s items would be deleted. Check the file; if that is meant, confirm it"
        " and load the file again."
    ),
    "looks_like_xlsx": N_("This is an Excel workbook. Let the format be recognised by the content."),
    "looks_like_xls": N_("This is an old Excel workbook. Let the format be recognised by the content."),
    "looks_like_ods": N_("This is an OpenDocument table. Let the format be recognised by the content."),
    "looks_like_zip": N_("This is a ZIP archive. Unpack it and load the file in it."),
    "looks_like_gzip": N_("This is a gzip archive. Unpack it and load the file in it."),
    "looks_like_rar": N_("This is a RAR archive. Unpack it and load the file in it."),
    "looks_like_7z": N_("This is a 7z archive. Unpack it and load the file in it."),
    "looks_like_xml": N_("This is XML of an unknown kind. Goods come in CommerceML or in ExportData.xml of 1C."),
    "looks_like_html": N_("This is a web page. Save the table as CSV or as an Excel workbook and load that."),
    "looks_like_excel_xml": N_("This is a table in the XML of Excel 2003. Save it as an Excel workbook and load that."),
    "looks_like_pdf": N_("This is a PDF. A table is needed: CSV or an Excel workbook."),
    "looks_like_rtf": N_("This is a text document. A table is needed: CSV or an Excel workbook."),
    "looks_like_image": N_("This is a picture. A table is needed: CSV or an Excel workbook."),
    "looks_like_frontol": N_("This is a file of Frontol. Let the format be recognised by the content."),
    "looks_like_binary": N_("This is no goods file that is known."),
    "preview_lost": N_("What was shown of the file is no longer kept. Send the file again."),
    "base_moved": N_("The goods base has changed since the file was checked. Check the file again."),
    "worker_lost": N_("Reading was interrupted several times. Nothing was changed. Send the file again."),
    "internal_error": N_("Something broke while reading. Nothing was changed. Send the file again."),
}

# Why a row was refused, or what is doubtful about it.
ROW_PROBLEMS: dict[str, str] = {
    "line_too_long": N_("The line is longer than %(limit)s characters."),
    "unclosed_quote": N_("A quotation mark opens a cell and is not closed."),
    "too_many_cells": N_(
        "The row has %(found)s cells and the head %(expected)s: as a rule a decimal comma in a comma-separated file."
    ),
    "cell_error": N_("The cell shows an error of the spreadsheet: «%(value)s»."),
    "bad_characters": N_("Has characters that may not stand here."),
    "wrong_type": N_("A value of another type is needed here."),
    "not_an_object": N_("This record is not a description of an item."),
    "item_duplicate": N_("Line %(first_line)s means the same item."),
    "item_ambiguous": N_("There is no code, and several items of the goods base fit."),
    "code_not_a_number": N_("The code must be a whole number above zero."),
    "code_out_of_range": N_("The code must be a number from 1 to %(max)s."),
    "code_duplicate": N_("Line %(first_line)s has this code already."),
    "name_required": N_("The name is missing."),
    "name_too_long": N_("The name has %(length)s characters; %(limit)s are allowed."),
    "short_name_too_long": N_("The short name has %(length)s characters; %(limit)s are allowed."),
    "article_too_long": N_("The article has %(length)s characters; %(limit)s are allowed."),
    "price_not_a_number": N_("The price cannot be read."),
    "price_negative": N_("The price is below zero."),
    "price_too_large": N_("The price is above %(max)s."),
    "price_decimals": N_("It cannot be told what in the price are kopecks: write it as 1234.56."),
    "price_free": N_("The price is 0: a free price, the cashier types it."),
    "barcode_scientific": N_(
        "A spreadsheet has damaged the barcode (“%(value)s”). Format the column as text and save the file again."
    ),
    "barcode_duplicate": N_("Line %(first_line)s has this barcode already."),
    "barcode_taken": N_("The item with code %(item)s has this barcode already."),
    "barcode_length": N_("The barcode is longer than %(limit)s characters."),
    "too_many_barcodes": N_("An item may have %(limit)s barcodes at most."),
    "barcode_not_numeric": N_("The barcode has letters: it is kept, but not sent to registers."),
    "barcode_too_long": N_("The barcode is longer than 18 digits: it is kept, but not sent to registers."),
    "barcode_check_digit": N_("The check digit of the barcode is wrong."),
    "barcode_internal": N_("The barcode begins with 2: such ones are made inside a shop."),
    "barcode_of_pack": N_("The barcode sells several at once: not taken, items are sold by one here."),
    "tax_unknown": N_("The VAT rate cannot be read."),
    "tax_18": N_("VAT of 18 %% has no code today. Choose another rate."),
    "tax_20": N_("VAT of 20 %% is out of date for new sales: since 2026 it is 22 %%."),
    "type_unknown": N_("There is no such subject of payment."),
    "marked_type": N_("Marked goods are another subject of payment: it was set so."),
    "measure_unknown": N_("This unit of measure is not known: taken as “another unit”."),
    "section_out_of_range": N_("The section must be from %(min)s to %(max)s."),
    "tax_system_unknown": N_("There is no such tax system."),
    "flag_unknown": N_("Neither yes nor no."),
    "payment_method_unknown": N_("No payment method with this code (tag 1214: 1 to 7)."),
    "agent_unknown": N_("No kind of agent with this number (0 to 6)."),
    "marking_unknown": N_("Unknown kind of marking: kept as «other»."),
    "country_unknown": N_("A country is three digits of OKSM."),
    "customs_declaration_too_long": N_("The customs declaration has %(length)s characters, %(limit)s at most."),
    "excise_not_a_number": N_("The excise is no sum of money."),
    "volume_not_a_number": N_("The volume is no number."),
    "note_too_long": N_("The note has %(length)s characters, %(limit)s at most."),
    "foreign_id_too_long": N_("The identifier of the other system is longer than %(limit)s characters."),
    "price_currency": N_("The price is in %(currency)s, not in roubles: it is not taken."),
    "price_missing": N_("None of the named prices is of the kind that is taken."),
    "group_name_too_long": N_("The name of the group has %(length)s characters; %(limit)s are allowed."),
    "too_many_item_groups": N_("An item may be in %(limit)s groups at most."),
}


def row_problem_text(code: str, params: Mapping[str, str | int], language: Language) -> str:
    """What is wrong with a row; "" for a code that is none of a row's."""
    words = ROW_PROBLEMS.get(code)
    if words is None:
        return ""
    shown = dict(params)
    if code == "price_too_large" and isinstance(shown.get("max"), int):
        shown["max"] = formats.rubles(int(shown["max"]), language.code)
    return language.text(words, **shown)


def state_text(state: str, language: Language) -> str:
    """A state by name; an unknown one is shown as itself."""
    return language.text(_STATES[state][1]) if state in _STATES else state


def import_told(view: ImportView, language: Language) -> Told:
    """State, and why a file was not read."""
    tone, text = _STATES[view.state]
    more = file_reason(view.reason, view.reason_params, language) if view.reason else ""
    if view.state is ImportState.APPLIED and view.failed:
        tone = "attention"
    return Told(tone, language.text(text), more)


def file_reason(code: str, params: dict[str, str | int], language: Language) -> str:
    """Why a file was refused; an unknown code is shown as itself."""
    words = FILE_REASONS.get(code)
    if words is None:
        return language.text(N_("The file was not accepted (%(code)s)."), code=code)
    told = language.text(words, **params)
    named = params.get("name")  # the part of the file that is meant, where one is
    return f"{told} ({named})" if named and "%(name)s" not in words else told


def field_name(field: str | None, language: Language) -> str:
    """The column's name for people."""
    return "" if field is None else language.text(FIELDS.get(field, field))

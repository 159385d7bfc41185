"""Every reason for which an import refuses a row or a whole file, and a price list leaves an item out.

The words are stable: texts for people stand beside them in gateway_http/locale, and programs may rely on them.
"""

from enum import StrEnum


class RowCode(StrEnum):
    """Why a row is refused (an error) or doubtful (a warning). In brackets: the params besides `value`."""

    # the row as such
    LINE_TOO_LONG = "line_too_long"  # {limit} characters
    UNCLOSED_QUOTE = "unclosed_quote"
    TOO_MANY_CELLS = "too_many_cells"  # {expected, found}: as a rule a decimal comma in a comma-separated file
    CELL_ERROR = "cell_error"  # a formula of the spreadsheet came to #N/A or the like
    BAD_CHARACTERS = "bad_characters"  # letters that the encoding cannot hold
    WRONG_TYPE = "wrong_type"  # in JSON: a list or an object where a text belongs
    NOT_AN_OBJECT = "not_an_object"  # a JSON record that is no record
    ITEM_DUPLICATE = "item_duplicate"  # {first_line}: a row without a code that means the same item
    ITEM_AMBIGUOUS = "item_ambiguous"  # several items of the base fit a row without a code
    # code, name, article
    CODE_NOT_A_NUMBER = "code_not_a_number"
    CODE_OUT_OF_RANGE = "code_out_of_range"  # {max}
    CODE_DUPLICATE = "code_duplicate"  # {first_line}
    NAME_REQUIRED = "name_required"
    NAME_TOO_LONG = "name_too_long"  # {limit, length}
    SHORT_NAME_TOO_LONG = "short_name_too_long"  # {limit, length}
    ARTICLE_TOO_LONG = "article_too_long"  # {limit, length}
    # price
    PRICE_NOT_A_NUMBER = "price_not_a_number"
    PRICE_NEGATIVE = "price_negative"
    PRICE_TOO_LARGE = "price_too_large"  # {max} kopecks
    PRICE_DECIMALS = "price_decimals"  # more than two, or a thousands sign that cannot be told from a decimal one
    PRICE_FREE = "price_free"  # warning: an explicit 0 is «свободная цена»
    # barcodes
    BARCODE_SCIENTIFIC = "barcode_scientific"  # "4,6E+12": a spreadsheet lost its digits
    BARCODE_DUPLICATE = "barcode_duplicate"  # {first_line}
    BARCODE_TAKEN = "barcode_taken"  # {item}: another item of the base has it
    BARCODE_LENGTH = "barcode_length"  # {limit}: no barcode is that long
    TOO_MANY_BARCODES = "too_many_barcodes"  # {limit}
    BARCODE_NOT_NUMERIC = "barcode_not_numeric"  # warning: kept, not sent
    BARCODE_TOO_LONG = "barcode_too_long"  # warning: more than 18 digits; kept, not sent
    BARCODE_CHECK_DIGIT = "barcode_check_digit"  # warning
    BARCODE_INTERNAL = "barcode_internal"  # warning: EAN-13 that begins with 2, made inside a shop
    BARCODE_OF_PACK = "barcode_of_pack"  # warning: sells several at once in the other program; not taken
    # fiscal fields
    TAX_UNKNOWN = "tax_unknown"
    TAX_18 = "tax_18"  # 18 % has no code today
    TAX_20 = "tax_20"  # warning: 20 % is obsolete for new sales
    TYPE_UNKNOWN = "type_unknown"
    MARKED_TYPE = "marked_type"  # warning: {type_code}: marked goods are 31 or 33; made so
    MEASURE_UNKNOWN = "measure_unknown"  # warning: taken as 255, «иное»
    SECTION_OUT_OF_RANGE = "section_out_of_range"  # {min, max}
    TAX_SYSTEM_UNKNOWN = "tax_system_unknown"
    FLAG_UNKNOWN = "flag_unknown"  # neither yes nor no
    PAYMENT_METHOD_UNKNOWN = "payment_method_unknown"
    AGENT_UNKNOWN = "agent_unknown"
    MARKING_UNKNOWN = "marking_unknown"  # warning: kept as «иная»
    COUNTRY_UNKNOWN = "country_unknown"  # not three digits
    CUSTOMS_DECLARATION_TOO_LONG = "customs_declaration_too_long"  # {limit, length}
    EXCISE_NOT_A_NUMBER = "excise_not_a_number"
    VOLUME_NOT_A_NUMBER = "volume_not_a_number"
    NOTE_TOO_LONG = "note_too_long"  # {limit, length}
    FOREIGN_ID_TOO_LONG = "foreign_id_too_long"  # {limit}
    PRICE_CURRENCY = "price_currency"  # warning: {currency}: no roubles; the row has no price
    PRICE_MISSING = "price_missing"  # warning: the file names several prices and none of the kind that is taken
    # groups
    GROUP_NAME_TOO_LONG = "group_name_too_long"  # {limit, length}
    TOO_MANY_ITEM_GROUPS = "too_many_item_groups"  # {limit}: of one item, or levels of one path


class ImportFailure(StrEnum):
    """Why a whole file was refused; nothing was changed."""

    UPLOAD_INCOMPLETE = "upload_incomplete"
    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"  # a header and nothing below it
    TOO_MANY_ROWS = "too_many_rows"  # {limit}
    TOO_MANY_ITEMS = "too_many_items"  # {limit}
    TOO_MANY_GROUPS = "too_many_groups"  # {limit}
    ENCODING_WRONG = "encoding_wrong"  # {said, found}: the file contradicts what a person said of it
    COLUMNS_UNKNOWN = "columns_unknown"  # tell which column is what
    NOT_MERCURY_JSON = "not_mercury_json"  # valid so far, but there is no list of goods
    JSON_BROKEN = "json_broken"  # {record}: 1 is the first one
    JSON_TOO_DEEP = "json_too_deep"  # {record}
    JSON_RECORD_TOO_LONG = "json_record_too_long"  # {record, limit}
    XML_BROKEN = "xml_broken"  # {line}: cut off, or no XML
    XML_TOO_DEEP = "xml_too_deep"  # {limit}
    XML_DOCTYPE = "xml_doctype"  # a document type, with which entities come; goods files have none
    XML_UNKNOWN = "xml_unknown"  # {root}: well formed, but no goods file that we know
    SHEET_BROKEN = "sheet_broken"  # a spreadsheet that cannot be opened
    UNPACKS_TOO_LARGE = "unpacks_too_large"  # {limit} bytes: an archive or spreadsheet that swells
    ZIP_WITHOUT_GOODS = "zip_without_goods"  # no goods file is in the archive
    ZIP_SEVERAL_FILES = "zip_several_files"  # {first, second}: of an archive one file is read
    ZIP_BROKEN = "zip_broken"
    LOOKS_LIKE_XLSX = "looks_like_xlsx"
    LOOKS_LIKE_XLS = "looks_like_xls"
    LOOKS_LIKE_ODS = "looks_like_ods"
    LOOKS_LIKE_ZIP = "looks_like_zip"
    LOOKS_LIKE_GZIP = "looks_like_gzip"
    LOOKS_LIKE_RAR = "looks_like_rar"
    LOOKS_LIKE_7Z = "looks_like_7z"
    LOOKS_LIKE_XML = "looks_like_xml"
    LOOKS_LIKE_HTML = "looks_like_html"
    LOOKS_LIKE_EXCEL_XML = "looks_like_excel_xml"  # of 2003, also under the name .xls
    LOOKS_LIKE_PDF = "looks_like_pdf"
    LOOKS_LIKE_RTF = "looks_like_rtf"
    LOOKS_LIKE_IMAGE = "looks_like_image"
    LOOKS_LIKE_FRONTOL = "looks_like_frontol"
    LOOKS_LIKE_BINARY = "looks_like_binary"
    REPLACE_NEEDS_WHOLE_FILE = "replace_needs_whole_file"  # it says itself that it has changes only
    REPLACE_NEEDS_GOOD_ROWS = "replace_needs_good_rows"  # {failed}: an item whose row is bad would seem missing
    TOO_MANY_REMOVALS = "too_many_removals"  # {removed, items}: more than a tenth, and not confirmed
    PREVIEW_LOST = "preview_lost"  # the database lost the preview's rows; upload again
    BASE_MOVED = "base_moved"  # the goods base changed since the preview
    WORKER_LOST = "worker_lost"  # the process that read it died too often
    INTERNAL_ERROR = "internal_error"  # our fault; the log has it under the import's id


class RecordCode(StrEnum):
    """Why a register does not get an item, or a part of it (see RecordProblem)."""

    NO_PRICE = "no_price"
    PRICE_ABOVE_LIMIT = "price_above_limit"  # {price, max}
    BARCODE_NOT_NUMERIC = "barcode_not_numeric"  # {barcode}; part
    BARCODE_TOO_LONG = "barcode_too_long"  # {barcode}; part
    BARCODE_DUPLICATE = "barcode_duplicate"  # {barcode, other}; part: another record has that number
    EXTRA_BARCODE = "extra_barcode"  # {barcode}; part: a record holds one barcode
    CODE_OUT_OF_RANGE = "code_out_of_range"  # {max}
    TAX_CODE_UNKNOWN = "tax_code_unknown"  # {tax_code}
    TYPE_CODE_UNKNOWN = "type_code_unknown"  # {type_code, ffd}
    MEASURE_UNSUPPORTED = "measure_unsupported"  # {measure_unit, ffd}; part
    MARKED_UNSUPPORTED = "marked_unsupported"  # {base_version}
    BLOCKED_UNSUPPORTED = "blocked_unsupported"  # {base_version}: an item not for sale is not sent at all then
    NAME_EMPTY = "name_empty"  # nothing of the name is left in the register's alphabet
    UNKNOWN_ITEM_GROUP = "unknown_item_group"  # {group}: a group of the filter is no more; nothing at all is sent


class PriceListFailure(StrEnum):
    """The `code` of a PriceListFailedEvent."""

    CAPACITY = "capacity"  # {records, capacity}
    EMPTY_BASE = "empty_base"  # {problems}: nothing would be sent; a register's base is never emptied
    UNKNOWN_ITEM_GROUP = "unknown_item_group"  # {group}: a group of the filter is no more
    INTERNAL_ERROR = "internal_error"

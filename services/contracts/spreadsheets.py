"""What downloads and imports must agree on about spreadsheets."""

#: A cell that begins so is run as a formula, by Japanese and Chinese spreadsheets also in its full-width form.
#: Downloads put an apostrophe in front of such a text, imports take it off again.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

#: What stands in a cell whose formula failed: as Excel and LibreOffice write it to files, and as Excel shows it in
#: Russian, which is what goes into a CSV. A text of an item that reads so gets an apostrophe, too.
SHEET_ERRORS = frozenset(
    {
        "#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BUSY!",
        "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA", "#Н/Д", "#ДЕЛ/0!", "#ССЫЛКА!", "#ЗНАЧ!", "#ИМЯ?",
        "#ЧИСЛО!", "#ПУСТО!", "#ПЕРЕНОС!", "#ВЫЧИСЛ!", "#ПОЛЕ!", "#ЗАНЯТО!",
    }
)  # fmt: skip

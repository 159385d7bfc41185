"""What downloads and imports must agree on about spreadsheets."""

#: A cell that begins so is run as a formula, by Japanese and Chinese spreadsheets also in its full-width form.
#: Downloads put an apostrophe in front of such a text, imports take it off again.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

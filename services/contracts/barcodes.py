"""What is doubtful of a barcode that is kept all the same: told of each row of a file, and beside an item."""

from services.contracts.import_codes import RowCode

REGISTER_DIGITS_MAX = 18  # «Меркурий» goods record
CHECKED_LENGTHS = frozenset({8, 12, 13, 14})  # EAN-8, UPC-A, EAN-13, ITF-14: the GTINs, whose last digit checks


def check_digit_ok(barcode: str) -> bool:
    """GTIN check digit: weights 3 and 1 from the right. `barcode` is all digits."""
    digits = barcode.encode()
    weighed = sum(digits[-1::-2]) + 3 * sum(digits[-2::-2])
    zeros = 48 * ((len(digits) + 1) // 2 + 3 * (len(digits) // 2))  # 48 is the ASCII code of "0"
    return (weighed - zeros) % 10 == 0


def barcode_warning(barcode: str) -> RowCode | None:
    """Why a person should look at the barcode; None: it is as it should be."""
    if not (barcode.isascii() and barcode.isdigit()):
        return RowCode.BARCODE_NOT_NUMERIC
    if len(barcode) > REGISTER_DIGITS_MAX:
        return RowCode.BARCODE_TOO_LONG
    if len(barcode) in CHECKED_LENGTHS and not check_digit_ok(barcode):
        return RowCode.BARCODE_CHECK_DIGIT
    if len(barcode) == 13 and barcode[0] == "2":
        return RowCode.BARCODE_INTERNAL
    return None

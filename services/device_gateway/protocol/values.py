"""The values that fields of the link's messages may hold, each with its limit.

docs/register-link.md, «Values», says the same in words. A value outside its limit makes the message malformed.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

PROTOCOL: Final = "kkt-link.v1"
LINK_PATH: Final = "/link"

# A control message (text frame), in bytes. One page of goods (read_goods) is the largest thing that travels in one.
MAX_MESSAGE_BYTES: Final = 65_536

# The largest whole number that every JSON reader keeps exactly.
MAX_WHOLE: Final = (1 << 53) - 1
MAX_U32: Final = (1 << 32) - 1

Mode = Literal["sales", "menu", "programming", "reports"]
Ffd = Literal["1.05", "1.1", "1.2"]
BaseVersion = Literal["0.1", "0.2", "0.3", "0.4", "0.5", "0.6"]
BufferState = Literal["empty", "receiving", "buffered", "waiting_dialog"]
LoadKind = Literal["full", "delta"]
# Why a load waits: the cashier works; the switch needs the main menu; a person has to answer the dialog at the
# register; the register is busy with something else.
WaitReason = Literal["sales_mode", "main_menu", "dialog", "busy"]
RefusalCode = Literal[
    "unknown_id",
    "bound_to_another",
    "key_wrong",
    "disabled",
    "too_many_attempts",
    "protocol_version",
    "busy_server",
]

RequestId = Annotated[int, Meta(ge=1, le=MAX_U32)]
Handle = Annotated[int, Meta(ge=1, le=MAX_U32)]
Count = Annotated[int, Meta(ge=0, le=MAX_U32)]
Whole = Annotated[int, Meta(ge=0, le=MAX_WHOLE)]
ItemCode = Annotated[int, Meta(ge=0, le=MAX_WHOLE)]
Seconds = Annotated[int, Meta(ge=0, le=86_400)]
# `\Z`, not `$`: the latter lets a line feed slip in behind the last digit.
Hex256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
RegisterCode = Annotated[str, Meta(pattern=r"^[0-9]{3}\Z")]
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}\Z")]
BootId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{8,36}\Z")]
SerialNumber = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{1,20}\Z")]
ExchangeName = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{1,64}\Z")]
# Text of people, one line, no control characters.
ShortText = Annotated[str, Meta(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
LongText = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
# What the keypad gave. Its form is judged by the session (a wrong one is refused as `unknown_id`, not as malformed).
TypedKktId = Annotated[str, Meta(max_length=40)]
# An instant with its offset (RFC 3339). Without an offset it is malformed.
Instant = Annotated[datetime, Meta(tz=True)]

SettingKey = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,63}\Z")]
# No NUL: it has no place in any database or on any printer. Line feeds may be (texts of receipts).
SettingText = Annotated[str, Meta(max_length=256, pattern=r"^[^\x00]*\Z")]
SettingNumber = Annotated[int, Meta(ge=-MAX_WHOLE, le=MAX_WHOLE)]
SettingValue = SettingText | SettingNumber | bool
# 256 settings at most, far above what a register's tables have.
SettingMap = Annotated[dict[SettingKey, SettingValue], Meta(max_length=256)]

RecordValue = Annotated[str, Meta(max_length=256, pattern=r"^[^\x00]*\Z")] | Annotated[int, Meta(ge=-MAX_WHOLE)] | bool
RecordMap = Annotated[dict[Annotated[str, Meta(max_length=40)], RecordValue], Meta(max_length=40)]
# Records in one page of `read_goods`.
MAX_PAGE_RECORDS: Final = 200
RecordPage = Annotated[list[RecordMap], Meta(max_length=MAX_PAGE_RECORDS)]

"""Words that every room may say: identifiers, actors, pages."""

from typing import Any, Generic, NewType, TypeVar

import msgspec

from services.contracts.permissions import Role

AccountId = NewType("AccountId", str)  # UUID text
UserId = NewType("UserId", str)  # UUID text
SessionId = NewType("SessionId", str)  # UUID text; never the secret token
RegisterId = NewType("RegisterId", str)  # UUID text; the number typed by people is a KktId
RegisterGroupId = NewType("RegisterGroupId", str)  # UUID text
ItemCode = NewType("ItemCode", int)  # 1 … 2_147_483_647, unique in an account
ItemGroupId = NewType("ItemGroupId", str)  # UUID text
ExchangeId = NewType("ExchangeId", str)  # UUID text
ImportId = NewType("ImportId", str)  # UUID text
ScheduleId = NewType("ScheduleId", str)  # UUID text
UploadId = NewType("UploadId", str)  # UUID text chosen by the uploader
ApiKeyId = NewType("ApiKeyId", str)  # UUID text; never the secret key
NotificationId = NewType("NotificationId", str)  # UUID text
Cursor = NewType("Cursor", str)  # opaque to callers

MAX_PAGE = 500  # rows; the most that one page of any list may hold
DEFAULT_PAGE = 50  # rows


class UserActor(msgspec.Struct, frozen=True, tag="user", tag_field="kind"):
    """A person signed in to an account, or a program with an API key. Built by `identity` alone, at each request.

    `roles` are those in force now; a session that may only mend its sign-in has none. Of an API key `key` is its id,
    and `user` and `session` are that same id: keys belong to accounts, not to people. `home` is the person's own
    account during a visit to another one, None at home. `address` is where the request came from, for the journal.
    """

    account: AccountId
    user: UserId
    name: str
    roles: tuple[Role, ...]
    session: SessionId
    key: ApiKeyId | None = None
    dealer: bool = False  # the «дилер» flag, in force since this sign-in
    home: AccountId | None = None
    home_name: str = ""
    address: str = ""


class RegisterActor(msgspec.Struct, frozen=True, tag="register", tag_field="kind"):
    """A register that proved its ID and key. `epoch` tells its links apart: only the newest one's words count."""

    account: AccountId
    register: RegisterId
    epoch: int


class SystemActor(msgspec.Struct, frozen=True, tag="system", tag_field="kind"):
    """A process of the product itself, or the operator at the command line; `name` says which."""

    name: str


Actor = UserActor | RegisterActor | SystemActor

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list. `next` is the cursor of the following page, None at the end."""

    items: tuple[T, ...]
    next: Cursor | None = None


Json = Any  # a value that JSON can hold; used only where a contract carries foreign attributes

"""What the identity room promises to the operator of the server: the accounts on it.

The operator is a user of the operator account with Role.OPERATOR, or the command line (`kkt admin`, a SystemActor).
"""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.identity import AccountCreated, NewAccount
from services.contracts.limits import AccountLimits, AccountState
from services.contracts.refusals import Conflict
from services.contracts.rpc import writes
from services.contracts.users import UserWithPassword
from services.contracts.values import DEFAULT_PAGE, AccountId, Cursor, Page, SystemActor, UserActor

DELETION_DAYS = 30  # between the announcement and the end


class OperatedAccount(msgspec.Struct, frozen=True):
    """An account as the operator of the server sees it: who it is and how it stands, nothing of its goods."""

    id: AccountId
    number: int
    name: str
    sign_in_name: str
    inn: str | None
    inn_suspicious: bool
    time_zone: str
    default_tax_code: int | None
    idle_minutes: int
    second_factor_required: bool
    operator: bool
    state: AccountState
    reason: str  # of the suspension or deletion, as the operator wrote it
    delete_at: datetime | None
    users: int
    limits: AccountLimits
    created_at: datetime
    last_sign_in_at: datetime | None
    version: int


class OperatedQuery(msgspec.Struct, frozen=True):
    """`q` finds by number, name, sign-in name and ИНН (words in any order; case and ё/е do not matter)."""

    q: str = ""
    state: AccountState | None = None
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class OperatedChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fields left UNSET stay as they are."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    sign_in_name: str | msgspec.UnsetType = msgspec.UNSET
    inn: str | None | msgspec.UnsetType = msgspec.UNSET
    time_zone: str | msgspec.UnsetType = msgspec.UNSET
    default_tax_code: int | msgspec.UnsetType = msgspec.UNSET
    idle_minutes: int | msgspec.UnsetType = msgspec.UNSET
    second_factor_required: bool | msgspec.UnsetType = msgspec.UNSET
    limits: AccountLimits | msgspec.UnsetType = msgspec.UNSET


class OwnAccount(Conflict):
    """The operator's own account is neither suspended nor deleted."""

    code = "own_account"


class WrongState(Conflict):
    """The account is not in the state that this begins from."""

    code = "account_state"


Operator = UserActor | SystemActor


class OperatorRpc(Protocol):
    """Doors for the operator (Right.OPERATE in an operator account; Forbidden for all others)."""

    def page_accounts(self, actor: Operator, query: OperatedQuery) -> Page[OperatedAccount]:
        """Accounts by client number."""
        ...

    def get_operated_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """Refuses with NotFound."""
        ...

    def find_account(self, actor: Operator, number: int) -> OperatedAccount:
        """By client number. Refuses with NotFound."""
        ...

    def suggest_sign_in_name(self, actor: Operator, name: str) -> str:
        """A free sign-in name for an organisation of that name (namesakes exist)."""
        ...

    @writes
    def open_account(self, actor: Operator, new: NewAccount) -> AccountCreated:
        """An account with its first administrator; without a password in `new` a one-time one is made and told once.
        Refuses with Invalid, SignInNameTaken."""
        ...

    @writes
    def change_operated_account(
        self, actor: Operator, account: AccountId, changes: OperatedChanges, version: int | None
    ) -> OperatedAccount:
        """Refuses with Invalid, Stale, SignInNameTaken, NotFound."""
        ...

    @writes
    def suspend_account(self, actor: Operator, account: AccountId, reason: str) -> OperatedAccount:
        """Ends its sessions; nobody signs in, keys are refused. Refuses with NotFound, OwnAccount, WrongState."""
        ...

    @writes
    def resume_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """Refuses with NotFound, WrongState."""
        ...

    @writes
    def delete_account(self, actor: Operator, account: AccountId, reason: str) -> OperatedAccount:
        """Announce the deletion: final after DELETION_DAYS. Refuses with NotFound, OwnAccount, WrongState."""
        ...

    @writes
    def restore_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """Take an announced deletion back. Refuses with NotFound, WrongState."""
        ...

    @writes
    def issue_password_for(self, actor: Operator, account: AccountId, login: str) -> UserWithPassword:
        """A one-time password for any user of any account. Refuses with NotFound."""
        ...

    @writes
    def create_operator(self, actor: SystemActor, new: NewAccount) -> AccountCreated | None:
        """The operator account with its first user, if there is none yet; else None. For the command line."""
        ...

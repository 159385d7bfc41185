"""Doors of the identity room: OperatorRpc."""

from sqlalchemy.orm import Session

from services.contracts.identity import AccountCreated, NewAccount
from services.contracts.operator import OperatedAccount, OperatedChanges, OperatedQuery, Operator
from services.contracts.users import UserWithPassword
from services.contracts.values import AccountId, Page, SystemActor


class OperatorDoor:
    """The doors for OperatorRpc; the service class inherits it."""

    session: Session

    def page_accounts(self, actor: Operator, query: OperatedQuery) -> Page[OperatedAccount]:
        """See OperatorRpc."""
        raise NotImplementedError

    def get_operated_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """See OperatorRpc."""
        raise NotImplementedError

    def find_account(self, actor: Operator, number: int) -> OperatedAccount:
        """See OperatorRpc."""
        raise NotImplementedError

    def suggest_sign_in_name(self, actor: Operator, name: str) -> str:
        """See OperatorRpc."""
        raise NotImplementedError

    def open_account(self, actor: Operator, new: NewAccount) -> AccountCreated:
        """See OperatorRpc."""
        raise NotImplementedError

    def change_operated_account(
        self, actor: Operator, account: AccountId, changes: OperatedChanges, version: int | None
    ) -> OperatedAccount:
        """See OperatorRpc."""
        raise NotImplementedError

    def suspend_account(self, actor: Operator, account: AccountId, reason: str) -> OperatedAccount:
        """See OperatorRpc."""
        raise NotImplementedError

    def resume_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """See OperatorRpc."""
        raise NotImplementedError

    def delete_account(self, actor: Operator, account: AccountId, reason: str) -> OperatedAccount:
        """See OperatorRpc."""
        raise NotImplementedError

    def restore_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """See OperatorRpc."""
        raise NotImplementedError

    def issue_password_for(self, actor: Operator, account: AccountId, login: str) -> UserWithPassword:
        """See OperatorRpc."""
        raise NotImplementedError

    def create_operator(self, actor: SystemActor, new: NewAccount) -> AccountCreated | None:
        """See OperatorRpc."""
        raise NotImplementedError

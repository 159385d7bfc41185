"""Doors of the identity room: OperatorRpc. No row is held while a password is hashed."""

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.seal import Sealer
from services.chassis.settings import Settings
from services.contracts.identity import AccountCreated, NewAccount
from services.contracts.operator import OperatedAccount, OperatedChanges, OperatedQuery, Operator
from services.contracts.users import UserWithPassword
from services.contracts.values import AccountId, Page, SystemActor
from services.identity.password_hashing import password_hasher
from services.identity.time_zones import known_time_zones
from services.identity.use_cases import account_states, accounts, one_time_passwords, operated_accounts
from services.identity.use_cases.letters import Post


class OperatorDoor:
    """The doors for OperatorRpc; the service class inherits it."""

    session: Session
    sealer: Sealer
    settings: Settings

    def page_accounts(self, actor: Operator, query: OperatedQuery) -> Page[OperatedAccount]:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        return operated_accounts.page_accounts(self.session, query)

    def get_operated_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        return operated_accounts.view(self.session, operated_accounts.look_up(self.session, account))

    def find_account(self, actor: Operator, number: int) -> OperatedAccount:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        return operated_accounts.view(self.session, operated_accounts.find(self.session, number))

    def suggest_sign_in_name(self, actor: Operator, name: str) -> str:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        return operated_accounts.suggest_sign_in_name(self.session, name)

    def open_account(self, actor: Operator, new: NewAccount) -> AccountCreated:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        checked = accounts.check_new(new, known_time_zones(), password_may_be_made=True)
        hasher, now = password_hasher(), clock.now()
        given = hasher.hash(checked.password) if checked.password else one_time_passwords.make(hasher, now)
        return operated_accounts.open_account(self.session, checked, given, now, self._post())

    def change_operated_account(
        self, actor: Operator, account: AccountId, changes: OperatedChanges, version: int | None
    ) -> OperatedAccount:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        return operated_accounts.change_account(self.session, account, changes, version, known_time_zones())

    def suspend_account(self, actor: Operator, account: AccountId, reason: str) -> OperatedAccount:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        row = operated_accounts.hold(self.session, account)
        account_states.suspend(self.session, row, reason, clock.now())
        return operated_accounts.view(self.session, row)

    def resume_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        row = operated_accounts.hold(self.session, account)
        account_states.resume(self.session, row, clock.now())
        return operated_accounts.view(self.session, row)

    def delete_account(self, actor: Operator, account: AccountId, reason: str) -> OperatedAccount:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        row = operated_accounts.hold(self.session, account)
        account_states.announce_deletion(self.session, row, reason, clock.now())
        return operated_accounts.view(self.session, row)

    def restore_account(self, actor: Operator, account: AccountId) -> OperatedAccount:
        """See OperatorRpc."""
        operated_accounts.enter(actor, self.session)
        row = operated_accounts.hold(self.session, account)
        account_states.restore(self.session, row, clock.now())
        return operated_accounts.view(self.session, row)

    def issue_password_for(self, actor: Operator, account: AccountId, login: str) -> UserWithPassword:
        """See OperatorRpc."""
        name = operated_accounts.enter(actor, self.session)
        operated_accounts.look_up(self.session, account)
        now = clock.now()
        made = one_time_passwords.make(password_hasher(), now)
        return operated_accounts.issue_password(self.session, account, login, made, name, now, self._post())

    def create_operator(self, actor: SystemActor, new: NewAccount) -> AccountCreated | None:
        """See OperatorRpc."""
        checked = accounts.check_new(new, known_time_zones())
        password_hash = password_hasher().hash(checked.password)
        return operated_accounts.create_operator(self.session, checked, password_hash, clock.now())

    def _post(self) -> Post:
        return Post(self.sealer, self.settings.smtp_url is not None)

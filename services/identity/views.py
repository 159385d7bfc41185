"""How rows of this room look to the others."""

from datetime import datetime

from services.contracts.api_keys import ApiKeyView
from services.contracts.identity import AccountView, Restriction, SessionView, UserView
from services.contracts.limits import AccountState
from services.contracts.notifications import Notification, NotificationKind
from services.contracts.operator import OperatedAccount
from services.contracts.own_sign_in import OwnSession, SecondFactorView
from services.contracts.permissions import Role
from services.contracts.values import AccountId, ApiKeyId, NotificationId, SessionId, UserActor, UserId
from services.identity.domain import inn, second_factor, session_limits
from services.identity.domain.account_limits import limits_of
from services.identity.models import Account, ApiKey, LiveSession, NotificationRow, User


def account_view(account: Account) -> AccountView:
    """The account as its own users see it."""
    return AccountView(
        id=AccountId(account.account_id),
        number=account.number,
        name=account.name,
        sign_in_name=account.sign_in_name,
        inn=account.inn,
        inn_suspicious=account.inn is not None and inn.is_suspicious(account.inn),
        time_zone=account.time_zone,
        default_tax_code=account.default_tax_code,
        idle_minutes=account.idle_minutes,
        version=account.version,
        second_factor_required=account.second_factor_required,
        operator=account.operator,
        state=AccountState(account.state),
        delete_at=account.delete_at,
    )


def operated_account_view(account: Account, users: int) -> OperatedAccount:
    """The account as the operator of the server sees it."""
    return OperatedAccount(
        id=AccountId(account.account_id),
        number=account.number,
        name=account.name,
        sign_in_name=account.sign_in_name,
        inn=account.inn,
        inn_suspicious=account.inn is not None and inn.is_suspicious(account.inn),
        time_zone=account.time_zone,
        default_tax_code=account.default_tax_code,
        idle_minutes=account.idle_minutes,
        second_factor_required=account.second_factor_required,
        operator=account.operator,
        state=AccountState(account.state),
        reason=account.state_reason,
        delete_at=account.delete_at,
        users=users,
        limits=limits_of(account.limits),
        created_at=account.created_at,
        last_sign_in_at=account.last_sign_in_at,
        version=account.version,
    )


def user_view(user: User) -> UserView:
    """The user, with the roles in force now."""
    return UserView(
        id=UserId(user.user_id),
        login=user.login,
        name=user.name,
        roles=_roles(user),
        language=user.language,
        email=user.email,
        dealer=user.dealer,
        disabled=user.disabled,
        must_change_password=user.must_change_password,
        second_factor=user.totp_enabled_at is not None,
        version=user.version,
        created_at=user.created_at,
        last_sign_in_at=user.last_sign_in_at,
    )


def session_view(live: LiveSession, user: User, account: Account, address: str) -> SessionView:
    """Who acts. `idle_until` follows from what is stored, so a session never ends before the moment told here.

    In a restricted session the actor has no roles: every door that asks for a right refuses it.
    """
    restriction = _restriction(user, account)
    return SessionView(
        id=SessionId(live.session_id),
        actor=UserActor(
            account=AccountId(account.account_id),
            user=UserId(user.user_id),
            name=user.name,
            roles=_roles(user) if restriction is None else (),
            session=SessionId(live.session_id),
            dealer=user.dealer and live.dealer and restriction is None,
            address=address,
        ),
        user=user_view(user),
        account=account_view(account),
        created_at=live.created_at,
        expires_at=live.expires_at,
        idle_until=min(live.expires_at, session_limits.idle_limit(live.last_seen_at, account.idle_minutes)),
        idle_timeout=account.idle_minutes * 60,
        restriction=restriction,
    )


def key_view(key: ApiKey, account: Account, address: str) -> SessionView:
    """An API key that acts."""
    roles = tuple(Role(role) for role in key.roles)
    return SessionView(
        id=SessionId(key.key_id),
        actor=UserActor(
            account=AccountId(account.account_id),
            user=UserId(key.key_id),
            name=key.name,
            roles=roles,
            session=SessionId(key.key_id),
            key=ApiKeyId(key.key_id),
            address=address,
        ),
        user=UserView(id=UserId(key.key_id), login="", name=key.name, roles=roles),
        account=account_view(account),
        created_at=key.created_at,
        expires_at=key.expires_at,
        idle_until=key.expires_at,
        idle_timeout=0,
        key=ApiKeyId(key.key_id),
    )


def api_key_view(key: ApiKey, now: datetime) -> ApiKeyView:
    """An API key as the administrators of its account see it."""
    return ApiKeyView(
        id=ApiKeyId(key.key_id),
        name=key.name,
        hint=key.hint,
        roles=tuple(Role(role) for role in key.roles),
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
        expired=now >= key.expires_at,
        last_used_at=key.last_used_at,
        last_address=key.last_address,
    )


def own_session(live: LiveSession, current: SessionId) -> OwnSession:
    """One of a user's sessions as the user sees it in the session `current`."""
    return OwnSession(
        id=SessionId(live.session_id),
        current=live.session_id == current,
        address=live.address,
        agent=live.agent,
        created_at=live.created_at,
        last_seen_at=live.last_seen_at,
        expires_at=live.expires_at,
    )


def notification_view(row: NotificationRow) -> Notification:
    """A notification as its user sees it."""
    return Notification(
        id=NotificationId(row.notification_id),
        kind=NotificationKind(row.kind),
        params=row.params,
        link=row.link,
        at=row.at,
        seen=row.seen_at is not None,
    )


def second_factor_view(user: User, account: Account, recovery_codes: int) -> SecondFactorView:
    """How the user's second factor stands."""
    return SecondFactorView(
        enabled=user.totp_enabled_at is not None,
        enabled_at=user.totp_enabled_at,
        recovery_codes_left=recovery_codes,
        required=_must_have_second_factor(user, account),
    )


def _restriction(user: User, account: Account) -> Restriction | None:
    if user.must_change_password:
        return Restriction.PASSWORD
    if user.totp_enabled_at is None and _must_have_second_factor(user, account):
        return Restriction.SECOND_FACTOR
    return None


def _must_have_second_factor(user: User, account: Account) -> bool:
    return second_factor.is_required(account.second_factor_required, _roles(user), user.dealer)


def _roles(user: User) -> tuple[Role, ...]:
    return tuple(Role(role) for role in user.roles)

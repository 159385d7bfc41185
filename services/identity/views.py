"""How rows of this room look to the others."""

from services.contracts.identity import AccountView, SessionView, UserView
from services.contracts.limits import AccountState
from services.contracts.permissions import Role
from services.contracts.values import AccountId, SessionId, UserActor, UserId
from services.identity.domain import inn, session_limits
from services.identity.models import Account, LiveSession, User


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
    """Who acts. `idle_until` follows from what is stored, so a session never ends before the moment told here."""
    return SessionView(
        id=SessionId(live.session_id),
        actor=UserActor(
            account=AccountId(account.account_id),
            user=UserId(user.user_id),
            name=user.name,
            roles=_roles(user),
            session=SessionId(live.session_id),
            dealer=user.dealer and live.dealer,
            address=address,
        ),
        user=user_view(user),
        account=account_view(account),
        created_at=live.created_at,
        expires_at=live.expires_at,
        idle_until=min(live.expires_at, session_limits.idle_limit(live.last_seen_at, account.idle_minutes)),
        idle_timeout=account.idle_minutes * 60,
    )


def _roles(user: User) -> tuple[Role, ...]:
    return tuple(Role(role) for role in user.roles)

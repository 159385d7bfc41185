"""API keys: administrators make them for programs and revoke them. How a key acts stands in sessions.py."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.api_keys import (
    API_KEYS_MAX,
    ApiKeyMade,
    ApiKeyNameTaken,
    ApiKeyView,
    NewApiKey,
    TooManyApiKeys,
)
from services.contracts.identity import SessionEndedEvent
from services.contracts.refusals import FieldError, Invalid, NotFound
from services.contracts.values import ApiKeyId, SessionId, UserActor
from services.identity import views
from services.identity.domain import account_rules, user_rules
from services.identity.domain import api_keys as rules
from services.identity.domain.ids import must_be_id
from services.identity.models import ApiKey
from services.identity.repository import accounts as accounts_repository
from services.identity.repository import api_keys as repository
from services.identity.system_repository import api_keys as system_repository
from services.identity.use_cases.sessions import refuse_keys
from services.identity.use_cases.tokens import new_api_key, token_hash

REVOKED_KEPT = timedelta(days=30)  # the journal knows them for longer
FORGOTTEN_AT_ONCE = 1000  # revoked keys


def list_api_keys(actor: UserActor, session: Session, now: datetime) -> tuple[ApiKeyView, ...]:
    """All keys of the account that were not revoked, by name. Refuses with KeyNotAllowed."""
    refuse_keys(actor)
    return tuple(views.api_key_view(key, now) for key in repository.live_keys(actor.account, session, API_KEYS_MAX))


def make_api_key(actor: UserActor, session: Session, new: NewApiKey, now: datetime) -> ApiKeyMade:
    """A new key with its token, which is told this once and kept as a hash.

    Refuses with Invalid, ApiKeyNameTaken, TooManyApiKeys, KeyNotAllowed.
    """
    refuse_keys(actor)
    name = account_rules.clean_text(new.name)
    checks = (rules.check_name(name), rules.check_roles(new.roles, actor.roles), rules.check_days(new.days))
    if wrong := tuple(error for error in checks if error is not None):
        raise Invalid(wrong)
    # Names and the limit are looked at while no other key of the account is being made.
    if accounts_repository.get_account(actor.account, session, lock=True) is None:
        raise NotFound()
    if repository.key_name_taken(actor.account, session, rules.name_key(name)):
        raise ApiKeyNameTaken((FieldError("name", "api_key_name_taken"),))
    if repository.count_live_keys(actor.account, session) >= API_KEYS_MAX:
        raise TooManyApiKeys(limit=API_KEYS_MAX)
    token = new_api_key()
    key = ApiKey(
        account_id=actor.account,
        key_id=str(uuid.uuid4()),
        name=name,
        name_key=rules.name_key(name),
        hint=rules.hint(token),
        token_hash=token_hash(token),
        roles=[role.value for role in user_rules.in_order(new.roles)],
        created_at=now,
        created_by=actor.name,
        created_by_id=actor.user,
        expires_at=now + timedelta(days=new.days),
        revoked_at=None,
        last_used_at=None,
        last_address="",
    )
    session.add(key)
    session.flush()
    changed(session, actor.account, "api_key", key.key_id, key.name, None, _told(key))
    return ApiKeyMade(key=views.api_key_view(key, now), token=token)


def revoke_api_key(actor: UserActor, session: Session, key: ApiKeyId, now: datetime) -> None:
    """From now on the key is nobody's, and its open streams end. Refuses with NotFound, KeyNotAllowed."""
    refuse_keys(actor)
    must_be_id(key)
    revoked = repository.revoke_key(actor.account, session, key, now)
    if revoked is None:
        raise NotFound()
    changed(session, actor.account, "api_key", revoked.key_id, revoked.name, _told(revoked), None)
    record(session, actor.account, SessionEndedEvent(account=actor.account, session=SessionId(key), reason="ended"))


def forget_revoked(session: Session, now: datetime) -> None:
    """Forget keys that were revoked long ago. System session."""
    system_repository.forget_revoked_keys(session, now - REVOKED_KEPT, FORGOTTEN_AT_ONCE)


def _told(key: ApiKey) -> dict[str, Any]:
    """What the journal is told of a key: nothing that helps to guess it."""
    return {"name": key.name, "roles": list(key.roles), "expires_at": key.expires_at, "created_by": key.created_by}

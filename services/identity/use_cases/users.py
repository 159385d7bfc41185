"""What a user may change of itself."""

from msgspec import UNSET
from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.identity import UserView
from services.contracts.refusals import Forbidden, Invalid, NotFound
from services.contracts.users import UserChangedEvent, UserChanges
from services.contracts.values import UserActor
from services.identity import views
from services.identity.models import User
from services.identity.repository import users as repository
from services.identity.use_cases import own_passwords, user_fields
from services.identity.use_cases.own_passwords import Proven
from services.identity.use_cases.sessions import refuse_keys


def change_me(actor: UserActor, session: Session, name: str | None, language: str | None) -> UserView:
    """Change the actor's own name or language; None leaves it. The same values again change nothing.

    Refuses with Invalid, NotFound, KeyNotAllowed.
    """
    refuse_keys(actor)
    given = UserChanges(name=UNSET if name is None else name, language=UNSET if language is None else language)
    return _change(actor, session, _self(actor, session), given)


def change_own_email(actor: UserActor, session: Session, email: str, proven: Proven) -> UserView:
    """Change where secrets are mailed to ("" takes the address away), by whoever has told the password.

    A one-time password does not do: it came to somebody by other ways. Refuses with Forbidden a session that may only
    mend its sign-in; with PasswordWrong when the password is another one by now, Invalid, NotFound.
    """
    if not actor.roles:
        raise Forbidden()
    user = _self(actor, session)
    own_passwords.refuse_if_changed(user, proven)
    return _change(actor, session, user, UserChanges(email=email))


def _self(actor: UserActor, session: Session) -> User:
    user = repository.get_user(actor.account, session, actor.user)
    if user is None:
        raise NotFound()
    return user


def _change(actor: UserActor, session: Session, user: User, given: UserChanges) -> UserView:
    fields, wrong = user_fields.checked(given, may_operate=False)
    if wrong:
        raise Invalid(tuple(wrong))
    fields = user_fields.differing(user, fields)
    if not fields:
        return views.user_view(user)
    before = user_fields.told(user)
    user_fields.put(user, fields)
    user.version += 1
    session.flush()
    changed(session, actor.account, "user", user.user_id, user.login, before, user_fields.told(user))
    record(session, actor.account, UserChangedEvent(user=actor.user, what="changed"))
    return views.user_view(user)

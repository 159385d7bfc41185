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
from services.identity.repository import users as repository
from services.identity.use_cases import user_fields
from services.identity.use_cases.sessions import refuse_keys


def change_me(
    actor: UserActor, session: Session, name: str | None, language: str | None, email: str | None = None
) -> UserView:
    """Change the actor's own name, language or e-mail address ("" takes it away); None leaves it.

    The same values again change nothing. A session that may only mend its sign-in does not say where secrets are mailed
    to: with another address it is refused with Forbidden. Refuses with Invalid, NotFound, KeyNotAllowed.
    """
    refuse_keys(actor)
    given = UserChanges(
        name=UNSET if name is None else name,
        language=UNSET if language is None else language,
        email=UNSET if email is None else email,
    )
    fields, wrong = user_fields.checked(given, may_operate=False)
    if wrong:
        raise Invalid(tuple(wrong))
    user = repository.get_user(actor.account, session, actor.user)
    if user is None:
        raise NotFound()
    fields = user_fields.differing(user, fields)
    if not fields:
        return views.user_view(user)
    if "email" in fields and not actor.roles:
        raise Forbidden()
    before = user_fields.told(user)
    user_fields.put(user, fields)
    user.version += 1
    session.flush()
    changed(session, actor.account, "user", user.user_id, user.login, before, user_fields.told(user))
    record(session, actor.account, UserChangedEvent(user=actor.user, what="changed"))
    return views.user_view(user)

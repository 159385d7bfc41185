"""What a user may change of itself."""

from sqlalchemy.orm import Session

from services.contracts.identity import UserView
from services.contracts.refusals import Invalid, NotFound
from services.contracts.values import UserActor
from services.identity import views
from services.identity.domain import account_rules
from services.identity.repository import users as repository


def change_me(actor: UserActor, session: Session, name: str | None, language: str | None) -> UserView:
    """Change the actor's own name or language; None leaves it. Refuses with Invalid, NotFound."""
    clean = None if name is None else account_rules.clean_text(name)
    wrong = (
        None if clean is None else account_rules.check_text("name", clean, account_rules.USER_NAME_MAX),
        None if language is None else account_rules.check_language(language),
    )
    errors = tuple(error for error in wrong if error is not None)
    if errors:
        raise Invalid(errors)
    user = repository.get_user(actor.account, session, actor.user)
    if user is None:
        raise NotFound()
    if clean is not None:
        user.name = clean
    if language is not None:
        user.language = language
    return views.user_view(user)

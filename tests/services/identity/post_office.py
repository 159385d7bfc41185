"""The errand that sends letters, as the tests run it."""

from typing import Any

import sqlalchemy as sa

from services.chassis.settings import Settings
from services.contracts.permissions import Role
from services.contracts.users import UserWithPassword
from services.identity.mailing import Mailer
from services.identity.models import Letter
from services.identity.use_cases import letters
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.user_desk import UserDesk

SENDER = "robot@kkt.example.com"
PASSWORD = "жёлтый трамвай 17"


class PostOffice:
    """The errand that sends, by the clock of the test."""

    def __init__(self, identity: IdentityHouse, smtp_url: str, public_url: str = "https://kkt.example.com") -> None:
        self.identity = identity
        settings = Settings("", "", smtp_url=smtp_url, mail_from=SENDER, public_url=public_url)
        self.mailer = Mailer(settings)

    def send(self) -> None:
        letters.send_letters(self.identity.db, self.identity.sealer, self.mailer, lambda: self.identity.now)

    def waiting(self) -> list[Letter]:
        with self.identity.db.system() as session:
            return list(session.scalars(sa.select(Letter).order_by(Letter.letter_id)))


def posting_desk(identity: IdentityHouse, alice: Opened) -> UserDesk:
    """Alice's desk where an SMTP server is set up."""
    desk = UserDesk(identity, alice.actor)
    desk.post = letters.Post(identity.sealer, smtp_set_up=True)
    return desk


def add_bob(desk: UserDesk, email: str | None = "bob@example.com", **fields: Any) -> UserWithPassword:
    return desk.add("bob", (Role.VIEWER,), email=email, **fields)

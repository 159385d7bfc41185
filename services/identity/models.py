"""Tables of the identity room."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import NAMING

CLIENT_NUMBER_SEQUENCE = sa.Sequence("client_number", schema="identity")

_ID = sa.Uuid(as_uuid=False)
_TIME = sa.DateTime(timezone=True)
_JSON = JSONB(none_as_null=True)


def _of_user(
    *more: sa.Index | sa.UniqueConstraint,
) -> tuple[sa.ForeignKeyConstraint | sa.Index | sa.UniqueConstraint, ...]:
    """Goes with its user."""
    key = ["identity.app_user.account_id", "identity.app_user.user_id"]
    return (sa.ForeignKeyConstraint(["account_id", "user_id"], key, ondelete="CASCADE"), *more)


def _of_account(
    *more: sa.Index | sa.UniqueConstraint,
) -> tuple[sa.ForeignKeyConstraint | sa.Index | sa.UniqueConstraint, ...]:
    """Goes with its account."""
    return (sa.ForeignKeyConstraint(["account_id"], ["identity.account.account_id"]), *more)


class Base(DeclarativeBase):
    """All tables of this room stand in its own schema."""

    metadata = sa.MetaData(schema="identity", naming_convention=NAMING)


class Account(Base):
    """An organisation. Number and sign-in key are unique over all accounts: they are what one signs in by."""

    __tablename__ = "account"
    __table_args__ = (sa.UniqueConstraint("number"), sa.UniqueConstraint("sign_in_key"))

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.Text)
    sign_in_name: Mapped[str] = mapped_column(sa.Text)
    sign_in_key: Mapped[str] = mapped_column(sa.Text)
    inn: Mapped[str | None] = mapped_column(sa.Text)
    time_zone: Mapped[str] = mapped_column(sa.Text)
    default_tax_code: Mapped[int | None]
    idle_minutes: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(_TIME)
    search_key: Mapped[str] = mapped_column(sa.Text)
    operator: Mapped[bool]  # its users may hold Role.OPERATOR
    second_factor_required: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.Text)
    state_reason: Mapped[str] = mapped_column(sa.Text)
    suspended_reason: Mapped[str | None] = mapped_column(sa.Text)  # kept through an announced deletion
    delete_at: Mapped[datetime | None] = mapped_column(_TIME)
    limits: Mapped[dict[str, int]] = mapped_column(_JSON)  # AccountLimits; what is left out is the default
    terms_version: Mapped[int]  # of AccountTermsEvent
    last_sign_in_at: Mapped[datetime | None] = mapped_column(_TIME)


class User(Base):
    """A person of an account."""

    __tablename__ = "app_user"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "login_key"),
        sa.UniqueConstraint("account_id", "look_key"),
        sa.ForeignKeyConstraint(["account_id"], ["identity.account.account_id"]),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    login: Mapped[str] = mapped_column(sa.Text)
    login_key: Mapped[str] = mapped_column(sa.Text(collation="C"))
    look_key: Mapped[str] = mapped_column(sa.Text)  # equal for logins that look alike
    name: Mapped[str] = mapped_column(sa.Text)
    email: Mapped[str | None] = mapped_column(sa.Text)
    dealer: Mapped[bool]
    disabled: Mapped[bool]
    search_key: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    last_sign_in_at: Mapped[datetime | None] = mapped_column(_TIME)
    roles: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    language: Mapped[str | None] = mapped_column(sa.Text)
    password_hash: Mapped[str] = mapped_column(sa.Text)
    must_change_password: Mapped[bool]
    password_until: Mapped[datetime | None] = mapped_column(_TIME)  # of a one-time password
    totp: Mapped[bytes | None] = mapped_column(sa.LargeBinary)  # the second factor's secret, sealed
    totp_enabled_at: Mapped[datetime | None] = mapped_column(_TIME)
    totp_last_step: Mapped[int | None] = mapped_column(sa.BigInteger)  # a code is good once
    totp_offer: Mapped[bytes | None] = mapped_column(sa.LargeBinary)  # shown, not yet confirmed; sealed
    created_at: Mapped[datetime] = mapped_column(_TIME)


class RecoveryCode(Base):
    """A one-time code for a user that lost its device; only its hash."""

    __tablename__ = "recovery_code"
    __table_args__ = _of_user()

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)  # SHA-256 of 120 random bits


class SignInTicket(Base):
    """A right password that waits for the code of the second factor."""

    __tablename__ = "sign_in_ticket"
    __table_args__ = _of_user(sa.Index("ix_sign_in_ticket_expires_at", "expires_at"))

    ticket_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)  # SHA-256
    account_id: Mapped[str] = mapped_column(_ID)
    user_id: Mapped[str] = mapped_column(_ID)
    expires_at: Mapped[datetime] = mapped_column(_TIME)
    wrong: Mapped[int]


class LiveSession(Base):
    """A session of a user; ended ones are kept for a while, so that a late request is told why it is refused."""

    __tablename__ = "session"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"], ["identity.app_user.account_id", "identity.app_user.user_id"]
        ),
        sa.Index("ix_session_account_id_user_id", "account_id", "user_id"),
        sa.Index("ix_session_live", "last_seen_at", postgresql_where=sa.text("ended_at IS NULL")),
        sa.Index("ix_session_ended_at", "ended_at"),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    session_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)  # SHA-256
    dealer: Mapped[bool]  # the user had the «дилер» flag when it signed in
    address: Mapped[str] = mapped_column(sa.Text)
    agent: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(_TIME)
    last_seen_at: Mapped[datetime] = mapped_column(_TIME)
    expires_at: Mapped[datetime] = mapped_column(_TIME)
    ended_at: Mapped[datetime | None] = mapped_column(_TIME)
    end_reason: Mapped[str | None] = mapped_column(sa.Text)


class KnownPlace(Base):
    """An address from which a user has signed in rightly; wrong tries of strangers there do not hold that user up."""

    __tablename__ = "known_place"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["identity.app_user.account_id", "identity.app_user.user_id"],
            ondelete="CASCADE",
        ),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    place: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    last_at: Mapped[datetime] = mapped_column(_TIME)


class SignInFailure(Base):
    """A count of wrong sign-ins. `subject` is a hash: what strangers typed is not kept. Belongs to no account."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (sa.Index("ix_sign_in_failure_last_at", "last_at"),)

    subject: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(_TIME)


class ApiKey(Base):
    """A key of a program; revoked ones are kept for the journal's sake."""

    __tablename__ = "api_key"
    __table_args__ = _of_account(
        sa.UniqueConstraint("token_hash"),
        sa.Index(
            "uq_api_key_live_name",
            "account_id",
            "name_key",
            unique=True,
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    key_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    name_key: Mapped[str] = mapped_column(sa.Text)
    hint: Mapped[str] = mapped_column(sa.Text)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)  # SHA-256
    roles: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    created_at: Mapped[datetime] = mapped_column(_TIME)
    created_by: Mapped[str] = mapped_column(sa.Text)
    created_by_id: Mapped[str] = mapped_column(_ID)
    expires_at: Mapped[datetime] = mapped_column(_TIME)
    revoked_at: Mapped[datetime | None] = mapped_column(_TIME)
    last_used_at: Mapped[datetime | None] = mapped_column(_TIME)
    last_address: Mapped[str] = mapped_column(sa.Text)


class JournalRow(Base):
    """One entry of the journal: a WrittenEvent of a room. Append-only (a trigger holds it) until its account is
    forgotten."""

    __tablename__ = "journal_entry"
    __table_args__ = (sa.Index("ix_journal_entry_at", "account_id", "at", "room", "number"),)

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    room: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(_TIME)
    kind: Mapped[str] = mapped_column(sa.Text)
    who: Mapped[str] = mapped_column(sa.Text)
    who_id: Mapped[str] = mapped_column(sa.Text)
    on_behalf_of: Mapped[str] = mapped_column(sa.Text)
    what: Mapped[str] = mapped_column(sa.Text)
    changes: Mapped[list[Any]] = mapped_column(_JSON)
    more: Mapped[int]
    things: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))  # "register", "register:<id>", …: for filters
    address: Mapped[str] = mapped_column(sa.Text)
    request_id: Mapped[str] = mapped_column(sa.Text)
    search_key: Mapped[str] = mapped_column(sa.Text)


class NotificationRow(Base):
    """What one user should see; `source` names the fact that it came from, so that a fact heard twice notifies once."""

    __tablename__ = "notification"
    __table_args__ = _of_user(
        sa.UniqueConstraint("account_id", "user_id", "source"),
        sa.Index("ix_notification_at", "account_id", "user_id", "at", "notification_id"),
        sa.Index(
            "ix_notification_unseen", "account_id", "user_id", postgresql_where=sa.text("seen_at IS NULL AND on_pages")
        ),
        sa.Index("ix_notification_old", "at"),
        sa.Index("ix_notification_to_mail", "rang_at", postgresql_where=sa.text("to_mail")),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    notification_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    source: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    params: Mapped[dict[str, Any]] = mapped_column(_JSON)
    link: Mapped[str] = mapped_column(sa.Text)
    on_pages: Mapped[bool]
    at: Mapped[datetime] = mapped_column(_TIME)
    seen_at: Mapped[datetime | None] = mapped_column(_TIME)
    rang_at: Mapped[datetime] = mapped_column(_TIME)  # when the user was last called; news of the same thing come after
    to_mail: Mapped[bool]  # a letter has still to be written about it


class NotificationChoiceRow(Base):
    """How a user wants to hear of one kind; without a row: on the pages, not by e-mail."""

    __tablename__ = "notification_choice"
    __table_args__ = _of_user()

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    on_pages: Mapped[bool]
    by_mail: Mapped[bool]


class Letter(Base):
    """An e-mail that waits to be sent to the address that its user has then; the row goes with it. It lies sealed.

    `source` names what it is about: a newer letter about the same takes the place of one that still waits.
    """

    __tablename__ = "letter"
    __table_args__ = _of_user(
        sa.UniqueConstraint("account_id", "user_id", "source"), sa.Index("ix_letter_next_at", "next_at")
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    letter_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID)
    source: Mapped[str] = mapped_column(sa.Text)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(_TIME)
    good_until: Mapped[datetime] = mapped_column(_TIME)


class RequestRate(Base):
    """How much of its rate an account has used: the moment at which all its requests so far would have been let in one
    by one (GCRA). Shared by all replicas; not logged by the database, a crash only forgives."""

    __tablename__ = "request_rate"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    paid_until: Mapped[datetime] = mapped_column(_TIME)

"""Tables of the identity room."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import NAMING

CLIENT_NUMBER_SEQUENCE = sa.Sequence("client_number", schema="identity")

_ID = sa.Uuid(as_uuid=False)
_TIME = sa.DateTime(timezone=True)


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


class User(Base):
    """A person of an account."""

    __tablename__ = "app_user"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "login_key"),
        sa.ForeignKeyConstraint(["account_id"], ["identity.account.account_id"]),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    login: Mapped[str] = mapped_column(sa.Text)
    login_key: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    roles: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    language: Mapped[str | None] = mapped_column(sa.Text)
    password_hash: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(_TIME)


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

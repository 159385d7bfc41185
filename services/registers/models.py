"""Tables of the registers room."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import NAMING
from services.contracts.links import SILENT_BEATS
from services.contracts.registers import ExchangeState
from services.registers.domain.exchange_states import LIVE
from services.registers.domain.link_rules import silent_after

HANDLE_SEQUENCE = sa.Sequence("exchange_handle", schema="registers")

_ID = sa.Uuid(as_uuid=False)
_TIME = sa.DateTime(timezone=True)
_JSON = JSONB(none_as_null=True)

# Every table with rows of an account, each before those it refers to.
ACCOUNT_TABLES = (
    "exchange",
    "register_settings",
    "register_in_group",
    "opened_link",
    "link",
    "register",
    "register_group",
    "account_base",
)

LIVE_STATES = tuple(sorted(state.value for state in LIVE))


class Base(DeclarativeBase):
    """All tables of this room stand in its own schema."""

    metadata = sa.MetaData(schema="registers", naming_convention=NAMING)


def _of_register(*more: sa.Index | sa.ForeignKeyConstraint) -> tuple[sa.Index | sa.ForeignKeyConstraint, ...]:
    key = ["registers.register.account_id", "registers.register.register_id"]
    return (sa.ForeignKeyConstraint(["account_id", "register_id"], key, ondelete="CASCADE"), *more)


class IssuedKktId(Base):
    """Every register ID ever given out: it survives its register and its account. Belongs to nobody."""

    __tablename__ = "issued_kkt_id"

    kkt_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    issued_at: Mapped[datetime] = mapped_column(_TIME)


class AccountBase(Base):
    """What this room knows of an account's goods base; its row is also the lock for adding registers and groups."""

    __tablename__ = "account_base"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    revision: Mapped[int] = mapped_column(sa.BigInteger)


class Register(Base):
    """A register: what people set, what it is bound to, what it reported, what it should hold and holds."""

    __tablename__ = "register"
    __table_args__ = (
        sa.UniqueConstraint("kkt_id"),
        sa.ForeignKeyConstraint(["kkt_id"], ["registers.issued_kkt_id.kkt_id"]),
        sa.Index("ix_register_account_id_sort_key", "account_id", "sort_key", "register_id"),
        sa.Index(
            "uq_register_bound_serial",
            "account_id",
            "serial_number",
            unique=True,
            postgresql_where=sa.text("binding = 'bound'"),
        ),
        sa.Index("ix_register_auto_due", "auto_due_at", postgresql_where=sa.text("auto_due_at IS NOT NULL")),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    register_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(_TIME)
    name: Mapped[str] = mapped_column(sa.Text)
    search_key: Mapped[str] = mapped_column(sa.Text)
    sort_key: Mapped[str] = mapped_column(sa.Text(collation="C"))
    disabled: Mapped[bool]
    # binding
    kkt_id: Mapped[str] = mapped_column(sa.Text)
    binding: Mapped[str] = mapped_column(sa.Text)
    kkt_id_expires_at: Mapped[datetime | None] = mapped_column(_TIME)
    rebinding_until: Mapped[datetime | None] = mapped_column(_TIME)
    first_contact_at: Mapped[datetime | None] = mapped_column(_TIME)
    serial_number: Mapped[str | None] = mapped_column(sa.Text)
    key_hash: Mapped[str | None] = mapped_column(sa.Text)
    alarm: Mapped[str | None] = mapped_column(sa.Text)  # a strange register came with this ID
    alarm_at: Mapped[datetime | None] = mapped_column(_TIME)
    drift_since: Mapped[datetime | None] = mapped_column(_TIME)  # it holds what nobody asked for
    # as the register reported
    model: Mapped[str | None] = mapped_column(sa.Text)
    firmware: Mapped[str | None] = mapped_column(sa.Text)
    ffd: Mapped[str | None] = mapped_column(sa.Text)
    base_version: Mapped[str | None] = mapped_column(sa.Text)
    capacity: Mapped[int | None] = mapped_column(sa.BigInteger)
    # the recipe of its price list
    item_groups: Mapped[list[str]] = mapped_column(ARRAY(_ID))
    price_percent: Mapped[int]
    price_rounding: Mapped[int]
    recipe_id: Mapped[str] = mapped_column(sa.Text)
    auto_load: Mapped[bool]
    auto_due_at: Mapped[datetime | None] = mapped_column(_TIME)  # load by itself then, unless something changes again
    # price truth: what was last asked for, what the register itself confirmed
    desired_revision: Mapped[int | None] = mapped_column(sa.BigInteger)
    desired_base_hash: Mapped[str | None] = mapped_column(sa.Text)
    desired_count: Mapped[int | None] = mapped_column(sa.BigInteger)
    desired_at: Mapped[datetime | None] = mapped_column(_TIME)
    desired_recipe_id: Mapped[str | None] = mapped_column(sa.Text)
    confirmed_revision: Mapped[int | None] = mapped_column(sa.BigInteger)
    confirmed_base_hash: Mapped[str | None] = mapped_column(sa.Text)
    confirmed_count: Mapped[int | None] = mapped_column(sa.BigInteger)
    confirmed_at: Mapped[datetime | None] = mapped_column(_TIME)
    confirmed_recipe_id: Mapped[str | None] = mapped_column(sa.Text)  # NULL: not from a list of ours


class Link(Base):
    """The live side of a register, apart from its row so that heartbeats wait for nobody. Always exists."""

    __tablename__ = "link"
    __table_args__ = _of_register(
        sa.Index("ix_link_open", "register_id", postgresql_where=sa.text("link_id IS NOT NULL")),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    register_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    epoch: Mapped[int] = mapped_column(sa.BigInteger)
    link_id: Mapped[str | None] = mapped_column(_ID)  # NULL: no link is open
    silent: Mapped[bool]  # it is open, but nothing was heard on it for too long; people were told
    gateway: Mapped[str | None] = mapped_column(sa.Text)
    last_seen: Mapped[datetime | None] = mapped_column(_TIME)
    mode: Mapped[str | None] = mapped_column(sa.Text)
    mode_since: Mapped[datetime | None] = mapped_column(_TIME)
    boot_id: Mapped[str | None] = mapped_column(sa.Text)
    held_base_hash: Mapped[str | None] = mapped_column(sa.Text)  # by its last heartbeat
    held_at: Mapped[datetime | None] = mapped_column(_TIME)
    heartbeat_seconds: Mapped[int]  # as the register was told when the link was opened

    def is_on(self, now: datetime) -> bool:
        """Whether the link is open and was heard of lately; `heard_lately` says the same in SQL."""
        heard_lately = self.last_seen is not None and self.last_seen > now - silent_after(self.heartbeat_seconds)
        return self.link_id is not None and heard_lately


def heard_lately(now: datetime) -> sa.ColumnElement[bool]:
    """Whether the newest word on a link is younger than its silent time."""
    silent_seconds = Link.heartbeat_seconds * sa.cast(SILENT_BEATS, sa.Double)
    silent_for = sa.func.make_interval(0, 0, 0, 0, 0, 0, silent_seconds, type_=sa.Interval())
    return sa.func.coalesce(Link.last_seen + silent_for > now, sa.false())


class OpenedLink(Base):
    """Links opened in the last day: a request for one of them that is delivered again gets the same epoch."""

    __tablename__ = "opened_link"
    __table_args__ = _of_register(sa.Index("ix_opened_link_opened_at", "opened_at"))

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    register_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    link_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    epoch: Mapped[int] = mapped_column(sa.BigInteger)
    first_contact: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(_TIME)


class UnknownIdAttempt(Base):
    """An unknown register ID tried from an address. Belongs to no account."""

    __tablename__ = "unknown_id_attempt"
    __table_args__ = (sa.Index("ix_unknown_id_attempt_at", "at"),)

    address: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kkt_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(_TIME)


class RegisterGroup(Base):
    """A group of registers. Flat."""

    __tablename__ = "register_group"
    __table_args__ = (sa.UniqueConstraint("account_id", "search_key"),)

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    group_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(_TIME)
    name: Mapped[str] = mapped_column(sa.Text)
    search_key: Mapped[str] = mapped_column(sa.Text)
    sort_key: Mapped[str] = mapped_column(sa.Text(collation="C"))


class RegisterInGroup(Base):
    """«Находится в группах»."""

    __tablename__ = "register_in_group"
    __table_args__ = _of_register(
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["registers.register_group.account_id", "registers.register_group.group_id"],
            ondelete="CASCADE",
        ),
        sa.Index("ix_register_in_group_account_id_group_id", "account_id", "group_id"),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    register_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    group_id: Mapped[str] = mapped_column(_ID, primary_key=True)


class RegisterSettings(Base):
    """The register's own settings, as it told them last."""

    __tablename__ = "register_settings"
    __table_args__ = _of_register()

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    register_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    reported_at: Mapped[datetime] = mapped_column(_TIME)
    settings: Mapped[dict[str, Any]] = mapped_column(_JSON)


class Exchange(Base):
    """One exchange with a register. Epochs are those of the link in which a thing happened."""

    __tablename__ = "exchange"
    __table_args__ = _of_register(
        sa.Index("ix_exchange_newest", "account_id", "created_at", "exchange_id"),
        sa.Index("ix_exchange_of_register", "account_id", "register_id", "created_at", "exchange_id"),
        sa.Index("ix_exchange_exchange_id", "exchange_id"),  # progress notes know no account
        sa.Index(
            "ix_exchange_live",
            "account_id",
            "register_id",
            postgresql_where=sa.text("state IN ('buffered', 'queued', 'sending', 'waiting') OR to_abort"),
        ),
        sa.Index(
            "ix_exchange_unbuilt",
            "account_id",
            "recipe_id",
            postgresql_where=sa.text("wanted_at IS NOT NULL AND target IS NULL"),
        ),
    )

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    exchange_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    register_id: Mapped[str] = mapped_column(_ID)
    kind: Mapped[str] = mapped_column(sa.Text)
    mode: Mapped[str] = mapped_column(sa.Text)  # of a load: auto, full
    state: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    register_code: Mapped[str | None] = mapped_column(sa.Text)
    item_code: Mapped[int | None] = mapped_column(sa.BigInteger)
    asked_by: Mapped[str] = mapped_column(sa.Text)  # "": the server itself
    asked_by_id: Mapped[str | None] = mapped_column(_ID)  # the user; NULL: the server itself, or nobody knows any more
    created_at: Mapped[datetime] = mapped_column(_TIME)
    finished_at: Mapped[datetime | None] = mapped_column(_TIME)
    handle: Mapped[int] = mapped_column(sa.BigInteger, HANDLE_SEQUENCE)
    # a load's price list
    recipe_id: Mapped[str | None] = mapped_column(sa.Text)
    wanted_at: Mapped[datetime | None] = mapped_column(_TIME)  # when it was last asked for; NULL: not yet
    wanted_revision: Mapped[int] = mapped_column(sa.BigInteger)
    wanted_times: Mapped[int]
    target: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    target_revision: Mapped[int | None] = mapped_column(sa.BigInteger)
    target_base_hash: Mapped[str | None] = mapped_column(sa.Text)
    delta: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    problems: Mapped[int]
    # how far it is
    done: Mapped[int] = mapped_column(sa.BigInteger)
    total: Mapped[int] = mapped_column(sa.BigInteger)
    progress_at: Mapped[datetime | None] = mapped_column(_TIME)
    offered_in: Mapped[int | None] = mapped_column(sa.BigInteger)
    begun_in: Mapped[int | None] = mapped_column(sa.BigInteger)
    buffered_in: Mapped[int | None] = mapped_column(sa.BigInteger)
    apply_sent_in: Mapped[int | None] = mapped_column(sa.BigInteger)
    apply_sent_at: Mapped[datetime | None] = mapped_column(_TIME)
    register_waits: Mapped[bool]
    not_before: Mapped[datetime | None] = mapped_column(_TIME)
    restarts: Mapped[int]
    to_abort: Mapped[bool]
    answer: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    timeline: Mapped[list[dict[str, Any]]] = mapped_column(_JSON, deferred=True)

    @property
    def state_word(self) -> ExchangeState:
        """The state as its type."""
        return ExchangeState(self.state)

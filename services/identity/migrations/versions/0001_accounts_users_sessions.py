"""Accounts, users, sessions and the counts of wrong sign-ins."""

from alembic import op

from services.chassis.migrations import create_room, wall

revision = "identity_0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "CREATE SEQUENCE identity.client_number AS integer START 100001",
    """
    CREATE TABLE identity.account (
      account_id uuid CONSTRAINT pk_account PRIMARY KEY,
      number integer NOT NULL,
      name text NOT NULL,
      sign_in_name text NOT NULL,
      sign_in_key text NOT NULL,
      inn text CONSTRAINT ck_account_inn CHECK (inn ~ '^([0-9]{10}|[0-9]{12})$'),
      time_zone text NOT NULL,
      default_tax_code integer CONSTRAINT ck_account_tax_code CHECK (default_tax_code BETWEEN 1 AND 12),
      idle_minutes integer NOT NULL CONSTRAINT ck_account_idle_minutes CHECK (idle_minutes BETWEEN 5 AND 480),
      version integer NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT uq_account_number UNIQUE (number),
      CONSTRAINT uq_account_sign_in_key UNIQUE (sign_in_key),
      CONSTRAINT ck_account_sign_in_key CHECK (sign_in_key !~ '^[0-9]*$')
    )
    """,
    """
    CREATE TABLE identity.app_user (
      account_id uuid NOT NULL CONSTRAINT fk_app_user_account_id_account REFERENCES identity.account (account_id),
      user_id uuid NOT NULL,
      login text NOT NULL,
      login_key text NOT NULL,
      name text NOT NULL,
      roles text[] NOT NULL CONSTRAINT ck_app_user_roles
        CHECK (roles <@ ARRAY['administrator', 'goods_manager', 'exchange_operator', 'viewer']),
      language text CONSTRAINT ck_app_user_language CHECK (language IN ('ru', 'en')),
      password_hash text NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT pk_app_user PRIMARY KEY (account_id, user_id),
      CONSTRAINT uq_app_user_account_id_login_key UNIQUE (account_id, login_key)
    )
    """,
    """
    CREATE TABLE identity.session (
      account_id uuid NOT NULL,
      session_id uuid NOT NULL,
      user_id uuid NOT NULL,
      token_hash bytea NOT NULL CONSTRAINT ck_session_token_hash CHECK (length(token_hash) = 32),
      address text NOT NULL,
      agent text NOT NULL,
      created_at timestamptz NOT NULL,
      last_seen_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      ended_at timestamptz,
      end_reason text CONSTRAINT ck_session_end_reason CHECK (end_reason IN ('sign_out', 'expired', 'ended')),
      CONSTRAINT pk_session PRIMARY KEY (account_id, session_id),
      CONSTRAINT uq_session_token_hash UNIQUE (token_hash),
      CONSTRAINT fk_session_account_id_user_id_app_user
        FOREIGN KEY (account_id, user_id) REFERENCES identity.app_user (account_id, user_id),
      CONSTRAINT ck_session_ended CHECK ((ended_at IS NULL) = (end_reason IS NULL))
    )
    """,
    "CREATE INDEX ix_session_account_id_user_id ON identity.session (account_id, user_id)",
    "CREATE INDEX ix_session_live ON identity.session (last_seen_at) WHERE ended_at IS NULL",
    "CREATE INDEX ix_session_ended_at ON identity.session (ended_at)",
    """
    CREATE TABLE identity.known_place (
      account_id uuid NOT NULL,
      user_id uuid NOT NULL,
      place text NOT NULL,
      last_at timestamptz NOT NULL,
      CONSTRAINT pk_known_place PRIMARY KEY (account_id, user_id, place),
      CONSTRAINT fk_known_place_account_id_user_id_app_user
        FOREIGN KEY (account_id, user_id) REFERENCES identity.app_user (account_id, user_id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE identity.sign_in_failure (
      subject bytea NOT NULL CONSTRAINT pk_sign_in_failure PRIMARY KEY,
      count integer NOT NULL,
      last_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX ix_sign_in_failure_last_at ON identity.sign_in_failure (last_at)",
)


def upgrade() -> None:
    """Make the room."""
    create_room(op, "identity")
    for statement in _TABLES:
        op.execute(statement)
    for table in ("account", "app_user", "session", "known_place"):
        wall(op, "identity", table)
    # An account is born and counted by the room itself; wrong sign-ins belong to no account.
    op.execute("REVOKE INSERT, DELETE ON identity.account FROM kkt_identity")
    op.execute("REVOKE ALL ON identity.sign_in_failure FROM kkt_identity")
    op.execute("REVOKE ALL ON SEQUENCE identity.client_number FROM kkt_identity")

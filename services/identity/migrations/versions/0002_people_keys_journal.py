"""Users and accounts whole: states, limits, second factors, API keys, the journal, notifications, request rates."""

from alembic import op

from services.chassis.migrations import wall

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None

_OF_USER = """FOREIGN KEY (account_id, user_id)
        REFERENCES identity.app_user (account_id, user_id) ON DELETE CASCADE"""
_OF_ACCOUNT = "FOREIGN KEY (account_id) REFERENCES identity.account (account_id)"
_ROLES = "ARRAY['administrator', 'goods_manager', 'exchange_operator', 'viewer', 'operator']"

_STATEMENTS = (
    """
    ALTER TABLE identity.account
      ADD COLUMN search_key text NOT NULL DEFAULT '',
      ADD COLUMN operator boolean NOT NULL DEFAULT false,
      ADD COLUMN second_factor_required boolean NOT NULL DEFAULT false,
      ADD COLUMN state text NOT NULL DEFAULT 'active'
        CONSTRAINT ck_account_state CHECK (state IN ('active', 'suspended', 'deleting')),
      ADD COLUMN state_reason text NOT NULL DEFAULT '',
      ADD COLUMN suspended_reason text,
      ADD COLUMN delete_at timestamptz,
      ADD COLUMN limits jsonb NOT NULL DEFAULT '{}',
      ADD COLUMN terms_version integer NOT NULL DEFAULT 1,
      ADD COLUMN last_sign_in_at timestamptz,
      ADD CONSTRAINT ck_account_delete_at CHECK ((state = 'deleting') = (delete_at IS NOT NULL))
    """,
    """
    UPDATE identity.account SET search_key =
      translate(lower(number || ' ' || name || ' ' || sign_in_name || ' ' || coalesce(inn, '')), 'ё', 'е')
    """,
    """
    ALTER TABLE identity.app_user
      ADD COLUMN look_key text,
      ADD COLUMN email text,
      ADD COLUMN dealer boolean NOT NULL DEFAULT false,
      ADD COLUMN disabled boolean NOT NULL DEFAULT false,
      ADD COLUMN search_key text NOT NULL DEFAULT '',
      ADD COLUMN version integer NOT NULL DEFAULT 1,
      ADD COLUMN last_sign_in_at timestamptz,
      ADD COLUMN must_change_password boolean NOT NULL DEFAULT false,
      ADD COLUMN password_until timestamptz,
      ADD COLUMN totp bytea,
      ADD COLUMN totp_enabled_at timestamptz,
      ADD COLUMN totp_last_step bigint,
      ADD COLUMN totp_offer bytea,
      ALTER COLUMN login_key TYPE text COLLATE "C",
      DROP CONSTRAINT ck_app_user_roles,
      ADD CONSTRAINT ck_app_user_roles CHECK (roles <@ """
    + _ROLES
    + """),
      ADD CONSTRAINT ck_app_user_totp CHECK ((totp IS NULL) = (totp_enabled_at IS NULL))
    """,
    """
    UPDATE identity.app_user SET look_key = login_key, search_key = translate(lower(login || ' ' || name), 'ё', 'е')
    """,
    """
    ALTER TABLE identity.app_user
      ALTER COLUMN look_key SET NOT NULL,
      ADD CONSTRAINT uq_app_user_account_id_look_key UNIQUE (account_id, look_key)
    """,
    """
    ALTER TABLE identity.session
      ADD COLUMN dealer boolean NOT NULL DEFAULT false,
      DROP CONSTRAINT ck_session_end_reason,
      ADD CONSTRAINT ck_session_end_reason
        CHECK (end_reason IN ('sign_out', 'expired', 'ended', 'password', 'disabled', 'account'))
    """,
    f"""
    CREATE TABLE identity.recovery_code (
      account_id uuid NOT NULL,
      user_id uuid NOT NULL,
      code_hash bytea NOT NULL,
      CONSTRAINT pk_recovery_code PRIMARY KEY (account_id, user_id, code_hash),
      CONSTRAINT fk_recovery_code_account_id_user_id_app_user {_OF_USER}
    )
    """,
    f"""
    CREATE TABLE identity.sign_in_ticket (
      ticket_hash bytea CONSTRAINT pk_sign_in_ticket PRIMARY KEY,
      account_id uuid NOT NULL,
      user_id uuid NOT NULL,
      expires_at timestamptz NOT NULL,
      wrong integer NOT NULL,
      CONSTRAINT fk_sign_in_ticket_account_id_user_id_app_user {_OF_USER}
    )
    """,
    "CREATE INDEX ix_sign_in_ticket_expires_at ON identity.sign_in_ticket (expires_at)",
    f"""
    CREATE TABLE identity.api_key (
      account_id uuid NOT NULL,
      key_id uuid NOT NULL,
      name text NOT NULL,
      name_key text NOT NULL,
      hint text NOT NULL,
      token_hash bytea NOT NULL,
      roles text[] NOT NULL CONSTRAINT ck_api_key_roles CHECK (
        roles <@ ARRAY['administrator', 'goods_manager', 'exchange_operator', 'viewer'] AND roles <> '{{}}'),
      created_at timestamptz NOT NULL,
      created_by text NOT NULL,
      created_by_id uuid NOT NULL,
      expires_at timestamptz NOT NULL,
      revoked_at timestamptz,
      last_used_at timestamptz,
      last_address text NOT NULL,
      CONSTRAINT pk_api_key PRIMARY KEY (account_id, key_id),
      CONSTRAINT uq_api_key_token_hash UNIQUE (token_hash),
      CONSTRAINT fk_api_key_account_id_account {_OF_ACCOUNT}
    )
    """,
    "CREATE UNIQUE INDEX uq_api_key_live_name ON identity.api_key (account_id, name_key) WHERE revoked_at IS NULL",
    """
    CREATE TABLE identity.journal_entry (
      account_id uuid NOT NULL,
      room text COLLATE "C" NOT NULL,
      number bigint NOT NULL,
      at timestamptz NOT NULL,
      kind text NOT NULL CONSTRAINT ck_journal_entry_kind CHECK (kind IN ('user', 'key', 'register', 'system')),
      who text NOT NULL,
      who_id text NOT NULL,
      on_behalf_of text NOT NULL,
      what text NOT NULL,
      changes jsonb NOT NULL,
      more integer NOT NULL,
      things text[] NOT NULL,
      address text NOT NULL,
      request_id text NOT NULL,
      search_key text NOT NULL,
      CONSTRAINT pk_journal_entry PRIMARY KEY (account_id, room, number)
    )
    """,
    "CREATE INDEX ix_journal_entry_at ON identity.journal_entry (account_id, at, room, number)",
    # Nobody rewrites the journal, not even the room itself; entries go only with their forgotten account, whose id the
    # room says first.
    """
    CREATE FUNCTION identity.keep_journal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND OLD.account_id::text = current_setting('kkt.forgetting', true) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'the journal is append-only';
    END $$
    """,
    """
    CREATE TRIGGER keep_journal BEFORE UPDATE OR DELETE ON identity.journal_entry
      FOR EACH ROW EXECUTE FUNCTION identity.keep_journal()
    """,
    f"""
    CREATE TABLE identity.notification (
      account_id uuid NOT NULL,
      user_id uuid NOT NULL,
      notification_id uuid NOT NULL,
      source text NOT NULL,
      kind text NOT NULL,
      params jsonb NOT NULL,
      link text NOT NULL,
      on_pages boolean NOT NULL,
      at timestamptz NOT NULL,
      seen_at timestamptz,
      rang_at timestamptz NOT NULL,
      to_mail boolean NOT NULL,
      CONSTRAINT pk_notification PRIMARY KEY (account_id, user_id, notification_id),
      CONSTRAINT uq_notification_account_id_user_id_source UNIQUE (account_id, user_id, source),
      CONSTRAINT fk_notification_account_id_user_id_app_user {_OF_USER}
    )
    """,
    "CREATE INDEX ix_notification_at ON identity.notification (account_id, user_id, at, notification_id)",
    """
    CREATE INDEX ix_notification_unseen ON identity.notification (account_id, user_id)
      WHERE seen_at IS NULL AND on_pages
    """,
    "CREATE INDEX ix_notification_old ON identity.notification (at)",
    "CREATE INDEX ix_notification_to_mail ON identity.notification (rang_at) WHERE to_mail",
    f"""
    CREATE TABLE identity.notification_choice (
      account_id uuid NOT NULL,
      user_id uuid NOT NULL,
      kind text NOT NULL,
      on_pages boolean NOT NULL,
      by_mail boolean NOT NULL,
      CONSTRAINT pk_notification_choice PRIMARY KEY (account_id, user_id, kind),
      CONSTRAINT fk_notification_choice_account_id_user_id_app_user {_OF_USER}
    )
    """,
    f"""
    CREATE TABLE identity.letter (
      account_id uuid NOT NULL,
      letter_id uuid NOT NULL,
      user_id uuid NOT NULL,
      source text NOT NULL,
      sealed bytea NOT NULL,
      tries integer NOT NULL,
      next_at timestamptz NOT NULL,
      good_until timestamptz NOT NULL,
      CONSTRAINT pk_letter PRIMARY KEY (account_id, letter_id),
      CONSTRAINT uq_letter_account_id_user_id_source UNIQUE (account_id, user_id, source),
      CONSTRAINT fk_letter_account_id_user_id_app_user {_OF_USER}
    )
    """,
    "CREATE INDEX ix_letter_next_at ON identity.letter (next_at)",
    """
    CREATE UNLOGGED TABLE identity.request_rate (
      account_id uuid CONSTRAINT pk_request_rate PRIMARY KEY,
      paid_until timestamptz NOT NULL
    )
    """,
)

_WALLED = (
    *("recovery_code", "sign_in_ticket", "api_key", "journal_entry", "notification", "notification_choice"),
    *("letter", "request_rate"),
)


def upgrade() -> None:
    """Make the tables and their walls."""
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in _WALLED:
        wall(op, "identity", table)
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON identity.journal_entry FROM kkt_identity")
    # These are touched before or outside of an account's own transactions; a new password alone makes tickets void.
    op.execute("REVOKE INSERT, UPDATE, TRUNCATE ON identity.sign_in_ticket FROM kkt_identity")
    op.execute("REVOKE ALL ON identity.request_rate FROM kkt_identity")

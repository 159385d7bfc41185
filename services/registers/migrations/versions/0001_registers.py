"""Registers, groups, links, settings and exchanges."""

from alembic import op

from services.chassis.migrations import create_room, wall

revision = "registers_0001"
down_revision = None
branch_labels = None
depends_on = None

_OF_REGISTER = """
      CONSTRAINT fk_{0}_account_id_register_id_register FOREIGN KEY (account_id, register_id)
        REFERENCES registers.register (account_id, register_id) ON DELETE CASCADE"""

_TABLES = (
    # Handles are u32 on the wire; by the time they come round again the old exchanges are long over.
    "CREATE SEQUENCE registers.exchange_handle AS bigint MINVALUE 1 MAXVALUE 4294967295 CYCLE",
    """
    CREATE TABLE registers.issued_kkt_id (
      kkt_id text CONSTRAINT pk_issued_kkt_id PRIMARY KEY
        CONSTRAINT ck_issued_kkt_id_form CHECK (kkt_id ~ '^[0-9]{12}$'),
      issued_at timestamptz NOT NULL
    )""",
    """
    CREATE TABLE registers.account_base (
      account_id uuid CONSTRAINT pk_account_base PRIMARY KEY,
      revision bigint NOT NULL
    )""",
    """
    CREATE TABLE registers.register (
      account_id uuid NOT NULL,
      register_id uuid NOT NULL,
      version integer NOT NULL,
      created_at timestamptz NOT NULL,
      name text NOT NULL,
      search_key text NOT NULL,
      sort_key text COLLATE "C" NOT NULL,
      disabled boolean NOT NULL,
      kkt_id text NOT NULL CONSTRAINT fk_register_kkt_id_issued_kkt_id REFERENCES registers.issued_kkt_id,
      binding text NOT NULL CONSTRAINT ck_register_binding CHECK (binding IN ('unbound', 'bound', 'replaced')),
      kkt_id_expires_at timestamptz,
      rebinding_until timestamptz,
      first_contact_at timestamptz,
      serial_number text,
      key_hash text CONSTRAINT ck_register_key_hash CHECK (key_hash ~ '^[0-9a-f]{64}$'),
      alarm text CONSTRAINT ck_register_alarm CHECK (alarm IN ('bound_to_another', 'key_wrong')),
      alarm_at timestamptz,
      drift_since timestamptz,
      model text,
      firmware text,
      ffd text,
      base_version text,
      capacity bigint,
      item_groups uuid[] NOT NULL,
      price_percent integer NOT NULL CONSTRAINT ck_register_price_percent CHECK (price_percent BETWEEN 1 AND 1000),
      price_rounding integer NOT NULL CONSTRAINT ck_register_price_rounding CHECK (price_rounding IN (1, 10, 50, 100)),
      recipe_id text NOT NULL,
      auto_load boolean NOT NULL,
      auto_due_at timestamptz,
      desired_revision bigint,
      desired_base_hash text,
      desired_count bigint,
      desired_at timestamptz,
      desired_recipe_id text,
      confirmed_revision bigint,
      confirmed_base_hash text,
      confirmed_count bigint,
      confirmed_at timestamptz,
      confirmed_recipe_id text,
      CONSTRAINT pk_register PRIMARY KEY (account_id, register_id),
      CONSTRAINT uq_register_kkt_id UNIQUE (kkt_id),
      CONSTRAINT ck_register_bound CHECK (binding = 'unbound' OR (serial_number IS NOT NULL AND key_hash IS NOT NULL)),
      CONSTRAINT ck_register_alarm_at CHECK ((alarm IS NULL) = (alarm_at IS NULL))
    )""",
    "CREATE INDEX ix_register_account_id_sort_key ON registers.register (account_id, sort_key, register_id)",
    """
    CREATE UNIQUE INDEX uq_register_bound_serial ON registers.register (account_id, serial_number)
      WHERE binding = 'bound'""",
    "CREATE INDEX ix_register_auto_due ON registers.register (auto_due_at) WHERE auto_due_at IS NOT NULL",
    """
    CREATE TABLE registers.link (
      account_id uuid NOT NULL,
      register_id uuid NOT NULL,
      epoch bigint NOT NULL,
      link_id uuid,
      silent boolean NOT NULL,
      gateway text,
      last_seen timestamptz,
      mode text CONSTRAINT ck_link_mode CHECK (mode IN ('sales', 'menu', 'programming', 'reports')),
      mode_since timestamptz,
      boot_id text,
      held_base_hash text,
      held_at timestamptz,
      CONSTRAINT pk_link PRIMARY KEY (account_id, register_id),"""
    + _OF_REGISTER.format("link")
    + ") WITH (fillfactor = 70)",  # heartbeats update in place
    "CREATE INDEX ix_link_open ON registers.link (register_id) WHERE link_id IS NOT NULL",
    """
    CREATE TABLE registers.opened_link (
      account_id uuid NOT NULL,
      register_id uuid NOT NULL,
      link_id uuid NOT NULL,
      epoch bigint NOT NULL,
      first_contact boolean NOT NULL,
      opened_at timestamptz NOT NULL,
      CONSTRAINT pk_opened_link PRIMARY KEY (account_id, register_id, link_id),"""
    + _OF_REGISTER.format("opened_link")
    + ")",
    "CREATE INDEX ix_opened_link_opened_at ON registers.opened_link (opened_at)",
    """
    CREATE TABLE registers.unknown_id_attempt (
      address text NOT NULL,
      kkt_id text NOT NULL,
      at timestamptz NOT NULL,
      CONSTRAINT pk_unknown_id_attempt PRIMARY KEY (address, kkt_id)
    )""",
    "CREATE INDEX ix_unknown_id_attempt_at ON registers.unknown_id_attempt (at)",
    """
    CREATE TABLE registers.register_group (
      account_id uuid NOT NULL,
      group_id uuid NOT NULL,
      version integer NOT NULL,
      created_at timestamptz NOT NULL,
      name text NOT NULL,
      search_key text NOT NULL,
      sort_key text COLLATE "C" NOT NULL,
      CONSTRAINT pk_register_group PRIMARY KEY (account_id, group_id),
      CONSTRAINT uq_register_group_account_id_search_key UNIQUE (account_id, search_key)
    )""",
    """
    CREATE TABLE registers.register_in_group (
      account_id uuid NOT NULL,
      register_id uuid NOT NULL,
      group_id uuid NOT NULL,
      CONSTRAINT pk_register_in_group PRIMARY KEY (account_id, register_id, group_id),
      CONSTRAINT fk_register_in_group_account_id_group_id_register_group FOREIGN KEY (account_id, group_id)
        REFERENCES registers.register_group (account_id, group_id) ON DELETE CASCADE,"""
    + _OF_REGISTER.format("register_in_group")
    + ")",
    """
    CREATE INDEX ix_register_in_group_account_id_group_id ON registers.register_in_group (account_id, group_id)""",
    """
    CREATE TABLE registers.register_settings (
      account_id uuid NOT NULL,
      register_id uuid NOT NULL,
      reported_at timestamptz NOT NULL,
      settings jsonb NOT NULL,
      CONSTRAINT pk_register_settings PRIMARY KEY (account_id, register_id),"""
    + _OF_REGISTER.format("register_settings")
    + ")",
    """
    CREATE TABLE registers.exchange (
      account_id uuid NOT NULL,
      exchange_id uuid NOT NULL,
      register_id uuid NOT NULL,
      kind text NOT NULL CONSTRAINT ck_exchange_kind CHECK (kind IN ('load_goods', 'read_settings', 'test')),
      mode text NOT NULL CONSTRAINT ck_exchange_mode CHECK (mode IN ('auto', 'full')),
      state text NOT NULL CONSTRAINT ck_exchange_state CHECK (state IN ('queued', 'waiting', 'sending', 'buffered',
        'applied', 'failed', 'cancelled', 'superseded', 'expired')),
      reason text,
      register_code text,
      item_code bigint,
      asked_by text NOT NULL,
      created_at timestamptz NOT NULL,
      finished_at timestamptz,
      handle bigint NOT NULL DEFAULT nextval('registers.exchange_handle'),
      recipe_id text,
      wanted_at timestamptz,
      wanted_revision bigint NOT NULL,
      wanted_times integer NOT NULL,
      target jsonb,
      target_revision bigint,
      target_base_hash text,
      delta jsonb,
      problems integer NOT NULL,
      done bigint NOT NULL,
      total bigint NOT NULL,
      progress_at timestamptz,
      offered_in bigint,
      begun_in bigint,
      buffered_in bigint,
      apply_sent_in bigint,
      apply_sent_at timestamptz,
      register_waits boolean NOT NULL,
      not_before timestamptz,
      restarts integer NOT NULL,
      to_abort boolean NOT NULL,
      answer jsonb,
      timeline jsonb NOT NULL,
      CONSTRAINT pk_exchange PRIMARY KEY (account_id, exchange_id),
      CONSTRAINT ck_exchange_finished CHECK
        ((finished_at IS NULL) = (state IN ('queued', 'waiting', 'sending', 'buffered'))),"""
    + _OF_REGISTER.format("exchange")
    + ")",
    "CREATE INDEX ix_exchange_newest ON registers.exchange (account_id, created_at, exchange_id)",
    "CREATE INDEX ix_exchange_of_register ON registers.exchange (account_id, register_id, created_at, exchange_id)",
    "CREATE INDEX ix_exchange_exchange_id ON registers.exchange (exchange_id)",
    """
    CREATE INDEX ix_exchange_live ON registers.exchange (account_id, register_id)
      WHERE state IN ('buffered', 'queued', 'sending', 'waiting') OR to_abort""",
    """
    CREATE INDEX ix_exchange_unbuilt ON registers.exchange (account_id, recipe_id)
      WHERE wanted_at IS NOT NULL AND target IS NULL""",
)

_WALLED = (
    "account_base",
    "register",
    "link",
    "opened_link",
    "register_group",
    "register_in_group",
    "register_settings",
    "exchange",
)


def upgrade() -> None:
    """Make the room."""
    create_room(op, "registers")
    for statement in _TABLES:
        op.execute(statement)
    for table in _WALLED:
        wall(op, "registers", table)
    # An account may note a new register ID but cannot read which ones others have.
    op.execute("REVOKE SELECT, UPDATE, DELETE ON registers.issued_kkt_id FROM kkt_registers")
    op.execute("REVOKE ALL ON registers.unknown_id_attempt, registers.opened_link FROM kkt_registers")


def downgrade() -> None:
    """There is no way back: a new server starts with an empty database."""
    raise NotImplementedError

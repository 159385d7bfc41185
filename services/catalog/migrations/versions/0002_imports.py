"""Uploads, imports with their problems and previews, and saved column maps."""

from alembic import op

from services.chassis.migrations import wall

revision = "catalog_0002"
down_revision = "catalog_0001"
branch_labels = None
depends_on = None

_STATES = "'queued', 'reading', 'previewed', 'applying', 'applied', 'failed', 'cancelled'"

_TABLES = (
    """
    CREATE TABLE catalog.upload (
      account_id uuid NOT NULL,
      upload_id uuid NOT NULL,
      bytes bigint NOT NULL CONSTRAINT ck_upload_bytes CHECK (bytes >= 0),
      parts integer NOT NULL,
      touched_at timestamptz NOT NULL,
      CONSTRAINT pk_upload PRIMARY KEY (account_id, upload_id)
    )
    """,
    "CREATE INDEX ix_upload_touched_at ON catalog.upload (touched_at)",
    """
    CREATE TABLE catalog.upload_part (
      account_id uuid NOT NULL,
      upload_id uuid NOT NULL,
      number integer NOT NULL,
      body bytea NOT NULL,
      CONSTRAINT pk_upload_part PRIMARY KEY (account_id, upload_id, number),
      CONSTRAINT fk_upload_part_account_id_upload_id_upload FOREIGN KEY (account_id, upload_id)
        REFERENCES catalog.upload (account_id, upload_id) ON DELETE CASCADE
    )
    """,
    "ALTER TABLE catalog.upload_part ALTER COLUMN body SET STORAGE EXTERNAL",
    f"""
    CREATE TABLE catalog.goods_import (
      account_id uuid NOT NULL,
      import_id uuid NOT NULL,
      state text NOT NULL CONSTRAINT ck_goods_import_state CHECK (state IN ({_STATES})),
      request jsonb NOT NULL,
      default_tax_code smallint NOT NULL,
      author jsonb NOT NULL,
      by_name text NOT NULL,
      created_at timestamptz NOT NULL,
      finished_at timestamptz,
      format text,
      encoding text,
      delimiter text,
      columns jsonb NOT NULL,
      progress_done bigint NOT NULL,
      progress_total bigint NOT NULL,
      counts jsonb NOT NULL,
      reason text,
      reason_params jsonb NOT NULL,
      base_revision integer,
      revision integer,
      worker uuid,
      lease_until timestamptz,
      attempts integer NOT NULL,
      CONSTRAINT pk_goods_import PRIMARY KEY (account_id, import_id)
    )
    """,
    "CREATE INDEX ix_goods_import_account_id_created_at ON catalog.goods_import (account_id, created_at)",
    "CREATE INDEX ix_goods_import_open ON catalog.goods_import (created_at)"
    " WHERE state IN ('queued', 'reading', 'applying')",
    """
    CREATE TABLE catalog.import_problem (
      account_id uuid NOT NULL,
      import_id uuid NOT NULL,
      number integer NOT NULL,
      line integer NOT NULL,
      field text,
      code text NOT NULL,
      params jsonb NOT NULL,
      severity text NOT NULL CONSTRAINT ck_import_problem_severity CHECK (severity IN ('error', 'warning')),
      text text NOT NULL,
      CONSTRAINT pk_import_problem PRIMARY KEY (account_id, import_id, number),
      CONSTRAINT fk_import_problem_account_id_import_id_goods_import FOREIGN KEY (account_id, import_id)
        REFERENCES catalog.goods_import (account_id, import_id) ON DELETE CASCADE
    )
    """,
    # Recognised rows of previews. Unlogged: they can be read again from the file, so they need not survive a crash of
    # the database; an import whose rows are gone says so.
    """
    CREATE UNLOGGED TABLE catalog.import_row (
      account_id uuid NOT NULL,
      import_id uuid NOT NULL,
      line integer NOT NULL,
      code integer,
      name text,
      short_name text,
      short_name_given boolean NOT NULL,
      price bigint,
      price_given boolean NOT NULL,
      barcodes text,
      keys text,
      groups text,
      article text,
      tax_code smallint,
      type_code smallint,
      measure_unit smallint,
      section smallint,
      marked boolean,
      undivided boolean,
      tax_system smallint,
      tax_system_given boolean NOT NULL,
      blocked boolean,
      extra jsonb,
      what text NOT NULL CONSTRAINT ck_import_row_what CHECK (what IN ('created', 'changed', 'unchanged')),
      before jsonb,
      CONSTRAINT pk_import_row PRIMARY KEY (account_id, import_id, line)
    )
    """,
    """
    CREATE TABLE catalog.saved_columns (
      account_id uuid NOT NULL,
      header_key text NOT NULL,
      columns jsonb NOT NULL,
      saved_at timestamptz NOT NULL,
      CONSTRAINT pk_saved_columns PRIMARY KEY (account_id, header_key)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _TABLES:
        op.execute(statement)
    for table in ("upload", "upload_part", "goods_import", "import_problem", "import_row", "saved_columns"):
        wall(op, "catalog", table)


def downgrade() -> None:
    """A goods base is never taken back down."""
    raise NotImplementedError

"""Price lists: wishes for them, what was built, and their bytes."""

from alembic import op

from services.chassis.migrations import wall

revision = "catalog_0003"
down_revision = "catalog_0002"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE catalog.price_list_job (
      account_id uuid NOT NULL,
      job_key text NOT NULL,
      recipe_id text NOT NULL,
      recipe jsonb NOT NULL,
      revision integer NOT NULL,
      delta_from jsonb,
      announced boolean NOT NULL,
      created_at timestamptz NOT NULL,
      worker uuid,
      lease_until timestamptz,
      attempts integer NOT NULL,
      CONSTRAINT pk_price_list_job PRIMARY KEY (account_id, job_key)
    )
    """,
    "CREATE INDEX ix_price_list_job_created_at ON catalog.price_list_job (created_at)",
    """
    CREATE TABLE catalog.chunk_set (
      account_id uuid NOT NULL,
      sha256 text NOT NULL,
      made_at timestamptz NOT NULL,
      CONSTRAINT pk_chunk_set PRIMARY KEY (account_id, sha256)
    )
    """,
    """
    CREATE TABLE catalog.price_list_chunk (
      account_id uuid NOT NULL,
      sha256 text NOT NULL,
      number integer NOT NULL,
      first_code integer NOT NULL,
      body bytea NOT NULL,
      prefix_sha256 text NOT NULL,
      CONSTRAINT pk_price_list_chunk PRIMARY KEY (account_id, sha256, number),
      CONSTRAINT fk_price_list_chunk_account_id_sha256_chunk_set FOREIGN KEY (account_id, sha256)
        REFERENCES catalog.chunk_set (account_id, sha256) ON DELETE CASCADE
    )
    """,
    "ALTER TABLE catalog.price_list_chunk ALTER COLUMN body SET STORAGE EXTERNAL",
    # Outlives its chunks: a delta needs to know that such a list once was, not its bytes.
    """
    CREATE TABLE catalog.price_list (
      account_id uuid NOT NULL,
      recipe_id text NOT NULL,
      profiles_version integer NOT NULL,
      revision integer NOT NULL,
      sha256 text NOT NULL,
      base_hash text NOT NULL,
      records integer NOT NULL,
      bytes bigint NOT NULL,
      chunks integer NOT NULL,
      problems_count integer NOT NULL,
      problems jsonb NOT NULL,
      built_at timestamptz NOT NULL,
      CONSTRAINT pk_price_list PRIMARY KEY (account_id, recipe_id, profiles_version, revision)
    )
    """,
    "CREATE INDEX ix_price_list_built_at ON catalog.price_list (built_at)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _TABLES:
        op.execute(statement)
    for table in ("price_list_job", "chunk_set", "price_list_chunk", "price_list"):
        wall(op, "catalog", table)


def downgrade() -> None:
    """A goods base is never taken back down."""
    raise NotImplementedError

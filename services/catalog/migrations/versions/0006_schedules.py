"""Changes of one field of many items that wait for their time."""

from alembic import op

from services.chassis.migrations import wall

revision = "catalog_0006"
down_revision = "catalog_0005"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE catalog.schedule (
      account_id uuid NOT NULL,
      schedule_id uuid NOT NULL,
      state text NOT NULL CONSTRAINT ck_schedule_state CHECK (state IN ('waiting', 'applied', 'cancelled', 'failed')),
      due_at timestamptz NOT NULL,
      field text NOT NULL,
      source text NOT NULL,
      note text NOT NULL,
      items integer NOT NULL,
      changed integer,
      revision integer,
      reason text,
      author jsonb NOT NULL,
      by_name text NOT NULL,
      created_at timestamptz NOT NULL,
      finished_at timestamptz,
      CONSTRAINT pk_schedule PRIMARY KEY (account_id, schedule_id)
    )
    """,
    "CREATE INDEX ix_schedule_due_at ON catalog.schedule (due_at) WHERE state = 'waiting'",
    """
    CREATE TABLE catalog.scheduled_value (
      account_id uuid NOT NULL,
      schedule_id uuid NOT NULL,
      code integer NOT NULL,
      before jsonb,
      after jsonb NOT NULL,
      CONSTRAINT pk_scheduled_value PRIMARY KEY (account_id, schedule_id, code),
      CONSTRAINT fk_scheduled_value_schedule FOREIGN KEY (account_id, schedule_id)
        REFERENCES catalog.schedule (account_id, schedule_id) ON DELETE CASCADE
    )
    """,
    "ALTER TABLE catalog.revision DROP CONSTRAINT ck_revision_source",
    """
    ALTER TABLE catalog.revision ADD CONSTRAINT ck_revision_source
      CHECK (source IN ('edit', 'import', 'groups', 'bulk', 'undo', 'vat', 'schedule'))
    """,
)


def upgrade() -> None:
    """Add the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in ("schedule", "scheduled_value"):
        wall(op, "catalog", table)


def downgrade() -> None:
    """A goods base is never taken back down."""
    raise NotImplementedError

"""Each link knows how often its register was told to beat."""

from alembic import op

revision = "registers_0002"
down_revision = "registers_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; links that were opened before it beat every 30 seconds."""
    op.execute(
        "ALTER TABLE registers.link ADD COLUMN heartbeat_seconds integer NOT NULL DEFAULT 30 "
        "CONSTRAINT ck_link_heartbeat_seconds CHECK (heartbeat_seconds BETWEEN 1 AND 3600)"
    )


def downgrade() -> None:
    """There is no way back: what is in the tables is never taken apart."""
    raise NotImplementedError

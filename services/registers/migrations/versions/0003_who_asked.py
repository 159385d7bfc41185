"""An exchange knows the user that asked for it, so that this user is told how it ended."""

from alembic import op

revision = "registers_0003"
down_revision = "registers_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of older exchanges only the name is known."""
    op.execute("ALTER TABLE registers.exchange ADD COLUMN asked_by_id uuid")


def downgrade() -> None:
    """There is no way back: what is in the tables is never taken apart."""
    raise NotImplementedError

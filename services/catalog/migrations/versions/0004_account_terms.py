"""What is known of each account's state and limits."""

from alembic import op

from services.chassis.migrations import make_account_terms

revision = "catalog_0004"
down_revision = "catalog_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; of accounts from before nothing is known, and the default limits hold for them."""
    make_account_terms(op, "catalog")


def downgrade() -> None:
    """There is no way back: what is in the tables is never taken apart."""
    raise NotImplementedError

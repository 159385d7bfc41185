"""What the pages of revisions and removed items are looked up by."""

from alembic import op

revision = "catalog_0007"
down_revision = "catalog_0006"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE INDEX ix_revision_account_id_undoes ON catalog.revision (account_id, undoes) WHERE undoes IS NOT NULL",
    "CREATE INDEX ix_removed_item_account_id_removed_revision"
    " ON catalog.removed_item (account_id, removed_revision, code)",
)


def upgrade() -> None:
    """Add the indexes."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """A goods base is never taken back down."""
    raise NotImplementedError

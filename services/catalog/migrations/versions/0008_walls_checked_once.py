"""What new rows are checked against is computed once a statement, not once a row: an import writes 100,000 of them."""

from alembic import op

from services.chassis.migrations import ACCOUNT_IS_ONCE

revision = "catalog_0008"
down_revision = "catalog_0007"
branch_labels = None
depends_on = None

_TABLES = (
    "item", "barcode", "item_history", "item_origin", "item_search", "removed_item", "import_row", "import_problem",
    "price_list_chunk", "scheduled_value",
)  # fmt: skip


def upgrade() -> None:
    """Change the walls of the tables that large change sets write."""
    for table in _TABLES:
        op.execute(f"ALTER POLICY account_wall ON catalog.{table} WITH CHECK ({ACCOUNT_IS_ONCE})")


def downgrade() -> None:
    """A goods base is never taken back down."""
    raise NotImplementedError

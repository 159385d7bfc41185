"""All that a register or a fiscal document may want to know of an item; what other systems call items; item history."""

from alembic import op

from services.chassis.migrations import wall

revision = "catalog_0005"
down_revision = "catalog_0004"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    ALTER TABLE catalog.item
      ADD COLUMN payment_method smallint NOT NULL DEFAULT 4
        CONSTRAINT ck_item_payment_method CHECK (payment_method BETWEEN 1 AND 7),
      ADD COLUMN agent smallint CONSTRAINT ck_item_agent CHECK (agent BETWEEN 0 AND 6),
      ADD COLUMN excise bigint CONSTRAINT ck_item_excise CHECK (excise BETWEEN 0 AND 2147483647),
      ADD COLUMN country text NOT NULL DEFAULT '' CONSTRAINT ck_item_country CHECK (country ~ '^([0-9]{3})?$'),
      ADD COLUMN customs_declaration text NOT NULL DEFAULT ''
        CONSTRAINT ck_item_customs_declaration CHECK (length(customs_declaration) <= 32),
      ADD COLUMN marking text NOT NULL DEFAULT '',
      ADD COLUMN alcohol boolean NOT NULL DEFAULT false,
      ADD COLUMN volume_ml integer CONSTRAINT ck_item_volume_ml CHECK (volume_ml >= 0),
      ADD COLUMN note text NOT NULL DEFAULT '' CONSTRAINT ck_item_note CHECK (length(note) <= 1000)
    """,
    # Until now these stood among the foreign attributes, under the names of the «Меркурий» record.
    """
    UPDATE catalog.item SET
      agent = CASE WHEN extra ->> 'agentNum' ~ '^[0-6]$' THEN (extra ->> 'agentNum')::smallint END,
      excise = CASE WHEN extra ->> 'exciseAmount' ~ '^[0-9]{1,9}$' THEN (extra ->> 'exciseAmount')::bigint END,
      country = CASE WHEN extra ->> 'countryOfOrigin' ~ '^[0-9]{3}$' THEN extra ->> 'countryOfOrigin' ELSE '' END,
      customs_declaration = left(coalesce(extra ->> 'customsDeclaration', ''), 32),
      alcohol = coalesce(extra ->> 'alcohol' = 'true', false),
      volume_ml = CASE WHEN extra ->> 'volume' ~ '^[0-9]{1,9}$' THEN (extra ->> 'volume')::integer END,
      extra = nullif(
        extra - array['agentNum', 'exciseAmount', 'countryOfOrigin', 'customsDeclaration', 'alcohol', 'volume'], '{}')
    WHERE extra ?| array['agentNum', 'exciseAmount', 'countryOfOrigin', 'customsDeclaration', 'alcohol', 'volume']
    """,
    # Which item another system means: it stays true when the item was removed, so that it comes back under its code.
    """
    CREATE TABLE catalog.item_origin (
      account_id uuid NOT NULL,
      source text NOT NULL,
      foreign_id text NOT NULL CONSTRAINT ck_item_origin_foreign_id CHECK (length(foreign_id) BETWEEN 1 AND 200),
      code integer NOT NULL,
      CONSTRAINT pk_item_origin PRIMARY KEY (account_id, source, foreign_id)
    )
    """,
    "CREATE INDEX ix_item_origin_account_id_code ON catalog.item_origin (account_id, code)",
    # How each item of a change set was before it; NULL: it was not there.
    """
    CREATE TABLE catalog.item_history (
      account_id uuid NOT NULL,
      revision integer NOT NULL,
      code integer NOT NULL,
      before jsonb,
      CONSTRAINT pk_item_history PRIMARY KEY (account_id, revision, code)
    )
    """,
    "CREATE INDEX ix_item_history_account_id_code ON catalog.item_history (account_id, code, revision)",
    "ALTER TABLE catalog.revision DROP CONSTRAINT ck_revision_source",
    """
    ALTER TABLE catalog.revision
      ADD CONSTRAINT ck_revision_source CHECK (source IN ('edit', 'import', 'groups', 'bulk', 'undo', 'vat')),
      ADD COLUMN note text NOT NULL DEFAULT '',
      ADD COLUMN undoes integer
    """,
    # Previews are made anew from their files.
    "DELETE FROM catalog.import_row",
    """
    ALTER TABLE catalog.import_row
      ADD COLUMN payment_method smallint, ADD COLUMN agent smallint, ADD COLUMN excise bigint, ADD COLUMN country text,
      ADD COLUMN customs_declaration text, ADD COLUMN marking text, ADD COLUMN alcohol boolean,
      ADD COLUMN volume_ml integer, ADD COLUMN note text, ADD COLUMN removed boolean, ADD COLUMN foreign_id text
    """,
    "ALTER TABLE catalog.import_row DROP CONSTRAINT ck_import_row_what",
    """
    ALTER TABLE catalog.import_row ADD CONSTRAINT ck_import_row_what
      CHECK (what IN ('created', 'changed', 'unchanged', 'removed'))
    """,
)


def upgrade() -> None:
    """Add the columns and tables."""
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in ("item_origin", "item_history"):
        wall(op, "catalog", table)


def downgrade() -> None:
    """A goods base is never taken back down."""
    raise NotImplementedError

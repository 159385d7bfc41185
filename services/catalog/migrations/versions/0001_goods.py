"""Items, item groups, revisions of the goods base, and the search among items."""

from alembic import op

from services.chassis.migrations import create_room, wall

revision = "catalog_0001"
down_revision = None
branch_labels = None
depends_on = None

# What people search in and sort by: lower case, ё as е, the name first. ICU folds Cyrillic whatever the database's
# own collation is.
_SEARCH = """translate(lower((name || E'\\n' || article || E'\\n' || code::text || ' ' || barcodes)
        COLLATE "und-x-icu"), 'ё', 'е')"""

_TABLES = (
    """
    CREATE TABLE catalog.goods_base (
      account_id uuid CONSTRAINT pk_goods_base PRIMARY KEY,
      revision integer NOT NULL CONSTRAINT ck_goods_base_revision CHECK (revision >= 0),
      search_revision integer NOT NULL,
      items integer NOT NULL CONSTRAINT ck_goods_base_items CHECK (items >= 0),
      no_price integer NOT NULL CONSTRAINT ck_goods_base_no_price CHECK (no_price BETWEEN 0 AND items),
      changed_at timestamptz
    )
    """,
    """
    CREATE TABLE catalog.revision (
      account_id uuid NOT NULL CONSTRAINT fk_revision_account_id_goods_base
        REFERENCES catalog.goods_base (account_id),
      revision integer NOT NULL,
      source text NOT NULL CONSTRAINT ck_revision_source CHECK (source IN ('edit', 'import', 'groups')),
      author text NOT NULL,
      created integer NOT NULL,
      changed integer NOT NULL,
      removed integer NOT NULL,
      at timestamptz NOT NULL,
      CONSTRAINT pk_revision PRIMARY KEY (account_id, revision)
    )
    """,
    """
    CREATE TABLE catalog.item_group (
      account_id uuid NOT NULL,
      group_id uuid NOT NULL,
      parent_id uuid,
      name text NOT NULL,
      name_key text NOT NULL,
      version integer NOT NULL,
      CONSTRAINT pk_item_group PRIMARY KEY (account_id, group_id),
      CONSTRAINT uq_item_group_account_id_parent_id_name_key
        UNIQUE NULLS NOT DISTINCT (account_id, parent_id, name_key),
      CONSTRAINT fk_item_group_account_id_parent_id_item_group
        FOREIGN KEY (account_id, parent_id) REFERENCES catalog.item_group (account_id, group_id)
    )
    """,
    # Groups stand in the item's own row: membership is a change of the item, and one row is one version of it.
    # Every writer holds the lock of the goods base, so groups of the array always exist.
    f"""
    CREATE TABLE catalog.item (
      account_id uuid NOT NULL,
      code integer NOT NULL CONSTRAINT ck_item_code CHECK (code > 0),
      name text NOT NULL CONSTRAINT ck_item_name CHECK (length(name) BETWEEN 1 AND 128),
      short_name text NOT NULL CONSTRAINT ck_item_short_name CHECK (length(short_name) <= 56),
      short_name_edited boolean NOT NULL,
      price bigint CONSTRAINT ck_item_price CHECK (price BETWEEN 0 AND 2147483600),
      barcodes text NOT NULL,
      groups uuid[] NOT NULL,
      article text NOT NULL,
      tax_code smallint NOT NULL CONSTRAINT ck_item_tax_code CHECK (tax_code BETWEEN 1 AND 12),
      type_code smallint NOT NULL,
      measure_unit smallint NOT NULL,
      section smallint NOT NULL CONSTRAINT ck_item_section CHECK (section BETWEEN 1 AND 16),
      marked boolean NOT NULL,
      undivided boolean NOT NULL,
      tax_system smallint,
      blocked boolean NOT NULL,
      extra jsonb,
      changed_revision integer NOT NULL,
      version integer NOT NULL,
      changed_at timestamptz NOT NULL,
      search text NOT NULL GENERATED ALWAYS AS ({_SEARCH}) STORED,
      CONSTRAINT pk_item PRIMARY KEY (account_id, code)
    )
    """,
    # One row for each barcode of an item, by what a register would compare. Rows come and go with their item.
    """
    CREATE TABLE catalog.barcode (
      account_id uuid NOT NULL,
      key text NOT NULL,
      code integer NOT NULL,
      CONSTRAINT pk_barcode PRIMARY KEY (account_id, key)
    )
    """,
    # Codes that are no longer in the base, for deltas; the row goes when the code is used again.
    """
    CREATE TABLE catalog.removed_item (
      account_id uuid NOT NULL,
      code integer NOT NULL,
      removed_revision integer NOT NULL,
      CONSTRAINT pk_removed_item PRIMARY KEY (account_id, code)
    )
    """,
    # A copy of item.search with the trigram index. A large import does not wait for that index: the copy is brought
    # up to goods_base.search_revision afterwards, and until then the account's items are searched one by one.
    """
    CREATE TABLE catalog.item_search (
      account_id uuid NOT NULL,
      code integer NOT NULL,
      search text NOT NULL,
      CONSTRAINT pk_item_search PRIMARY KEY (account_id, code)
    )
    """,
    "CREATE INDEX ix_item_search_search ON catalog.item_search USING gin (search public.gin_trgm_ops)",
)

# The reviewed way around row security: LIKE is not leakproof, so inside the walls it never reaches the trigram index.
# The function runs as the room's system role, which sees all accounts; what it may return is bound by the first
# condition of each query: the account of the setting, and nothing at all when there is none.
# `patterns` are LIKE patterns (the caller escapes % and _); quote_literal puts them in as text.
_FIND = """
CREATE FUNCTION catalog.find_item_codes(patterns text[], most integer) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account uuid := nullif(current_setting('kkt.account', true), '')::uuid;
  place text := 'catalog.item';
  conditions text;
BEGIN
  IF account IS NULL OR cardinality(patterns) = 0 THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM catalog.goods_base b WHERE b.account_id = account AND b.search_revision = b.revision) THEN
    place := 'catalog.item_search';
  END IF;
  SELECT string_agg('search LIKE ' || quote_literal(pattern), ' AND ') INTO conditions
  FROM unnest(patterns) AS pattern;
  RETURN QUERY EXECUTE
    'SELECT code FROM ' || place || ' WHERE account_id = $1 AND ' || conditions || ' LIMIT $2'
    USING account, most;
END
$$
"""


def upgrade() -> None:
    """Make the room and its tables."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")
    create_room(op, "catalog")
    for statement in _TABLES:
        op.execute(statement)
    for table in ("goods_base", "revision", "item_group", "item", "barcode", "removed_item", "item_search"):
        wall(op, "catalog", table)
    op.execute(_FIND)
    op.execute("GRANT CREATE ON SCHEMA catalog TO kkt_catalog_system")
    op.execute("ALTER FUNCTION catalog.find_item_codes(text[], integer) OWNER TO kkt_catalog_system")
    op.execute("REVOKE CREATE ON SCHEMA catalog FROM kkt_catalog_system")
    op.execute("REVOKE ALL ON FUNCTION catalog.find_item_codes(text[], integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION catalog.find_item_codes(text[], integer) TO kkt_catalog")


def downgrade() -> None:
    """A goods base is never taken back down."""
    raise NotImplementedError

"""Tables of the catalog room. Their constraints, and what is unusual about them, stand in the migrations."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.database import NAMING

_ID = sa.Uuid(as_uuid=False)
_TIME = sa.DateTime(timezone=True)


# Every table with rows of an account, each before those it refers to.
ACCOUNT_TABLES = (
    "price_list_job",
    "scheduled_value",
    "schedule",
    "import_row",
    "import_problem",
    "goods_import",
    "upload_part",
    "upload",
    "price_list_chunk",
    "chunk_set",
    "price_list",
    "item_history",
    "item_origin",
    "item_search",
    "barcode",
    "removed_item",
    "item",
    "item_group",
    "revision",
    "goods_base",
    "saved_columns",
)


class Base(DeclarativeBase):
    """All tables of this room stand in its own schema."""

    metadata = sa.MetaData(schema="catalog", naming_convention=NAMING)


class GoodsBase(Base):
    """An account's goods base: its revision and its counts. Every change of goods holds this row's lock to commit."""

    __tablename__ = "goods_base"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    revision: Mapped[int]
    search_revision: Mapped[int]  # up to which item_search is right
    items: Mapped[int]
    no_price: Mapped[int]
    changed_at: Mapped[datetime | None] = mapped_column(_TIME)


class Revision(Base):
    """One change set of a goods base."""

    __tablename__ = "revision"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    author: Mapped[str]
    created: Mapped[int]
    changed: Mapped[int]
    removed: Mapped[int]
    at: Mapped[datetime] = mapped_column(_TIME)
    note: Mapped[str]  # what was done, for people: a file's name, a rule of prices
    undoes: Mapped[int | None]  # the revision that this one took back


class ItemGroup(Base):
    """An item group, perhaps inside another one."""

    __tablename__ = "item_group"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    group_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(_ID)
    name: Mapped[str]
    name_key: Mapped[str]
    version: Mapped[int]


class Item(Base):
    """An item of the goods base. `barcodes` are separated by a space; `groups` are sorted.

    The table has one column more, `search`, which the database makes; see SEARCH.
    """

    __tablename__ = "item"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    short_name: Mapped[str]
    short_name_edited: Mapped[bool]
    price: Mapped[int | None] = mapped_column(sa.BigInteger)
    barcodes: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(ARRAY(_ID))
    article: Mapped[str]
    tax_code: Mapped[int] = mapped_column(sa.SmallInteger)
    type_code: Mapped[int] = mapped_column(sa.SmallInteger)
    measure_unit: Mapped[int] = mapped_column(sa.SmallInteger)
    section: Mapped[int] = mapped_column(sa.SmallInteger)
    marked: Mapped[bool]
    undivided: Mapped[bool]
    tax_system: Mapped[int | None] = mapped_column(sa.SmallInteger)
    blocked: Mapped[bool]
    payment_method: Mapped[int] = mapped_column(sa.SmallInteger)
    agent: Mapped[int | None] = mapped_column(sa.SmallInteger)
    excise: Mapped[int | None] = mapped_column(sa.BigInteger)
    country: Mapped[str]
    customs_declaration: Mapped[str]
    marking: Mapped[str]
    alcohol: Mapped[bool]
    volume_ml: Mapped[int | None]
    note: Mapped[str]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    changed_revision: Mapped[int]
    version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(_TIME)


# What items are sorted by name with: folded name first; code points order Russian letters as people do.
SEARCH: sa.ColumnElement[str] = sa.literal_column('catalog.item.search COLLATE "C"', sa.Text)


class Barcode(Base):
    """A barcode of an item, by what barcodes are compared by."""

    __tablename__ = "barcode"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[int]


class RemovedItem(Base):
    """A code that was in the base and is not now."""

    __tablename__ = "removed_item"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    removed_revision: Mapped[int]


class ItemOrigin(Base):
    """What another system knows an item by. Stays when the item is removed: it comes back under its code."""

    __tablename__ = "item_origin"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)  # a format of goods files
    foreign_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[int]


class ItemHistory(Base):
    """How an item was before a revision; NULL: it was not there. How it was after stands in the next one, or is now."""

    __tablename__ = "item_history"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class ItemSearch(Base):
    """A copy of Item.search under the trigram index, right up to GoodsBase.search_revision."""

    __tablename__ = "item_search"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    search: Mapped[str]


class Upload(Base):
    """A file that is being uploaded, or was and may be imported."""

    __tablename__ = "upload"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    upload_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    parts: Mapped[int]
    touched_at: Mapped[datetime] = mapped_column(_TIME)


class UploadPart(Base):
    """One part of an upload."""

    __tablename__ = "upload_part"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    upload_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes]


class GoodsImport(Base):
    """An import: what was asked, how far it is, what came of it. A worker holds it by a lease."""

    __tablename__ = "goods_import"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    import_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    state: Mapped[str]
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)  # NewImport
    default_tax_code: Mapped[int] = mapped_column(sa.SmallInteger)
    author: Mapped[dict[str, Any]] = mapped_column(JSONB)  # UserActor
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(_TIME)
    finished_at: Mapped[datetime | None] = mapped_column(_TIME)
    format: Mapped[str | None]
    encoding: Mapped[str | None]
    delimiter: Mapped[str | None]
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    progress_done: Mapped[int] = mapped_column(sa.BigInteger)
    progress_total: Mapped[int] = mapped_column(sa.BigInteger)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)  # ImportCounts
    reason: Mapped[str | None]
    reason_params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base_revision: Mapped[int | None]  # that a preview was made against, or that the base had once it was applied
    revision: Mapped[int | None]
    worker: Mapped[str | None] = mapped_column(_ID)
    lease_until: Mapped[datetime | None] = mapped_column(_TIME)
    attempts: Mapped[int]


class ImportProblemRow(Base):
    """A refused or doubtful row of an import."""

    __tablename__ = "import_problem"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    import_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int]
    field: Mapped[str | None]
    code: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    severity: Mapped[str]
    text: Mapped[str]


class SavedColumns(Base):
    """A column map that somebody made for files with this header."""

    __tablename__ = "saved_columns"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    header_key: Mapped[str] = mapped_column(primary_key=True)
    columns: Mapped[dict[str, str]] = mapped_column(JSONB)
    saved_at: Mapped[datetime] = mapped_column(_TIME)


class Schedule(Base):
    """A change of one field of many items that waits for its time, or did."""

    __tablename__ = "schedule"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    schedule_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    state: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(_TIME)
    field: Mapped[str]  # a column of Item
    source: Mapped[str]  # of the change that was asked for
    note: Mapped[str]
    items: Mapped[int]
    changed: Mapped[int | None]
    revision: Mapped[int | None]
    reason: Mapped[str | None]
    author: Mapped[dict[str, Any]] = mapped_column(JSONB)  # UserActor
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(_TIME)
    finished_at: Mapped[datetime | None] = mapped_column(_TIME)


class ScheduledValue(Base):
    """What one item will get by a waiting change, and what it had when that was worked out; both as JSON."""

    __tablename__ = "scheduled_value"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    schedule_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    before: Mapped[Any] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[Any] = mapped_column(JSONB)


class PriceListJob(Base):
    """A wish for a price list. `announced`: the registers room waits for the event (else a preview wants it)."""

    __tablename__ = "price_list_job"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    job_key: Mapped[str] = mapped_column(primary_key=True)
    recipe_id: Mapped[str]
    recipe: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int]
    delta_from: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # GoodsVersion
    announced: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(_TIME)
    worker: Mapped[str | None] = mapped_column(_ID)
    lease_until: Mapped[datetime | None] = mapped_column(_TIME)
    attempts: Mapped[int]


class ChunkSet(Base):
    """The bytes of a list or a delta, named by their SHA-256; stored once."""

    __tablename__ = "chunk_set"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(_TIME)


class PriceListChunk(Base):
    """One chunk of them."""

    __tablename__ = "price_list_chunk"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_code: Mapped[int]
    body: Mapped[bytes]
    prefix_sha256: Mapped[str]


class PriceList(Base):
    """A list that was built for a recipe at a revision."""

    __tablename__ = "price_list"

    account_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    recipe_id: Mapped[str] = mapped_column(primary_key=True)
    profiles_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str]
    base_hash: Mapped[str]
    records: Mapped[int]
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    chunks: Mapped[int]
    problems_count: Mapped[int]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # RecordProblem
    built_at: Mapped[datetime] = mapped_column(_TIME)

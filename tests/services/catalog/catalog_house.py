"""The catalog room without its bus: use cases on a real database, and a worker whose turns the test calls."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.orm import Session

from services.catalog.use_cases import imports, item_changes, item_groups, items, uploads
from services.catalog.use_cases.views import item_view
from services.catalog.work_places import WorkPlaces
from services.chassis import clock
from services.chassis.database import Database, plain_url
from services.contracts.catalog import ItemDraft, ItemGroupView, ItemQuery, ItemView
from services.contracts.imports import UPLOAD_PART_BYTES, ImportProblem, ImportRow, ImportView, NewImport
from services.contracts.permissions import Role
from services.contracts.values import AccountId, ItemCode, ItemGroupId, SessionId, UploadId, UserActor, UserId

DEFAULT_TAX = 11


def new_actor(name: str) -> UserActor:
    """The administrator of an account that nobody else knows."""
    return UserActor(
        account=AccountId(str(uuid.uuid4())),
        user=UserId(str(uuid.uuid4())),
        name=name,
        roles=(Role.ADMINISTRATOR,),
        session=SessionId(str(uuid.uuid4())),
    )


class CatalogHouse:
    """The room, seen by the user of one account."""

    def __init__(self, database: Database, actor: UserActor) -> None:
        self.database = database
        self.actor = actor
        self.account = actor.account
        self.worker = WorkPlaces(database, clock.now)

    def as_stranger(self, name: str = "charlie") -> "CatalogHouse":
        """The same room, seen by a user of another account."""
        return CatalogHouse(self.database, new_actor(name))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction inside the account's walls."""
        with self.database.account(self.account, self.actor) as session:
            yield session

    # ---- items

    def add(self, code: int | None = None, **fields: object) -> ItemView:
        """A new item."""
        with self.session() as session:
            draft = ItemDraft(**fields)  # type: ignore[arg-type]
            number = None if code is None else ItemCode(code)
            return item_view(
                item_changes.add_item(self.account, session, "alice", number, draft, lambda: DEFAULT_TAX, clock.now())
            )

    def change(self, code: int, version: int | None = None, **fields: object) -> ItemView:
        """Change an item."""
        with self.session() as session:
            draft = ItemDraft(**fields)  # type: ignore[arg-type]
            return item_view(
                item_changes.change_item(self.account, session, "alice", ItemCode(code), draft, version, clock.now())
            )

    def remove(self, *codes: int) -> int:
        """Remove items."""
        with self.session() as session:
            numbers = tuple(map(ItemCode, codes))
            return item_changes.remove_items(self.account, session, "alice", numbers, clock.now())

    def item(self, code: int) -> ItemView:
        """One item."""
        with self.session() as session:
            return items.get_item(self.account, session, ItemCode(code))

    def all_items(self) -> list[ItemView]:
        """Up to 500 items by code."""
        with self.session() as session:
            return list(items.page(self.account, session, ItemQuery(limit=500)).items)

    def revision(self) -> int:
        """Of the base."""
        with self.session() as session:
            return items.base_status(self.account, session).revision

    def add_group(self, name: str, parent: ItemGroupId | None = None) -> ItemGroupView:
        """A new group."""
        with self.session() as session:
            return item_groups.add_group(self.account, session, "alice", name, parent, clock.now())

    def groups(self) -> dict[str, ItemGroupView]:
        """All groups by name."""
        with self.session() as session:
            return {group.name: group for group in item_groups.list_groups(self.account, session)}

    # ---- imports

    def upload(self, body: bytes) -> UploadId:
        """Upload a file."""
        upload = UploadId(str(uuid.uuid4()))
        for number, start in enumerate(range(0, len(body), UPLOAD_PART_BYTES)):
            with self.session() as session:
                part = body[start : start + UPLOAD_PART_BYTES]
                uploads.upload_part(self.account, session, upload, number, part, clock.now())
        return upload

    def start(self, body: bytes, **options: object) -> ImportView:
        """Upload a file and queue its import."""
        request = NewImport(
            upload=self.upload(body),
            parts=-(-len(body) // UPLOAD_PART_BYTES),
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            filename="goods.csv",
            **options,  # type: ignore[arg-type]
        )
        with self.session() as session:
            return imports.start_import(self.actor, session, request, DEFAULT_TAX, clock.now())

    def bring(self, body: bytes, **options: object) -> ImportView:
        """Import a file to the end."""
        started = self.start(body, **options)
        while self.worker.do_import():
            pass
        return self.get(started.id)

    def get(self, import_id: str) -> ImportView:
        """One import."""
        with self.session() as session:
            return imports.get_import(self.account, session, import_id)  # type: ignore[arg-type]

    def apply(self, import_id: str, confirm_removals: bool = False) -> ImportView:
        """Put a preview into effect."""
        with self.session() as session:
            imports.apply_import(self.actor, session, import_id, confirm_removals)  # type: ignore[arg-type]
        while self.worker.do_import():
            pass
        return self.get(import_id)

    def problems(self, import_id: str, limit: int = 500) -> list[ImportProblem]:
        """Its first problems."""
        with self.session() as session:
            return list(imports.page_problems(self.account, session, import_id, None, limit).items)  # type: ignore[arg-type]

    def rows(self, import_id: str, what: str | None = None) -> list[ImportRow]:
        """The first rows of a preview."""
        with self.session() as session:
            return list(imports.page_rows(self.account, session, import_id, what, None, 500).items)  # type: ignore[arg-type]

    # ---- looking behind the walls

    def events(self, kind: str) -> list[dict[str, object]]:
        """Bodies of the facts of this account, oldest first."""
        with psycopg.connect(plain_url(self.database.url)) as connection:
            rows = connection.execute(
                "SELECT body FROM catalog.event_log WHERE account_id = %s AND type = %s ORDER BY id",
                (self.account, kind),
            )
            return [row[0] for row in rows]

"""Price lists: who wishes for one, what one register would get, and the bytes themselves."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.cursors import decode_cursor, encode_cursor
from services.catalog.domain.group_tree import unknown_groups
from services.catalog.domain.model_profiles import profile_data
from services.catalog.domain.price_list import PROBLEMS_SHOWN
from services.catalog.domain.register_record import parsed_record
from services.catalog.models import PriceList
from services.catalog.repository.base import get_base
from services.catalog.repository.groups import all_groups
from services.catalog.repository.imports import wake_workers
from services.catalog.repository.price_lists import find_list, get_chunks, has_chunks, lines_after, want_list
from services.contracts.catalog import CHUNKS_PULL, Chunk, PriceListGone, PriceListPreview, RecordProblem
from services.contracts.goods_record import EMPTY_BASE_HASH
from services.contracts.import_codes import RecordCode
from services.contracts.recipe import (
    PRICE_PERCENT_MAX,
    PRICE_PERCENT_MIN,
    PRICE_ROUNDINGS,
    PriceListRef,
    Recipe,
    recipe_id,
)
from services.contracts.refusals import FieldError, Invalid
from services.contracts.registers import GoodsVersion, PriceListWantedEvent
from services.contracts.values import MAX_PAGE, AccountId, Cursor, ItemCode


def want_announced(account: AccountId, session: Session, wanted: PriceListWantedEvent, now: datetime) -> None:
    """Queue a list that the registers room waits for. The same wish again is the same job."""
    delta = wanted.delta_from
    key = f"{wanted.recipe_id}/{wanted.revision}/{'' if delta is None else f'{delta.revision}-{delta.base_hash}'}"
    _want(account, session, key, wanted.recipe, wanted.recipe_id, wanted.revision, delta, True, now)


def want_preview(account: AccountId, session: Session, recipe: Recipe, now: datetime) -> None:
    """Queue a list that somebody looks at."""
    check_recipe(recipe)
    base = get_base(account, session)
    revision = base.revision if base is not None else 0
    name = recipe_id(recipe)
    _want(account, session, f"preview/{name}/{revision}", recipe, name, revision, None, False, now)


def _want(
    account: AccountId,
    session: Session,
    key: str,
    recipe: Recipe,
    name: str,
    revision: int,
    delta: GoodsVersion | None,
    announced: bool,
    now: datetime,
) -> None:
    job = {
        "job_key": hashlib.sha256(key.encode()).hexdigest(),
        "recipe_id": name,
        "recipe": msgspec.to_builtins(recipe),
        "revision": revision,
        "delta_from": None if delta is None else msgspec.to_builtins(delta),
        "announced": announced,
        "created_at": now,
    }
    if want_list(account, session, job):
        wake_workers(account, session)


def check_recipe(recipe: Recipe) -> None:
    """Raises Invalid for a recipe that no register can have."""
    errors = []
    if not PRICE_PERCENT_MIN <= recipe.price_percent <= PRICE_PERCENT_MAX:
        errors.append(FieldError("price_percent", "out_of_range"))
    if recipe.price_rounding not in PRICE_ROUNDINGS:
        errors.append(FieldError("price_rounding", "unknown"))
    if errors:
        raise Invalid(tuple(errors))


def built_now(account: AccountId, session: Session, recipe: Recipe) -> PriceList | None:
    """The list for the base as it is, if a worker has built it already and its bytes are kept."""
    base = get_base(account, session)
    revision = base.revision if base is not None else 0
    found = find_list(account, session, recipe_id(recipe), profile_data().version, revision)
    if found is not None and found.chunks and not has_chunks(account, session, found.sha256):
        return None
    return found


def preview_now(
    account: AccountId, session: Session, recipe: Recipe, after: Cursor | None, limit: int
) -> PriceListPreview | None:
    """The preview for the base as it is; None while a worker must build the list first. Refuses with Invalid."""
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))
    if recipe.item_groups:
        parents = {row.group_id: row.parent_id for row in all_groups(account, session)}
        unknown = unknown_groups(parents, recipe.item_groups)
        if unknown:
            return _nothing(account, session, unknown)
    built = built_now(account, session, recipe)
    return None if built is None else _page(account, session, built, after, limit)


def unknown_group_problems(unknown: Sequence[str]) -> tuple[RecordProblem, ...]:
    """What is told of groups that a register filters by and that are no more."""
    code = RecordCode.UNKNOWN_ITEM_GROUP.value
    return tuple(
        RecordProblem(ItemCode(0), "", code, whole=True, params={"group": group[:36]})
        for group in unknown[:PROBLEMS_SHOWN]
    )


def _nothing(account: AccountId, session: Session, unknown: list[str]) -> PriceListPreview:
    """What a register gets that filters by groups that are no more."""
    base = get_base(account, session)
    return PriceListPreview(
        revision=base.revision if base is not None else 0,
        records=0,
        bytes=0,
        base_hash=EMPTY_BASE_HASH,
        problems_count=len(unknown),
        problems=unknown_group_problems(unknown),
        items=(),
        next=None,
    )


def _page(account: AccountId, session: Session, built: PriceList, after: Cursor | None, limit: int) -> PriceListPreview:
    """A page of the records that a register would get, read from the very bytes that it would be sent."""
    last = decode_cursor(after, int)
    code = last[0] if last is not None else 0
    lines = lines_after(account, session, built.sha256, code, limit) if built.chunks else []
    records = [record for record in map(parsed_record, lines) if int(record["code"]) > code]
    page = records[:limit]
    following = encode_cursor(int(page[-1]["code"])) if len(records) > limit else None
    return PriceListPreview(
        revision=built.revision,
        records=built.records,
        bytes=built.bytes,
        base_hash=built.base_hash,
        problems_count=built.problems_count,
        problems=msgspec.convert(built.problems, tuple[RecordProblem, ...]),
        items=tuple(dict(record) for record in page),
        next=following,
    )


def list_ref(built: PriceList) -> PriceListRef:
    """The list as the contracts name it."""
    return PriceListRef(
        sha256=built.sha256,
        revision=built.revision,
        recipe_id=built.recipe_id,
        base_hash=built.base_hash,
        records=built.records,
        bytes=built.bytes,
        chunks=built.chunks,
    )


def chunks(account: AccountId, session: Session, sha256: str, first: int, count: int) -> tuple[Chunk, ...]:
    """Chunks of a list or a delta, at most CHUNKS_PULL. Refuses with PriceListGone, Invalid."""
    if first < 0 or not 1 <= count <= CHUNKS_PULL:
        raise Invalid((FieldError("count", "out_of_range", {"min": 1, "max": CHUNKS_PULL}),))
    found = get_chunks(account, session, sha256, first, count)
    if not found and not has_chunks(account, session, sha256):
        raise PriceListGone()
    return found

"""«Почему такая цена?»: the same steps that build price lists, told for one item."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from services.catalog.domain.group_tree import unknown_groups, with_descendants
from services.catalog.domain.model_profiles import profile_of
from services.catalog.domain.prices import price_for_register
from services.catalog.domain.register_record import RecordMaker, parsed_record
from services.catalog.models import Item, Revision
from services.catalog.repository.groups import all_groups
from services.catalog.repository.history import price_befores
from services.catalog.repository.items import get_items
from services.catalog.repository.price_lists import list_item
from services.catalog.repository.revisions import find_revision
from services.catalog.use_cases.views import item_view
from services.contracts.catalog import RecordProblem
from services.contracts.import_codes import RecordCode
from services.contracts.price_explanations import PriceChanged, PriceExplanation
from services.contracts.recipe import Recipe
from services.contracts.refusals import NotFound
from services.contracts.values import AccountId, ItemCode, ItemGroupId

WHOLE_KOPECKS = 1  # a rounding step that leaves every price as it is


def explain(account: AccountId, session: Session, recipe: Recipe, code: ItemCode) -> PriceExplanation:
    """How the item's record comes about. Refuses with NotFound."""
    item = get_items(account, session, [code]).get(code)
    listed = None if item is None else list_item(account, session, code)
    if item is None or listed is None:
        raise NotFound(code=code)
    profile = profile_of(recipe.model, recipe.base_version, recipe.ffd)
    maker = RecordMaker(profile, recipe.price_percent, recipe.price_rounding)
    line = maker.line(listed)
    problems = list(maker.problems)
    parents = {row.group_id: row.parent_id for row in all_groups(account, session)}
    for group in unknown_groups(parents, recipe.item_groups):
        problems.insert(0, RecordProblem(ItemCode(0), "", RecordCode.UNKNOWN_ITEM_GROUP.value, True, {"group": group}))
    chosen = _chosen_groups_of(item, recipe, parents)
    let_in = not recipe.item_groups or (bool(chosen) and not any(problem.item == 0 for problem in problems))
    price = item.price
    return PriceExplanation(
        item=item_view(item),
        let_in=let_in,
        let_in_by=chosen,
        after_percent=None if price is None else price_for_register(price, recipe.price_percent, WHOLE_KOPECKS),
        price=None if price is None else price_for_register(price, recipe.price_percent, recipe.price_rounding),
        record=parsed_record(line) if line is not None and let_in else None,
        problems=tuple(problems),
        price_since=_price_since(account, session, item),
    )


def _chosen_groups_of(item: Item, recipe: Recipe, parents: Mapping[str, str | None]) -> tuple[ItemGroupId, ...]:
    own = {str(group) for group in item.groups}
    return tuple(group for group in recipe.item_groups if own & with_descendants(dict(parents), [str(group)]))


def _changed_by(row: Revision) -> PriceChanged:
    return PriceChanged(row.revision, row.source, row.author, row.at)


def _price_since(account: AccountId, session: Session, item: Item) -> PriceChanged | None:
    """The newest revision before which the item had another price, or was not there."""
    price = item.price
    for revision, was_there, before in price_befores(account, session, item.code):
        if not was_there or before != price:
            found = find_revision(account, session, revision)
            return None if found is None else _changed_by(found.revision)
    return None

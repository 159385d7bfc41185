"""«Почему такая цена?»: the same steps that build price lists, told for one item."""

from sqlalchemy.orm import Session

from services.catalog.domain.group_tree import Parents, unknown_groups, with_descendants
from services.catalog.domain.model_profiles import Profile, profile_of
from services.catalog.domain.prices import price_for_register
from services.catalog.domain.register_record import ListItem, RecordMaker, parsed_record
from services.catalog.models import Item
from services.catalog.repository.groups import all_groups
from services.catalog.repository.history import price_befores
from services.catalog.repository.items import get_items
from services.catalog.repository.revisions import find_revision
from services.catalog.use_cases.price_lists import unknown_group_problems
from services.catalog.use_cases.views import item_view
from services.contracts.price_explanations import PriceChanged, PriceExplanation, RecordLimits
from services.contracts.recipe import Recipe
from services.contracts.refusals import NotFound
from services.contracts.values import AccountId, ItemCode, ItemGroupId

WHOLE_KOPECKS = 1  # a rounding step that leaves every price as it is


def explain(account: AccountId, session: Session, recipe: Recipe, code: ItemCode) -> PriceExplanation:
    """How the item's record comes about. Refuses with NotFound."""
    item = get_items(account, session, [code]).get(code)
    if item is None:
        raise NotFound(code=code)
    profile = profile_of(recipe.model, recipe.base_version, recipe.ffd)
    maker = RecordMaker(profile, recipe.price_percent, recipe.price_rounding)
    # Of the very item that is shown: asked for again, it might have been changed in between.
    line = maker.line(ListItem(*(getattr(item, field) for field in ListItem._fields)))
    parents = {row.group_id: row.parent_id for row in all_groups(account, session)}
    unknown = unknown_groups(parents, recipe.item_groups)
    chosen = _chosen_groups_of(item, recipe, parents)
    let_in = not recipe.item_groups or (bool(chosen) and not unknown)
    price = item.price
    return PriceExplanation(
        item=item_view(item),
        let_in=let_in,
        let_in_by=chosen,
        after_percent=None if price is None else price_for_register(price, recipe.price_percent, WHOLE_KOPECKS),
        price=None if price is None else price_for_register(price, recipe.price_percent, recipe.price_rounding),
        limits=_limits(profile),
        record=parsed_record(line) if line is not None and let_in else None,
        problems=(*unknown_group_problems(unknown), *maker.problems),
        price_since=_price_since(account, session, item),
    )


def _limits(profile: Profile) -> RecordLimits:
    return RecordLimits(profile.base_version, profile.ffd, profile.code_max, profile.price_max)


def _chosen_groups_of(item: Item, recipe: Recipe, parents: Parents) -> tuple[ItemGroupId, ...]:
    own = {str(group) for group in item.groups}
    return tuple(group for group in recipe.item_groups if own & with_descendants(parents, [group]))


def _price_since(account: AccountId, session: Session, item: Item) -> PriceChanged | None:
    """The newest revision before which the item had another price, or was not there."""
    price = item.price
    for revision, was_there, before in price_befores(account, session, item.code):
        if not was_there or before != price:
            found = find_revision(account, session, revision)
            if found is None:
                return None
            made = found.revision
            return PriceChanged(made.revision, made.source, made.author, made.at)
    return None

"""Doors of the catalog room: PriceExplanationsRpc."""

from sqlalchemy.orm import Session

from services.catalog.use_cases import explain_price
from services.chassis.permit import permit
from services.contracts.permissions import Right
from services.contracts.price_explanations import PriceExplanation
from services.contracts.recipe import Recipe
from services.contracts.values import ItemCode, UserActor


class PriceExplanationsDoor:
    """The door for PriceExplanationsRpc; the service class inherits it."""

    session: Session

    def explain_price(self, actor: UserActor, recipe: Recipe, code: ItemCode) -> PriceExplanation:
        """See PriceExplanationsRpc."""
        permit(actor, Right.SEE)
        return explain_price.explain(actor.account, self.session, recipe, code)

"""Which items a change of many is meant for, as forms and addresses tell it: ticked rows, or all that were found."""

from urllib.parse import urlencode

import msgspec

from gateway_http.forms import FormData
from gateway_http.pages.goods_filter import GoodsFilter, filter_of
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from services.contracts.bulk_changes import CODES_MAX, Selection
from services.contracts.values import ItemCode

CHANGE_URL = "/goods/change"


class Chosen(msgspec.Struct, frozen=True):
    """Which items are meant: ticked ones, or all that a query finds."""

    codes: tuple[ItemCode, ...] = ()
    everything: bool = False
    found_by: GoodsFilter = GoodsFilter()

    async def selection(self, screen: Screen) -> Selection:
        """The same as the catalog is told it."""
        return Selection(matching=await self.found_by.query(screen)) if self.everything else Selection(self.codes)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same as fields of a form."""
        if not self.everything:
            return [("pick", str(code)) for code in self.codes]
        told = self.found_by.parameters
        return [("all", "1"), *(("in_group" if name == "group" else name, value) for name, value in told.items())]

    @property
    def back(self) -> str:
        """The table they were chosen in."""
        shown = self.found_by.parameters
        return f"/goods?{urlencode(shown)}" if shown else "/goods"


def chosen_in(data: FormData) -> Chosen | None:
    """What a form or an address says; odd codes count as none. None: nothing was chosen."""
    if data.flag("all"):
        return Chosen(everything=True, found_by=filter_of(data.text, "in_group"))
    numbers = (number_typed(text) for text in data.all("pick")[:CODES_MAX])
    codes = tuple(ItemCode(number) for number in numbers if number)
    return Chosen(codes) if codes else None


def change_url(kind: str, data: FormData) -> str:
    """The page that changes all items found, as a form of their table tells them."""
    chosen = chosen_in(data)
    wanted = [("kind", kind), ("group", data.text("group")), *(chosen.fields if chosen else ())]
    return f"{CHANGE_URL}?{urlencode([(name, value) for name, value in wanted if value])}"

"""Which items a change of many is meant for, as forms and addresses tell it: ticked rows, or all that were found."""

from urllib.parse import urlencode

import msgspec

from gateway_http.forms import FormData
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.registers import MAX_QUERY
from services.contracts.bulk_changes import CODES_MAX, Selection
from services.contracts.catalog import ItemQuery
from services.contracts.values import ItemCode, ItemGroupId

CHANGE_URL = "/goods/change"


class Chosen(msgspec.Struct, frozen=True):
    """Which items are meant: ticked ones, or all that a query finds."""

    codes: tuple[ItemCode, ...] = ()
    everything: bool = False
    q: str = ""
    group: str = ""
    no_price: bool = False

    @property
    def selection(self) -> Selection:
        if not self.everything:
            return Selection(self.codes)
        group = ItemGroupId(self.group) if self.group else None
        return Selection(matching=ItemQuery(q=self.q, group=group, no_price=self.no_price or None))

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same as fields of a form."""
        if not self.everything:
            return [("pick", str(code)) for code in self.codes]
        told = {"all": "1", "q": self.q, "in_group": self.group, "no_price": "1" if self.no_price else ""}
        return [(name, value) for name, value in told.items() if value]

    @property
    def back(self) -> str:
        """The table they were chosen in."""
        told = {"q": self.q, "group": self.group, "no_price": "1" if self.no_price else ""}
        shown = {name: value for name, value in told.items() if value}
        return f"/goods?{urlencode(shown)}" if shown else "/goods"


def chosen_in(data: FormData) -> Chosen | None:
    """What a form or an address says; odd codes count as none. None: nothing was chosen."""
    if data.flag("all"):
        q, group = data.text("q")[:MAX_QUERY], data.text("in_group")[:MAX_QUERY]
        return Chosen(everything=True, q=q, group=group, no_price=data.flag("no_price"))
    numbers = (number_typed(text) for text in data.all("pick")[:CODES_MAX])
    codes = tuple(ItemCode(number) for number in numbers if number)
    return Chosen(codes) if codes else None


def change_url(kind: str, data: FormData) -> str:
    """The page that changes all items found, as a form of their table tells them."""
    chosen = chosen_in(data)
    wanted = [("kind", kind), ("group", data.text("group")), *(chosen.fields if chosen else ())]
    return f"{CHANGE_URL}?{urlencode([(name, value) for name, value in wanted if value])}"

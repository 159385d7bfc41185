"""Which goods a table shows, as addresses and forms tell it: the search, the group, and what else narrows it down."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from gateway_http.i18n import N_
from gateway_http.pages.registers import MAX_QUERY
from gateway_http.screen import Screen
from services.contracts.catalog import ItemQuery
from services.contracts.registers import RegistersRpc
from services.contracts.values import ItemGroupId

PROBLEM, UNSENT, NO_PRICE = "problem", "unsent", "no_price"
SHOWN: dict[str, str] = {
    "": N_("all items"),
    PROBLEM: N_("doubtful ones"),
    UNSENT: N_("on no register"),
    NO_PRICE: N_("without a price"),
}


class GoodsFilter(msgspec.Struct, frozen=True):
    """`group` is an item group's id or "none"; `show` one of SHOWN; `since` a day as browsers write it."""

    q: str = ""
    group: str = ""
    show: str = ""
    since: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """The same as parameters of an address; what is not filtered by is left out."""
        told = {"q": self.q, "group": self.group, "show": self.show, "since": self.since}
        return {name: value for name, value in told.items() if value}

    def words(self, screen: Screen, group_name: str) -> list[str]:
        """What it filters by, for people."""
        told = [f"«{self.q}»"] if self.q else []
        told += [group_name] if self.group else []
        told += [screen.text(SHOWN[self.show])] if self.show else []
        return told + ([screen.text(N_("changed since %(day)s"), day=self.since)] if self.since else [])

    async def query(self, screen: Screen) -> ItemQuery:
        """What the catalog is asked for. What no register gets depends on what the registers take."""
        query = ItemQuery(
            q=self.q,
            group=ItemGroupId(self.group) if self.group else None,
            no_price=True if self.show == NO_PRICE else None,
            problem=True if self.show == PROBLEM else None,
            changed_since=day_begins(self.since, screen.zone),
        )
        if self.show != UNSENT:
            return query
        taken = await screen.call(RegistersRpc.item_filters)
        if taken.all_goods:
            return msgspec.structs.replace(query, no_price=True)
        return msgspec.structs.replace(query, outside=taken.item_groups)


def filter_of(get: Callable[[str], str], group_name: str = "group") -> GoodsFilter:
    """What an address or a form says; odd values count as none. `get` gives a parameter, "" if there is none."""
    show, since = get("show"), get("since")
    return GoodsFilter(
        q=get("q").strip()[:MAX_QUERY],
        group=get(group_name)[:MAX_QUERY],
        show=show if show in SHOWN else "",
        since=since if day_begins(since, ZoneInfo("UTC")) else "",
    )


def day_begins(day: str, zone: ZoneInfo) -> datetime | None:
    """The first moment of a day by the account's clock; None for what is no day."""
    try:
        begun = datetime.combine(date.fromisoformat(day), time(), zone)
        return begun.astimezone(UTC)
    except (ValueError, OverflowError):
        return None

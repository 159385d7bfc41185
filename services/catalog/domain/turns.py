"""Whose turn it is: the account that was served the longest ago goes first, so that one's many wishes keep no other
waiting for more than one of them."""

from collections import OrderedDict

from services.contracts.values import AccountId

ACCOUNTS_REMEMBERED = 1000  # an account that was served before so many others counts as never served


class Turns:
    """Kept by one loop of one worker in its memory: a restart begins with everybody equal."""

    def __init__(self) -> None:
        self._served: OrderedDict[AccountId, None] = OrderedDict()

    def serve(self, account: AccountId) -> None:
        """It was this account's turn just now."""
        self._served[account] = None
        self._served.move_to_end(account)
        while len(self._served) > ACCOUNTS_REMEMBERED:
            self._served.popitem(last=False)

    @property
    def longest_ago_first(self) -> list[AccountId]:
        """The accounts that were served; all others go before them."""
        return list(self._served)

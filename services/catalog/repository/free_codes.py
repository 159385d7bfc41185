"""Which codes of a goods base are free. Whoever asks holds the base's lock, so the answer stays true to its commit."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.models import GoodsBase, Item
from services.contracts.values import AccountId

# Codes are looked through in blocks from 1 on, each counted by its own range of the key, until there are enough free
# ones: the planner has no other way to do that, whatever it knows of the table, and an early gap ends it at once.
BLOCK = 512  # codes
_FREE_IN_BLOCKS = sa.text("""
WITH RECURSIVE block (first, free_below) AS (
  SELECT 1::bigint, 0::bigint
  UNION ALL
  SELECT first + :block, free_below + :block - (
    SELECT count(*) FROM catalog.item i
    WHERE i.account_id = :account AND i.code >= first AND i.code < first + :block
  ) FROM block WHERE free_below < :most
),
counted AS (SELECT first, lead(free_below) OVER (ORDER BY first) - free_below AS free FROM block)
SELECT free_code.code FROM counted CROSS JOIN LATERAL (
  SELECT code FROM generate_series(first, first + :block - 1) AS code
  EXCEPT
  SELECT i.code FROM catalog.item i WHERE i.account_id = :account AND i.code >= first AND i.code < first + :block
) free_code WHERE counted.free > 0 ORDER BY free_code.code LIMIT :most
""")


def free_codes(account: AccountId, session: Session, base: GoodsBase, count: int) -> list[int]:
    """The lowest codes that no item has."""
    beyond = sa.select(Item.code).where(Item.account_id == account, Item.code > base.items).limit(1)
    if session.execute(beyond).first() is None:  # so many items in so many codes: there is no gap
        return list(range(base.items + 1, base.items + 1 + count))
    return list(session.scalars(_FREE_IN_BLOCKS, {"account": account, "block": BLOCK, "most": count}))

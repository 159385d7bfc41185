"""The groups that a file names → groups of the account, made where they are missing."""

import uuid

from sqlalchemy.orm import Session

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.group_paths import ACCOUNT_GROUPS_MAX, GroupPath, key_to_paths
from services.catalog.domain.names import folded
from services.catalog.models import ItemGroup
from services.catalog.repository.groups import all_groups
from services.chassis.event_log import record
from services.contracts.catalog import ItemGroupChangedEvent
from services.contracts.import_codes import ImportFailure
from services.contracts.values import AccountId, ItemGroupId

_Place = tuple[str | None, str]  # parent, folded name


class GroupFinder:
    """Finds groups by path. Whoever uses it holds the lock of the goods base."""

    def __init__(self, account: AccountId, session: Session) -> None:
        self._account = account
        self._known: dict[_Place, str] = {}
        self._by_name: dict[str, list[str]] = {}
        self._walked: dict[str, set[str]] = {}  # key of a set of groups → ids that its paths go through
        self.missing: list[ItemGroup] = []
        for row in all_groups(account, session):
            self._known[row.parent_id, row.name_key] = row.group_id
            self._by_name.setdefault(row.name_key, []).append(row.group_id)

    def ids(self, key: str) -> list[str]:
        """The ids of a row's groups, sorted. Those of missing groups are made up and kept in `missing`."""
        walked = self._walked.setdefault(key, set())
        return sorted({self._find(path, walked) for path in key_to_paths(key)})

    def forget_all_but(self, keys: set[str]) -> None:
        """The missing groups that these do not name need not be made: no row is left that does."""
        needed = {group for key in keys for group in self._walked.get(key, ())}
        self.missing = [row for row in self.missing if row.group_id in needed]

    def _find(self, path: GroupPath, walked: set[str]) -> str:
        """A single name means a group at the top, else the only group anywhere that has it."""
        name = folded(path[0])
        elsewhere = self._by_name.get(name, [])
        if len(path) == 1 and (None, name) not in self._known and len(elsewhere) == 1:
            return elsewhere[0]
        group: str | None = None
        for step in path:
            group = self._known.get((group, folded(step))) or self._make(group, step)
            walked.add(group)
        assert group is not None, "a path has at least one name"
        return group

    def _make(self, parent: str | None, name: str) -> str:
        if len(self._known) >= ACCOUNT_GROUPS_MAX:
            raise FileRefused(ImportFailure.TOO_MANY_GROUPS, limit=ACCOUNT_GROUPS_MAX)
        row = ItemGroup(
            account_id=self._account,
            group_id=str(uuid.uuid4()),
            parent_id=parent,
            name=name,
            name_key=folded(name),
            version=1,
        )
        self.missing.append(row)
        self._known[parent, row.name_key] = row.group_id
        self._by_name.setdefault(row.name_key, []).append(row.group_id)
        return row.group_id

    def make_missing(self, session: Session) -> int:
        """Make the missing groups, outer ones first as they were found; returns how many."""
        for row in self.missing:
            session.add(row)
            session.flush()
            record(session, self._account, ItemGroupChangedEvent(group=ItemGroupId(row.group_id), what="added"))
        return len(self.missing)

"""Groups within groups: what stands under what."""

from collections.abc import Iterable, Mapping

Parents = Mapping[str, str | None]  # group → the group it stands in


def with_descendants(parents: Parents, roots: Iterable[str]) -> set[str]:
    """The groups themselves and all that stand inside them; unknown ones are left out."""
    children: dict[str | None, list[str]] = {}
    for group, parent in parents.items():
        children.setdefault(parent, []).append(group)
    found: set[str] = set()
    waiting = [root for root in roots if root in parents]
    while waiting:
        group = waiting.pop()
        if group not in found:
            found.add(group)
            waiting.extend(children.get(group, ()))
    return found


def unknown_groups(parents: Parents, groups: Iterable[str]) -> list[str]:
    """Those of these groups that there are not."""
    return sorted(set(groups) - parents.keys())


def would_circle(parents: Parents, group: str, parent: str | None) -> bool:
    """Whether `group` under `parent` would stand inside itself."""
    return parent is not None and parent in with_descendants(parents, [group])


def depth_of(parents: Parents, group: str | None) -> int:
    """How many levels stand above and including the group; 0 for None."""
    depth = 0
    while group is not None:
        depth += 1
        group = parents.get(group)
    return depth


def items_in(parents: Parents, memberships: Iterable[tuple[tuple[str, ...], int]]) -> dict[str, int]:
    """How many items are in each group or in a group inside it; an item counts once in each."""
    counts = dict.fromkeys(parents, 0)
    for groups, items in memberships:
        above: set[str] = set()
        for group in groups:
            step: str | None = group
            while step is not None and step in counts and step not in above:
                above.add(step)
                step = parents[step]
        for group in above:
            counts[group] += items
    return counts

"""How the users of an account are found."""

import pytest

from services.contracts.permissions import Role
from services.contracts.refusals import Invalid
from services.contracts.values import Cursor
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.user_desk import UserDesk


@pytest.fixture
def desk(identity: IdentityHouse, alice: Opened) -> UserDesk:
    return UserDesk(identity, alice.actor)


def wrong_fields(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(error.path, error.code) for error in refused.value.errors]


def test_users_are_found_by_login_and_name(desk: UserDesk) -> None:
    desk.add("fedor", name="Фёдор Берёзкин", roles=(Role.VIEWER, Role.EXCHANGE_OPERATOR))
    desk.add("semyon_100", name="Семён 100% Ёлкин", disabled=True)
    assert desk.logins(q="ФЕДОР") == desk.logins(q="березкин фё") == desk.logins(q="FED") == ["fedor"]
    assert desk.logins(q="ёлкин") == desk.logins(q="0%") == ["semyon_100"]
    assert desk.logins(q="_") == ["semyon_100"]
    assert desk.logins(q="%e%") == desk.logins(q="федор ёлкин") == []
    assert desk.logins(role=Role.EXCHANGE_OPERATOR) == ["fedor"]
    assert desk.logins(role=Role.OPERATOR) == []
    assert desk.logins(disabled=True) == ["semyon_100"]
    assert desk.logins(disabled=False) == ["alice", "fedor"]


@pytest.mark.parametrize("typed", ["\x00", "\ud800", "a" * 5000, "' OR 1=1 --", "\\"])
def test_anything_may_be_searched_for(desk: UserDesk, typed: str) -> None:
    assert set(desk.logins(q=typed)) <= {"alice"}


def test_pages_follow_each_other_by_login(desk: UserDesk) -> None:
    for number in range(7):
        desk.add(f"User {number}")
    seen: list[str] = []
    page = desk.page(limit=3)
    seen += [view.login for view in page.items]
    desk.add("aaa")  # before what was seen: it moves nothing
    while page.next is not None:
        page = desk.page(limit=3, after=page.next)
        seen += [view.login for view in page.items]
    assert seen == ["alice", *(f"User {number}" for number in range(7))]


@pytest.mark.parametrize("cursor", ["", "x", "\x00", "я", "WyJhIl0", "W10", "WyJhIiwxXQ", "W251bGxd", "WyJcdTAwMDAiXQ"])
def test_a_tampered_cursor_is_refused_or_shows_ones_own_users(desk: UserDesk, charlie: Opened, cursor: str) -> None:
    if cursor == "WyJhIl0":  # ["a"]: the form of ours
        assert desk.logins(after=Cursor(cursor)) == ["alice"]
        return
    with pytest.raises(Invalid) as refused:
        desk.page(after=Cursor(cursor))
    assert wrong_fields(refused) == [("after", "malformed")]


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_its_bounds(desk: UserDesk, limit: int) -> None:
    with pytest.raises(Invalid) as refused:
        desk.page(limit=limit)
    assert wrong_fields(refused) == [("limit", "out_of_range")]

"""Fields of users: e-mail addresses, roles, cursors, one-time passwords, limits."""

import base64
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.limits import DEFAULT_LIMITS
from services.contracts.permissions import Role
from services.contracts.refusals import Invalid, NotFound
from services.contracts.values import Cursor
from services.identity.domain import login_cursors, logins, one_time_passwords, user_rules
from services.identity.domain.account_limits import limits_of
from services.identity.domain.ids import must_be_id


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        *(("a@b.ru", "a@b.ru"), ("  Ivan.P+kassa@SHOP.example.COM ", "Ivan.P+kassa@shop.example.com")),
        *((f"{'a' * 64}@{'b' * 63}.ru", f"{'a' * 64}@{'b' * 63}.ru"), ("o'brien@xn--e1afmkfd.xn--p1ai",) * 2),
    ],
)
def test_addresses_that_pass(typed: str, kept: str) -> None:
    assert user_rules.clean_email(typed) == kept
    assert user_rules.check_email(kept) is None


@pytest.mark.parametrize("typed", [None, "", "  "])
def test_no_address_is_none(typed: str | None) -> None:
    assert user_rules.clean_email(typed) is None
    assert user_rules.check_email(None) is None


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "a",
            "@",
            "a@",
            "@b.ru",
            "a@b",
            "a@b..ru",
            ".a@b.ru",
            "a.@b.ru",
            "a..b@c.ru",
            "a@-b.ru",
            "a@b-.ru",
            "a b@c.ru",
        ),
        *("a@b.ru\nBcc: c@d.ru", "a@b.ru>", "<a@b.ru", '"a"@b.ru', "a@b.ru,c@d.ru", "a@b@c.ru", "a\x00@b.ru"),
        *("почта@пример.рф", "a@пример.рф", "a@[192.0.2.1]", f"{'a' * 65}@b.ru", f"a@{'b' * 64}.ru", "a@b.ru."),
    ],
)
def test_addresses_that_do_not(typed: str) -> None:
    wrong = user_rules.check_email(user_rules.clean_email(typed))
    assert wrong is not None and (wrong.path, wrong.code) == ("email", "email_malformed")


def test_an_address_longer_than_mail_servers_take() -> None:
    wrong = user_rules.check_email("a@" + "b." * 127 + "ru")
    assert wrong is not None and (wrong.code, wrong.params) == ("too_long", {"max": 254})


@given(st.text(max_size=300) | st.from_regex(r"\S{1,5}@\S{1,5}\.\S{1,5}", fullmatch=True))
def test_an_address_that_passes_means_nothing_more_in_a_letter(typed: str) -> None:
    email = user_rules.clean_email(typed)
    if email is None or user_rules.check_email(email) is not None:
        return
    assert email.isascii() and email.isprintable() and email.count("@") == 1
    assert not set(email) & set(' <>()[],;:\\"')
    assert user_rules.clean_email(email) == email


@pytest.mark.parametrize("may_operate", [True, False])
def test_every_role_can_be_given_but_the_operators(may_operate: bool) -> None:
    for role in Role:
        wrong = user_rules.check_roles((role,), may_operate)
        assert (wrong is None) is (may_operate or role is not Role.OPERATOR)
    assert user_rules.check_roles((), may_operate) is not None
    assert user_rules.check_roles((Role.VIEWER, Role.VIEWER), may_operate) is not None


@given(st.permutations(list(Role)))
def test_roles_are_kept_in_one_order(roles: list[Role]) -> None:
    assert user_rules.in_order(tuple(roles)) == tuple(Role)


@given(st.text(min_size=1, max_size=64).map(logins.login_key).filter(bool))
def test_a_cursor_says_what_was_put_into_it(login_key: str) -> None:
    cursor = login_cursors.encode_cursor(login_key)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert login_cursors.decode_cursor(cursor) == login_key


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_other_cursor_is_refused(text: str) -> None:
    try:
        login_key = login_cursors.decode_cursor(Cursor(text))
    except Invalid as refused:
        assert [(error.path, error.code) for error in refused.errors] == [("after", "malformed")]
    else:
        assert login_key.isprintable() and 0 < len(login_key) <= 3 * logins.LOGIN_MAX


@given(st.binary(min_size=10, max_size=10))
def test_a_one_time_password_can_be_read_and_typed(random: bytes) -> None:
    password = one_time_passwords.one_time_password(random)
    assert re.fullmatch(r"([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}", password)


def test_a_one_time_password_holds_all_of_its_randomness() -> None:
    bits = one_time_passwords.RANDOM_BYTES * 8
    made = {one_time_passwords.one_time_password((1 << bit).to_bytes(10)) for bit in range(bits)}
    assert len(made) == bits
    assert 16 * math.log2(32) == bits >= 70


@pytest.mark.parametrize(
    "text",
    ["", "7", "\x00", "я", "0" * 32, "00000000-0000-0000-0000-00000000DEAD", "{00000000-0000-0000-0000-00000000dead}"],
)
def test_what_is_no_id_names_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        must_be_id(text)


def test_an_id_as_the_product_writes_it() -> None:
    must_be_id("00000000-0000-0000-0000-00000000dead")


def test_limits_are_the_default_where_the_operator_set_none() -> None:
    assert limits_of({}) == DEFAULT_LIMITS
    assert (limits_of({"users": 3}).users, limits_of({"users": 3}).items) == (3, DEFAULT_LIMITS.items)
    assert limits_of({"horses": 3}) == DEFAULT_LIMITS

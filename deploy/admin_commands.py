"""`kkt admin`: the accounts of the server from the command line, as on the operator's pages."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from deploy.accounts import make_account, make_operator, operate
from deploy.house_option import broker_address, dir_option
from services.contracts.limits import LIMIT_BOUNDS, AccountLimits, AccountState
from services.contracts.operator import DELETION_DAYS, OperatedAccount, OperatedChanges, OperatedQuery, OperatorRpc
from services.contracts.values import MAX_PAGE

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_number = click.argument("client", type=int)
_reason = click.option("--reason", default="", help="Why; the account's administrators see it.")


@click.group()
def admin() -> None:
    """What only the operator of the server may do."""


@admin.command("create-account")
@dir_option
@click.argument("name")
@click.option("--user", "login", required=True, help="Login of the account's first administrator.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@click.option("--only-if-none", is_flag=True, help="Do nothing when any account exists (prints null).")
@click.option("--json", "as_json", is_flag=True, help="Print {client_number, sign_in_name, user}.")
def create_account(
    folder: Path, name: str, login: str, password_stdin: bool, only_if_none: bool, as_json: bool
) -> None:
    """Make an account with its administrator."""
    assert password_stdin  # the only way: a password in an argument would be visible to everybody
    password = sys.stdin.readline().rstrip("\n")
    made = make_account(broker_address(folder), name, login, password, only_if_none=only_if_none)
    _tell_made(made, as_json, "There is an account already; nothing was made.")


@admin.command("create-operator")
@dir_option
@click.option("--user", "login", default="operator", show_default=True, help="Login of the operator's first user.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print {client_number, sign_in_name, user}, or null.")
def create_operator(folder: Path, login: str, password_stdin: bool, as_json: bool) -> None:
    """Make the account whose users operate the server, unless there is one."""
    assert password_stdin
    password = sys.stdin.readline().rstrip("\n")
    made = make_operator(broker_address(folder), login, password)
    _tell_made(made, as_json, "There is an operator already; nothing was made.")


@admin.group()
def accounts() -> None:
    """Look at accounts, suspend and delete them. CLIENT is the client number."""


@accounts.command("list")
@dir_option
@click.option("--find", "q", default="", help="Words of the name, the sign-in name, the number or the INN.")
@click.option("--state", type=click.Choice([state.value for state in AccountState]), help="Only those.")
@_json_option
def list_accounts(folder: Path, q: str, state: str | None, as_json: bool) -> None:
    """Accounts by client number."""
    wanted = AccountState(state) if state else None
    query, shown = OperatedQuery(q, wanted, limit=MAX_PAGE), 0
    with operate(broker_address(folder)) as call:
        while True:
            page = call(OperatorRpc.page_accounts, query)
            for account in page.items:
                _print(account, as_json)
                shown += 1
            if page.next is None:
                break
            query = msgspec.structs.replace(query, after=page.next)
    if not shown and not as_json:
        click.echo("No such account.")


@accounts.command("show")
@dir_option
@_number
@_json_option
def show_account(folder: Path, client: int, as_json: bool) -> None:
    """One account with its limits."""
    with operate(broker_address(folder)) as call:
        account = call(OperatorRpc.find_account, client)
    _print(account, as_json)
    if not as_json:
        for name, value in msgspec.structs.asdict(account.limits).items():
            click.echo(f"  {name}: {value}")


@accounts.command("open")
@dir_option
@click.argument("name")
@click.option("--user", "login", default="admin", show_default=True, help="Login of the first administrator.")
@_json_option
def open_account(folder: Path, name: str, login: str, as_json: bool) -> None:
    """Open an account; its one-time password is printed this once."""
    from services.contracts.identity import NewAccount  # noqa: PLC0415 its name is wanted here alone

    with operate(broker_address(folder)) as call:
        made = call(OperatorRpc.open_account, NewAccount(name, login, ""))
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(made), ensure_ascii=False))
    else:
        click.echo(f"Client number {made.client_number}, sign-in name '{made.sign_in_name}', user {made.user}")
        click.echo(f"One-time password: {made.password} (until {made.valid_until:%Y-%m-%d %H:%M %Z})")


@accounts.command("rename")
@dir_option
@_number
@click.argument("name")
def rename_account(folder: Path, client: int, name: str) -> None:
    """Give an account another name."""
    _change(folder, client, OperatedChanges(name=name))


@accounts.command("limits")
@dir_option
@_number
@click.argument("limits", nargs=-1, required=True)
def set_limits(folder: Path, client: int, limits: tuple[str, ...]) -> None:
    """Set limits, as NAME=NUMBER: users, registers, items, imports, links, api_per_minute."""
    typed: dict[str, int] = {}
    for text in limits:
        name, _, value = text.partition("=")
        if name not in LIMIT_BOUNDS or not value.isdigit():
            raise click.BadParameter(f"'{text}' is not one of {', '.join(LIMIT_BOUNDS)} with =NUMBER.")
        typed[name] = int(value)
    with operate(broker_address(folder)) as call:
        account = call(OperatorRpc.find_account, client)
        wanted: AccountLimits = msgspec.structs.replace(account.limits, **typed)
        changes = OperatedChanges(limits=wanted)
        _print(call(OperatorRpc.change_operated_account, account.id, changes, account.version), as_json=False)


@accounts.command("suspend")
@dir_option
@_number
@_reason
def suspend_account(folder: Path, client: int, reason: str) -> None:
    """Nobody of the account signs in; its registers keep their prices and get no loads."""
    _do(folder, client, OperatorRpc.suspend_account, reason)


@accounts.command("resume")
@dir_option
@_number
def resume_account(folder: Path, client: int) -> None:
    """End a suspension."""
    _do(folder, client, OperatorRpc.resume_account)


@accounts.command("delete")
@dir_option
@_number
@_reason
@click.confirmation_option(prompt=f"The account is forgotten for good after {DELETION_DAYS} days. Delete it?")
def delete_account(folder: Path, client: int, reason: str) -> None:
    """Announce that an account will be deleted; until then it can be restored."""
    _do(folder, client, OperatorRpc.delete_account, reason)


@accounts.command("restore")
@dir_option
@_number
def restore_account(folder: Path, client: int) -> None:
    """Take an announced deletion back."""
    _do(folder, client, OperatorRpc.restore_account)


@accounts.command("password")
@dir_option
@_number
@click.argument("login")
def issue_password(folder: Path, client: int, login: str) -> None:
    """Give a user of an account a one-time password; it is printed this once."""
    with operate(broker_address(folder)) as call:
        account = call(OperatorRpc.find_account, client)
        issued = call(OperatorRpc.issue_password_for, account.id, login)
    click.echo(f"One-time password: {issued.password} (until {issued.valid_until:%Y-%m-%d %H:%M %Z})")


def _change(folder: Path, client: int, changes: OperatedChanges) -> None:
    with operate(broker_address(folder)) as call:
        account = call(OperatorRpc.find_account, client)
        _print(call(OperatorRpc.change_operated_account, account.id, changes, account.version), as_json=False)


def _do(folder: Path, client: int, method: Callable[..., Any], *more: str) -> None:
    with operate(broker_address(folder)) as call:
        account = call(OperatorRpc.find_account, client)
        _print(call(method, account.id, *more), as_json=False)


def _print(account: OperatedAccount, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(account), ensure_ascii=False))
        return
    end = f" until {account.delete_at:%Y-%m-%d %H:%M %Z}" if account.delete_at is not None else ""
    click.echo(f"{account.number}  {account.state.value}{end}  {account.name} («{account.sign_in_name}»)")


def _tell_made(made: dict[str, object] | None, as_json: bool, none: str) -> None:
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False))
    elif made is None:
        click.echo(none)
    else:
        click.echo(f"Client number {made['client_number']}, sign-in name '{made['sign_in_name']}', user {made['user']}")

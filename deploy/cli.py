"""`kkt`: the product's command line. Every command is a few lines here; the work is in the modules it names."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from deploy.admin_commands import admin
from deploy.house_option import address, dir_option
from deploy.local.house import bring_up, detach, print_banner, print_status, stop
from deploy.local.logs import follow, tail
from deploy.local.place import CHECKOUT, HousePlace
from deploy.local.processes import command, process_names
from deploy.local.settings import read_settings
from deploy.local.state import living_state
from deploy.refusal import CommandRefusedError


class SentenceGroup(click.Group):
    """A group whose refusals are printed as sentences, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CommandRefusedError as refusal:
            click.echo(str(refusal), err=True)
            ctx.exit(1)
        except PermissionError as closed:
            click.echo(f"{closed.filename} is closed to this user. Run this as the user who started it.", err=True)
            ctx.exit(1)


@click.group(cls=SentenceGroup)
def kkt() -> None:
    """KKT Server: run it, look at it, administer it."""


@kkt.command()
@dir_option
@click.option("--detach", "in_background", is_flag=True, help="Return when everything is ready.")
@click.option("--scratch", is_flag=True, help="For tests: do not wait for the disk, make no first account.")
@click.option("--with-parent", is_flag=True, help="For tests: stop when the process that started this one ends.")
@click.option("--infrastructure-only", is_flag=True, hidden=True)
def up(folder: Path, in_background: bool, scratch: bool, with_parent: bool, infrastructure_only: bool) -> None:
    """Set up and start everything, keep it running; Ctrl-C stops all."""
    place = HousePlace(folder)
    settings = read_settings(
        os.environ, durable=not scratch, with_services=not infrastructure_only, first_account=not scratch
    )
    if in_background:
        detach(place, [word for word in sys.argv[1:] if word != "--detach"])
        print_banner(place)
        return
    sys.exit(bring_up(place, settings, with_parent=with_parent))


@kkt.command()
@dir_option
def down(folder: Path) -> None:
    """Stop everything in order; data stays."""
    click.echo("Stopped." if stop(HousePlace(folder)) else "Nothing is running from this folder.")


@kkt.command()
@dir_option
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
def status(folder: Path, as_json: bool) -> None:
    """Show every process: pid, port, restarts, ready."""
    sys.exit(print_status(HousePlace(folder), as_json=as_json))


@kkt.command()
@dir_option
@click.argument("service", required=False)
@click.option("-f", "--follow", "on_and_on", is_flag=True, help="Go on showing what is added.")
@click.option("-n", "--lines", default=40, show_default=True, help="How many of the last lines of each log.")
def logs(folder: Path, service: str | None, on_and_on: bool, lines: int) -> None:
    """Show the logs of one process, or of all."""
    place = HousePlace(folder)
    files = sorted(place.logs.glob(f"{service}*.log" if service else "*.log"))
    if not files:
        known = ", ".join(sorted(file.stem for file in place.logs.glob("*.log"))) or "none yet"
        raise CommandRefusedError(f"There is no log of '{service or 'anything'}'. Logs here: {known}.")
    for file in files:
        for line in tail(file, lines):
            click.echo(f"{file.stem} | {line}" if len(files) > 1 else line)
    if on_and_on:
        for name, line in follow(files):
            click.echo(f"{name} | {line}" if len(files) > 1 else line)


@kkt.command()
@dir_option
def migrate(folder: Path) -> None:
    """Bring the database to this version (KKT_DATABASE_URL, or the running house's)."""
    from services.chassis.migrations import migrate_all  # noqa: PLC0415 the database layer is not needed by other commands

    migrate_all(address(folder, "KKT_DATABASE_URL", "database_url"))


@kkt.command()
@click.argument("name", type=click.Choice(process_names()))
def service(name: str) -> None:
    """Run one process in the foreground; its addresses come from the environment."""
    argv = command(name, os.environ)
    os.chdir(CHECKOUT)
    os.execv(argv[0], argv)  # noqa: S606 the signals of whoever started us must reach the process itself


@kkt.command()
@dir_option
@click.option("--no-simulators", is_flag=True, help="Fill the account only; be no registers.")
def demo(folder: Path, no_simulators: bool) -> None:
    """Fill a shop to look at, and simulate its registers until Ctrl-C."""
    from deploy.demo.command import demonstrate  # noqa: PLC0415 the simulator is not needed by other commands

    demonstrate(HousePlace(folder), simulators=not no_simulators)


@kkt.group()
def infra() -> None:
    """A private PostgreSQL and RabbitMQ alone, for working on one room."""


@infra.command("start")
@dir_option
@click.option("--scratch", is_flag=True, help="Do not wait for the disk.")
def infra_start(folder: Path, scratch: bool) -> None:
    """Start both and print their addresses as shell lines."""
    place = HousePlace(folder)
    arguments = ["up", "--dir", str(place.folder), "--infrastructure-only", *(["--scratch"] if scratch else [])]
    if living_state(place) is None:
        detach(place, arguments)
    click.echo(f"export KKT_DATABASE_URL={address(folder, 'KKT_DATABASE_URL', 'database_url')}")
    click.echo(f"export KKT_AMQP_URL={address(folder, 'KKT_AMQP_URL', 'amqp_url')}")


@infra.command("url")
@dir_option
@click.argument("what", type=click.Choice(["database", "broker"]))
def infra_url(folder: Path, what: str) -> None:
    """Print one address, with its password: for psql, pg_dump and the like."""
    attribute = "database_url" if what == "database" else "amqp_url"
    click.echo(address(folder, f"KKT_{attribute.upper()}", attribute))


@infra.command("stop")
@dir_option
def infra_stop(folder: Path) -> None:
    """Stop both; data stays."""
    click.echo("Stopped." if stop(HousePlace(folder)) else "Nothing is running from this folder.")


@kkt.group("dead-letters")
def dead_letters() -> None:
    """Facts that a room could not handle: look, try again, drop."""


@dead_letters.command("list")
@dir_option
def dead_letters_list(folder: Path) -> None:
    """Room, source, number, type, when and why."""
    from deploy.dead_letters import letters  # noqa: PLC0415 the database is not needed by other commands

    for room, letter in letters(address(folder, "KKT_DATABASE_URL", "database_url")):
        again = " (to be tried again)" if letter.retry else ""
        click.echo(
            f"{room} {letter.source} {letter.number} {letter.type} {letter.at:%Y-%m-%d %H:%M}{again}: {letter.error}"
        )


@dead_letters.command("retry")
@dir_option
@click.argument("room")
@click.argument("source")
@click.argument("number", type=int)
def dead_letters_retry(folder: Path, room: str, source: str, number: int) -> None:
    """Have one tried again."""
    from deploy.dead_letters import retry  # noqa: PLC0415 the bus is not needed by other commands

    database, broker = (address(folder, *names) for names in _ADDRESSES)
    retry(database, broker, room, source, number)
    click.echo("It is tried again; `kkt dead-letters list` shows whether it stays.")


@dead_letters.command("drop")
@dir_option
@click.argument("room")
@click.argument("source")
@click.argument("number", type=int)
@click.confirmation_option(prompt="A dropped fact is never handled. Drop it?")
def dead_letters_drop(folder: Path, room: str, source: str, number: int) -> None:
    """Give one up."""
    from deploy.dead_letters import drop  # noqa: PLC0415 the database is not needed by other commands

    drop(address(folder, "KKT_DATABASE_URL", "database_url"), room, source, number)
    click.echo("Dropped.")


kkt.add_command(admin)


_ADDRESSES = (("KKT_DATABASE_URL", "database_url"), ("KKT_AMQP_URL", "amqp_url"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of `kkt`."""
    kkt.main(args=arguments, prog_name="kkt")


if __name__ == "__main__":
    main()

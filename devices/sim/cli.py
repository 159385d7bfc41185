"""The command line `kkt-sim`."""

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Any, Final, get_args

import click
import msgspec
import uvloop

from devices.sim import control, slips
from devices.sim.faults import BadFault, Faults, PowerLoss
from devices.sim.fleet import MAX_FLEET, BadIds, Fleet, FleetOptions, invent_ids, read_ids
from devices.sim.identity import Identity, keep_identity, load_identity, new_key, new_serial_number
from devices.sim.link import Link, Pacing
from devices.sim.register import Register, machine_clock
from devices.sim.simulator import Simulator
from devices.sim.snapshot import Snapshot, goods_json, goods_of, of_memory, of_running
from devices.sim.storage import DiskStorage
from services.contracts.kkt_id import is_kkt_id
from services.device_gateway.protocol.values import BaseVersion, Ffd, Mode

# Registers without --state live here, one directory each, named by their IDs.
HOME: Final = Path(".kkt-sim")
_SERVER_FILE: Final = "server.txt"
# The exit code of a register whose power went away on request.
POWER_LOSS_EXIT: Final = 75

_state = click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="The register's directory [.kkt-sim/ID]."
)
_id = click.option("--id", "kkt_id", metavar="ID", help="The register ID, 12 digits (spaces do not matter).")
_ca = click.option("--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CA file for wss://.")
_fault = click.option("--fault", "faults", multiple=True, metavar="NAME[=VALUE]", help="See `kkt-sim faults`.")
_retry = click.option(
    "--retry", type=click.FloatRange(0.05, 300), help="The first bound of the wait before another try, in seconds."
)


@click.group()
def main() -> None:
    """A cash register in a program: it speaks the register link and keeps its goods base on disk."""


@main.command()
@_id
@click.option("--server", help="The server, e.g. ws://localhost:8001/link; kept for later starts.")
@_state
@click.option("--serial", help="Serial number [04 and six digits, made at the first start].")
@click.option("--model", help="[Меркурий-185Ф]")
@click.option("--firmware", help="[1.85.26]")
@click.option("--ffd", type=click.Choice(get_args(Ffd)), help="Fiscal format [1.2].")
@click.option("--base-version", type=click.Choice(get_args(BaseVersion)), help="Version of the goods record [0.4].")
@click.option("--capacity", type=click.IntRange(1, 1_000_000), help="Records that fit [10000].")
@click.option("--confirm-dialog", "confirm", type=click.Choice(["auto", "manual", "decline"]), default="auto")
@click.option("--mode", type=click.Choice(get_args(Mode)), help="The mode to start in [as it was].")
@click.option("--forget-key", is_flag=True, help="Make a new key, as after a repair.")
@_fault
@_ca
@_retry
def run(state: Path | None, kkt_id: str | None, server: str | None, **options: Any) -> None:
    """Switch the register on; it stays connected until Ctrl-C."""
    directory = _directory(state, kkt_id)
    faults = _faults(options["faults"])
    try:
        with control.held_lock(directory):
            identity = _identity(directory, kkt_id, options)
            simulator = Simulator(
                directory,
                identity,
                _server(directory, server),
                confirm=options["confirm"],
                faults=faults,
                tls=_tls(options["ca"]),
                pacing=_pacing(options["retry"]),
                mode=options["mode"],
                show=_show,
            )
            asyncio.run(simulator.run())
    except control.AlreadyRunning:
        raise click.ClickException(f"the register of {directory} is running already") from None
    except PowerLoss as lost:
        click.echo(f"*** НЕТ ПИТАНИЯ ({lost}) ***", err=True)
        sys.exit(POWER_LOSS_EXIT)


@main.command()
@_id
@_state
def status(state: Path | None, kkt_id: str | None) -> None:
    """Print «СТАТУС СЕРВ. ККТ», of a running or a stopped register."""
    directory = _directory(state, kkt_id)
    try:
        lines = control.ask(directory, {"do": "status"})["lines"]
    except control.NotRunning:
        now = machine_clock()
        lines = slips.status(_stopped(directory), now)
    _show("\n".join(lines))


@main.command()
@_id
@_state
@_ca
@click.option("--server", help="[the one of the last start]")
def test(state: Path | None, kkt_id: str | None, server: str | None, ca: Path | None) -> None:
    """Print «ТЕСТ.СЕРВ.ККТ»: try the connection. A stopped register connects for a moment."""
    directory = _directory(state, kkt_id)
    try:
        lines = control.ask(directory, {"do": "test"})["lines"]
    except control.NotRunning:
        _stopped(directory)
        lines = _try_connection(directory, _server(directory, server), _tls(ca))
    _show("\n".join(lines))
    if not any(line.endswith("ЕСТЬ") for line in lines):
        sys.exit(1)


@main.command()
@_id
@_state
@click.option("--json", "as_json", is_flag=True, help="All records, as JSON.")
def goods(state: Path | None, kkt_id: str | None, as_json: bool) -> None:
    """Print the goods base that the register holds."""
    directory = _directory(state, kkt_id)
    _stopped(directory)
    found = goods_of(directory)
    if found is None:
        raise click.ClickException(f"the goods base of {directory} cannot be read")
    if as_json:
        click.echo(goods_json(*found))
    else:
        held, lines = found
        for line in lines.splitlines():
            record = msgspec.json.decode(line)
            price = f"{record['price'] // 100}.{record['price'] % 100:02d}"
            _show(f"{slips.pair(str(record['code']), price)}\n{record['name'][: slips.WIDTH]}")
        _show(f"{slips.pair('ТОВАРОВ', str(held.count))}")


@main.command()
@click.argument("mode", type=click.Choice(get_args(Mode)))
@_id
@_state
def mode(state: Path | None, kkt_id: str | None, mode: str) -> None:
    """Turn a running register to another mode."""
    _tell(state, kkt_id, {"do": "mode", "mode": mode})


@main.command()
@_id
@_state
def confirm(state: Path | None, kkt_id: str | None) -> None:
    """Answer the load dialog with yes."""
    _tell(state, kkt_id, {"do": "confirm"})


@main.command()
@_id
@_state
def decline(state: Path | None, kkt_id: str | None) -> None:
    """Answer the load dialog with no."""
    _tell(state, kkt_id, {"do": "decline"})


@main.command()
def faults() -> None:
    """List what can be made to go wrong."""
    click.echo(sys.modules[Faults.__module__].__doc__)


@main.command()
@click.option("--ids-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Lines: ID [serial].")
@click.option("--count", type=click.IntRange(1, MAX_FLEET), help="So many invented IDs.")
@click.option("--server", required=True, help="The server, e.g. ws://localhost:8001/link.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Keep the registers there [in memory].")
@click.option("--capacity", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True)
@click.option("--base-version", type=click.Choice(get_args(BaseVersion)), default="0.4", show_default=True)
@click.option("--ffd", type=click.Choice(get_args(Ffd)), default="1.2", show_default=True)
@click.option("--confirm-dialog", "confirm", type=click.Choice(["auto", "manual", "decline"]), default="auto")
@click.option("--mode", type=click.Choice(get_args(Mode)), default="menu", show_default=True)
@click.option("--connects-per-second", type=click.FloatRange(0.1, 10_000), default=200.0, show_default=True)
@click.option("--until-applied", type=click.IntRange(0), metavar="N", help="End when all hold revision N or newer.")
@click.option("--timeout", type=click.FloatRange(0), help="Give up after so many seconds (exit code 1).")
@click.option("--every", type=click.FloatRange(0.05), default=1.0, show_default=True, help="Seconds between summaries.")
@click.option("--json", "as_json", is_flag=True, help="Summaries as JSON lines.")
@_fault
@_ca
@_retry
def fleet(ids_file: Path | None, count: int | None, as_json: bool, **options: Any) -> None:
    """Run many registers in one process."""
    if (ids_file is None) == (count is None):
        raise click.UsageError("one of --ids-file and --count is needed")
    try:
        ids = read_ids(ids_file) if ids_file is not None else invent_ids(count or 0)
    except (BadIds, UnicodeDecodeError) as fault:
        raise click.ClickException(str(fault)) from None
    _faults(options["faults"])
    common = FleetOptions(
        server=options["server"],
        tls=_tls(options["ca"]),
        state=options["state"],
        capacity=options["capacity"],
        base_version=options["base_version"],
        ffd=options["ffd"],
        confirm=options["confirm"],
        mode=options["mode"],
        faults=options["faults"],
        connects_per_second=options["connects_per_second"],
        pacing=_pacing(options["retry"]),
    )
    whole = Fleet(ids, common)
    tell = _tell_json if as_json else _tell_people
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        reached = runner.run(whole.run(options["until_applied"], options["timeout"], options["every"], tell))
    sys.exit(0 if reached else 1)


def _directory(state: Path | None, kkt_id: str | None) -> Path:
    """The register meant: by its directory, by its ID, or the only one there is."""
    if state is not None:
        return state
    if kkt_id is not None:
        return HOME / _digits(kkt_id)
    known = sorted(HOME.iterdir()) if HOME.is_dir() else []
    if len(known) == 1:
        return known[0]
    raise click.UsageError("which register? Say --id or --state." if known else "no register yet: say --id or --state.")


def _digits(kkt_id: str) -> str:
    digits = kkt_id.replace(" ", "")
    if not is_kkt_id(digits):
        raise click.UsageError(f"{kkt_id} is not a register ID: it has 12 digits, and the last one proves the others.")
    return digits


def _identity(directory: Path, kkt_id: str | None, options: dict[str, Any]) -> Identity:
    """The name plate: as it was kept, with whatever was now said about it."""
    storage = DiskStorage(directory)
    kept = load_identity(storage)
    if kept is None and kkt_id is None:
        raise click.UsageError("a new register needs --id")
    told: dict[str, Any] = {
        "kkt_id": _digits(kkt_id) if kkt_id is not None else None,
        "serial_number": options["serial"],
        **{name: options[name] for name in ("model", "firmware", "ffd", "base_version", "capacity")},
        "key": new_key() if options["forget_key"] else None,
    }
    plain = msgspec.to_builtins(kept) if kept is not None else {"key": new_key(), "serial_number": new_serial_number()}
    plain |= {name: value for name, value in told.items() if value is not None}
    try:
        identity = msgspec.convert(plain, Identity)
    except msgspec.ValidationError as fault:
        raise click.UsageError(str(fault)) from None
    if identity != kept:
        keep_identity(storage, identity)
    return identity


def _server(directory: Path, server: str | None) -> str:
    """The server that was told, now or at an earlier start."""
    path = directory / _SERVER_FILE
    if server is not None:
        path.write_text(server, "utf-8")
        return server
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise click.UsageError("a new register needs --server") from None


def _stopped(directory: Path) -> Snapshot:
    server = (directory / _SERVER_FILE).read_text("utf-8") if (directory / _SERVER_FILE).exists() else ""
    known = of_memory(directory, server, machine_clock())
    if known is None:
        raise click.ClickException(f"there is no register in {directory}")
    return known


def _try_connection(directory: Path, server: str, tls: ssl.SSLContext | None) -> list[str]:
    with control.held_lock(directory):
        storage = DiskStorage(directory)
        identity = load_identity(storage)
        if identity is None:
            raise click.ClickException(f"there is no register in {directory}")
        link = Link(Register(identity, storage), server, tls)
        seconds, error = None, None
        try:
            seconds = asyncio.run(_timed(link))
        except ConnectionError as fault:
            error = str(fault)
        return slips.test(of_running(link.register, link, server), machine_clock(), seconds, error)


async def _timed(link: Link) -> float:
    loop = asyncio.get_running_loop()
    started = loop.time()
    await link.check()
    return loop.time() - started


def _tell(state: Path | None, kkt_id: str | None, request: dict[str, str]) -> None:
    directory = _directory(state, kkt_id)
    try:
        told = control.ask(directory, request)
    except control.NotRunning:
        raise click.ClickException(f"the register of {directory} is not running") from None
    if "error" in told:
        raise click.ClickException(told["error"])
    click.echo(" ".join(str(value) for value in told.values()))


def _faults(wanted: tuple[str, ...]) -> Faults:
    try:
        return Faults(wanted)
    except BadFault as fault:
        raise click.UsageError(str(fault)) from None


def _tls(ca: Path | None) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=ca) if ca is not None else None


def _pacing(retry: float | None) -> Pacing:
    if retry is None:
        return Pacing()
    return Pacing(first=retry, longest=retry * 4, refused_first=retry, refused_longest=retry * 4)


def _show(text: str) -> None:
    print(text, flush=True)


def _tell_json(summary: dict[str, Any]) -> None:
    _show(msgspec.json.encode(summary).decode())


def _tell_people(summary: dict[str, Any]) -> None:
    parts = (f"{name}: {_words(summary[name])}" for name in ("links", "buffers", "revisions", "errors"))
    _show(f"{summary['seconds']:8.1f} s  " + "  ".join(parts))


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "-"


if __name__ == "__main__":
    main()

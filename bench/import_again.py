"""`python -m bench.import_again [--rows 100000] [--rounds 3]`: a file again, a hundredth of it changed, and XLSX.

The second import of a file and one with a hundredth of its prices changed are measured against the first import of the
same round, each once the search is up to date with the one before and PostgreSQL has vacuumed. XLSX is measured against
its floor: a bare read of the workbook by python-calamine in a process of its own, and the COPY and merge that
bench.import_csv has as its floor. All of them run in turn in one database.
"""

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import time

import xlsxwriter

from bench.import_csv import MEGABYTES, floor, make_files, new_actor, run_import, running_worker, settle
from services.chassis.database import Database
from tests.house.servers import scratch_place, start_servers, stop_servers

AGAIN, HUNDREDTH, XLSX = 0.5, 0.6, 1.5  # goals, as ratios
_BARE_READ = (
    "import sys; from python_calamine import CalamineWorkbook\n"
    "print(sum(1 for row in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows()))"
)


def with_other_prices(body: bytes) -> bytes:
    """The same file with every hundredth price changed."""
    lines = body.decode("windows-1251").split("\r\n")
    for number in range(1, len(lines), 100):
        cells = lines[number].split(";")
        cells[4] = f"{int(cells[4].split(',')[0]) + 1},00"
        lines[number] = ";".join(cells)
    return "\r\n".join(lines).encode("windows-1251")


def as_workbook(body: bytes) -> bytes:
    """The same table as XLSX: codes and prices are numbers."""
    told = io.BytesIO()
    book = xlsxwriter.Workbook(told, {"constant_memory": True})
    sheet = book.add_worksheet()
    for number, line in enumerate(body.decode("windows-1251").split("\r\n")):
        for place, cell in enumerate(line.split(";")):
            if number and place in (0, 4):
                sheet.write_number(number, place, float(cell.replace(",", ".")))
            else:
                sheet.write_string(number, place, cell)
    book.close()
    return told.getvalue()


def bare_read(book: bytes) -> float:
    """Seconds of reading all rows of the workbook and doing nothing with them."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(book)
        file.flush()
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", _BARE_READ, file.name], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started


def run(url: str, rows: int, rounds: int) -> bool:
    """Measure and print; whether the goals are met."""
    body, ready = make_files(rows)
    changed, book = with_other_prices(body), as_workbook(body)
    print(f"{rows} rows, CSV {len(body) / 1e6:.1f} MB, XLSX {len(book) / 1e6:.1f} MB, {rounds} rounds; seconds")
    database = Database(url, "catalog", 2, 300_000)
    again, hundredth, sheets = [], [], []
    with running_worker(url, database) as memory:
        for number in range(1, rounds + 1):
            actor = new_actor()
            first, told = run_import(database, actor, body)
            settle(url, database, actor)
            same, nothing = run_import(database, actor, body)
            some, few = run_import(database, actor, changed)
            settle(url, database, actor)
            under = bare_read(book) + floor(url, ready, like_ours=True)
            another = new_actor()
            sheet, in_sheet = run_import(database, another, book)
            settle(url, database, another)
            counts = (told.created, nothing.unchanged, few.changed, in_sheet.created, in_sheet.format)
            if counts != (rows, rows, len(range(1, rows + 1, 100)), rows, "xlsx"):
                raise RuntimeError(f"not what was to be measured: {counts}")
            again.append(same / first)
            hundredth.append(some / first)
            sheets.append(sheet / under)
            print(
                f"round {number}: first {first:.2f}, again {same:.2f} = {again[-1]:.2f}x, 1 % changed {some:.2f}"
                f" = {hundredth[-1]:.2f}x; XLSX {sheet:.2f}, floor {under:.2f} = {sheets[-1]:.1f}x"
            )
    medians = [statistics.median(ratios) for ratios in (again, hundredth, sheets)]
    print(f"again: {medians[0]:.2f}x of the first (goal {AGAIN})")
    print(f"a hundredth changed: {medians[1]:.2f}x of the first (goal {HUNDREDTH})")
    print(f"XLSX: {medians[2]:.1f}x of its floor (goal {XLSX})")
    print(f"peak memory of the worker and its child: {memory.megabytes:.0f} MB (goal {MEGABYTES})")
    met = [median <= goal for median, goal in zip(medians, (AGAIN, HUNDREDTH, XLSX), strict=True)]
    return all(met) and memory.megabytes <= MEGABYTES


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    servers = start_servers(scratch_place("bench-import-again"))
    try:
        sys.exit(0 if run(servers.create_database(), wanted.rows, wanted.rounds) else 1)
    finally:
        stop_servers(servers)


if __name__ == "__main__":
    main()

"""``python -m tests.bench``: how fast the register is, in ratios against bare pages and the bare driver.

Every figure is processor time of this process and of the database server, so that other work on the machine hardly
changes it; a page and its floor take turns. Registers are made in a folder, and are used again by the next run that
names the same folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench import exports, imports, pages, questions
from tests.bench.registers import Place, Register, place
from tests.bench.table import Line, Table, at_most, machine

ENGINES = ("sqlite", "postgres")
SMALL = 10_000
FEWEST = 500
DEMO_S, DEMO_SIZE = 900, 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the table, and gives 1 when a promise is broken."""
    asked = _parser().parse_args(arguments)
    engines = ENGINES if asked.engine == "both" else (asked.engine,)
    table = Table(machine())
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="assetreg-bench-")))
        for engine in engines:
            own = folder / engine
            own.mkdir(parents=True, exist_ok=True)
            with place(engine, own) as here:
                _measure(here, table, asked)
    print(table.as_markdown())
    if asked.json:
        asked.json.write_text(table.as_json(), encoding="utf-8")
    return 1 if table.broken else 0


def _measure(here: Place, table: Table, asked: argparse.Namespace) -> None:
    size = min(SMALL, asked.devices // 2)
    _say(f"{here.engine}: a register of {size} devices ...")
    small = here.register(size)
    for line in _making(small):
        table.add(line)
    small_questions = questions.measure(small, rounds=asked.rounds)
    _say(f"{here.engine}: {asked.devices} devices ...")
    register = here.grown(small, -(-asked.devices // size))
    _say(f"{here.engine}: pages ...")
    for line in pages.lines(register, pages.measure(register, small, rounds=asked.rounds)):
        table.add(line)
    _say(f"{here.engine}: questions ...")
    for line in questions.lines(register, questions.measure(register, rounds=asked.rounds), small_questions):
        table.add(line)
    _say(f"{here.engine}: files ...")
    for line in (*exports.measure(register), *imports.measure(register, asked.rows)):
        table.add(line)


def _making(register: Register) -> list[Line]:
    """What the demo took, and what that makes of a million devices."""
    if register.made is None:
        return []
    about, made = (register.engine, register.devices), register.made
    million = made.cpu_s * DEMO_SIZE / made.devices
    return [
        Line(*about, f"demo with {made.events} events", made.cpu_s, "s"),
        Line(*about, "demo: a million devices at that rate", million, "s", **at_most(DEMO_S, million, " s")),
        Line(*about, "demo: largest memory", made.peak_mib, "MiB"),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--devices", type=_size, default=100_000, help="in the larger register (default: 100000)")
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both", help="default: both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table here")
    parser.add_argument("--folder", type=Path, help="keep the registers here, and use those of an earlier run")
    parser.add_argument("--rows", type=int, default=5_000, help="of the file that is read in (default: 5000)")
    parser.add_argument("--rounds", type=int, default=7, help="turns that each page has (default: 7)")
    return parser


def _size(text: str) -> int:
    size = int(text)
    if size < FEWEST:
        raise argparse.ArgumentTypeError(f"at least {FEWEST}")
    return size


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

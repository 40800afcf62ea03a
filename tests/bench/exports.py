"""The whole list of devices as a CSV file, against the driver's rows written by the same writer of CSV."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.outputs import formats
from assetreg.services import exports
from assetreg.services.exports import ExportQuestion
from tests.bench.apart import apart
from tests.bench.floor import driver
from tests.bench.pages import ACTOR
from tests.bench.registers import HISTORY_KEY, Register
from tests.bench.table import Line, at_least, at_most

ROWS_A_SECOND, MOST_MIB = 30_000, 150


def measure(register: Register) -> Iterator[Line]:
    before = register.cpu.server()
    done = apart(write_out, register.url)
    used = done.cpu_s + register.cpu.server() - before
    rows = done.value
    floor_s = _floor(register)
    about = (register.engine, register.devices)
    speed, bare = rows / used, rows / floor_s
    promise = at_least(ROWS_A_SECOND, speed, " rows/s")
    yield Line(*about, f"export of {rows} rows", speed, "rows/s", bare, bare / speed, **promise)
    yield Line(*about, "export: largest memory", done.peak_mib, "MiB", **at_most(MOST_MIB, done.peak_mib, " MiB"))


def write_out(url: str) -> int:
    """Writes every device to a file that nobody reads, and gives how many rows it had."""
    database = Database(url, history_key=HISTORY_KEY)
    with database.reading(EVERYTHING) as session, Path(os.devnull).open("wb") as nowhere:
        made = exports.build(session, ExportQuestion("devices"), actor=ACTOR)
        counted = Counted(nowhere)
        formats.write("csv", made.sheet, counted, about=made.about)
    database.close()
    return counted.lines - 1


class Counted(io.BytesIO):
    """Passes on what is written and counts its lines."""

    def __init__(self, out: IO[bytes]) -> None:
        super().__init__()
        self.out = out
        self.lines = 0

    def write(self, piece: Any) -> int:
        self.lines += bytes(piece).count(b"\n")
        return self.out.write(piece)


def _floor(register: Register) -> float:
    """Processor seconds of the same devices by the driver, their own columns only."""
    columns = ", ".join(str(column.name) for column in select(Device).selected_columns)
    with driver(register.url) as connection, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        before = register.cpu()
        writer = csv.writer(nowhere)
        cursor = connection.cursor()
        cursor.execute(f"SELECT {columns} FROM device ORDER BY tag")
        while rows := cursor.fetchmany(1_000):
            writer.writerows(rows)
        used = register.cpu() - before
    return max(used, register.cpu.tick)

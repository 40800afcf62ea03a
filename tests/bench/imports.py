"""Reading in a list of new devices on top of what there is, against the driver's insert of the same finished rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor, Scope, system
from assetreg.domain.terms import Door, ImportState
from assetreg.services import uploads
from assetreg.services.imports import holding, running, staging
from tests.bench.apart import apart
from tests.bench.floor import driver
from tests.bench.registers import HISTORY_KEY, NOON, Register
from tests.bench.table import Line, at_least, at_most

ROWS_A_SECOND, OVER_DRIVER, MOST_MIB = 2_500, 2.0, 300
WRITTEN = ("device", "label", "event", "figure_fact")
"""The tables of finished rows, in the order they are written."""
POINTING = {"label": ("device_id",), "event": ("subject_id",), "figure_fact": ("device_id",)}
UNIQUE = {"device": "tag", "label": "token"}
ASIDE = 10**9
"""So much higher are the ids of the rows that the driver inserts and that are taken back."""
UNITS = {"1814": "Kommunhuset", "1860": "Kommunkontoret", "1861": "Stadshuset", "1882": "Rådhuset"}
MODELS = ("Modell A", "Modell B", "Modell C", "Modell D")


def measure(register: Register, rows: int) -> Iterator[Line]:
    """Speed, speed against the driver's, and memory."""
    last = _last_ids(register)
    before = register.cpu.server()
    done = apart(read_in, register.url, list_of(rows, seed=last["device"]))
    used = done.cpu_s + register.cpu.server() - before
    bare = _floor(register, last)
    about = (register.engine, register.devices)
    speed, over = rows / used, used / bare
    yield Line(*about, f"import of {rows} rows", speed, "rows/s", **at_least(ROWS_A_SECOND, speed, " rows/s"))
    yield Line(*about, f"import of {rows} rows: time", used, "s", bare, over, **at_most(OVER_DRIVER, over, " × driver"))
    yield Line(*about, "import: largest memory", done.peak_mib, "MiB", **at_most(MOST_MIB, done.peak_mib, " MiB"))


def list_of(rows: int, *, seed: int) -> bytes:
    """A CSV file of so many new devices, the same for the same seed; no two seeds share a serial."""
    rng, out = Random(seed), io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(("serienummer", "typ", "kommun", "tillverkare", "modell", "enhet", "status", "inköpsdatum", "pris"))
    for number in range(rows):
        owner = rng.choice(list(UNITS))
        day = f"{rng.randint(2021, 2025)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        serial = f"BQ{seed:07X}{number:05X}{rng.randrange(16**3):03X}"
        model = rng.choice(MODELS)
        writer.writerow((serial, "bärbar dator", owner, "Provmärket", model, UNITS[owner], "i lager", day, "8 450,00"))
    return out.getvalue().encode()


def read_in(url: str, body: bytes) -> int:
    """Stages and applies the file, and gives how many devices it made. Raises AssertionError where a row is refused."""
    database = Database(url, history_key=HISTORY_KEY)

    def who() -> tuple[Scope, Actor]:
        return EVERYTHING, system(Door.IMPORT, NOON)

    with database.transaction(EVERYTHING) as session:
        upload = uploads.receive(session, io.BytesIO(body), name="nya.csv", limit=len(body), at=NOON)
        import_id = staging.begin(session, upload, "devices", actor=system(Door.CLI, NOON)).id
    run = running.Run(database, who, "bench")
    running.stage(run, import_id)
    running.apply(run, import_id)
    with database.reading(EVERYTHING) as session:
        batch = holding.get(session, import_id)
        assert batch.state is ImportState.DONE, batch.state
        assert batch.created == batch.rows, f"{batch.created} of {batch.rows} rows became devices"
        made = batch.created
    database.close()
    return made


def _last_ids(register: Register) -> dict[str, int]:
    with driver(register.url) as connection:
        return {name: connection.execute(f"SELECT max(id) FROM {name}").fetchone()[0] or 0 for name in WRITTEN}


def _floor(register: Register, last: Mapping[str, int]) -> float:
    """Processor seconds of inserting the rows that have come since, beside themselves; nothing of it is kept."""
    with driver(register.url) as connection:
        ready = [_copied(connection, name, last[name]) for name in WRITTEN]
        before = register.cpu()
        connection.execute("BEGIN")
        cursor = connection.cursor()
        for statement, rows in ready:
            cursor.executemany(statement, rows)
        used = register.cpu() - before
        connection.execute("ROLLBACK")
    return max(used, register.cpu.tick)


def _copied(connection: Any, table: str, after: int) -> tuple[str, list[list[Any]]]:
    """The statement that inserts the table's new rows once more, and their values with other ids and numbers."""
    found = connection.execute(f"SELECT * FROM {table} WHERE id > {after} ORDER BY id")
    names = [column[0] for column in found.description]
    moved = {names.index(name) for name in ("id", *POINTING.get(table, ()))}
    renamed = names.index(UNIQUE[table]) if table in UNIQUE else None
    rows = [[_put(value, at in moved, at == renamed) for at, value in enumerate(row)] for row in found.fetchall()]
    place = "?" if type(connection).__module__ == "sqlite3" else "%s"
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({quoted}) VALUES ({', '.join([place] * len(names))})", rows


def _put(value: Any, moved: bool, renamed: bool) -> Any:  # noqa: FBT001
    if moved:
        return value + ASIDE
    if renamed:
        return f"~{value}"
    if isinstance(value, dict):
        from psycopg.types.json import Json

        return Json(value)
    return value

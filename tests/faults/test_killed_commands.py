"""Undoing, the worker, the clearing, the upgrade and the restoring killed at any moment: the next one does the rest."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, text

from assetreg import jobs as worker
from assetreg.db import migrations, protection
from assetreg.db.device import Device
from assetreg.db.intake import Import
from assetreg.db.job import Job
from assetreg.db.organisation import Owner
from assetreg.db.person import Person
from assetreg.db.retention import PruneRun
from assetreg.db.session import Database, driver_url, make_engine
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, ImportState, JobState
from assetreg.services import upgrading
from assetreg.services.imports import asking, running
from assetreg.services.pruning import running as pruning
from tests.cast import Cast, assemble, some_device
from tests.databases import Databases
from tests.faults import whole
from tests.faults.lists import device_list
from tests.faults.programs import Moments, Program, begun, patiently
from tests.services.imports.lists import Importing
from tests.services.pruning.traces import idle_person

MOMENTS = 10
ROWS = 120
NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=3 * 366)


class Trial:
    """Copies of one register, each with a process that is killed."""

    def __init__(self, databases: Databases, template: str, key: bytes) -> None:
        self.databases, self.template, self.key = databases, template, key

    def program(self, url: str) -> Program:
        return Program(url, self.key, small_batches=True)

    @contextmanager
    def copy(self) -> Iterator[tuple[str, Program]]:
        url = self.databases.copy(self.template)
        yield url, self.program(url)
        self.databases.discard(url)

    @contextmanager
    def opened(self, url: str) -> Iterator[Database]:
        database = Database(url, history_key=self.key)
        yield database
        database.close()

    def time(self, *arguments: str) -> tuple[float, whole.Fleet]:
        """How long the command takes and the fleet it leaves."""
        with self.copy() as (url, program):
            seconds = program.work_time(*arguments)
            with self.opened(url) as database:
                return seconds, whole.fleet(database)


@pytest.fixture
def trial(databases: Databases, cast_template: tuple[str, Cast], history_key: bytes) -> Iterator[Callable[..., Trial]]:
    """A trial on a register that has been prepared by a verb."""
    made: list[str] = []

    def prepared(verb: Callable[[Database, Cast], None]) -> Trial:
        url = databases.copy(cast_template[0])
        made.append(url)
        database = Database(url, history_key=history_key)
        verb(database, cast_template[1])
        database.close()
        return Trial(databases, url, history_key)

    yield prepared
    for url in made:
        databases.discard(url)


def told(name: str, trial: Trial, died: Counter[str]) -> None:
    print(f"\n{trial.databases.name} {name}: {dict(died)}")


@pytest.mark.long
def test_killed_undoing_goes_on_to_the_same_register(trial: Callable[..., Trial], folder: Path) -> None:
    file = device_list(folder, ROWS)

    def applied(database: Database, _: Cast) -> None:
        assert Importing(database).applied(file.read_bytes()) == 1

    trying = trial(applied)
    seconds, expected = trying.time("imports", "undo", "1")
    died: Counter[str] = Counter()
    times = Moments(seconds, MOMENTS)
    for after_s in times:
        with trying.copy() as (url, program):
            program.killed(after_s, "imports", "undo", "1")
            with trying.opened(url) as database:
                assert whole.faults(database) == []
                with database.reading(EVERYTHING) as session:
                    batch = session.get_one(Import, 1)
                died[f"{batch.state} {'in the middle' if batch.undo_mark else 'at an end'}"] += 1
                times.told(over=batch.state is ImportState.UNDONE, begun=batch.state is not ImportState.DONE)
                if batch.state is not ImportState.UNDONE:
                    running.undo(Importing(database, actor=system(Door.CLI, LATER), holder="after").run(), 1)
                assert whole.faults(database) == []
                assert whole.fleet(database) == expected
    told("undo", trying, died)
    assert died["undoing in the middle"] > 0, died


@pytest.mark.long
def test_killed_worker_leaves_its_job_to_the_next_one(trial: Callable[..., Trial], folder: Path) -> None:
    file = device_list(folder, ROWS)

    def asked(database: Database, cast: Cast) -> None:
        player = cast.technician
        with database.transaction(player.scope) as session:
            stream, actor = io.BytesIO(file.read_bytes()), player.later(NOW)
            asking.read_in(session, stream, "devices", name=file.name, actor=actor, applies=True)

    trying = trial(asked)
    seconds, expected = _worked(trying)
    died: Counter[str] = Counter()
    times = Moments(seconds, MOMENTS)
    for after_s in times:
        with trying.copy() as (url, program):
            program.killed(after_s, "worker")
            with trying.opened(url) as database:
                assert whole.faults(database) == []
                state = _job(database).state
                died[state] += 1
                times.told(over=state is JobState.DONE, begun=state is not JobState.QUEUED)
                while worker.work_once(database, "the next", clock=lambda: LATER):
                    pass
                assert _job(database).state is JobState.DONE
                assert whole.fleet(database) == expected
                assert whole.faults(database) == []
    told("worker", trying, died)
    assert died[JobState.RUNNING] > 0, died


def _worked(trying: Trial) -> tuple[float, whole.Fleet]:
    with trying.copy() as (url, program), trying.opened(url) as database, begun(program.start("worker")):
        since = time.monotonic()
        patiently(lambda: _job(database).state not in (JobState.QUEUED, JobState.RUNNING), seconds=90)
        return time.monotonic() - since, whole.fleet(database)


def _job(database: Database) -> Job:
    with database.reading(EVERYTHING) as session:
        return session.execute(select(Job).order_by(Job.id).limit(1)).scalar_one()


@pytest.mark.long
def test_killed_clearing_is_finished_by_the_next(trial: Callable[..., Trial]) -> None:
    def aged(database: Database, _: Cast) -> None:
        with database.transaction(EVERYTHING) as session:
            for number in range(40):
                idle_person(session, f"Gammal {number}", device=number % 2 == 0, since=LONG_AGO)

    trying = trial(aged)
    seconds, _ = trying.time("prune")
    died: Counter[str] = Counter()
    times = Moments(seconds, MOMENTS)
    for after_s in times:
        with trying.copy() as (url, program):
            program.killed(after_s, "prune")
            with trying.opened(url) as database:
                assert whole.faults(database) == []
                state = _cleared(database)
                died[state] += 1
                times.told(over=state.startswith("done"), begun=not state.startswith("not begun"))
                pruning.run(database, actor=system(Door.CLI, LATER))
                assert _cleared(database) == "done, 0 left"
                assert whole.faults(database) == []
    told("prune", trying, died)
    assert len(died) >= 2, died


def _cleared(database: Database) -> str:
    with database.reading(EVERYTHING) as session:
        last = session.execute(select(PruneRun).order_by(PruneRun.id.desc()).limit(1)).scalar_one_or_none()
        left = session.execute(select(func.count(Person.id)).where(Person.name.startswith("Gammal"))).scalar_one()
    return f"{last.state if last else 'not begun'}, {left} left"


@pytest.mark.long
def test_killed_upgrade_is_finished_by_the_next(databases: Databases, history_key: bytes) -> None:
    """Each migration is whole or not begun, and no event table stands unprotected in between."""
    url = databases.empty()
    seconds = Program(url, history_key).work_time("upgrade")
    expected = _built(url)
    died: Counter[str] = Counter()
    times = Moments(seconds, MOMENTS)
    for after_s in times:
        url = databases.empty()
        Program(url, history_key).killed(after_s, "upgrade")
        state = _stands_at(url)
        died[state] += 1
        times.told(over=state == migrations.newest())
        assert upgrading.upgrade(url, history_key=history_key).after == migrations.newest()
        assert _built(url) == expected
        database = Database(url, history_key=history_key)
        cast = assemble(database)
        with database.transaction(EVERYTHING) as session:
            some_device(session, actor=cast.technician.actor)
        assert whole.faults(database) == []
        database.close()
        databases.discard(url)
    print(f"\n{databases.name} upgrade: {dict(died)}")
    assert len(died) >= 3, died


def _stands_at(url: str) -> str:
    engine = make_engine(driver_url(url))
    with engine.connect() as connection:
        if inspect(connection).has_table("event"):
            assert protection.missing(connection) == []
        current = migrations.current(connection)
        if current is None:
            assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    return str(current)


def _built(url: str) -> list[str]:
    """How the database is built, and the rows that a new register comes with."""
    engine = make_engine(driver_url(url))
    with engine.connect() as connection:
        look = inspect(connection)
        found = [
            f"{table} {each['name']} {each['type']}"
            for table in look.get_table_names()
            for each in _columns(look, table)
        ]
        found += [f"{table} {each['name']}" for table in look.get_table_names() for each in look.get_indexes(table)]
        owners = connection.execute(select(func.count(Owner.id))).scalar_one()
        source = "sqlite_master WHERE type = 'trigger'" if engine.dialect.name == "sqlite" else "pg_trigger"
        triggers = connection.execute(text(f"SELECT count(*) FROM {source}")).scalar_one()
    engine.dispose()
    return [*sorted(found), f"{owners} owners", f"{triggers} triggers"]


def _columns(look: object, table: str) -> list[dict[str, object]]:
    return look.get_columns(table)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.long
def test_killed_restoring_leaves_nothing_or_all(
    databases: Databases, trial: Callable[..., Trial], history_key: bytes, folder: Path
) -> None:
    file = folder / "kopia.zip"

    def applied(database: Database, _: Cast) -> None:
        Importing(database).applied(device_list(folder, ROWS).read_bytes())

    trying = trial(applied)
    assert trying.program(trying.template).run("backup", str(file))[0] == 0
    url = databases.empty()
    seconds = Program(url, history_key).work_time("restore", str(file))
    with trying.opened(url) as database:
        expected = whole.fleet(database)
    assert len(expected) > ROWS / 2
    died: Counter[str] = Counter()
    times = Moments(seconds, MOMENTS)
    for after_s in times:
        url = databases.empty()
        Program(url, history_key).killed(after_s, "restore", str(file))
        state = _restored(url, history_key, file)
        died[state] += 1
        times.told(over=state == "whole")
        with trying.opened(url) as database:
            assert whole.fleet(database) == expected
            assert whole.faults(database) == []
        databases.discard(url)
    told("restore", trying, died)
    assert len(died) >= 2, died


def _restored(url: str, key: bytes, file: Path) -> str:
    """Restores again where there is nothing yet; says how the killed one left it."""
    left = _stands_at(url)
    if left == migrations.newest():
        engine = make_engine(driver_url(url))
        with engine.connect() as connection:
            there = connection.execute(select(func.count(Device.id))).scalar_one()
        engine.dispose()
        if there:
            upgrading.upgrade(url, history_key=key)
            return "whole"
        left = "empty"
    elif left != "None":
        upgrading.upgrade(url, history_key=key)
    code, said = Program(url, key).run("restore", str(file))
    assert code == 0, said
    return left

"""Two workers that both believe a job is theirs, and one that died when all was done but said."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from assetreg import jobs as worker
from assetreg.db.job import Job
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import ImportState, JobState
from assetreg.jobs import registry
from assetreg.jobs.turn import Turn
from assetreg.services import jobs
from assetreg.services.imports import applying, asking, running, staging
from tests.cast import NOON, Cast, noise
from tests.faults import whole
from tests.services.imports.lists import Importing, counts

ROWS = 30
LIST = "serienummer;typ;kommun\r\n" + "".join(f"PF3LEA{number:03};laptop;1860\r\n" for number in range(ROWS))
LAPSED = timedelta(seconds=61)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "WHOLE", 10)
    monkeypatch.setattr(applying, "BATCH", 10)
    monkeypatch.setattr(running, "STAGED_AT_ONCE", 10)


@pytest.fixture
def number(database: Database, cast: Cast, small_batches: None) -> int:
    """An import that is to be read and applied in the background, among devices that it does not mean."""
    with database.transaction(EVERYTHING) as session:
        noise(session, 3)
    with database.transaction(cast.technician.scope) as session:
        stream = io.BytesIO(LIST.encode())
        return asking.read_in(session, stream, "devices", name="a.csv", actor=cast.technician.actor, applies=True)


def work(database: Database, name: str, *, after: timedelta = timedelta(0)) -> bool:
    return worker.work_once(database, name, clock=lambda: NOON + after)


def ends(database: Database) -> list[JobState]:
    with database.reading(EVERYTHING) as session:
        return list(session.execute(select(Job.state).order_by(Job.id)).scalars())


def interrupted(
    monkeypatch: pytest.MonkeyPatch, module: Any, verb: str, *, call: int, by: Callable[[], object]
) -> None:
    """Before the call with the number something else happens, as when a process has been held up for long."""
    real, calls = getattr(module, verb), 0

    def held_up(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            by()
        return real(*arguments, **options)

    monkeypatch.setattr(module, verb, held_up)


STEPS = {"stage_rows": 4, "finish": 7, "start": 8, "apply_rows": 9}
"""How often a worker has asked who acts before each step: thrice to begin, once for the file, before every batch."""


@pytest.mark.parametrize(
    ("step", "call"),
    [
        ("stage_rows", 2),
        ("finish", 1),
        pytest.param("start", 1, marks=pytest.mark.long),
        pytest.param("apply_rows", 1, marks=pytest.mark.long),
        ("apply_rows", 3),
    ],
)
def test_worker_held_up_until_another_has_done_its_job_changes_nothing(
    database: Database, number: int, monkeypatch: pytest.MonkeyPatch, step: str, call: int
) -> None:
    """On SQLite nobody gets in while a batch is being written, so the other comes before it."""
    taken = []

    def by_another() -> None:
        taken.append(work(database, "quick", after=LAPSED))

    interrupted(monkeypatch, Turn, "who", call=STEPS[step] + call, by=by_another)
    assert work(database, "slow")
    assert taken == [True]
    assert ends(database) == [JobState.DONE]
    importing = Importing(database)
    assert importing.summary(number).state is ImportState.DONE
    assert counts(importing.document(number)) == {"created": ROWS}
    assert whole.faults(database) == []
    assert len(whole.fleet(database)) == ROWS + 3


LONG = [pytest.param(batches, marks=pytest.mark.long) for batches in (1, 2, 3, 4, 5, 6, 7, 9, 10)]


@pytest.mark.parametrize("batches", [8, *LONG])
def test_two_workers_that_alternate_do_each_batch_once(
    database: Database, number: int, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    """The other is in the middle of the job when the slow one wakes up and goes on."""
    asked = 0

    def ended() -> bool:
        nonlocal asked
        asked += 1
        return asked > batches

    def other_does_some() -> None:
        assert worker.work_once(database, "quick", clock=lambda: NOON + LAPSED, ended=ended)

    interrupted(monkeypatch, Turn, "who", call=4, by=other_does_some)
    assert work(database, "slow")
    assert ends(database) == [JobState.QUEUED]
    while work(database, "last", after=2 * LAPSED):
        pass
    assert ends(database) == [JobState.DONE]
    assert counts(Importing(database).document(number)) == {"created": ROWS}
    assert whole.faults(database) == []


def died_before_saying_so(database: Database) -> None:
    """A worker does its whole job and is gone before it can say that it is done."""
    with database.transaction(EVERYTHING) as session:
        task = jobs.lease(session, "dead", at=NOON)
    assert task is not None
    registry.KINDS[task.kind](Turn(database, task, lambda: NOON, lambda: False))


def test_job_whose_worker_died_when_all_was_done_is_done(database: Database, cast: Cast, number: int) -> None:
    importing = Importing(database)
    died_before_saying_so(database)
    assert work(database, "next", after=LAPSED)
    assert ends(database) == [JobState.DONE]
    with database.transaction(cast.technician.scope) as session:
        asking.undo(session, number, actor=cast.technician.actor)
    died_before_saying_so(database)
    assert work(database, "next", after=LAPSED)
    assert ends(database) == [JobState.DONE, JobState.DONE]
    assert importing.summary(number).state is ImportState.UNDONE


def test_preview_whose_worker_died_when_all_was_read_is_done(
    database: Database, cast: Cast, small_batches: None
) -> None:
    with database.transaction(cast.technician.scope) as session:
        stream = io.BytesIO(LIST.encode())
        number = asking.read_in(session, stream, "devices", name="a.csv", actor=cast.technician.actor)
    died_before_saying_so(database)
    assert work(database, "next", after=LAPSED)
    with database.transaction(cast.technician.scope) as session:
        asking.apply(session, number, actor=cast.technician.actor)
    died_before_saying_so(database)
    assert work(database, "next", after=LAPSED)
    assert ends(database) == [JobState.DONE, JobState.DONE]
    assert counts(Importing(database).document(number)) == {"created": ROWS}


def test_worker_that_lost_its_lease_inside_a_batch_gets_no_further(
    database: Database, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL: the batch waits for its turn to write while another takes the job over and goes on."""
    if database.is_sqlite:
        pytest.skip("on SQLite nobody takes a lease while a batch is being written")
    taken = []

    def by_another() -> None:
        taken.append(work(database, "quick", after=LAPSED))

    interrupted(monkeypatch, staging, "stage_rows", call=2, by=by_another)
    assert work(database, "slow")
    assert taken == [True]
    assert ends(database) == [JobState.DONE]
    assert counts(Importing(database).document(number)) == {"created": ROWS}
    assert whole.faults(database) == []

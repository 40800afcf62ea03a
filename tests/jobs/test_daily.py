"""The clearing that the worker does once a day by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from assetreg import jobs as worker
from assetreg.db.job import Job
from assetreg.db.person import Person
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied
from assetreg.domain.terms import Door, JobState, Role
from assetreg.jobs import daily
from assetreg.jobs.daily import Daily
from assetreg.services.pruning import daily as asking
from assetreg.services.pruning import running
from tests.cast import Cast
from tests.jobs.conftest import Clock


@pytest.fixture
def watch(database: Database, monkeypatch: pytest.MonkeyPatch) -> Daily:
    monkeypatch.setattr(daily, "LOOKS_EVERY_S", 0.0)
    return Daily(database)


def states(database: Database) -> list[tuple[str, JobState]]:
    with database.reading(EVERYTHING) as session:
        return [(job.kind, job.state) for job in session.execute(select(Job).order_by(Job.id)).scalars()]


def test_day_after_the_last_clearing_there_is_another(
    database: Database, watch: Daily, cast: Cast, clock: Clock
) -> None:
    with database.transaction(EVERYTHING) as session:
        session.get_one(Person, cast.persons["lo.al@laxa.example"]).created_at = clock() - timedelta(days=400)
    assert watch.look(at=clock())
    assert worker.work_once(database, "w1", clock=clock)
    assert states(database) == [("prune", JobState.DONE)]
    with database.reading(EVERYTHING) as session:
        last = running.latest(session)
        assert last is not None
        assert (last.account_id, last.door, last.counts["persons"], last.state) == (None, Door.CLI, 1, "done")
    clock.turn(hours=23)
    assert not watch.look(at=clock())
    clock.turn(hours=1)
    assert watch.look(at=clock())
    assert watch.look(at=clock())
    assert [state for _, state in states(database)] == [JobState.DONE, JobState.QUEUED]


def test_worker_that_has_just_started_waits_with_looking(database: Database, clock: Clock) -> None:
    assert not Daily(database).look(at=clock())
    assert states(database) == []


def test_clearing_asked_for_by_an_administrator_is_in_that_name(database: Database, cast: Cast, clock: Clock) -> None:
    with database.transaction(cast.admin.scope) as session:
        asking.enqueue(session, actor=cast.admin.actor)
    assert worker.work_once(database, "w1", clock=clock)
    with database.reading(EVERYTHING) as session:
        last = running.latest(session)
        assert last is not None
        assert (last.account_id, last.door) == (cast.admin.actor.account, Door.WEB)
    with database.transaction(cast.planner.scope) as session, pytest.raises(Denied):
        asking.enqueue(session, actor=cast.planner.actor)
    assert cast.planner.actor.role is Role.PLANNER


def test_worker_that_is_stopped_leaves_the_clearing_to_the_next(database: Database, cast: Cast, clock: Clock) -> None:
    with database.transaction(EVERYTHING) as session:
        session.get_one(Person, cast.persons["lo.al@laxa.example"]).created_at = clock() - timedelta(days=400)
        asking.enqueue(session, actor=cast.admin.actor)
    asked: list[None] = []

    def ended() -> bool:
        asked.append(None)
        return len(asked) > 1

    worker.work_once(database, "w1", clock=clock, ended=ended)
    assert states(database) == [("prune", JobState.QUEUED)]
    assert worker.work_once(database, "w2", clock=clock)
    assert states(database) == [("prune", JobState.DONE)]
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, cast.persons["lo.al@laxa.example"]).name is None

"""The background worker: one job at a time, with the starter's authority, and none is lost."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from assetreg import jobs as worker
from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.job import Job
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.stored_sentences import fault_from_json
from assetreg.domain.terms import ImportState, JobState
from assetreg.jobs import registry
from assetreg.jobs.turn import Turn
from assetreg.services import jobs
from assetreg.services.imports import asking, reporting
from tests.cast import NOON, REGISTER, Cast, Player
from tests.jobs.conftest import Clock

LIST = "serienummer;typ;kommun\n" + "".join(f"PF3ABC{n:02};laptop;1860\n" for n in range(12))


def asked(database: Database, player: Player, text: str = LIST) -> int:
    with database.transaction(player.scope) as session:
        return asking.read_in(session, io.BytesIO(text.encode()), "devices", name="a.csv", actor=player.actor)


def work(database: Database, clock: Clock) -> bool:
    return worker.work_once(database, "w1", clock=clock)


def queue(database: Database) -> list[tuple[str, JobState, str | None]]:
    """Every job with its kind, its state and what its fault says."""
    with database.reading(EVERYTHING) as session:
        found = session.execute(select(Job).order_by(Job.id)).scalars()
        said = [(job, fault_from_json(job.fault)) for job in found]
    return [(job.kind, job.state, fault.text() if fault else None) for job, fault in said]


def serials(database: Database) -> int:
    with database.reading(EVERYTHING) as session:
        return len(session.execute(select(Device.id)).all())


def state(database: Database, number: int, clock: Clock) -> ImportState:
    with database.reading(EVERYTHING) as session:
        return reporting.summary(session, number, at=clock()).state


def test_file_is_read_applied_and_undone_in_the_background(database: Database, cast: Cast, clock: Clock) -> None:
    number = asked(database, cast.laxa)
    assert work(database, clock)
    assert not work(database, clock)
    assert (state(database, number, clock), serials(database)) == (ImportState.PREVIEWED, 0)
    for verb, expected in ((asking.apply, ImportState.DONE), (asking.undo, ImportState.UNDONE)):
        with database.transaction(cast.laxa.scope) as session:
            verb(session, number, actor=cast.laxa.actor)
        assert work(database, clock)
        assert state(database, number, clock) is expected
    assert {job[1:] for job in queue(database)} == {(JobState.DONE, None)}


def test_asking_twice_is_asking_once(database: Database, cast: Cast, clock: Clock) -> None:
    number = asked(database, cast.laxa)
    work(database, clock)
    for _ in range(2):
        with database.transaction(cast.laxa.scope) as session:
            asking.apply(session, number, actor=cast.laxa.actor)
    assert [kind for kind, _, _ in queue(database)] == ["import.stage", "import.apply"]


def test_job_of_a_closed_account_stops(database: Database, cast: Cast, clock: Clock) -> None:
    number = asked(database, cast.laxa)
    work(database, clock)
    with database.transaction(cast.laxa.scope) as session:
        asking.apply(session, number, actor=cast.laxa.actor)
    with database.transaction(EVERYTHING) as session:
        session.get_one(Account, cast.laxa.actor.account).disabled_at = NOON
    work(database, clock)
    assert queue(database)[-1] == ("import.apply", JobState.FAILED, jobs.AccountClosed().sentence())
    assert serials(database) == 0


def test_role_is_read_anew_when_the_job_is_done(database: Database, cast: Cast, clock: Clock) -> None:
    number = asked(database, cast.laxa)
    work(database, clock)
    with database.transaction(cast.laxa.scope) as session:
        asking.apply(session, number, actor=cast.laxa.actor)
    with database.transaction(EVERYTHING) as session:
        session.get_one(Account, cast.laxa.actor.account).role = cast.reader.actor.role
    work(database, clock)
    assert queue(database)[-1][1] is JobState.FAILED
    assert serials(database) == 0


def test_file_that_is_no_list_fails_its_job_with_the_reason(database: Database, cast: Cast, clock: Clock) -> None:
    number = asked(database, cast.laxa, "namn\nKim\n")
    work(database, clock)
    assert state(database, number, clock) is ImportState.FAILED
    assert "saknar kolumnen serienummer eller inventarienummer" in str(queue(database)[0][2])


def test_unexpected_fault_fails_the_job_and_the_worker_lives_on(
    database: Database, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(turn: Turn) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setitem(registry.KINDS, "import.stage", broken)
        asked(database, cast.laxa)
        assert work(database, clock)
    assert queue(database)[0][1:] == (JobState.FAILED, jobs.WorkBroken().sentence())
    asked(database, cast.laxa)
    work(database, clock)
    assert queue(database)[1][1] is JobState.DONE


def test_job_of_a_dead_worker_is_taken_over_when_its_lease_runs_out(
    database: Database, cast: Cast, clock: Clock
) -> None:
    number = asked(database, cast.laxa)
    with database.transaction(EVERYTHING) as session:
        dead = jobs.lease(session, "dead", at=clock())
    assert dead is not None
    assert not work(database, clock)
    clock.turn(seconds=61)
    assert work(database, clock)
    assert state(database, number, clock) is ImportState.PREVIEWED
    with database.transaction(EVERYTHING) as session, pytest.raises(jobs.LeaseLost):
        jobs.beat(session, dead, at=clock(), done=1)


def test_job_that_kills_its_worker_again_and_again_is_given_up(database: Database, cast: Cast, clock: Clock) -> None:
    asked(database, cast.laxa)
    for _ in range(jobs.MOST_ATTEMPTS):
        with database.transaction(EVERYTHING) as session:
            assert jobs.lease(session, "dead", at=clock()) is not None
        clock.turn(seconds=61)
    assert not work(database, clock)
    assert queue(database)[0][1] is JobState.FAILED


def test_two_workers_do_each_job_once(database: Database, cast: Cast, clock: Clock) -> None:
    for _ in range(4):
        asked(database, cast.laxa)

    def drain(name: str) -> int:
        done = 0
        while worker.work_once(database, name, clock=clock):
            done += 1
        return done

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(drain, ["w1", "w2"]))
    assert sum(done) == 4
    with database.reading(EVERYTHING) as session:
        assert {job.attempts for job in session.execute(select(Job)).scalars()} == {1}


def test_worker_that_is_asked_to_end_leaves_the_job_to_another(database: Database, cast: Cast, clock: Clock) -> None:
    number = asked(database, cast.laxa)
    assert worker.work_once(database, "w1", clock=clock, ended=lambda: True)
    assert queue(database)[0][1] is JobState.QUEUED
    assert work(database, clock)
    assert state(database, number, clock) is ImportState.PREVIEWED


def test_loop_works_until_it_is_told_to_stop(database: Database, cast: Cast) -> None:
    asked(database, cast.laxa)
    asked(database, cast.laxa)
    seen = []

    def until() -> bool:
        seen.append([state for _, state, _ in queue(database)])
        return seen[-1] == [JobState.DONE, JobState.DONE]

    worker.run_worker(database, until=until, pause=0)
    assert seen[0] == [JobState.QUEUED, JobState.QUEUED]


def test_waiting_in_vain_is_told_after_a_while(database: Database, cast: Cast, clock: Clock) -> None:
    number = asked(database, cast.laxa)

    def waits() -> Any:
        with database.reading(cast.laxa.scope) as session:
            found = asking.standing(session, number, actor=cast.laxa.later(clock()))
            return found.waits_in_vain if found else None

    assert waits() is False
    clock.turn(seconds=11)
    assert waits() is True
    asked(database, cast.technician)
    with database.transaction(EVERYTHING) as session:
        jobs.enqueue(session, "other", {}, actor=REGISTER)
        jobs.lease(session, "w2", at=clock())
    assert waits() is False
    with database.reading(cast.outsider.scope) as session:
        assert asking.standing(session, number, actor=cast.outsider.actor) is None

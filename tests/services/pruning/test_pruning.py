"""After a clearing nobody can say who it was, and everything else is as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from assetreg.db import compaction
from assetreg.db.device import Device
from assetreg.db.intake import Import, ImportRow, UploadPart
from assetreg.db.person import Assignment, Person
from assetreg.db.retention import PruneRun
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied
from assetreg.domain.retention import Kept
from assetreg.domain.terms import ImportState, Stage
from assetreg.schemas.device import device_input
from assetreg.services import devices, pseudonymising, retention
from assetreg.services.imports import reporting
from assetreg.services.pruning import running
from tests.cast import NOON, REGISTER, Cast, some_device
from tests.services.imports.lists import Importing
from tests.services.pruning.traces import (
    KEPT,
    LONG_AGO,
    WORDS,
    Traced,
    differences,
    everything_said,
    idle_person,
    in_bytes,
)


def test_after_it_the_name_stands_nowhere_and_the_register_is_whole(traced: Traced) -> None:
    database = traced.database
    assert all(word in everything_said(database) for word in (*WORDS, KEPT))
    if database.is_sqlite:
        assert in_bytes(database, WORDS) == list(WORDS)
    done = running.run(database, actor=traced.actor)
    assert (done.counts["persons"], done.compacted) == (1, True if database.is_sqlite else None)
    said = everything_said(database)
    assert [word for word in WORDS if word in said] == []
    assert KEPT in said
    if database.is_sqlite:
        assert in_bytes(database, (*WORDS, KEPT)) == [KEPT]
    assert differences(database) == []


def test_what_it_would_do_is_what_it_does_and_asking_changes_nothing(traced: Traced) -> None:
    database = traced.database
    before = everything_said(database)
    with database.reading(EVERYTHING) as session:
        foreseen = running.preview(session, actor=traced.actor)
    assert everything_said(database) == before
    assert {name: number for name, number in foreseen.items() if number} == {
        "persons": 1,
        "texts": 3,
        "files": 2,
        "rows": 5,
    }
    done = running.run(database, actor=traced.actor).counts
    assert {name: done[name] for name in ("persons", "texts", "files")} == {"persons": 1, "texts": 4, "files": 2}
    with database.reading(EVERYTHING) as session:
        assert not any(running.preview(session, actor=traced.actor).values())
    assert not any(running.run(database, actor=traced.actor).counts.values())


def test_import_that_is_cleared_still_says_what_it_came_to(traced: Traced) -> None:
    running.run(traced.database, actor=traced.actor)
    with traced.database.reading(EVERYTHING) as session:
        assert session.execute(select(ImportRow.id)).all() == []
        assert session.execute(select(UploadPart.id)).all() == []
        batches = list(session.execute(select(Import).order_by(Import.id)).scalars())
        assert [(each.state, each.rows, each.refused) for each in batches] == [
            (ImportState.DONE, 2, 0),
            (ImportState.DONE, 3, 1),
        ]
        shown = reporting.summary(session, batches[1].id, at=NOON)
        assert (shown.name, len(shown.sha256), shown.created) == ("enheter.csv", 64, 2)
        assert list(reporting.refused(session, batches[1].id)) == []


def test_whoever_has_a_device_is_never_forgotten(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        row = idle_person(session, "Har Kvar")
        row.left_on = LONG_AGO.date()
        device = some_device(session, actor=replace(REGISTER, at=LONG_AGO), user=row.email, stage="deployed")
        number, used = row.id, device.id
    later = replace(REGISTER, at=NOON + timedelta(days=4000))
    running.run(database, actor=later)
    with database.transaction(EVERYTHING) as session:
        assert session.get_one(Person, number).name == "Har Kvar"
        devices.edit(session, session.get_one(Device, used), device_input({"user": None}), actor=later)
    running.run(database, actor=later)
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, number).name == "Har Kvar"
    running.run(database, actor=replace(later, at=later.at + timedelta(days=367)))
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, number).name is None


@pytest.mark.parametrize(
    ("days", "left", "name"),
    [
        (360, None, "Lena Lind"),
        (370, None, None),
        (100, 100, None),
        (100, 80, "Lena Lind"),
        (80, 100, "Lena Lind"),
        (370, 10, None),
    ],
)
def test_time_runs_from_the_last_device_and_is_shorter_for_who_has_left(
    database: Database, days: int, left: int | None, name: str | None
) -> None:
    with database.transaction(EVERYTHING) as session:
        row = idle_person(session, "Lena Lind", since=NOON - timedelta(days=days))
        row.left_on = (NOON - timedelta(days=left)).date() if left else None
        number = row.id
    running.run(database, actor=REGISTER)
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, number).name == name


def test_who_never_had_a_device_is_kept_from_the_day_it_was_added(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        old = idle_person(session, "Aldrig Haft", device=False).id
        new = idle_person(session, "Nyss Kommen", device=False, since=NOON - timedelta(days=30)).id
    running.run(database, actor=REGISTER)
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, old).name is None
        assert session.get_one(Person, new).name == "Nyss Kommen"


def test_device_that_is_gone_keeps_nobody(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        row = idle_person(session, "Rest Ansson")
        device = some_device(session, actor=replace(REGISTER, at=LONG_AGO), user=row.email, stage="deployed")
        device.stage = Stage.VOIDED
        number = row.id
    running.run(database, actor=REGISTER)
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, number).name is None


def test_chosen_times_hold(traced: Traced) -> None:
    database = traced.database
    with database.transaction(EVERYTHING) as session:
        retention.change(session, {Kept.PERSON_IDLE: 60, Kept.IMPORTS: 60, Kept.FREE_TEXT: 120}, actor=REGISTER)
    done = running.run(database, actor=traced.actor)
    assert not any(done.counts.values())
    assert all(word in everything_said(database) for word in WORDS)


def test_forgotten_person_is_cleared_from_what_is_still_young(traced: Traced) -> None:
    """A file and a note that name the person go with the person, though their own time has not passed."""
    database = traced.database
    with database.transaction(EVERYTHING) as session:
        retention.change(session, {Kept.IMPORTS: 60, Kept.FREE_TEXT: 120}, actor=REGISTER)
    done = running.run(database, actor=traced.actor).counts
    assert (done["persons"], done["texts"], done["files"]) == (1, 4, 2)
    said = everything_said(database)
    assert [word for word in WORDS if word in said] == []
    assert KEPT in said
    with database.reading(EVERYTHING) as session:
        left = [row.cells[0] for row in session.execute(select(ImportRow)).scalars()]
        assert sorted(left) == ["Kim Ek", "PFKEK1"]
    assert differences(database) == []


def test_note_of_a_device_in_use_stays_and_goes_with_the_device(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        device = some_device(session, actor=replace(REGISTER, at=LONG_AGO), note="Sprucken skärm")
        number = device.id
    running.run(database, actor=REGISTER)
    assert "sprucken skärm" in everything_said(database)
    with database.transaction(EVERYTHING) as session:
        gone = session.get_one(Device, number)
        gone.stage, gone.changed_at = Stage.DISPOSED, NOON
    running.run(database, actor=replace(REGISTER, at=NOON + timedelta(days=700)))
    assert "sprucken skärm" in everything_said(database)
    running.run(database, actor=replace(REGISTER, at=NOON + timedelta(days=760)))
    assert "sprucken skärm" not in everything_said(database)


def test_report_of_a_partner_is_kept_and_its_rows_name_nobody(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        some_device(session, serial="PFREP1", actor=replace(REGISTER, at=LONG_AGO))
    heads = (
        "serienummer;utfall;datum;partner;rapport;raderingsmetod;raderingsintyg;mottagare;kontaktperson;anledning\r\n"
    )
    row = "PFREP1;Externt återbruk;2023-11-30;Partnern;R-1;Purge;C-1;Qvarn Ström;Ros Berg;Ros ringde\r\n"
    report = Importing(database, actor=replace(REGISTER, at=LONG_AGO + timedelta(days=20)))
    number = report.applied(heads + row, "outcomes", name="rapport.csv")
    assert running.run(database, actor=REGISTER).counts["emptied"] == 1
    with database.reading(EVERYTHING) as session:
        (kept,) = session.execute(select(ImportRow).where(ImportRow.import_id == number)).scalars()
        assert kept.cells[:5] == ["PFREP1", "Externt återbruk", "2023-11-30", "Partnern", "R-1"]
        assert kept.cells[7:] == [None, None, None]
        assert len(session.execute(select(UploadPart.id)).all()) == 1
    assert "emptied" not in running.run(database, actor=REGISTER).counts
    running.run(database, actor=replace(REGISTER, at=NOON + timedelta(days=8 * 366)))
    with database.reading(EVERYTHING) as session:
        assert session.execute(select(UploadPart.id)).all() == []
        assert session.execute(select(ImportRow.id)).all() == []


def test_import_that_was_never_applied_can_no_longer_be(database: Database) -> None:
    importing = Importing(database, actor=replace(REGISTER, at=LONG_AGO))
    number = importing.staged("serienummer;typ;kommun\r\nPFOLD1;laptop;1860\r\n")
    running.run(database, actor=REGISTER)
    shown = importing.summary(number)
    assert shown.state is ImportState.FAILED
    assert "gallrade" in (shown.fault.text() if shown.fault else "")


def test_import_that_somebody_works_on_is_left_alone(database: Database) -> None:
    importing = Importing(database, actor=replace(REGISTER, at=LONG_AGO))
    number = importing.staged("serienummer;typ;kommun\r\nPFOLD1;laptop;1860\r\n")
    with database.transaction(EVERYTHING) as session:
        session.get_one(Import, number).held_until = NOON + timedelta(minutes=1)
    running.run(database, actor=REGISTER)
    assert importing.summary(number).state is ImportState.PREVIEWED


def test_only_an_administrator_clears(database: Database, cast: Cast) -> None:
    with pytest.raises(Denied):
        running.run(database, actor=cast.technician.actor)
    with database.reading(EVERYTHING) as session, pytest.raises(Denied):
        running.preview(session, actor=cast.planner.actor)


def test_run_says_who_when_and_what(traced: Traced) -> None:
    running.run(traced.database, actor=traced.actor)
    with traced.database.reading(EVERYTHING) as session:
        row = running.latest(session)
        assert row is not None
        assert (row.account_id, row.started_at, row.state, row.counts["persons"]) == (None, traced.actor.at, "done", 1)
        assert row.ended_at is not None
        assert len(session.execute(select(PruneRun.id)).all()) == 1


def test_who_had_what_and_when_is_told_by_the_devices_themselves(traced: Traced) -> None:
    with traced.database.reading(EVERYTHING) as session:
        (had,) = session.execute(select(Assignment).where(Assignment.person_id == traced.person)).scalars()
        assert (had.device_id, had.started_at, had.ended_at) == (
            traced.device,
            LONG_AGO,
            LONG_AGO + timedelta(days=2),
        )
        still = select(Assignment).where(Assignment.person_id == traced.cast.persons["kim.ek@laxa.example"])
        assert [each.ended_at for each in session.execute(still).scalars()] == [None]


def test_file_is_written_anew_after_somebody_was_forgotten_though_nothing_else_is_due(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at the second try, when somebody was in the way of the first; and once it is done, not again."""
    database, actor = traced.database, traced.at(LONG_AGO + timedelta(days=3))
    pseudonymising.pseudonymise(database, traced.person, reason="Begärt", actor=actor)
    later = [replace(actor, at=actor.at + timedelta(hours=hours)) for hours in (1, 2, 3)]
    if not database.is_sqlite:
        assert running.run(database, actor=later[0]).compacted is None
        return
    assert in_bytes(database, WORDS) == list(WORDS)
    with monkeypatch.context() as busy:
        busy.setattr(compaction, "compact", lambda _: False)
        assert running.run(database, actor=later[0]).compacted is False
    done = running.run(database, actor=later[1])
    assert (done.counts, done.compacted, in_bytes(database, WORDS)) == ({}, True, [])
    assert running.run(database, actor=later[2]).compacted is None

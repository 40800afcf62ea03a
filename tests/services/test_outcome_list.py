"""Behind every number of the yearly figures are as many rows as it says, on both engines."""

from __future__ import annotations

from itertools import product

import pytest

from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Actor, Scope
from assetreg.domain.errors import Denied
from assetreg.domain.indicators import Figures
from assetreg.domain.terms import Door, Indicator, Role, Stage
from assetreg.schemas.act import second_life_input, transfer_input
from assetreg.services import devices, figures, outcome_list, ownership, places, settings, swaps
from assetreg.services.figures import YearQuestion
from assetreg.services.outcome_list import NumberQuestion, NumberRow, Part
from assetreg.services.paging import BadCursor
from tests.web.device_fleet import ACTOR, device, end, place, reverse, step

READER = Actor(account=None, role=Role.AUDITOR, door=Door.WEB, at=ACTOR.at)
YEARS = (2024, 2025, 2026)
ERASED = {"erasure_method": "purge"}
GIFT = {"decision": "KS 1", "valuation_sek": "100", **ERASED}


def phones(session: ScopedSession) -> None:
    for serial, purchased in (("FON00001", "2022-05-05"), ("FON00002", "2023-05-05"), ("FON00003", None)):
        row = device(session, serial, kind="phone", purchased=purchased, delivered=None)
        end(session, row, "external_reuse", "2025-06-01", **ERASED)
    session.flush()


def laptops(session: ScopedSession) -> None:
    for number, (kind, on) in enumerate(
        product(("external_reuse", "landfill", "energy_recovery"), ("2025-01-01", "2026-03-01"))
    ):
        end(session, device(session, f"LAP{number:05}"), kind, on, **ERASED)
    for serial, kind in (("GIF00001", "gift"), ("BUY00001", "buyout"), ("PRT00001", "parts_reuse")):
        end(session, device(session, serial, owner="1861"), kind, "2025-05-05", **GIFT)
    end(session, device(session, "LST00001"), "lost_or_stolen", "2025-07-07", reason="borta")
    end(session, device(session, "LEA00001"), "lease_return", "2025-07-07", **ERASED)
    end(session, device(session, "WAR00001", owner="GEM"), "warranty_swap", "2025-07-07", **ERASED)
    end(session, device(session, "MON00001", kind="monitor"), "material_recycling", "2025-07-07")


def awkward(session: ScopedSession) -> None:
    """What a count goes wrong on: reversed, rejected, reused twice, reused and ended, moved to another owner since."""
    wrong = device(session, "REV00001")
    reverse(session, end(session, wrong, "external_reuse", "2025-02-02", **ERASED), "2025-03-03")
    end(session, wrong, "material_recycling", "2025-09-09")
    sent = device(session, "REJ00001")
    step(session, sent, "ready_for_disposal", date="2025-01-01", **ERASED)
    step(session, sent, "dispatched", date="2025-01-02", receiver="Inrego")
    end(session, sent, "returned_rejected", "2025-01-05")
    waiting = device(session, "PEN00001")
    step(session, waiting, "ready_for_disposal", date="2025-11-01", **ERASED)
    step(session, waiting, "dispatched", date="2025-12-20", receiver="Inrego")
    for serial, days in (("TWI00001", ("2025-02-02", "2025-08-08")), ("YRS00001", ("2025-02-02", "2026-02-02"))):
        again = device(session, serial)
        step(session, again, "deployed", date="2024-06-01", unit="Centralskolan")
        for day in days:
            life = second_life_input({"unit": "Centralskolan", "date": day, **ERASED})
            swaps.second_life(session, again, life, actor=ACTOR)
    both = device(session, "BTH00001")
    step(session, both, "deployed", date="2024-06-01", unit="Centralskolan")
    life = second_life_input({"unit": "Centralskolan", "date": "2025-02-02", **ERASED})
    swaps.second_life(session, both, life, actor=ACTOR)
    end(session, both, "external_reuse", "2025-12-12", **ERASED)
    moved = device(session, "MOV00001")
    reverse(session, end(session, moved, "external_reuse", "2025-02-02", **ERASED), "2025-03-03")
    ownership.hand_over(session, moved, transfer_input({"owner": "1861", "date": "2025-06-30"}), actor=ACTOR)
    end(session, moved, "external_reuse", "2025-04-04", **ERASED)


@pytest.fixture
def filled(database: Database) -> Database:
    with database.transaction(EVERYTHING) as session:
        place(session, "1860", "Centralskolan")
        for build in (phones, laptops, awkward):
            build(session)
        places.owner(session, "GEM").in_totals = False
    return database


def numbers(found: Figures) -> dict[Part, int]:
    """Every number of an indicator that rows stand behind."""
    read = found.readings
    readings = (Part.MOBILE, Part.BOUGHT_FROM_2023, Part.IN_INTUNE)
    told: dict[Part, int] = {part: getattr(found, part.value) for part in Part if part not in readings}
    if read is not None:
        told |= {Part.MOBILE: read.all, Part.BOUGHT_FROM_2023: read.bought_from_2023, Part.IN_INTUNE: read.in_intune}
    return told


def every(session: ScopedSession, wanted: NumberQuestion, limit: int) -> list[NumberRow]:
    rows, cursor = list[NumberRow](), None
    while True:
        page = outcome_list.page(session, wanted, actor=READER, cursor=cursor, limit=limit)
        rows += page.rows
        cursor = page.next
        if cursor is None:
            return rows


@pytest.mark.parametrize("switch", ["off", "on"])
def test_every_number_has_as_many_rows_as_it_says(filled: Database, switch: str) -> None:
    with filled.transaction(EVERYTHING) as session:
        settings.put(session, "internal_reuse_counts", switch == "on", actor=ACTOR)
    asked = 0
    with filled.reading(EVERYTHING) as session:
        for year in YEARS:
            report = figures.report(session, YearQuestion(year), actor=READER)
            for row in report.rows:
                for part, number in numbers(row.counted).items():
                    wanted = NumberQuestion(
                        YearQuestion(year), row.indicator, part, owner=row.owner, totals=row.owner is None
                    )
                    assert outcome_list.count(session, wanted, actor=READER) == number, (year, row.owner, part)
                    assert len(every(session, wanted, 2)) == number
                    asked += bool(number)
    assert asked > 40


def test_scoped_reader_counts_the_same_and_sees_only_the_own_owner(filled: Database) -> None:
    with filled.reading(EVERYTHING) as session:
        laxa = places.owner(session, "1860").id
    with filled.reading(Scope(owners=frozenset({laxa}), touched=frozenset({laxa}))) as session:
        report = figures.report(session, YearQuestion(2025), actor=READER)
        assert {row.owner for row in report.rows} == {"1860"}
        for row in report.rows:
            for part, number in numbers(row.counted).items():
                wanted = NumberQuestion(YearQuestion(2025), row.indicator, part)
                rows = every(session, wanted, 50)
                assert len(rows) == number
                assert {each.owner_code for each in rows} <= {"1860"}
        headline = every(session, NumberQuestion(YearQuestion(2025), Indicator.I1, Part.HEADLINE), 50)
        assert [row.tag for row in headline].count(None) == 1


def test_without_a_part_every_outcome_of_the_year_is_listed_newest_first(filled: Database) -> None:
    with filled.reading(EVERYTHING) as session:
        rows = every(session, NumberQuestion(YearQuestion(2025)), 3)
        one_page = outcome_list.page(session, NumberQuestion(YearQuestion(2025)), actor=READER, limit=100).rows
    assert [row.id for row in rows] == [row.id for row in one_page]
    days = [row.on for row in rows if row.on]
    assert days == sorted(days, reverse=True)
    assert {row.on.year for row in rows if row.on} == {2025}
    assert sum(row.reversed_on is not None for row in rows) == 2
    assert any(row.indicator is None for row in rows)


def test_pending_rows_are_devices_and_carry_no_outcome(filled: Database) -> None:
    with filled.reading(EVERYTHING) as session:
        rows = every(session, NumberQuestion(YearQuestion(2025), Indicator.I1, Part.PENDING), 50)
        assert [(row.type, row.stage, str(row.on)) for row in rows] == [(None, Stage.DISPATCHED, "2025-12-20")]
        waiting = devices.get(session, rows[0].tag or "")
        assert waiting.serial == "PEN00001"


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyIyMDI1LTAxLTAxIiwgbnVsbF0", "WyIyMDI1LTAxLTAxIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ"]
)
def test_false_cursor_is_refused(filled: Database, cursor: str) -> None:
    with filled.reading(EVERYTHING) as session, pytest.raises(BadCursor):
        outcome_list.page(session, NumberQuestion(YearQuestion(2025)), actor=READER, cursor=cursor)


def test_list_and_count_are_for_those_who_may_read_figures(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from assetreg.domain import access

    monkeypatch.setitem(access.ALLOWED, Role.AUDITOR, frozenset())
    with filled.reading(EVERYTHING) as session:
        for ask in (outcome_list.page, outcome_list.count):
            with pytest.raises(Denied):
                ask(session, NumberQuestion(YearQuestion(2025)), actor=READER)

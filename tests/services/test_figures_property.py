"""Grouped queries against the reference definition, on generated outcomes.

Examples share a database: each takes two years of its own, so the outcomes of the others are its noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from assetreg.db.device import Device
from assetreg.db.indicator import IndicatorValue
from assetreg.db.organisation import Owner
from assetreg.db.outcome import Outcome
from assetreg.db.session import Database, ScopedSession
from assetreg.domain import indicators
from assetreg.domain.access import EVERYTHING, Scope, system
from assetreg.domain.counting import CountedOutcome, count_devices, read_mobile
from assetreg.domain.errors import Denied
from assetreg.domain.indicators import Figures
from assetreg.domain.outcome_facts import FINAL
from assetreg.domain.terms import Direction, Door, Indicator, Kind, OutcomeType
from assetreg.schemas.device import device_input
from assetreg.schemas.indicator_value import indicator_value_input
from assetreg.services import devices, figures, indicator_values
from assetreg.services.figure_question import PARTS, Span
from assetreg.services.figures import IndicatorRow, YearQuestion, YearReport
from tests.databases import Databases
from tests.db import rows

AUDITOR = system(Door.CLI, datetime(2026, 11, 21, 9, tzinfo=UTC))
DAWN = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = {Kind.LAPTOP: Indicator.I1, Kind.TABLET: Indicator.I2, Kind.MONITOR: None}
OWNERS = ("1860", "1861", "GEM")
COUNTED = (*(part for part in PARTS if part != "headline"), "headline")
FIRST_YEARS = count(1000, 2)


@dataclass(frozen=True)
class Step:
    """One outcome: how many days into the two years, whose, and how long it held, in moments of the register."""

    type: OutcomeType
    day: int
    owner: int
    held: int | None


@dataclass(frozen=True)
class Life:
    kind: Kind
    purchased: date | None
    in_intune: bool
    steps: tuple[Step, ...]


steps = st.builds(
    Step,
    type=st.sampled_from([OutcomeType.INTERNAL_REUSE, OutcomeType.EXTERNAL_REUSE, *OutcomeType]),
    day=st.integers(0, 729),
    owner=st.integers(0, len(OWNERS) - 1),
    held=st.none() | st.integers(0, 3),
)
lives = st.builds(
    Life,
    kind=st.sampled_from(list(KINDS)),
    purchased=st.none() | st.dates(date(2021, 1, 1), date(2024, 12, 31)),
    in_intune=st.booleans(),
    steps=st.lists(steps, max_size=5).map(tuple),
)
fleets = st.lists(lives, min_size=1, max_size=6)
asked_days = st.none() | st.integers(0, 729)
asked_moments = st.none() | st.integers(0, 24)


@dataclass(frozen=True)
class Known:
    """An outcome with the moments between which the register held it to be true."""

    row: CountedOutcome
    since: datetime
    until: datetime | None

    def at(self, moment: datetime | None) -> CountedOutcome | None:
        if moment is None:
            return self.row if self.until is None else None
        return self.row if self.since <= moment and (self.until is None or self.until > moment) else None


def write(session: ScopedSession, fleet: Sequence[Life], first_year: int) -> list[Known]:
    """The lives as rows; a final outcome is reversed before the next, as the register demands."""
    owners = {row.code: row.id for row in session.execute(select(Owner)).scalars()}
    clock = (DAWN + timedelta(hours=hour) for hour in count(1))
    known: list[Known] = []
    for life in fleet:
        home = session.get_one(Owner, owners[OWNERS[0]])
        device = rows.device(session, home, kind=life.kind, indicator=KINDS[life.kind])
        standing: tuple[int, Outcome] | None = None
        for step in life.steps:
            final, on = step.type in FINAL, date(first_year, 1, 1) + timedelta(days=step.day)
            if final and standing is not None:
                known[standing[0]] = reverse(standing[1], known[standing[0]], next(clock))
                standing = None
            stated: dict[str, Any] = {"on": on, "year": on.year, "type": step.type, "final": final}
            stated |= {"owner_id": owners[OWNERS[step.owner]], "registered_at": next(clock)}
            stated |= {"indicator": KINDS[life.kind], "purchased_on": life.purchased, "seen_in_intune": life.in_intune}
            row = rows.outcome(session, device, **stated)
            known.append(Known(counted(row), row.registered_at, None))
            if step.held is not None:
                for _ in range(step.held):
                    next(clock)
                known[-1] = reverse(row, known[-1], next(clock))
            elif final:
                standing = len(known) - 1, row
    session.flush()
    return known


def reverse(row: Outcome, known: Known, at: datetime) -> Known:
    row.reversed_at, row.reversed_on = at, at.date()
    return Known(known.row, known.since, at)


def counted(row: Outcome) -> CountedOutcome:
    return CountedOutcome(
        device=row.device_id,
        owner=row.owner_id,
        indicator=row.indicator,
        type=row.type,
        on=row.on,
        purchased=row.purchased_on,
        in_intune=row.seen_in_intune,
    )


def expected(known: Sequence[Known], owner_id: int, indicator: Indicator, question: YearQuestion) -> Figures:
    told = [found for each in known if (found := each.at(question.as_known_on)) is not None]
    told = [row for row in told if question.as_of is None or row.on <= question.as_of]
    tally = count_devices(told).get((question.year, owner_id, indicator), {})
    mobile = [row for row in told if row.on.year == question.year and row.owner == owner_id]
    readings = read_mobile(mobile) if indicator is Indicator.I2 else None
    return indicators.figures(tally, pending=0, bought=0, readings=readings)


@pytest.fixture(scope="module")
def shared(databases: Databases, history_key: bytes) -> Iterator[Database]:
    url = databases.migrated()
    opened = Database(url, history_key=history_key)
    yield opened
    opened.close()
    databases.discard(url)


@given(fleet=fleets, day=asked_days, moment=asked_moments)
def test_grouped_queries_come_to_the_reference_definition(
    shared: Database, fleet: list[Life], day: int | None, moment: int | None
) -> None:
    first_year = next(FIRST_YEARS)
    with shared.transaction(EVERYTHING) as session:
        known = write(session, fleet, first_year)
    as_of = None if day is None else date(first_year, 1, 1) + timedelta(days=day)
    as_known_on = None if moment is None else DAWN + timedelta(hours=moment)
    for year in (first_year, first_year + 1):
        question = YearQuestion(year, as_of=as_of, as_known_on=as_known_on)
        with shared.reading(EVERYTHING) as session:
            whole = figures.report(session, question, actor=AUDITOR)
            owners = {row.code: row.id for row in session.execute(select(Owner)).scalars()}
            for row in whole.rows:
                if row.owner is not None:
                    assert row.figures == expected(known, owners[row.owner], row.indicator, question)
            assert_total_is_the_sum(whole)
            assert_rows_stand_behind(session, question, whole, owner=None)
        scope = Scope(owners=frozenset({owners["1861"]}), touched=frozenset({owners["1861"]}))
        with shared.reading(scope) as session:
            own = figures.report(session, question, actor=AUDITOR)
            assert [row for row in whole.rows if row.owner == "1861"] == list(own.rows)
            assert_rows_stand_behind(session, question, own, owner="1861")


def assert_total_is_the_sum(report: YearReport) -> None:
    for indicator in Indicator:
        total = report.row(indicator)
        assert total is not None
        parts = [row.figures for row in report.rows if row.indicator is indicator and row.owner is not None]
        for name in COUNTED:
            assert getattr(total.figures, name) == sum(getattr(part, name) for part in parts)


def assert_rows_stand_behind(
    session: ScopedSession, question: YearQuestion, report: YearReport, *, owner: str | None
) -> None:
    for indicator in Indicator:
        row = report.row(indicator, owner)
        assert row is not None
        for part in COUNTED:
            found = figures.behind(session, question, part)
            rows_behind = select(func.count(Outcome.id)).where(Outcome.indicator == indicator, *found)
            assert session.execute(rows_behind).scalar_one() == getattr(row.figures, part)


@given(fleet=fleets)
def test_trend_says_of_each_year_what_its_own_page_says(shared: Database, fleet: list[Life]) -> None:
    first_year = next(FIRST_YEARS)
    with shared.transaction(EVERYTHING) as session:
        write(session, fleet, first_year)
    years = (first_year + 1, first_year)
    with shared.reading(EVERYTHING) as session:
        pages = {year: figures.report(session, YearQuestion(year), actor=AUDITOR) for year in years}
        for owner in (None, "1861"):
            for indicator, points in figures.trend(session, Span(years), actor=AUDITOR, owner=owner).items():
                assert [point.year for point in points] == sorted(years)
                for point in points:
                    page = row_of(pages[point.year], indicator, owner)
                    for name in COUNTED:
                        assert getattr(point.figures, name) == getattr(page.figures, name)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def test_report_asks_as_many_questions_of_one_owner_as_of_all(shared: Database) -> None:
    asked = []
    for owner in ("1860", None):
        with shared.reading(EVERYTHING) as session, statements(shared) as said:
            figures.report(session, YearQuestion(2025), actor=AUDITOR, owner=owner)
        asked.append(len(said))
    assert asked[0] == asked[1] <= 10


def test_part_of_an_owner_gives_no_figures_and_no_trend(shared: Database) -> None:
    with shared.transaction(EVERYTHING) as session:
        school = rows.unit(session, rows.department(session, session.get_one(Owner, 2), "Skola"), "Centralskolan")
        rows.outcome(session, rows.device(session, school, indicator=Indicator.I1), year=3001, indicator=Indicator.I1)
        scope = Scope(units=frozenset({school.id}), touched=frozenset({2}))
    with shared.reading(scope) as session:
        assert figures.report(session, YearQuestion(3001), actor=AUDITOR).rows == ()
        with pytest.raises(Denied):
            figures.trend(session, Span((3001,)), actor=AUDITOR)


def entry(session: ScopedSession, owner: str | None, indicator: str, **stated: Any) -> IndicatorValue:
    owners = {row.code: row.id for row in session.execute(select(Owner)).scalars()}
    usual = {"goal": "Digitalisering", "direction": Direction.AT_LEAST, "value": None, "target": None}
    columns = usual | {"owner_id": owners.get(owner or ""), "indicator": indicator} | stated
    return rows.kept(session, rows.made(IndicatorValue, **columns))


def test_year_known_by_its_total_wins_and_the_counted_rows_stand_beside(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        entry(session, None, "I1", year=2023, value=864, target=1100)
        entry(session, None, "I2", year=2023, value=25, target=50)
        entry(session, None, "Nöjda användare", year=2023, value=99, target=98)
        entry(session, None, "I1", year=2024, value=1, target=2)
        device = rows.device(session, session.get_one(Owner, 2), indicator=Indicator.I1)
        rows.outcome(session, device, year=2023, on=date(2023, 5, 5), indicator=Indicator.I1)
    with database.reading(EVERYTHING) as session:
        told = figures.report(session, YearQuestion(2023), actor=AUDITOR)
    first, second = row_of(told, Indicator.I1), row_of(told, Indicator.I2)
    assert (first.figures.headline, first.figures.target, first.figures.shares.goal) == (864, 1100, "78.5")
    assert (second.figures.headline, second.figures.target, second.figures.shares.goal) == (25, 50, "50.0")
    assert first.figures.totals_only
    assert (first.figures.reuse, first.figures.pending, first.figures.shares.reuse_rate) == (None, None, None)
    assert (first.counted.headline, first.counted.reuse) == (1, 1)
    own = row_of(told, Indicator.I1, "1860")
    assert (own.figures.headline, own.figures.totals_only, own.figures.target) == (1, False, None)


def test_total_of_the_whole_is_not_told_to_one_owner(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        entry(session, None, "I1", year=2023, value=864, target=1100)
        entry(session, "1860", "I1", year=2023, target=200)
        device = rows.device(session, session.get_one(Owner, 2), indicator=Indicator.I1)
        rows.outcome(session, device, year=2023, on=date(2023, 5, 5), indicator=Indicator.I1)
    scope = Scope(owners=frozenset({2}), touched=frozenset({2}))
    with database.reading(scope) as session:
        told = figures.report(session, YearQuestion(2023), actor=AUDITOR)
        assert {row.owner for row in told.rows} == {"1860"}
        own = row_of(told, Indicator.I1, "1860").figures
        assert (own.headline, own.target, own.shares.goal) == (1, 200, "0.5")
        with pytest.raises(Denied):
            figures.trend(session, Span((2023,)), actor=AUDITOR)


def test_total_leaves_out_owners_that_are_not_in_it(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        session.get_one(Owner, 3).in_totals = False
        for owner_id in (2, 3):
            device = rows.device(session, session.get_one(Owner, owner_id), indicator=Indicator.I1)
            rows.outcome(session, device, year=2023, on=date(2023, 5, 5), indicator=Indicator.I1)
    with database.reading(EVERYTHING) as session:
        told = figures.report(session, YearQuestion(2023), actor=AUDITOR)
    assert row_of(told, Indicator.I1).figures.headline == 1
    assert [row_of(told, Indicator.I1, code).in_totals for code in ("1860", "1861")] == [True, False]


def row_of(told: YearReport, indicator: Indicator, owner: str | None = None) -> IndicatorRow:
    row = told.row(indicator, owner)
    assert row is not None
    return row


def test_bought_and_take_back_follow_the_year_and_the_day_asked(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        owner = session.get_one(Owner, 2)
        for month in (1, 9):
            stated = {"serial": f"BOUGHT{month:02}", "kind": "laptop", "owner": "1860", "purchased": f"2025-{month:02}"}
            devices.register(session, device_input(stated), actor=AUDITOR)
        ended: Device = rows.device(session, owner, indicator=Indicator.I1, purchased_on=date(2024, 12, 31))
        rows.outcome(session, ended, year=2025, on=date(2025, 3, 3), indicator=Indicator.I1)
    with database.reading(EVERYTHING) as session:
        whole = row_of(figures.report(session, YearQuestion(2025), actor=AUDITOR), Indicator.I1, "1860").figures
        question = YearQuestion(2025, as_of=date(2025, 7, 31))
        summer = row_of(figures.report(session, question, actor=AUDITOR), Indicator.I1, "1860").figures
    assert (whole.bought, whole.shares.take_back_rate) == (2, "50.0")
    assert (summer.bought, summer.shares.take_back_rate) == (1, "100.0")


def test_total_entered_later_was_not_known_then(database: Database) -> None:
    moments = [datetime(2024, month, 1, 9, tzinfo=UTC) for month in (2, 6)]
    for at, value in zip(moments, ("850", "864"), strict=True):
        stated = {"year": "2023", "goal": "Digitalisering", "indicator": "I1", "direction": "at_least"}
        command = indicator_value_input({**stated, "value": value, "target": "1100"})
        with database.transaction(EVERYTHING) as session:
            indicator_values.store(session, command, actor=system(Door.CLI, at))
    told = []
    with database.reading(EVERYTHING) as session:
        for asked in (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC), None):
            report = figures.report(session, YearQuestion(2023, as_known_on=asked), actor=AUDITOR)
            found = row_of(report, Indicator.I1).figures
            told.append((found.headline, found.target, found.totals_only))
    assert told == [(0, None, False), (850, 1100, True), (864, 1100, True)]


def test_reuse_that_another_owners_outcome_outranks_counts_for_neither_reader(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        before, after = session.get_one(Owner, 2), session.get_one(Owner, 3)
        device = rows.device(session, after, indicator=Indicator.I1)
        stated = {"year": 2025, "indicator": Indicator.I1}
        reuse = {"type": OutcomeType.INTERNAL_REUSE, "final": False, "on": date(2025, 2, 2), "owner_id": before.id}
        rows.outcome(session, device, **stated, **reuse)
        rows.outcome(session, device, **stated, on=date(2025, 9, 9), owner_id=after.id)
    for scope in (EVERYTHING, Scope(owners=frozenset({2}), touched=frozenset({2}))):
        with database.reading(scope) as session:
            question = YearQuestion(2025)
            report = figures.report(session, question, actor=AUDITOR)
            assert row_of(report, Indicator.I1, "1860").figures.internal_reuse == 0
            behind = select(func.count(Outcome.id)).where(*figures.behind(session, question, "internal_reuse"))
            assert session.execute(behind).scalar_one() == 0

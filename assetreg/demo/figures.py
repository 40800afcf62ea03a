"""The targets of every year, and the one year that is known as totals only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from assetreg.db.session import ScopedSession
from assetreg.demo.acting import moment
from assetreg.demo.cohorts import TOTALS_ONLY_YEAR
from assetreg.domain.access import Actor
from assetreg.domain.terms import Direction, Indicator
from assetreg.schemas.indicator_value import IndicatorValueInput
from assetreg.services import indicator_values

GOAL = "Kommunerna ska ha en hållbar IT-verksamhet"
TARGETS = {
    Indicator.I1: {2022: 1000, 2023: 1100, 2024: 1050, 2025: 1000, 2026: 950},
    Indicator.I2: {2022: 30, 2023: 50, 2024: 150, 2025: 300, 2026: 350},
}
ANNUAL_REPORT = (3, 15)
"""Month and day by which a year's totals are known."""
TOTALS = {Indicator.I1: 864, Indicator.I2: 25}


def put(session: ScopedSession, *, today: date, actor: Actor) -> None:
    """Enters the figures of the years up to the present one (årsredovisning 2023 for its totals)."""
    for indicator, by_year in TARGETS.items():
        for year, target in by_year.items():
            if year > today.year:
                continue
            stated = {"target": Decimal(target), "unit": "antal", "source": f"Budgetplan {year}"}
            reported, entered_by = date(year + 1, *ANNUAL_REPORT), actor
            if year == TOTALS_ONLY_YEAR and reported <= today:
                stated |= {"value": Decimal(TOTALS[indicator]), "source": f"Årsredovisning {year}"}
                entered_by = replace(actor, at=moment(reported, 0))
            command = IndicatorValueInput(
                year=year, goal=GOAL, indicator=indicator.value, direction=Direction.AT_LEAST, stated=stated
            )
            indicator_values.store(session, command, actor=entered_by)

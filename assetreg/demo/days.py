"""The days on which things happen: working days, order days, the partner's collections and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from assetreg.domain.replacement import add_months

ORDER_DAYS = (
    *((1, 19, 3), (2, 9, 6), (3, 2, 10), (3, 23, 12), (4, 13, 12), (5, 4, 9), (5, 25, 10), (6, 8, 12)),
    *((8, 3, 14), (8, 17, 9), (9, 14, 5), (10, 5, 4), (10, 26, 3), (11, 9, 2)),
)
"""Month, day and weight: orders in spring, deliveries to the schools in late summer."""

REPORT_MONTHS = (2, 3, 4, 5, 6, 8, 9, 10, 11, 12)


@dataclass(frozen=True, slots=True)
class Collection:
    """One pick-up by the partner and the report that followed weeks later."""

    dispatched: date
    reported: date
    report: str


def weekday(day: date) -> date:
    """The day, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def workday(day: date) -> date:
    """The day, or the Monday after a weekend; a day of July is moved into the first week of August."""
    return weekday(date(day.year, 8, 1 + day.day % 7) if day.month == 7 else day)


def back(day: date, rng: Random, least: int, most: int) -> date:
    """A working day so many days before."""
    found = workday(day - timedelta(days=rng.randint(least, most)))
    return min(found, day)


def forth(day: date, rng: Random, least: int, most: int) -> date:
    """A working day so many days after."""
    return workday(day + timedelta(days=rng.randint(least, most)))


def order_day(year: int, rng: Random, *, last: date) -> date:
    """A day in the year on which a lot was bought; none after ``last``, which takes the year before."""
    days = [(date(year, month, day), weight) for month, day, weight in ORDER_DAYS if date(year, month, day) <= last]
    if not days:
        return order_day(year - 1, rng, last=last)
    return workday(rng.choices([day for day, _ in days], [weight for _, weight in days])[0])


def collections(year: int, *, last: date) -> list[Collection]:
    """The partner's collections whose reports came in the year, no later than ``last``."""
    found = []
    for number, month in enumerate(REPORT_MONTHS, start=1):
        reported = workday(date(year, month, 8))
        if reported <= last:
            dispatched = workday(add_months(reported, -1) - timedelta(days=5))
            found.append(Collection(dispatched, reported, f"ÅP-{year}-{number:02d}"))
    return found


def order_day_near(day: date, rng: Random) -> date:
    """A day on which a lot was bought, within four months of the day."""
    days = [(date(year, month, d), w) for year in (day.year - 1, day.year, day.year + 1) for month, d, w in ORDER_DAYS]
    near = [(each, weight) for each, weight in days if abs((each - day).days) <= 120]
    return workday(rng.choices([each for each, _ in near], [weight for _, weight in near])[0])

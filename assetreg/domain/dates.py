"""The dates of a device: their order, and none that has happened lies in the future."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from assetreg.domain.cell_dates import PartialDate
from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import Precision

EARLIEST = date(1980, 1, 1)
FURTHEST_YEARS = 30
"""A warranty or an expected delivery further off than this is a slip of the keyboard."""


class FutureDate(Invalid):
    code = "future_date"
    message = "{on} har inte varit än. Ange dagen då det hände, senast {today}."


class ImplausibleDate(Invalid):
    code = "implausible_date"
    message = "{on} är inte ett rimligt datum här. Ange ett datum mellan {earliest} och {latest}."


class DeliveredBeforeOrdered(Invalid):
    code = "delivered_before_ordered"
    message = "Leveransdatumet {delivered} är före orderdatumet {ordered}. Rätta det som är fel."


class PurchasedAfterOutcome(Invalid):
    code = "purchased_after_outcome"
    message = "Inköpsdatumet {purchased} är efter utfallet {outcome}. Rätta det som är fel."


class DatesContradict(Invalid):
    code = "dates_contradict"
    message = "{later_name} {later} är före {earlier_name} {earlier}. Rätta det som är fel."


class TooEarly(Invalid):
    code = "too_early"
    message = "{on} är före {earlier}, då {what}. Ange en senare dag, eller rätta den dag som är fel."


@dataclass(frozen=True, slots=True)
class DeviceDates:
    """What is known of when a device was ordered, bought, delivered, put to use, handed in and ended."""

    ordered: PartialDate | None = None
    purchased: PartialDate | None = None
    delivered: PartialDate | None = None
    in_service: PartialDate | None = None
    returned: PartialDate | None = None
    outcome: PartialDate | None = None
    warranty_until: PartialDate | None = None


NAMES = {
    "ordered": (Phrase("Orderdatumet"), Phrase("orderdatumet")),
    "purchased": (Phrase("Inköpsdatumet"), Phrase("inköpsdatumet")),
    "delivered": (Phrase("Leveransdatumet"), Phrase("leveransdatumet")),
    "in_service": (Phrase("Ibruktagandet"), Phrase("ibruktagandet")),
    "warranty_until": (Phrase("Garantins slut"), Phrase("garantins slut")),
}
"""What the dates are called, first in a sentence and inside one."""

IN_ORDER = (
    ("ordered", "purchased"),
    ("ordered", "in_service"),
    ("delivered", "in_service"),
    ("purchased", "warranty_until"),
)
"""Dates of which the second cannot lie before the first. An invoice may come long after the delivery and the use."""

_HAPPENED = ("ordered", "purchased", "delivered", "in_service", "returned", "outcome")


def last_day(known: PartialDate) -> date:
    """The last day that a date known by day, month or year can be."""
    first = known.value
    if known.precision is Precision.DAY:
        return first
    if known.precision is Precision.YEAR:
        return date(first.year, 12, 31)
    return first.replace(day=monthrange(first.year, first.month)[1])


def happened_refusal(on: date, *, today: date, field: str) -> Refusal | None:
    """What is wrong with a day on which something is said to have happened, if anything is."""
    if on > today:
        return FutureDate(field=field, on=on, today=today)
    if on < EARLIEST:
        return ImplausibleDate(field=field, on=on, earliest=EARLIEST, latest=today)
    return None


def planned_refusal(on: date, *, today: date, field: str) -> Refusal | None:
    """What is wrong with a day, past or coming, such as a warranty's end or an expected delivery."""
    latest = date(today.year + FURTHEST_YEARS, 12, 31)
    if EARLIEST <= on <= latest:
        return None
    return ImplausibleDate(field=field, on=on, earliest=EARLIEST, latest=latest)


def check_happened(on: date, *, today: date, field: str) -> None:
    """Raises FutureDate or ImplausibleDate unless the day can be one on which something has happened."""
    refusal = happened_refusal(on, today=today, field=field)
    if refusal is not None:
        raise refusal


def act_refusal(
    on: date,
    *,
    field: str,
    purchased: PartialDate | None = None,
    delivered: PartialDate | None = None,
    in_service: PartialDate | None = None,
    since: date | None = None,
) -> Refusal | None:
    """What is wrong with the day of an act on a device: it cannot be before we had it, nor before its last step.

    A device is ours from its delivery, or where that is unknown from its purchase or its first use, whichever came
    first: an invoice can come long after both. ``since`` is the day of its last step.
    """
    had, what = delivered or purchased, Phrase("enheten levererades") if delivered else Phrase("enheten köptes")
    if had is not None and delivered is None and in_service is not None and in_service.value < had.value:
        had, what = in_service, Phrase("enheten togs i bruk")
    if had is not None and on < had.value:
        return TooEarly(field=field, on=on, earlier=str(had), what=what)
    if since is not None and on < since:
        return TooEarly(field=field, on=on, earlier=since, what=Phrase("enheten fick sin nuvarande status"))
    return None


def contradictions(dates: DeviceDates, *, among: frozenset[str]) -> Iterator[Refusal]:
    """Dates in the wrong order, where one of the two is ``among`` those asked about; partial dates have the doubt."""
    for first, second in IN_ORDER:
        earlier, later = getattr(dates, first), getattr(dates, second)
        if not among & {first, second} or earlier is None or later is None or last_day(later) >= earlier.value:
            continue
        names = {"earlier_name": NAMES[first][1], "later_name": NAMES[second][0]}
        yield DatesContradict(field=second, later=str(later), earlier=str(earlier), **names)


def check_dates(dates: DeviceDates, *, today: date, stated: frozenset[str] = frozenset()) -> None:
    """Raises InvalidInput with everything that is wrong with the dates.

    A person who has just ``stated`` a date is also told when it is in the wrong order with another; a list of an old
    register is taken as it is, and the device stands on the worklist of such dates.

    Purchase, delivery and use come in any order in real registers, an invoice long after the delivery
    included, so only what cannot be is refused: the future, a delivery before its order, a purchase
    after the end. A date known by month or year is wrong only when none of its days could be right.
    """
    found = [
        happened_refusal(known.value, today=today, field=field)
        for field in _HAPPENED
        if (known := getattr(dates, field)) is not None
    ]
    if dates.warranty_until is not None:
        found.append(planned_refusal(dates.warranty_until.value, today=today, field="warranty_until"))
    ordered, delivered = dates.ordered, dates.delivered
    if ordered and delivered and last_day(delivered) < ordered.value:
        found.append(DeliveredBeforeOrdered(field="delivered", delivered=delivered.value, ordered=ordered.value))
    purchased, outcome = dates.purchased, dates.outcome
    if purchased and outcome and purchased.value > last_day(outcome):
        found.append(PurchasedAfterOutcome(field="purchased", purchased=purchased.value, outcome=outcome.value))
    refusals = [refusal for refusal in found if refusal is not None]
    refusals += contradictions(dates, among=stated)
    if refusals:
        raise InvalidInput(refusals)

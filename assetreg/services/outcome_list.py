"""The rows behind a number of the yearly figures: as many as the number says, by the same conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, tuple_

from assetreg.db.base import TermColumn
from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.figure_fact import FigureFact
from assetreg.db.organisation import Owner
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.counting import NEW_MOBILE_FROM
from assetreg.domain.outcome_facts import HEADLINE
from assetreg.domain.terms import Indicator, Kind, OutcomeType, Stage, Term
from assetreg.services import figure_devices, paging, places
from assetreg.services.catalogue import full_name
from assetreg.services.figure_question import YearQuestion, behind, holding
from assetreg.services.paging import BadCursor, Page

LARGEST_ID = 2**62


class Part(Term):
    """The numbers of an indicator."""

    HEADLINE = "headline", "Återvunna och återbrukade", "Recycled and reused"
    REUSE = "reuse", "Återbrukade", "Reused"
    PARTS_REUSE = "parts_reuse", "Komponentåterbruk", "Parts reuse"
    RECYCLING = "recycling", "Återvunna", "Recycled"
    INTERNAL_REUSE = "internal_reuse", "Internt återbruk", "Internal reuse"
    ENERGY_RECOVERY = "energy_recovery", "Energiåtervinning", "Energy recovery"
    LANDFILL = "landfill", "Bortskaffande", "Landfill"
    LOST_OR_STOLEN = "lost_or_stolen", "Förlorade eller stulna", "Lost or stolen"
    OTHER_ENDED = "other_ended", "Leasingretur och garantibyte", "Lease return and warranty swap"
    MOBILE = "mobile", "Alla mobila enheter", "All mobile devices"
    BOUGHT_FROM_2023 = "bought_from_2023", "Köpta från 2023", "Bought from 2023"
    IN_INTUNE = "in_intune", "Senast sedda i Intune", "Last seen in Intune"
    PENDING = "pending", "Avsända, utfall väntar", "Dispatched, outcome pending"
    BOUGHT = "bought", "Köpta under året", "Bought in the year"


_OF_DEVICES = (Part.PENDING, Part.BOUGHT)
_READINGS: dict[Part, tuple[ColumnElement[bool], ...]] = {
    Part.MOBILE: (),
    Part.BOUGHT_FROM_2023: (Outcome.purchased_on >= NEW_MOBILE_FROM,),
    Part.IN_INTUNE: (Outcome.seen_in_intune.is_(True),),
}
"""The three readings of the mobile units, by what each asks beside the headline's outcomes."""


@dataclass(frozen=True, slots=True)
class NumberQuestion:
    """A number of the figures; ``part`` None asks for every outcome of the year, also those that count nothing.

    ``totals`` leaves out the owners that are not in the totals, as the total itself does.
    """

    year: YearQuestion
    indicator: Indicator | None = None
    part: Part | None = None
    owner: str | None = None
    totals: bool = False


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One row behind a number: an outcome, or a device whose outcome is still to come (``type`` None).

    ``tag`` and what else describes the device are None where it now belongs to an owner outside the scope.
    """

    id: int
    on: date | None
    tag: str | None
    kind: Kind | None
    model: str
    stage: Stage | None
    owner_code: str
    owner: str
    type: OutcomeType | None
    indicator: Indicator | None
    partner: str | None
    report: str | None
    import_id: int | None
    reversed_on: date | None


def page(
    session: ScopedSession,
    wanted: NumberQuestion,
    *,
    actor: Actor,
    cursor: str | None = None,
    before: str | None = None,
    limit: int = paging.PAGE,
) -> Page[NumberRow]:
    """One page, newest first: the first, the one after ``cursor``, or the one that ends ``before`` a cursor.

    Raises BadCursor, UnknownOwner.
    """
    actor.require(Act.READ_FIGURES)
    at, back = cursor or before, bool(before and not cursor)
    here = paging.decode(at, date, int) if at else None
    if here and (here[1] is None or not 0 <= here[1] < LARGEST_ID):
        raise BadCursor(field="cursor")
    keys: tuple[Any, ...] = (FigureFact.device_id,) if _of_devices(wanted) else (Outcome.on, Outcome.id)
    statement = _devices(session, wanted) if _of_devices(wanted) else _outcomes(session, wanted)
    statement = _from(statement, keys, here and here[-len(keys) :], back=back)
    rows = [_row(row) for row in session.execute(statement.limit(limit + 1))]
    more, shown = len(rows) > limit, rows[:limit][:: -1 if back else 1]
    if not shown:
        return Page(shown, None)
    first, last = (paging.encode(row.on, row.id) for row in (shown[0], shown[-1]))
    earlier, later = (more, True) if back else (cursor is not None, more)
    return Page(shown, last if later else None, previous=first if earlier else None)


def _from(statement: Select[Any], keys: tuple[Any, ...], here: tuple[Any, ...] | None, *, back: bool) -> Select[Any]:
    """The rows in order, the newest first or backwards, after those of a cursor."""
    if here is not None:
        left, right = tuple_(*keys), tuple_(*here)
        statement = statement.where(left > right if back else left < right)
    return statement.order_by(*(key if back else key.desc() for key in keys))


def count(session: ScopedSession, wanted: NumberQuestion, *, actor: Actor) -> int:
    """How many rows the list has: the number itself."""
    actor.require(Act.READ_FIGURES)
    if _of_devices(wanted):
        counted = select(func.count(FigureFact.id)).where(*_fact_conditions(session, wanted))
    else:
        counted = select(func.count(Outcome.id)).where(*_conditions(session, wanted))
    return session.execute(counted).scalar_one()


def _of_devices(wanted: NumberQuestion) -> bool:
    return wanted.part in _OF_DEVICES


def _outcomes(session: ScopedSession, wanted: NumberQuestion) -> Select[Any]:
    statement: Any = (
        select(
            *(Outcome.id, Outcome.on, Device.tag, Device.kind, Device.stage, Device.model_id),
            *(Model.manufacturer, Model.name.label("model_name")),
            *(Owner.code.label("owner_code"), Owner.name.label("owner")),
            *(Outcome.type, Outcome.indicator, Outcome.partner, Outcome.report, Outcome.import_id),
            Outcome.reversed_on,
        )
        .select_from(Outcome)
        .join(Owner, Owner.id == Outcome.owner_id)
        .outerjoin(Device, Device.id == Outcome.device_id)
        .outerjoin(Model, Model.id == Device.model_id)
        .where(*_conditions(session, wanted))
    )
    return statement  # type: ignore[no-any-return]


def _devices(session: ScopedSession, wanted: NumberQuestion) -> Select[Any]:
    """Ordered by the device's number alone; a cursor says the number beside a day that is not looked at."""
    statement: Any = (
        select(
            *(FigureFact.device_id.label("id"), FigureFact.since_on.label("on"), Device.tag, FigureFact.kind),
            *(Device.stage, Device.model_id, Model.manufacturer, Model.name.label("model_name")),
            *(Owner.code.label("owner_code"), Owner.name.label("owner"), _indicator(session).label("indicator")),
        )
        .select_from(FigureFact)
        .join(Owner, Owner.id == FigureFact.owner_id)
        .outerjoin(Device, Device.id == FigureFact.device_id)
        .outerjoin(Model, Model.id == Device.model_id)
        .where(*_fact_conditions(session, wanted))
    )
    return statement  # type: ignore[no-any-return]


def _indicator(session: ScopedSession) -> ColumnElement[Any]:
    """The indicator that a fact counts in, by its kind."""
    kinds = {each: figure_devices.kinds_of(session, each) for each in Indicator}
    return case(*((FigureFact.kind.in_(own), literal(each, TermColumn(Indicator))) for each, own in kinds.items()))


def _conditions(session: ScopedSession, wanted: NumberQuestion) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.part is None:
        found.append(Outcome.year == wanted.year.year)
    else:
        found += _part(session, wanted.part, wanted.year)
    if wanted.indicator:
        found.append(Outcome.indicator == wanted.indicator)
    ids = _owner_ids(session, wanted)
    return found if ids is None else [*found, Outcome.owner_id.in_(ids)]


def _fact_conditions(session: ScopedSession, wanted: NumberQuestion) -> list[ColumnElement[bool]]:
    named = figure_devices.pending if wanted.part is Part.PENDING else figure_devices.bought
    counted = [wanted.indicator] if wanted.indicator else list(Indicator)
    kinds = [kind for each in counted for kind in figure_devices.kinds_of(session, each)]
    found = [*named(session, wanted.year), FigureFact.kind.in_(kinds)]
    ids = _owner_ids(session, wanted)
    return found if ids is None else [*found, FigureFact.owner_id.in_(ids)]


def _owner_ids(session: ScopedSession, wanted: NumberQuestion) -> list[int] | None:
    if wanted.owner:
        return [places.owner(session, wanted.owner).id]
    return [row.id for row in places.owners(session) if row.in_totals] if wanted.totals else None


def _part(session: ScopedSession, part: Part, year: YearQuestion) -> list[ColumnElement[bool]]:
    if part not in _READINGS:
        return behind(session, year, part.value)
    return [*holding(year), Outcome.type.in_(sorted(HEADLINE)), *_READINGS[part]]


def _row(row: Any) -> NumberRow:
    values: dict[str, Any] = {
        name: getattr(row, name, None) for name in NumberRow.__dataclass_fields__ if name != "model"
    }
    return NumberRow(**values, model=full_name(row.manufacturer, row.model_name) if row.model_id else "")

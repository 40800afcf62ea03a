"""The rows behind a number of the yearly figures: as many as the number says, by the same conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from assetreg.db.catalogue import Model
from assetreg.db.device import Device
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
    limit: int = paging.PAGE,
) -> Page[NumberRow]:
    """One page, newest first. Raises BadCursor, UnknownOwner."""
    actor.require(Act.READ_FIGURES)
    after = paging.decode(cursor, date, int) if cursor else None
    if after and (after[1] is None or not 0 <= after[1] < LARGEST_ID):
        raise BadCursor(field="cursor")
    statement = _devices(session, wanted, after) if _of_devices(wanted) else _outcomes(session, wanted, after)
    rows = [_row(row) for row in session.execute(statement.limit(limit + 1))]
    shown = rows[:limit]
    return Page(shown, paging.encode(shown[-1].on, shown[-1].id) if len(rows) > limit else None)


def count(session: ScopedSession, wanted: NumberQuestion, *, actor: Actor) -> int:
    """How many rows the list has: the number itself."""
    actor.require(Act.READ_FIGURES)
    if _of_devices(wanted):
        counted = select(func.count(Device.id)).where(*_device_conditions(session, wanted))
    else:
        counted = select(func.count(Outcome.id)).where(*_conditions(session, wanted))
    return session.execute(counted).scalar_one()


def _of_devices(wanted: NumberQuestion) -> bool:
    return wanted.part in _OF_DEVICES


def _outcomes(session: ScopedSession, wanted: NumberQuestion, after: tuple[Any, ...] | None) -> Select[Any]:
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
        .order_by(Outcome.on.desc(), Outcome.id.desc())
    )
    if after is not None:
        statement = statement.where(tuple_(Outcome.on, Outcome.id) < tuple_(*after))
    return statement  # type: ignore[no-any-return]


def _devices(session: ScopedSession, wanted: NumberQuestion, after: tuple[Any, ...] | None) -> Select[Any]:
    """Ordered by number alone, for the day may be missing; a cursor then says the number twice over."""
    on = Device.dispatched_on if wanted.part is Part.PENDING else Device.purchased_on
    statement: Any = (
        select(
            *(Device.id, on.label("on"), Device.tag, Device.kind, Device.stage, Device.model_id, Device.indicator),
            *(Model.manufacturer, Model.name.label("model_name")),
            *(Owner.code.label("owner_code"), Owner.name.label("owner")),
        )
        .select_from(Device)
        .join(Owner, Owner.id == Device.owner_id)
        .outerjoin(Model, Model.id == Device.model_id)
        .where(*_device_conditions(session, wanted))
        .order_by(Device.id.desc())
    )
    if after is not None:
        statement = statement.where(Device.id < after[1])
    return statement  # type: ignore[no-any-return]


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


def _device_conditions(session: ScopedSession, wanted: NumberQuestion) -> list[ColumnElement[bool]]:
    named = figure_devices.pending if wanted.part is Part.PENDING else figure_devices.bought
    found = named(wanted.year)
    if wanted.indicator:
        found.append(Device.indicator == wanted.indicator)
    ids = _owner_ids(session, wanted)
    return found if ids is None else [*found, Device.owner_id.in_(ids)]


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

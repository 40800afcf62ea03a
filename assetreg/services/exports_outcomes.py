"""The outcomes behind the yearly figures as a table, one row for each device that a figure counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, select, tuple_

from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.db.outcome import Erasure, Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.outcome_facts import HEADLINE
from assetreg.domain.terms import Indicator, OutcomeType
from assetreg.outputs.sheet import Column, Sheet, Value
from assetreg.services import places, settings
from assetreg.services.catalogue import full_name
from assetreg.services.figure_question import YearQuestion, behind, holding, outranked

BATCH = 1000
COLUMNS = (
    *(Column("year", "år", "year"), Column("indicator", "indikator"), Column("in_headline", "i huvudtalet")),
    *(Column("owner_code", "kommunkod"), Column("owner", "kommun"), Column("asset_tag", "inventarienummer")),
    *(Column("serial", "serienummer"), Column("kind", "typ"), Column("model", "modell")),
    *(Column("outcome", "utfall"), Column("date", "datum", "date"), Column("purchased", "inköpsdatum", "date")),
    *(Column("partner", "partner"), Column("report", "rapport"), Column("report_row", "rapportrad", "integer")),
    *(Column("erasure_method", "raderingsmetod"), Column("erasure_certificate", "raderingsintyg")),
    *(Column("weight_kg", "vikt_kg", "decimal"), Column("proceeds_sek", "intäkt", "money")),
    *(Column("decision", "beslut"), Column("valuation_sek", "värdering", "money"), Column("waste_code", "avfallskod")),
    *(Column("carrier", "transportör"), Column("receiver", "mottagare")),
)


@dataclass(frozen=True, slots=True)
class OutcomeChoice:
    """Which of a year's counted outcomes; ``part`` is one of ``figures.PARTS``."""

    question: YearQuestion
    owner: str | None = None
    indicator: Indicator | None = None
    part: str | None = None


def outcomes_sheet(session: ScopedSession, choices: Sequence[OutcomeChoice], *, actor: Actor) -> Sheet:
    """The rows of each choice, oldest first. A device that has moved on to an owner outside the scope has no number.

    Raises Denied or UnknownOwner.
    """
    actor.require(Act.EXPORT)
    actor.require(Act.READ_FIGURES)
    counting = HEADLINE
    if settings.internal_reuse_counts(session):
        counting |= {OutcomeType.INTERNAL_REUSE}
    conditions = [_conditions(session, choice) for choice in choices]
    return Sheet("Återbruk", COLUMNS, _rows(session, conditions, counting))


def _conditions(session: ScopedSession, choice: OutcomeChoice) -> list[ColumnElement[bool]]:
    if choice.part is not None:
        found = behind(session, choice.question, choice.part)
    else:
        counts = Outcome.final | (Outcome.type == OutcomeType.INTERNAL_REUSE)
        not_outranked = Outcome.id.not_in(outranked(session, choice.question.span))
        found = [counts, not_outranked, *holding(choice.question)]
    if choice.indicator is not None:
        found.append(Outcome.indicator == choice.indicator)
    if choice.owner is not None:
        found.append(Outcome.owner_id == places.owner(session, choice.owner).id)
    return found


def _rows(
    session: ScopedSession, conditions: Sequence[list[ColumnElement[bool]]], counting: frozenset[OutcomeType]
) -> Iterator[Sequence[Value]]:
    for each in conditions:
        after: tuple[Any, ...] | None = None
        while True:
            statement = _select().where(*each)
            if after is not None:
                statement = statement.where(tuple_(Outcome.on, Outcome.id) > tuple_(*after))
            batch = session.execute(statement.limit(BATCH)).all()
            yield from (_row(row, counting) for row in batch)
            if len(batch) < BATCH:
                break
            after = (batch[-1].Outcome.on, batch[-1].Outcome.id)


def _select() -> Select[Any]:
    statement: Any = (
        select(
            Outcome,
            *(Owner.code, Owner.name.label("owner"), Device.tag, Device.serial, Device.kind, Device.model_id),
            *(Model.manufacturer, Model.name.label("model_name"), Erasure.method, Erasure.certificate),
        )
        .select_from(Outcome)
        .join(Owner, Owner.id == Outcome.owner_id)
        .outerjoin(Device, Device.id == Outcome.device_id)
        .outerjoin(Model, Model.id == Device.model_id)
        .outerjoin(Erasure, Erasure.id == Outcome.erasure_id)
        .order_by(Outcome.on, Outcome.id)
    )
    return cast("Select[Any]", statement)


def _row(row: Any, counting: frozenset[OutcomeType]) -> Sequence[Value]:
    outcome: Outcome = row.Outcome
    return [
        *(outcome.year, row.Outcome.indicator.value, "ja" if outcome.type in counting else "nej", row.code, row.owner),
        *(row.tag, row.serial, row.kind.sv if row.kind else None),
        full_name(row.manufacturer, row.model_name) if row.model_id else None,
        *(outcome.type.sv, outcome.on, outcome.purchased_on, outcome.partner, outcome.report, outcome.report_row),
        *(row.method.sv if row.method else None, row.certificate, outcome.weight_kg, outcome.proceeds),
        *(outcome.decision, outcome.valuation, outcome.waste_code, outcome.carrier, outcome.receiver),
    ]

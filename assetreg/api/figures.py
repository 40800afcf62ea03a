"""Figures: the yearly indicators, what is due, and the owners."""

from __future__ import annotations

from typing import Any

from assetreg.api import calls
from assetreg.api.calls import reading, reading_list
from assetreg.api.devices import listed, paged
from assetreg.api.operations import Operation, Reply
from assetreg.domain.access import Act
from assetreg.domain.dates import check_happened
from assetreg.outputs.figures_json import figures_document
from assetreg.schemas.device_request import DueQuery, FiguresQuery
from assetreg.services import device_document, due, figures, places
from assetreg.services.figure_question import known_on


def get_indicators(*, asked: dict[str, Any]) -> Reply:
    as_of, known = asked.get("as_of"), asked.get("as_known_on")
    for name, stated in (("as_of", as_of), ("as_known_on", known)):
        if stated is not None:
            check_happened(stated.value, today=calls.actor().today, field=name)
    question = figures.YearQuestion(
        asked["year"], as_of=as_of.value if as_of else None, as_known_on=known_on(known.value) if known else None
    )
    with reading() as session:
        report = figures.report(session, question, actor=calls.actor(), owner=asked.get("owner"))
    return Reply(figures_document(report.year, report.rule_version, report.rows))


def list_due(*, asked: dict[str, Any]) -> Reply:
    first, last = asked.get("from"), asked.get("to")
    with reading_list() as session:
        found = due.page(
            session,
            first=first.value if first else None,
            last=last.value if last else None,
            owner=asked.get("owner"),
            actor=calls.actor(),
            **paged(asked),
        )
    items = [device_document.of_row(row) for row in found.rows]
    beside = {"from": found.first, "to": found.last, "undated": found.undated, "missing_or_stolen": found.lost}
    return listed(items, found.next, **beside)


def list_owners() -> Reply:
    with reading() as session:
        rows = places.owners(session)
    items = [
        {"code": row.code, "name": row.name, "type": row.type.value, "in_totals": row.in_totals}
        for row in rows
        if calls.program().scope.everything or row.id in calls.program().scope.touched
    ]
    return listed(items, None)


OPERATIONS = [
    Operation(
        *("GET", "/indicators", get_indicators, Act.READ_FIGURES, "Årets siffror för återbruk", "Indicators"),
        query=FiguresQuery,
        description="owner null är summan över de ägare som räknas med, och ges bara till den som ser alla ägare.",
    ),
    Operation(
        *("GET", "/due", list_due, Act.READ_DEVICES, "Enheter som ska bytas", "DueList"),
        query=DueQuery,
        description="Båda dagarna hör till. Utan to gäller till och med i dag. Det mest brådskande först.",
    ),
    Operation("GET", "/owners", list_owners, Act.READ_DEVICES, "Ägare som programmet ser", "OwnerList"),
]

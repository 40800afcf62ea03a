"""What can be taken out of the register as a file: which tables, of what, and what the file says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from assetreg.db.session import ScopedSession
from assetreg.domain import indicators
from assetreg.domain.access import Actor
from assetreg.domain.errors import Invalid
from assetreg.domain.terms import Indicator
from assetreg.outputs.sheet import About, Sheet, local
from assetreg.services import exports_devices, exports_figures, exports_history, exports_outcomes, figures, places
from assetreg.services.device_list import DeviceFilter, Sort, Standing
from assetreg.services.exports_about import about, shown_filter
from assetreg.services.exports_outcomes import OutcomeChoice
from assetreg.services.figures import YearQuestion

WHATS = {
    "devices": "Enheter",
    "due": "Enheter att byta",
    "aterbruk": "Utfallen bakom årets siffror",
    "indicators": "Årets siffror",
    "history": "Historik",
}


FILES = {
    "devices": "enheter",
    "due": "byten",
    "aterbruk": "aterbruk",
    "indicators": "arets-siffror",
    "history": "historik",
}
"""What each file is called."""


class UnknownExport(Invalid):
    code = "unknown_export"
    message = "{value} är inget som går att hämta. Välj något av: {known}."


class UnknownPart(Invalid):
    code = "unknown_part"
    message = "{value} är ingen del av siffrorna. Välj någon av: {known}."


@dataclass(frozen=True, slots=True)
class ExportQuestion:
    """What is asked for. ``year`` means the year of the figures, of the due date, or of what was written.

    ``devices`` narrows lists of devices; ``indicator`` and ``part`` the outcomes; the two days the figures.
    """

    what: str
    year: int | None = None
    owner: str | None = None
    devices: DeviceFilter = field(default_factory=DeviceFilter)
    indicator: Indicator | None = None
    part: str | None = None
    as_of: date | None = None
    as_known_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A table, what it is about, and the name of its file without ending. The rows are read as they are walked."""

    sheet: Sheet
    about: About
    name: str


def build(session: ScopedSession, question: ExportQuestion, *, actor: Actor) -> Export:
    """Raises Denied, UnknownExport, UnknownOwner, or what a filter raises."""
    builders = {
        "devices": _devices,
        "due": _due,
        "aterbruk": _outcomes,
        "indicators": _figures,
        "history": _history,
    }
    if question.what not in builders:
        raise UnknownExport(field="what", value=question.what, known=list(WHATS))
    if question.part is not None and question.part not in figures.PARTS:
        raise UnknownPart(field="part", value=question.part, known=list(figures.PARTS))
    if question.owner:
        question = replace(question, owner=places.owner(session, question.owner).code)
    sheet, facts = builders[question.what](session, question, actor)
    facts = {"Ägare": _owner_name(session, question.owner), **facts}
    stem = [
        FILES[question.what],
        question.owner,
        str(question.year) if question.year else None,
        actor.today.isoformat(),
    ]
    name = "-".join(part.lower() for part in stem if part)
    return Export(sheet, about(WHATS[question.what], facts, actor=actor), name)


Built = tuple[Sheet, dict[str, str | None]]


def _devices(session: ScopedSession, question: ExportQuestion, actor: Actor) -> Built:
    wanted = replace(question.devices, owner=question.owner or question.devices.owner)
    if question.year is not None:
        wanted = _due_in(wanted, question.year)
    return exports_devices.devices_sheet(session, wanted, actor=actor), {"Urval": _device_words(wanted)}


def _due(session: ScopedSession, question: ExportQuestion, actor: Actor) -> Built:
    wanted = replace(question.devices, owner=question.owner or question.devices.owner, sort=Sort.DUE)
    if question.year is not None:
        wanted = _due_in(wanted, question.year)
    elif wanted.due_from is None and wanted.due_to is None:
        wanted = replace(wanted, due_to=actor.today)
    return exports_devices.due_sheet(session, wanted, actor=actor), {"Urval": _device_words(wanted)}


def _due_in(wanted: DeviceFilter, year: int) -> DeviceFilter:
    return replace(wanted, due_from=date(year, 1, 1), due_to=date(year, 12, 31))


def _outcomes(session: ScopedSession, question: ExportQuestion, actor: Actor) -> Built:
    choices = [
        OutcomeChoice(asked, question.owner, question.indicator, question.part)
        for asked in _questions(session, question)
    ]
    sheet = exports_outcomes.outcomes_sheet(session, choices, actor=actor)
    filters = {"indikator": question.indicator, "del": question.part}
    return sheet, {**_year_facts(question), "Urval": shown_filter(filters)}


def _figures(session: ScopedSession, question: ExportQuestion, actor: Actor) -> Built:
    asked = _questions(session, question)
    sheet = exports_figures.figures_sheet(session, asked, actor=actor, owner=question.owner)
    return sheet, _year_facts(question)


def _history(session: ScopedSession, question: ExportQuestion, actor: Actor) -> Built:
    sheet = exports_history.history_sheet(session, actor=actor, year=question.year, owner=question.owner)
    return sheet, {"År": str(question.year) if question.year else "Alla"}


def _questions(session: ScopedSession, question: ExportQuestion) -> list[YearQuestion]:
    years = [question.year] if question.year is not None else sorted(figures.years(session))
    return [YearQuestion(year, question.as_of, question.as_known_on) for year in years]


def _year_facts(question: ExportQuestion) -> dict[str, str | None]:
    known = question.as_known_on
    return {
        "År": str(question.year) if question.year is not None else "Alla",
        "Regelversion": str(indicators.RULE_VERSION),
        "Utfall till och med": question.as_of.isoformat() if question.as_of else None,
        "Som registret såg ut": local(known).strftime("%Y-%m-%d %H:%M") if known else None,
    }


def _device_words(wanted: DeviceFilter) -> str:
    words = {
        "förvaltning": wanted.department,
        "enhet": wanted.unit,
        "klass": wanted.group,
        "typ": wanted.kind.sv if wanted.kind else None,
        "status": wanted.stage.sv if wanted.stage else None,
        "visar": wanted.standing.sv if wanted.standing is not Standing.ALL else None,
        "sökord": wanted.q,
        "byts från": wanted.due_from,
        "byts till": wanted.due_to,
        "stöd upphör före": wanted.support_before,
        "saknar": wanted.lacks,
    }
    return shown_filter(words)


def _owner_name(session: ScopedSession, code: str | None) -> str:
    names = [row.name for row in places.owners(session) if code in (None, row.code)]
    return "Alla" if code is None and session.scope.everything else ", ".join(names)

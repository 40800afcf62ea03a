"""The yearly reuse figures: the number first, its parts, the years around it, and the rows behind every number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Invalid, Missing, Refusal
from assetreg.domain.terms import Indicator
from assetreg.services import figures
from assetreg.services.figure_question import Span, known_on
from assetreg.services.figures import YearQuestion, YearReport
from assetreg.web import languages, owners, visit
from assetreg.web.figure_links import Numbers, year_url
from assetreg.web.figures_shown import Shown, indicator_shown
from assetreg.web.visit import needs, reading

blueprint = Blueprint("indicators", __name__, url_prefix="/aterbruk")

YEARS_DRAWN = 7
FOUR_YEAR_CYCLE = 2023
"""From this year's purchases on the cycle is four years, which lowers the yearly count."""


@dataclass(slots=True)
class Asked:
    """What the address asks for, and what of it could not be read."""

    year: int
    as_of: date | None = None
    as_known_on: date | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def question(self) -> YearQuestion:
        known = known_on(self.as_known_on) if self.as_known_on else None
        return YearQuestion(self.year, as_of=self.as_of, as_known_on=known)

    @property
    def days(self) -> dict[str, str]:
        """The two days as an address carries them."""
        stated = {"as_of": self.as_of, "as_known_on": self.as_known_on}
        return {name: day.isoformat() for name, day in stated.items() if day}


@blueprint.get("")
@needs(Act.READ_FIGURES)
def index() -> Any:
    return _shown(request.args.get("year", "").strip())


@blueprint.get("/<int:year>")
@needs(Act.READ_FIGURES)
def year(year: int) -> Any:
    return _shown(str(year))


def _shown(stated: str) -> Any:
    with reading() as session:
        years = figures.years(session)
        asked = _asked(known_year(stated, years))
        shown = read(session, asked.question, asked.days)
    return _page(asked, shown, years), 422 if asked.errors else 200


def known_year(stated: str, years: Collection[int]) -> int:
    """The year as an address states it, this year where it states none. Raises Missing for one without figures."""
    now = visit.actor().today.year
    known = {str(each) for each in range(min([*years, now]), max([*years, now]) + 1)}
    if stated and stated not in known:
        raise Missing
    return int(stated or now)


class NotYet(Invalid):
    code = "day_not_yet"
    message = "{day} har inte varit än. Skriv en dag till och med i dag."


def read(session: ScopedSession, question: YearQuestion, days: Mapping[str, str] | None = None) -> Shown | None:
    """The figures of whom the page speaks: the owner chosen, else the total, else the first owner seen whole.

    ``days`` are those of the question as addresses carry them.

    None for a visitor who sees no owner whole.
    """
    actor, chosen = visit.actor(), owners.chosen()
    report = figures.report(session, question, actor=actor)
    seen = list(dict.fromkeys(row.owner for row in report.rows if row.owner is not None))
    owner = chosen.code if chosen else None
    if owner is None and not session.scope.everything:
        owner = seen[0] if seen else None
    if not seen or (owner is not None and owner not in seen):
        return None
    span = Span(_drawn(session, question), question.as_of, question.as_known_on)
    trend = figures.trend(session, span, actor=actor, owner=owner)
    return Shown(report, owner, Numbers(question.year, owner, days or {}), trend)


def _drawn(session: ScopedSession, question: YearQuestion) -> tuple[int, ...]:
    """The years of the chart: the latest ones, and none after a year that is asked for as it was."""
    asked_back = question.as_of is not None or question.as_known_on is not None
    last = question.year if asked_back else max(visit.actor().today.year, question.year)
    known = [each for each in {*figures.years(session), question.year} if last - YEARS_DRAWN < each <= last]
    return tuple(sorted(known))


def day_gone(stated: str) -> date:
    """A day that has been. Raises NotYet, or what a date raises."""
    day = parse_date(stated).value
    if day > visit.actor().today:
        raise NotYet(day=day)
    return day


def _asked(year: int) -> Asked:
    asked = Asked(year)
    for name in ("as_of", "as_known_on"):
        stated = request.args.get(name, "").strip()
        if not stated:
            continue
        try:
            setattr(asked, name, day_gone(stated))
        except Refusal as refusal:
            asked.errors[name] = languages.sentence(refusal)
    return asked


def _page(asked: Asked, shown: Shown | None, years: list[int]) -> str:
    owner = owners.chosen()
    alone = shown is None or (owner is not None) or len(shown.owners(Indicator.I1)) < 2
    name = next((each.name for each in owners.visible() if shown and each.code == shown.owner), "")
    return render_template(
        "indicators/year.html",
        year=asked.year,
        eyebrow=name,
        years=_years(asked, years),
        as_of=_as_of(asked),
        values={name: request.args.get(name, "") for name in ("as_of", "as_known_on")} | {"year": str(asked.year)},
        errors=asked.errors,
        indicators=[indicator_shown(shown, each, alone=alone) for each in Indicator] if shown else [],
        status=_status(asked, shown.report if shown else None),
        note_cycle=asked.year >= FOUR_YEAR_CYCLE,
        exports=_exports(asked) if visit.actor().may(Act.EXPORT) else [],
        clear_url=year_url(asked.year) if asked.days else "",
        rule=_(
            "Regelversion %(version)s. En enhet räknas en gång per år, det år mottagaren bekräftade utfallet, hos "
            "den som ägde den då. Tillbehör räknas aldrig.",
            version=shown.report.rule_version if shown else 1,
        ),
    )


def _years(asked: Asked, years: list[int]) -> list[dict[str, Any]]:
    offered = sorted({*years, asked.year, visit.actor().today.year}, reverse=True)
    return [{"label": str(each), "url": year_url(each), "current": each == asked.year} for each in offered]


def _as_of(asked: Asked) -> str:
    said = []
    if asked.as_of:
        said.append(_("Utfall till och med %(day)s.", day=asked.as_of))
    if asked.as_known_on:
        said.append(_("Så som registret såg ut när %(day)s var slut.", day=asked.as_known_on))
    return " ".join(said)


def _status(asked: Asked, report: YearReport | None) -> dict[str, str] | None:
    if report is None:
        return {
            "title": _("Inga siffror att visa"),
            "text": _(
                "Siffrorna gäller hela kommuner, och ditt konto ser bara en del av en. Be administratören om mer."
            ),
            "meaning": "info",
        }
    if asked.as_known_on:
        return {
            "title": _("Det här är vad registret visste då"),
            "text": _(
                "Det som har registrerats eller makulerats senare är inte med. Avsända och köpta visas som i dag."
            ),
            "meaning": "attention",
        }
    if asked.year == visit.actor().today.year:
        return {
            "title": _("Året pågår"),
            "text": _("Siffrorna växer tills årets sista utfall är bekräftat."),
            "meaning": "info",
        }
    return None


def _exports(asked: Asked) -> list[dict[str, str]]:
    files = (
        (_("Siffrorna, Excel"), "indicators", "xlsx"),
        (_("Siffrorna, CSV"), "indicators", "csv"),
        (_("Siffrorna, JSON"), "indicators", "json"),
        (_("Enheterna bakom, Excel"), "aterbruk", "xlsx"),
        (_("Enheterna bakom, CSV"), "aterbruk", "csv"),
    )
    owner = owners.chosen()
    stated: dict[str, Any] = {**asked.days, **({"owner": owner.code} if owner else {})}
    return [
        {"label": label, "url": url_for("exports.download", what=what, ending=ending, year=asked.year, **stated)}
        for label, what, ending in files
    ]

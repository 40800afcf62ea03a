"""One indicator of one year as ready strings, for every page that shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from assetreg.domain.indicators import Figures
from assetreg.domain.terms import Indicator
from assetreg.services.figures import IndicatorRow, TrendPoint, YearReport
from assetreg.web import figure_charts
from assetreg.web.figure_charts import CODES, part_names, share
from assetreg.web.figure_links import Numbers
from assetreg.web.formats import number, term


@dataclass(frozen=True, slots=True)
class Shown:
    """A year's report, whose figures stand first on the page (``owner`` None: the total), and the years around it."""

    report: YearReport
    owner: str | None
    numbers: Numbers
    trend: Mapping[Indicator, Sequence[TrendPoint]]

    def subject(self, indicator: Indicator) -> IndicatorRow | None:
        return self.report.row(indicator, self.owner)

    def owners(self, indicator: Indicator) -> list[IndicatorRow]:
        return [row for row in self.report.rows if row.indicator is indicator and row.owner is not None]


def headline(shown: Shown, indicator: Indicator) -> dict[str, Any]:
    """The number first: with its target and the share of it."""
    row = shown.subject(indicator)
    if row is None:
        raise LookupError(indicator)
    found = row.figures
    return {
        "id": indicator.value,
        "title": term(indicator),
        "number": number(found.headline),
        "target": number(found.target) if found.target is not None else "",
        "goal": share(found.shares.goal) if found.shares.goal is not None else "",
        "totals_only": found.totals_only,
        "url": shown.numbers.url(indicator, "headline") if found.headline and not found.totals_only else "",
    }


def indicator_shown(shown: Shown, indicator: Indicator, *, alone: bool) -> dict[str, Any]:
    """All that ``indicators/_indicator.html`` asks for; ``alone`` leaves out the comparison of owners."""
    row, internal = shown.subject(indicator), shown.report.internal_counts
    if row is None:
        raise LookupError(indicator)
    points = shown.trend.get(indicator, ())
    compared = [] if alone else shown.owners(indicator)
    total = shown.report.row(indicator) if compared else None
    return {
        **headline(shown, indicator),
        "parts": _parts(shown, indicator, row.figures),
        "parts_svg": figure_charts.parts_svg(indicator, row.figures, internal=internal),
        "counted": _counted(row),
        "counted_url": shown.numbers.url(indicator, "headline") if row.counted.headline else "",
        "shares": _shares(row.figures),
        "beside": _beside(shown, indicator, row.figures),
        "readings": _readings(shown, row.figures),
        "chart_svg": figure_charts.years_chart(indicator, points, shown.report.year, internal=internal),
        "caption": figure_charts.years_caption(points, shown.report.year),
        "chart_table": figure_charts.years_table(indicator, points, shown.numbers, internal=internal),
        "owners": figure_charts.owners_table(indicator, compared, total, shown.numbers) if compared else None,
        "owners_svg": figure_charts.owners_chart(indicator, compared),
        "owners_note": _owners_note(compared, total),
        "owners_caption": _("%(name)s per kommun", name=term(indicator)),
        "frozen": _frozen(row.figures),
    }


def _owners_note(compared: Sequence[IndicatorRow], total: IndicatorRow | None) -> str:
    """Why the rows do not come to the total, in a year that is known by its total."""
    if total is None or not total.figures.totals_only:
        return ""
    rows = sum(row.figures.headline for row in compared if row.in_totals)
    if rows == total.figures.headline:
        return ""
    return _(
        "Totalen %(total)s är inlagd ur årsredovisningen. Raderna är det som registret vet om, %(rows)s, "
        "så de går inte att lägga ihop till totalen.",
        total=number(total.figures.headline),
        rows=number(rows),
    )


def _parts(shown: Shown, indicator: Indicator, found: Figures) -> list[dict[str, str]]:
    if found.totals_only:
        return []
    return [
        {
            "code": CODES[part],
            "label": label,
            "number": number(getattr(found, part)),
            "url": shown.numbers.url(indicator, part) if getattr(found, part) else "",
        }
        for part, label in part_names(internal=shown.report.internal_counts).items()
    ]


def _counted(row: IndicatorRow) -> str:
    """What the device rows come to in a year that is known by its total."""
    if not row.figures.totals_only:
        return ""
    return _("Enheterna i registret ger %(count)s för samma år.", count=number(row.counted.headline))


def _shares(found: Figures) -> list[dict[str, str]]:
    if found.totals_only:
        return []
    shares = found.shares
    return [
        {"label": _("Återbruksgrad"), "text": share(shares.reuse_rate)},
        {"label": _("Omhändertaget"), "text": share(shares.handled_rate)},
        {"label": _("Återtaget av köpta"), "text": share(shares.take_back_rate)},
    ]


def _beside(shown: Shown, indicator: Indicator, found: Figures) -> list[dict[str, str]]:
    if found.totals_only:
        return []
    lines = {
        "internal_reuse": (_("Internt återbruk"), _("Fick ett andra liv i samma kommun.")),
        "pending": (_("Avsända, utfall väntar"), _("Räknas när mottagaren har svarat.")),
        "bought": (_("Köpta under året"), ""),
        "energy_recovery": (_("Energiåtervinning"), ""),
        "landfill": (_("Bortskaffande"), ""),
        "lost_or_stolen": (_("Förlorade eller stulna"), ""),
        "other_ended": (_("Leasingretur och garantibyte"), _("I ingen av andelarna.")),
    }
    if shown.report.internal_counts:
        del lines["internal_reuse"]
    return [
        {
            "label": label,
            "note": note,
            "number": number(getattr(found, part)),
            "url": shown.numbers.url(indicator, part) if getattr(found, part) else "",
        }
        for part, (label, note) in lines.items()
    ]


def _readings(shown: Shown, found: Figures) -> list[dict[str, str]]:
    if found.readings is None:
        return []
    lines = {
        "mobile": (_("Alla mobila enheter"), found.readings.all),
        "bought_from_2023": (_("Köpta från och med 2023"), found.readings.bought_from_2023),
        "in_intune": (_("Senast sedda i Intune före återlämningen"), found.readings.in_intune),
    }
    return [
        {
            "label": label,
            "number": number(count),
            "url": shown.numbers.url(Indicator.I2, part) if count else "",
        }
        for part, (label, count) in lines.items()
    ]


def _frozen(found: Figures) -> str:
    if found.frozen is None:
        return ""
    return _(
        "Fryst siffra %(count)s, sedan dess %(late)s sena och %(reversed)s makulerade.",
        count=number(found.frozen.headline),
        late=number(found.frozen.late),
        reversed=number(found.frozen.reversed),
    )

"""The first pages of those who come for the figures: sustainability and finance, and a kommun's own reader."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.lifecycle import LOST
from assetreg.domain.money import rounded
from assetreg.domain.terms import Indicator, Stage
from assetreg.services import figures, home, home_work
from assetreg.services.device_filter import IN_REGISTER
from assetreg.services.figures import YearQuestion
from assetreg.web import figure_charts, home_rows, owners, visit
from assetreg.web.figure_links import year_url
from assetreg.web.figures import read
from assetreg.web.figures_shown import Shown, headline
from assetreg.web.formats import number
from assetreg.web.home_rows import figure, greeting
from assetreg.web.visit import reading

FORECAST_FROM = 60
"""The day of the year from which the pace so far says something of the whole year."""


def sustainability(session: ScopedSession) -> str:
    today = visit.actor().today
    fleet = home.fleet(session)
    with reading() as whole:
        shown = read(whole, YearQuestion(today.year))
        years = figures.years(whole)
    waiting = fleet.count((Stage.DISPATCHED,))
    ready = fleet.count((Stage.READY_FOR_DISPOSAL,))
    return render_template(
        "home/sustainability.html",
        greeting=greeting(),
        indicators=[_indicator(shown, each, today) for each in Indicator] if shown else [],
        pending=home_rows.owners(fleet.by_owner((Stage.DISPATCHED,)), stage=Stage.DISPATCHED.value),
        years=year_rows(years, today.year),
        figures=[
            figure(waiting, _("avsända utan utfall"), url=url_for("devices.index", stage=Stage.DISPATCHED.value)),
            figure(ready, _("klara att skicka"), url=url_for("devices.index", stage=Stage.READY_FOR_DISPOSAL.value)),
        ],
    )


def reader(session: ScopedSession) -> str:
    actor = visit.actor()
    fleet = home.fleet(session)
    with reading() as whole:
        shown = read(whole, YearQuestion(actor.today.year))
    overdue = fleet.wave(actor.today.year, 0)[0].total
    last_year = date(actor.today.year - 1, 12, 31).isoformat()
    return render_template(
        "home/reader.html",
        greeting=greeting(),
        lead=", ".join(owner.name for owner in ([owners.chosen()] if owners.chosen() else owners.visible()) if owner),
        figures=[
            figure(fleet.count(IN_REGISTER), _("enheter"), url=url_for("devices.index")),
            figure(
                fleet.count((Stage.DEPLOYED,)),
                _("i drift"),
                url=url_for("devices.index", stage=Stage.DEPLOYED.value),
            ),
            figure(overdue, _("skulle ha bytts före i år"), url=url_for("devices.index", due_to=last_year, sort="due")),
            figure(fleet.count(LOST), _("saknade eller stulna")),
        ],
        indicators=[headline(shown, each) for each in Indicator] if shown else [],
        recent=home_rows.devices(home_work.last_changed(session), support=False) if actor.may(Act.READ_DEVICES) else [],
        list_url=url_for("devices.index"),
    )


def year_rows(years: list[int], now: int) -> list[dict[str, str]]:
    """Every year that has figures, leading to its page."""
    return [
        {
            "title": str(year),
            "url": year_url(year),
            "sub": "",
            "badge": _("pågår") if year == now else _("inte fryst"),
            "meaning": "info" if year == now else "",
            "side": "",
        }
        for year in sorted({*years, now}, reverse=True)
    ]


def _indicator(shown: Shown, indicator: Indicator, today: date) -> dict[str, Any]:
    internal = shown.report.internal_counts
    points = shown.trend.get(indicator, ())
    return {
        **headline(shown, indicator),
        "svg": figure_charts.years_chart(indicator, points, shown.report.year, internal=internal),
        "caption": figure_charts.years_caption(points, shown.report.year),
        "table": figure_charts.years_table(indicator, points, shown.numbers, internal=internal),
        "forecast": _forecast(shown, indicator, today),
        "page": year_url(today.year),
    }


def _forecast(shown: Shown, indicator: Indicator, today: date) -> str:
    """What the year comes to at the pace so far; nothing in the first two months."""
    row = shown.subject(indicator)
    gone = today.timetuple().tm_yday
    if row is None or row.figures.totals_only or gone < FORECAST_FROM:
        return ""
    whole_year = date(today.year, 12, 31).timetuple().tm_yday
    expected = int(rounded(row.figures.headline * whole_year, decimals=0) / gone)
    return _("Med samma takt blir det omkring %(count)s vid årets slut.", count=number(expected))

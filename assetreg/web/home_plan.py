"""The planner's first page: what is due, when and whose."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.outputs.charts import Part, wave
from assetreg.outputs.charts import WaveYear as DrawnYear
from assetreg.services import device_list, home
from assetreg.services.device_list import DeviceFilter, DeviceRow, Sort
from assetreg.services.home import WaveYear
from assetreg.web import visit
from assetreg.web.formats import day, number, term
from assetreg.web.home_rows import DOT, end_of_term, figure, greeting, up_to

YEARS_AHEAD = 5
SOON = timedelta(days=30)
SHOWN = 6


def planner(session: ScopedSession) -> str:
    actor = visit.actor()
    today = actor.today
    years = home.fleet(session).wave(today.year, YEARS_AHEAD)
    wanted = DeviceFilter(due_to=date(today.year + YEARS_AHEAD, 12, 31), sort=Sort.DUE)
    coming = device_list.page(session, wanted, actor=actor, limit=SHOWN).rows
    return render_template(
        "home/planner.html",
        greeting=greeting(),
        figures=_figures(session, today, earlier=sum(year.total for year in years if year.earlier)),
        wave_svg=_drawn(years),
        wave_caption=_caption(years),
        wave_table=_table(years),
        due=[_row(row, today) for row in coming],
        due_url=url_for("devices.index", due_to=end_of_term(today).isoformat(), sort=Sort.DUE.value),
        plan=None,
        export_url=url_for("exports.download", what="due", ending="xlsx", due_to=end_of_term(today).isoformat())
        if actor.may(Act.EXPORT)
        else "",
    )


def _figures(session: ScopedSession, today: date, *, earlier: int) -> list[dict[str, str]]:
    soon, term_end = today + SOON, end_of_term(today)
    found = [_overdue(session, today, earlier=earlier)]
    found.append(_window(session, _("byts inom 30 dagar"), first=today, last=soon))
    if term_end >= today:
        found.append(
            _window(
                session, _("byts den här terminen"), first=today, last=term_end, note=_("till %(day)s", day=term_end)
            )
        )
    lacking = device_list.count(session, DeviceFilter(lacks="purchased"), actor=visit.actor())
    url = url_for("devices.index", lacks="purchased")
    return [*found, figure(up_to(lacking), _("saknar inköpsdatum"), url=url, meaning="attention" if lacking else "")]


def _overdue(session: ScopedSession, today: date, *, earlier: int) -> dict[str, str]:
    """All of the ``earlier`` years, which the wave has counted, and this year's until yesterday."""
    yesterday = today - timedelta(days=1)
    this_year = DeviceFilter(due_from=date(today.year, 1, 1), due_to=yesterday)
    count = device_list.count(session, this_year, actor=visit.actor()) if yesterday.year == today.year else 0
    shown = number(earlier + count) if count <= device_list.COUNTED else up_to(earlier + count)
    url = url_for("devices.index", due_to=yesterday.isoformat(), sort=Sort.DUE.value)
    return figure(shown, _("försenade"), url=url, meaning="stop" if earlier + count else "done")


def _window(
    session: ScopedSession, label: str, *, last: date, first: date | None = None, note: str = ""
) -> dict[str, str]:
    count = device_list.count(session, DeviceFilter(due_from=first, due_to=last), actor=visit.actor())
    stated: dict[str, Any] = {"due_from": first.isoformat()} if first else {}
    url = url_for("devices.index", due_to=last.isoformat(), sort=Sort.DUE.value, **stated)
    return figure(up_to(count), label, url=url, note=note)


def _drawn(years: tuple[WaveYear, ...]) -> str:
    return wave(
        _("Utbyten per år"),
        [
            DrawnYear(
                _label(year), tuple(Part(owner.code, owner.name, owner.n) for owner in year.owners), url=_year_url(year)
            )
            for year in years
        ],
        ident="wave",
        desc=_("En stapel för varje år, delad i kommuner."),
        budget_label=_("Budget"),
        empty_label=_("inga"),
    )


def _label(year: WaveYear) -> str:
    return _("före %(year)s", year=year.year + 1) if year.earlier else str(year.year)


def _caption(years: tuple[WaveYear, ...]) -> str:
    """The finding: the year with the most, and a year with none, which is said and never a bare 0."""
    coming = [year for year in years if not year.earlier]
    most = max(coming, key=lambda year: year.total)
    if not most.total:
        return _("Inga enheter ska bytas de närmaste åren.")
    said = _("Flest enheter ska bytas %(year)s: %(count)s.", year=most.year, count=number(most.total))
    empty = [str(year.year) for year in coming if not year.total]
    return f"{said} " + _("Inga %(years)s.", years=", ".join(empty)) if empty else said


def _year_url(year: WaveYear, **stated: str) -> str:
    """The devices due in the year, or up to it."""
    asked: dict[str, Any] = {"due_to": date(year.year, 12, 31).isoformat(), "sort": Sort.DUE.value, **stated}
    if not year.earlier:
        asked["due_from"] = date(year.year, 1, 1).isoformat()
    return url_for("devices.index", **asked)


def _table(years: tuple[WaveYear, ...]) -> dict[str, Any]:
    codes = {owner.code: owner.name for year in years for owner in year.owners}

    def cell(year: WaveYear, code: str | None) -> dict[str, str]:
        count = year.total if code is None else sum(owner.n for owner in year.owners if owner.code == code)
        if not count:
            return {"text": _("inga"), "url": ""}
        return {"text": number(count), "url": _year_url(year, **({"owner": code} if code is not None else {}))}

    rows = [{"label": _label(year), "cells": [*(cell(year, c) for c in codes), cell(year, None)]} for year in years]
    return {"columns": [*codes.values(), _("Alla")], "rows": rows, "total": None}


def _row(row: DeviceRow, today: date) -> dict[str, str]:
    late = row.due_on is not None and row.due_on < today
    return {
        "title": row.tag,
        "url": url_for("devices.show", tag=row.tag),
        "sub": DOT.join(filter(None, (row.model or term(row.kind), row.owner, row.unit))),
        "badge": _("försenad") if late else "",
        "meaning": "stop" if late else "",
        "side": day(row.due_on),
    }

"""The yearly figures as drawings with their tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from assetreg.domain.indicators import Figures
from assetreg.domain.terms import Indicator
from assetreg.outputs.charts import OwnerFigure, Part, YearFigure, bars_by_owner, parts_bar, stacked_years
from assetreg.services.figures import IndicatorRow, TrendPoint
from assetreg.web.figure_links import Numbers
from assetreg.web.formats import number, term

CODES = {"reuse": "reuse", "parts_reuse": "parts", "recycling": "recycling", "internal_reuse": "internal"}


def part_names(*, internal: bool) -> dict[str, str]:
    """What the headline adds, in the order it is drawn."""
    names = {"reuse": _("Återbruk"), "parts_reuse": _("Komponenter"), "recycling": _("Återvinning")}
    return names | ({"internal_reuse": _("Internt återbruk")} if internal else {})


def parts_of(found: Figures, *, internal: bool) -> tuple[Part, ...]:
    return tuple(
        Part(CODES[name], label, getattr(found, name) or 0) for name, label in part_names(internal=internal).items()
    )


def parts_svg(indicator: Indicator, found: Figures, *, internal: bool) -> str:
    parts = parts_of(found, internal=internal)
    said = ", ".join(f"{part.label} {number(part.value)}" for part in parts)
    title = _("Så fördelar sig %(name)s", name=term(indicator).lower())
    return parts_bar(title, parts, ident=f"parts-{indicator.value}", desc=said)


def years_chart(indicator: Indicator, points: Sequence[TrendPoint], year: int, *, internal: bool) -> str:
    """The years beside each other; the page's own ``year`` is marked, and its parts are named."""
    years = [
        YearFigure(
            label=str(point.year),
            headline=point.figures.headline,
            parts=() if point.figures.totals_only else parts_of(point.figures, internal=internal),
            target=point.figures.target,
            totals_only=point.figures.totals_only,
        )
        for point in points
    ]
    return stacked_years(
        _("%(name)s år för år", name=term(indicator)),
        years,
        ident=f"years-{indicator.value}",
        desc=_("En stapel för varje år, delad i återbruk, komponenter och återvinning, med målet som ett streck."),
        target_label=_("Mål"),
        totals_label=_("Endast totalsiffra, ingen fördelning"),
        chosen=next((index for index, point in enumerate(points) if point.year == year), None),
    )


def years_caption(points: Sequence[TrendPoint], year: int) -> str:
    """The finding: the year against its target, and against the year before."""
    by_year = {point.year: point.figures for point in points}
    found, before = by_year.get(year), by_year.get(year - 1)
    if found is None:
        return ""
    count = number(found.headline)
    if found.target is not None:
        said = _("%(year)s: %(count)s av målet %(target)s.", year=year, count=count, target=number(found.target))
    else:
        said = _("%(year)s: %(count)s, inget mål satt.", year=year, count=count)
    if before is None:
        return said
    return f"{said} " + _("Året före var det %(count)s.", count=number(before.headline))


def years_table(
    indicator: Indicator, points: Sequence[TrendPoint], numbers: Numbers, *, internal: bool
) -> dict[str, Any]:
    names = part_names(internal=internal)

    def cell(point: TrendPoint, part: str) -> dict[str, str]:
        value = getattr(point.figures, part)
        url = "" if point.figures.totals_only else numbers.url(indicator, part, year=point.year)
        return {"text": number(value) or _("saknas"), "url": url if value else ""}

    rows = [
        {
            "label": str(point.year),
            "cells": [*(cell(point, part) for part in names), cell(point, "headline"), _plain(point.figures.target)],
        }
        for point in reversed(points)
    ]
    return {"columns": [*names.values(), _("Tillsammans"), _("Mål")], "rows": rows, "total": None}


def owners_chart(indicator: Indicator, rows: Sequence[IndicatorRow]) -> str:
    """Only where there is more than one owner to compare."""
    if len(rows) < 2:
        return ""
    return bars_by_owner(
        _("%(name)s per kommun", name=term(indicator)),
        [OwnerFigure(r.owner or "", r.owner_name or "", r.figures.headline, r.figures.target) for r in rows],
        ident=f"owners-{indicator.value}",
        desc=_("En stapel för varje kommun, alla i samma skala."),
        of_label=_("av"),
    )


def owners_table(
    indicator: Indicator, rows: Sequence[IndicatorRow], total: IndicatorRow | None, numbers: Numbers
) -> dict[str, Any]:
    names = {
        "headline": _("Tillsammans"),
        **part_names(internal=False),
        "internal_reuse": _("Internt återbruk"),
        "pending": _("Väntar"),
        "bought": _("Köpta"),
    }
    columns = [*names.values(), _("Mål"), _("Återbruksgrad"), _("Av köpta")]
    shown = [_owner_line(indicator, row, numbers, tuple(names)) for row in rows]
    summed = _owner_line(indicator, total, numbers, tuple(names)) if total else None
    return {"columns": columns, "rows": shown, "total": summed}


def _owner_line(indicator: Indicator, row: IndicatorRow, numbers: Numbers, names: tuple[str, ...]) -> dict[str, Any]:
    found = row.figures

    def cell(part: str) -> dict[str, str]:
        value = getattr(found, part)
        linked = value and not found.totals_only
        text = number(value) if value is not None else _("saknas")
        return {"text": text, "url": numbers.url(indicator, part, owner=row.owner) if linked else ""}

    label = row.owner_name or _("Totalt")
    if not row.in_totals:
        label = _("%(name)s (utanför totalen)", name=label)
    shares = (found.shares.reuse_rate, found.shares.take_back_rate)
    cells = [*map(cell, names), _plain(found.target), *({"text": share(each), "url": ""} for each in shares)]
    return {"label": label, "cells": cells}


def share(value: str | None) -> str:
    """``81,0 %`` with a no-break space, or that it is missing."""
    if value is None:
        return _("saknas")
    return f"{number(Decimal(value), 1)}\u00a0%"


def _plain(value: Any) -> dict[str, str]:
    return {"text": number(value) if value is not None else "–", "url": ""}

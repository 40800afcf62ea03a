"""Where the numbers of the yearly figures lead: to the rows behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import current_app, url_for

from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import Indicator

DAYS = ("as_of", "as_known_on")


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one year, of one owner or of the total; ``days`` are those the figures are asked for."""

    year: int
    owner: str | None = None
    days: Mapping[str, Any] = field(default_factory=dict)

    def url(self, indicator: Indicator, part: str, *, owner: str | None = None, year: int | None = None) -> str:
        """The rows behind one number."""
        if "outcomes.index" not in current_app.view_functions:
            return ""
        stated: dict[str, Any] = {"ar": year or self.year, "indikator": indicator.value, "del": part}
        if owner or self.owner:
            stated["agare"] = owner or self.owner
        return url_for("outcomes.index", **stated, **self.days)


def days(arguments: Mapping[str, str]) -> dict[str, date]:
    """The days an address asks for the figures as of, or as known on; what cannot be read is left out."""
    found = {}
    for name in DAYS:
        try:
            found[name] = parse_date(arguments.get(name, "")).value
        except Refusal:
            continue
    return found


def year_url(year: int, **stated: Any) -> str:
    return url_for("indicators.index", year=year, **{name: value for name, value in stated.items() if value})

"""Where the numbers of the yearly figures lead: to the rows behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from assetreg.domain.terms import Indicator
from assetreg.services.figures import YearQuestion


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one question, of one owner or of the total."""

    question: YearQuestion
    owner: str | None = None

    def url(self, indicator: Indicator, part: str, *, owner: str | None = None, year: int | None = None) -> str:
        """The rows behind one number; "" where the list of outcomes could not show the same ones."""
        asked = self.question
        if "outcomes.index" not in current_app.view_functions or asked.as_of or asked.as_known_on:
            return ""
        stated: dict[str, Any] = {"ar": year or asked.year, "indikator": indicator.value, "del": part}
        if owner or self.owner:
            stated["agare"] = owner or self.owner
        return url_for("outcomes.index", **stated)


def year_url(year: int, **stated: Any) -> str:
    return url_for("indicators.index", year=year, **{name: value for name, value in stated.items() if value})

"""The yearly figures as the one JSON document that the command line and the API share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Protocol

from assetreg.domain.indicators import Figures
from assetreg.domain.terms import Indicator

COUNTS = (
    *("headline", "reuse", "parts_reuse", "recycling", "internal_reuse", "energy_recovery", "landfill"),
    *("lost_or_stolen", "other_ended", "pending", "bought"),
)


class IndicatorLine(Protocol):
    """One indicator of one owner; ``owner`` is None for the total."""

    @property
    def indicator(self) -> Indicator: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def in_totals(self) -> bool: ...
    @property
    def figures(self) -> Figures: ...


def figures_document(year: int, rule_version: int, lines: Iterable[IndicatorLine]) -> dict[str, Any]:
    """``{"year", "rule_version", "indicators": [...]}``; the total comes before the owners of its indicator."""
    return {"year": year, "rule_version": rule_version, "indicators": [indicator_entry(line) for line in lines]}


def indicator_entry(line: IndicatorLine) -> dict[str, Any]:
    """A share is a string with one decimal, or None where it is missing; ``in_totals`` is said of owners alone."""
    found = line.figures
    entry: dict[str, Any] = {"id": line.indicator.value, "owner": line.owner}
    if line.owner is not None:
        entry["in_totals"] = line.in_totals
    entry |= {name: getattr(found, name) for name in COUNTS}
    entry["totals_only"] = found.totals_only
    entry["target"] = _number(found.target)
    entry["readings"] = asdict(found.readings) if found.readings else None
    entry["shares"] = asdict(found.shares)
    entry["frozen"] = asdict(found.frozen) if found.frozen else None
    return entry


def _number(target: int | Decimal | None) -> int | float | None:
    return float(target) if isinstance(target, Decimal) else target

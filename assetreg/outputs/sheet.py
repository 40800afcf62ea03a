"""The shape of a table on its way out, the same for every file format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from assetreg.domain.cells import PartialDate

LOCAL: Final = ZoneInfo("Europe/Stockholm")

ColumnType = Literal["text", "date", "year", "integer", "money", "decimal", "datetime"]
Value = str | int | float | Decimal | date | datetime | PartialDate | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` in JSON, ``title`` as the heading in Swedish. Money is in kronor; a year is not grouped."""

    key: str
    title: str
    type: ColumnType = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. ``rows`` is walked once, each row as long as ``columns``; aware times are shown in Swedish time."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class About:
    """What the figures are: year, rule version, time, filter, as heading and text."""

    facts: Sequence[tuple[str, str]]
    title: str = "Om filen"


def local(moment: datetime) -> datetime:
    """Swedish wall-clock time without zone, to the second; a time without a zone is taken as Swedish already."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(LOCAL).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def in_words(value: Value) -> str:
    """The value as Swedish text: decimal comma, ISO dates, ja or nej."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, datetime):
        return local(value).isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)

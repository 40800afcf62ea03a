"""Dates, numbers and words as pages show them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from flask import Flask
from markupsafe import Markup, escape

from assetreg.domain.access import STOCKHOLM
from assetreg.domain.money import rounded, swedish_number
from assetreg.domain.terms import Term
from assetreg.web.languages import language

NO_BREAK = "\u00a0"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def install(app: Flask) -> None:
    for show in (day, moment, number, kronor, term, whole_days):
        app.jinja_env.filters[show.__name__] = show


def day(value: date | None) -> str:
    """``2026-11-21``, empty for no date; a moment is shown as its day in Sweden."""
    if isinstance(value, datetime):
        value = value.astimezone(STOCKHOLM).date()
    return value.isoformat() if value else ""


def moment(value: datetime | None) -> str:
    """``2026-11-21 14:32``, Swedish time."""
    return value.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M") if value else ""


def number(value: Decimal | int | None, decimals: int = 0) -> str:
    """``1 234,5`` in Swedish and ``1,234.5`` in English, half up; empty for no number."""
    if value is None:
        return ""
    if language() == "sv":
        return swedish_number(value, decimals=decimals)
    return f"{rounded(value, decimals=decimals):,f}"


def whole_days(text: str) -> Markup:
    """The text with its dates kept on one line each."""
    return Markup(_DAY.sub(r'<span class="nowrap">\g<0></span>', str(escape(text))))  # noqa: S704


def kronor(value: Decimal | None) -> str:
    """Whole kronor: ``8 300 kr``."""
    if value is None:
        return ""
    return f"{number(value)}{NO_BREAK}kr" if language() == "sv" else f"SEK{NO_BREAK}{number(value)}"


def term(value: Term | None) -> str:
    """A word of the vocabulary in the reader's language."""
    return value.label(language()) if value is not None else ""

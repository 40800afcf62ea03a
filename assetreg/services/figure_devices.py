"""The devices behind those numbers of the yearly figures that no outcome stands for."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, or_

from assetreg.db.device import Device
from assetreg.domain.terms import Stage
from assetreg.services.figure_question import YearQuestion


def pending(question: YearQuestion) -> list[ColumnElement[bool]]:
    """Dispatched by the year's end, or by the day asked for, the outcome still to come."""
    return [
        Device.stage == Stage.DISPATCHED,
        Device.indicator.is_not(None),
        or_(Device.dispatched_on.is_(None), Device.dispatched_on <= last_day(question)),
    ]


def bought(question: YearQuestion) -> list[ColumnElement[bool]]:
    """Bought in the year, by the owner that has them now."""
    return [
        Device.purchased_on >= date(question.year, 1, 1),
        Device.purchased_on <= last_day(question),
        Device.indicator.is_not(None),
        Device.stage != Stage.VOIDED,
    ]


def last_day(question: YearQuestion) -> date:
    end = date(question.year, 12, 31)
    return min(question.as_of, end) if question.as_of else end

"""A device and its history as ready strings, for every page that shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.lifecycle import LOST
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import Kind, Precision, Stage, Term
from assetreg.services.device_form import DeviceForm
from assetreg.services.device_history import HistoryLine
from assetreg.services.device_page import DevicePage
from assetreg.web import visit
from assetreg.web.formats import day, moment, term
from assetreg.web.languages import language

PATH = (
    *(Stage.ORDERED, Stage.IN_STOCK, Stage.DEPLOYED, Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL),
    *(Stage.DISPATCHED, Stage.DISPOSED),
)
"""The line of life as it is drawn; a stage beside it stands in the place of the one it belongs to."""
_STANDS_FOR = {Stage.ON_LOAN: Stage.DEPLOYED, Stage.IN_REPAIR: Stage.DEPLOYED}


def address(tag: str, endpoint: str = "devices.show", **values: Any) -> str:
    return url_for(endpoint, tag=tag, **values)


def subject(form: DeviceForm) -> dict[str, str]:
    """Which device a form is about."""
    return {
        "tag": form.tag,
        "url": address(form.tag),
        "edit_url": address(form.tag, "devices.edit"),
        "model": form.model or term(form.kind),
        "owner": form.owner,
        "owner_code": form.owner_code,
        "stage": form.stage.value,
        "stage_label": term(form.stage),
        "place": place(form.unit, form.room),
        "user": form.user or "",
    }


def place(*names: str | None) -> str:
    return ", ".join(name for name in names if name)


def known_day(value: date | None, precision: Precision | None) -> str:
    """The date as far as it is known: a day, a month or a year."""
    return day(value)[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(precision or Precision.DAY, 10)]


def options(terms: Iterable[Term]) -> list[dict[str, str]]:
    return [{"value": each.value, "label": term(each), "hint": ""} for each in terms]


def kinds() -> list[dict[str, str]]:
    return options(Kind)


def steps(page: DevicePage) -> list[dict[str, str]]:
    """The line of life with the days that are known; now, or aside for a lost device, is marked."""
    device = page.device
    lost = device.stage in LOST
    stands = (device.stage_before or Stage.RETURNED) if lost else device.stage
    here = _STANDS_FOR.get(stands, stands)
    if here not in PATH:
        return []
    stated = _stated_days(page)
    shown = []
    for index, stage in enumerate(PATH):
        state, label, on = "", stage, None
        if index < PATH.index(here):
            state, on = "past", page.came.get(stage) or stated.get(stage)
        elif stage is here:
            state, label = ("aside" if lost else "now"), device.stage
            on = page.came.get(label) or (stated.get(stage) if label is stage else None)
        shown.append({"label": term(label), "date": day(on), "state": state})
    return shown


def _stated_days(page: DevicePage) -> dict[Stage, date | None]:
    """What the device itself states, for the stages it was in before its history begins."""
    device, outcome = page.device, page.outcome
    return {
        Stage.ORDERED: device.ordered_on,
        Stage.IN_STOCK: device.delivered_on,
        Stage.DEPLOYED: device.in_service_on,
        Stage.RETURNED: device.returned_on,
        Stage.WIPED: page.erasures[0].on if page.erasures else None,
        Stage.DISPATCHED: device.dispatched_on,
        Stage.DISPOSED: outcome.on if outcome else None,
    }


def events(lines: Iterable[HistoryLine]) -> list[dict[str, Any]]:
    """Each event as a sentence with when and through which door; one that was reversed later is struck."""
    found = list(lines)
    reversed_ = {line.reverses for line in found if line.reverses is not None}
    return [_event(line, struck=line.seq in reversed_) for line in found]


def _event(line: HistoryLine, *, struck: bool) -> dict[str, Any]:
    sentence = line.sentence.text(_, language())
    if line.on is not None and day(line.at) != day(line.on):
        sentence += f", {day(line.on)}"
    if line.reason:
        sentence += f": {line.reason}"
    return {
        "sentence": sentence,
        "at": moment(line.at),
        "source": term(line.door),
        "details": [_detail(field.name, field.before, field.after) for field in line.fields] + _skipped(line),
        "meaning": "attention" if line.reverses is not None else "",
        "reversed": struck,
    }


def _detail(name: str, before: str | None, after: str | None) -> str:
    now = worded(after)
    if before is None:
        return _("%(name)s: %(after)s", name=_(name), after=now or "–")
    return _("%(name)s: %(after)s (var %(before)s)", name=_(name), after=now or _("tomt"), before=worded(before))


def _skipped(line: HistoryLine) -> list[str]:
    if not line.skipped:
        return []
    return [_("Hoppade över: %(steps)s", steps=", ".join(term(stage).lower() for stage in line.skipped))]


def worded(value: str | None) -> str | None:
    """A value that may be a word of the vocabulary or a phrase of ours, in the reader's language."""
    if isinstance(value, Term):
        return term(value)
    return _(value) if isinstance(value, Phrase) else value


def user_shown(page: DevicePage) -> str:
    """The user's name for who may read it; for others only that there is one."""
    if page.device.person_id is not None and not visit.actor().may(Act.READ_PERSONS):
        return _("Har en användare")
    return worded(page.user) or ""

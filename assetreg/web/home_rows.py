"""What the first pages share: the greeting, key figures and short lists as ready strings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from assetreg.domain.access import STOCKHOLM
from assetreg.domain.terms import ImportState
from assetreg.services import device_list
from assetreg.services.home import OwnerCount
from assetreg.services.home_work import DeviceLine, ImportLine
from assetreg.services.imports.presets import PRESETS
from assetreg.web import visit
from assetreg.web.formats import NO_BREAK, day, moment, number, term

DOT = f"{NO_BREAK}· "
"""Between the parts of a line that may break: no line begins with the dot."""
_IMPORT_MEANING = {
    ImportState.DONE: "done",
    ImportState.FAILED: "stop",
    ImportState.INTERRUPTED: "stop",
    ImportState.PREVIEWED: "attention",
}


def greeting() -> str:
    """By the time of the day in Sweden, with the first name."""
    hour = visit.now().astimezone(STOCKHOLM).hour
    name = visit.logged_in().display_name.split()[0]
    if hour < 10:
        return _("God morgon, %(name)s", name=name)
    return _("Hej, %(name)s", name=name) if hour < 18 else _("God kväll, %(name)s", name=name)


def figure(count: int | str, label: str, *, url: str = "", note: str = "", meaning: str = "") -> dict[str, str]:
    shown = number(count) if isinstance(count, int) else count
    return {"number": shown, "label": label, "url": url, "unit": "", "note": note, "meaning": meaning}


def up_to(count: int) -> str:
    """A count that stops a little past a thousand."""
    if count > device_list.COUNTED:
        return _("över %(count)s", count=number(device_list.COUNTED))
    return number(count)


def end_of_term(today: date) -> date:
    """The last day of the half-year that schools plan by."""
    return date(today.year, 6, 30) if today.month <= 6 else date(today.year, 12, 31)


def devices(lines: Iterable[DeviceLine], *, support: bool) -> list[dict[str, str]]:
    """Rows of ``lists.links``; at the side stands when support ends, or when the device last changed."""
    return [
        {
            "title": line.tag,
            "url": url_for("devices.show", tag=line.tag),
            "sub": DOT.join(filter(None, (line.model or term(line.kind), line.owner, line.unit))),
            "badge": term(line.stage),
            "stage": line.stage.value,
            "meaning": "",
            "side": day(line.support_ends_on) if support else day(line.at),
        }
        for line in lines
    ]


def owners(counts: Iterable[OwnerCount], **stated: Any) -> list[dict[str, str]]:
    """A row for each owner that has any, leading to its devices of that sort."""
    return [
        {
            "title": owner.name,
            "url": url_for("devices.index", owner=owner.code, **stated),
            "sub": "",
            "badge": "",
            "meaning": "",
            "side": number(owner.n),
        }
        for owner in counts
    ]


def imports(lines: Iterable[ImportLine], *, hashes: bool) -> list[dict[str, str]]:
    """The files that were read in; ``hashes`` adds the beginning of each file's checksum."""
    return [
        {
            "title": line.file,
            "url": url_for("imports.show", import_id=line.id),
            "sub": DOT.join((_preset(line.preset), f"sha256 {line.sha256[:12]}" if hashes else moment(line.at))),
            "badge": term(line.state),
            "meaning": _IMPORT_MEANING.get(line.state, ""),
            "side": _("%(count)s rader", count=number(line.rows)),
        }
        for line in lines
    ]


def _preset(name: str) -> str:
    return _(PRESETS[name].label) if name in PRESETS else name

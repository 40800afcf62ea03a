"""The list of devices: filtered, sorted and paged by its address, so that the address can be kept and sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.lifecycle import ENDED
from assetreg.services import choices, device_list
from assetreg.services.device_list import DeviceFilter, DeviceRow, Sort, Total
from assetreg.services.paging import BadCursor
from assetreg.web import device_bulk, device_filters, device_shown, languages, list_address, list_empty, owners, visit
from assetreg.web.device_filters import Asked
from assetreg.web.device_shown import address, known_day
from assetreg.web.formats import day, number, term
from assetreg.web.visit import needs, reading_list

SHORT_SEARCH = 3
FORMATS = {"xlsx": "Excel", "csv": "CSV", "json": "JSON"}
_SORTS = {"tag": Sort.TAG, "bought": Sort.PURCHASED, "due": Sort.DUE, "os": Sort.SUPPORT}


@needs(Act.READ_DEVICES)
def index() -> Any:
    actor = visit.actor()
    asked = device_filters.asked(request.args)
    errors = dict(asked.errors)
    cursor, before = (request.args.get(name) or None for name in list_address.PLACE)
    with reading_list(owners.chosen_scope()) as session:
        try:
            found = device_list.page(session, asked.wanted, actor=actor, cursor=cursor, before=before)
        except BadCursor as refusal:
            errors[""] = languages.sentence(refusal)
            found = device_list.page(session, asked.wanted, actor=actor)
        total = device_list.total(session, asked.wanted, actor=actor)
        offered = {"unit": choices.units(session), "department": choices.departments(session)}
    chips = device_filters.chips(asked)
    return render_template(
        "devices/list.html",
        rows=[row_shown(row, actor.today) for row in found.rows],
        columns=_columns(asked.wanted),
        count=count_shown(total),
        filters=device_filters.form(offered),
        values=asked.stated,
        errors=errors,
        chips=chips,
        clear_url=url_for("devices.index") if chips else "",
        kept=device_filters.sorted_by(),
        standings=device_filters.standings(asked),
        views=device_filters.views(asked, actor.today),
        first=list_address.changed() if found.previous else "",
        previous=list_address.changed(before=found.previous) if found.previous else "",
        next=list_address.changed(cursor=found.next) if found.next else "",
        bulk_acts=device_bulk.offered(),
        back=list_address.here(),
        may_add=actor.may(Act.EDIT_DEVICES),
        exports=_exports(asked),
        empty=None if found.rows else list_empty.of(asked),
        short_search=_short(asked),
    ), 422 if errors else 200


def asked_for(arguments: Mapping[str, str]) -> DeviceFilter:
    """The filter that an address states; what of it cannot be read is left out."""
    return device_filters.read(arguments).wanted


def row_shown(row: DeviceRow, today: date) -> dict[str, Any]:
    """A row as ``devices/_rows.html`` takes it. What is past its day is marked only while the device is ours."""
    awaits = row.awaits_on
    unsupported = row.support_ends_on is not None and row.support_ends_on < today and row.stage not in ENDED
    return {
        "tag": row.tag,
        "url": address(row.tag),
        "kind": term(row.kind),
        "model": row.model or "–",
        "owner_code": row.owner_code,
        "owner": row.owner,
        "unit": row.unit or "",
        "room": row.room or "",
        "user": device_shown.worded(row.user) or "",
        "stage": row.stage.value,
        "stage_label": term(row.stage),
        "purchased": known_day(row.purchased_on, row.purchased_precision),
        "due": day(awaits),
        "due_meaning": "stop" if awaits is not None and awaits < today else "",
        "os": device_shown.place(" ".join(filter(None, (row.os, row.os_version)))),
        "os_note": _("Stöd till %(day)s", day=day(row.support_ends_on)) if row.support_ends_on else "",
        "os_meaning": "stop" if unsupported else "",
    }


def count_shown(total: Total) -> str:
    if total.more:
        return _("Fler än %(count)s enheter", count=number(total.n))
    return _("1 enhet") if total.n == 1 else _("%(count)s enheter", count=number(total.n))


def _short(asked: Asked) -> str:
    if not 0 < len(asked.stated["q"]) < SHORT_SEARCH:
        return ""
    return _("Under tre tecken söker vi bara på hur ett nummer, en användare eller en plats börjar.")


def _columns(wanted: DeviceFilter) -> list[dict[str, Any]]:
    labels = {
        "tag": _("Inventarienummer"),
        "model": _("Modell"),
        "owner": _("Var"),
        "user": _("Användare"),
        "stage": _("Status"),
        "bought": _("Inköpt"),
        "due": _("Byts senast"),
        "os": _("System"),
    }
    return [_column(name, label, wanted) for name, label in labels.items()]


def _column(name: str, label: str, wanted: DeviceFilter) -> dict[str, Any]:
    sort = _SORTS.get(name)
    if sort is None:
        return {"name": name, "label": label, "url": "", "sort": "", "number": False}
    here = sort is wanted.sort
    turned = "desc" if here and not wanted.descending else None
    direction = ("descending" if wanted.descending else "ascending") if here else ""
    url = list_address.changed(sort=sort.value, order=turned)
    return {"name": name, "label": label, "url": url, "sort": direction, "number": False}


def _exports(asked: Asked) -> list[dict[str, str]]:
    """The same devices as a file, in each format."""
    if "exports.download" not in current_app.view_functions or not visit.actor().may(Act.EXPORT):
        return []
    owner = owners.chosen()
    wanted = asked.wanted
    stated = asked.applied | {"show": wanted.standing.value, "sort": wanted.sort.value}
    stated |= {"order": "desc"} if wanted.descending else {}
    stated |= {"owner": owner.code} if owner else {}
    return [
        {"label": label, "url": f"{url_for('exports.download', what='devices', ending=ending)}?{urlencode(stated)}"}
        for ending, label in FORMATS.items()
    ]

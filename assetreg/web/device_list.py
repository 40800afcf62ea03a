"""The list of devices: filtered, sorted and paged by its address, so that the address can be kept and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from assetreg.domain.access import Act
from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Refusal
from assetreg.domain.lifecycle import DUE_STAGES
from assetreg.domain.terms import Kind, Stage, Term
from assetreg.services import choices, device_list
from assetreg.services.device_list import LACKS, DeviceFilter, DeviceRow, Sort
from assetreg.services.paging import BadCursor, Page
from assetreg.web import device_bulk, device_shown, languages, owners, visit
from assetreg.web.device_shown import address, known_day
from assetreg.web.formats import day, number, term
from assetreg.web.visit import needs, reading

SHORT_SEARCH = 3
LONGEST = 120
LABELS = {
    "q": lazy_gettext("Sökt"),
    "kind": lazy_gettext("Typ"),
    "stage": lazy_gettext("Status"),
    "department": lazy_gettext("Förvaltning"),
    "unit": lazy_gettext("Enhet"),
    "group": lazy_gettext("Klass eller grupp"),
    "due_from": lazy_gettext("Byts tidigast"),
    "due_to": lazy_gettext("Byts senast"),
    "support_before": lazy_gettext("Stöd upphör före"),
    "lacks": lazy_gettext("Saknar"),
}
MISSING = {
    "purchased": lazy_gettext("Inköpsdatum"),
    "serial": lazy_gettext("Serienummer"),
    "outcome": lazy_gettext("Utfall"),
    "support": lazy_gettext("Stödets slut"),
}
_DATES = ("due_from", "due_to", "support_before")
_TERMS: dict[str, type[Term]] = {"kind": Kind, "stage": Stage}
_SORTS = {"tag": Sort.TAG, "bought": Sort.PURCHASED, "due": Sort.DUE, "os": Sort.SUPPORT}


@needs(Act.READ_DEVICES)
def index() -> Any:
    actor = visit.actor()
    stated = _stated(request.args)
    wanted, errors = _filter(stated)
    with reading(owners.chosen_scope()) as session:
        try:
            found = device_list.page(session, wanted, actor=actor, cursor=request.args.get("cursor"))
        except BadCursor as refusal:
            errors = {"": languages.sentence(refusal)}
            found = device_list.page(session, wanted, actor=actor)
        counted = device_list.count(session, wanted, actor=actor)
        offered = {"unit": choices.units(session), "department": choices.departments(session)}
    chips = _chips(stated)
    return render_template(
        "devices/list.html",
        rows=[row_shown(row, actor.today) for row in found.rows],
        columns=_columns(wanted),
        count=count_shown(counted),
        filters=_filters(offered),
        values=stated,
        errors=errors,
        chips=chips,
        clear_url=url_for("devices.index") if chips else "",
        sorted_by={name: request.args[name] for name in ("sort", "order") if request.args.get(name)},
        views=_views(stated, actor.today),
        first=_address(cursor=None) if request.args.get("cursor") else "",
        next=_address(cursor=found.next) if found.next else "",
        bulk_acts=device_bulk.offered(),
        may_add=actor.may(Act.EDIT_DEVICES),
        export_url=_export(),
        filtered=bool(chips) or owners.chosen() is not None,
        searched=_searched(stated, found),
        short_search=_("Under tre tecken söker vi bara på början av inventarienummer och serienummer.")
        if 0 < len(stated["q"]) < SHORT_SEARCH
        else "",
    ), 422 if errors else 200


def asked_for(arguments: Mapping[str, str]) -> DeviceFilter:
    """The filter that an address states; what of it cannot be read is left out."""
    return _filter(_stated(arguments))[0]


def _stated(arguments: Mapping[str, str]) -> dict[str, str]:
    """What the address says, without what cannot be seen and no name holds."""
    return {name: "".join(c for c in arguments.get(name, "") if c.isprintable()).strip()[:LONGEST] for name in LABELS}


def row_shown(row: DeviceRow, today: date) -> dict[str, Any]:
    """A row as ``devices/_rows.html`` takes it."""
    waiting = row.stage in DUE_STAGES and row.due_on is not None
    overdue = waiting and row.due_on is not None and row.due_on < today
    unsupported = row.support_ends_on is not None and row.support_ends_on < today
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
        "due": day(row.due_on) if waiting else "",
        "due_meaning": "stop" if overdue else "",
        "os": device_shown.place(" ".join(filter(None, (row.os, row.os_version)))),
        "os_note": _("Stöd till %(day)s", day=day(row.support_ends_on)) if row.support_ends_on else "",
        "os_meaning": "stop" if unsupported else "",
    }


def count_shown(counted: int) -> str:
    if counted > device_list.COUNTED:
        return _("Fler än %(count)s enheter", count=number(device_list.COUNTED))
    return _("1 enhet") if counted == 1 else _("%(count)s enheter", count=number(counted))


def _filter(stated: Mapping[str, str]) -> tuple[DeviceFilter, dict[str, str]]:
    """What the address asks for; what of it cannot be read is left out and said beside its field."""
    known: dict[str, Any] = {name: text for name, text in stated.items() if text}
    errors: dict[str, str] = {}
    for name in [name for name in _DATES if name in known]:
        try:
            known[name] = parse_date(known[name]).value
        except Refusal as refusal:
            errors[name] = languages.sentence(refusal)
            del known[name]
    for name, terms in _TERMS.items():
        known[name] = next((each for each in terms if each.value == known.get(name)), None)
    known["lacks"] = known.get("lacks") if known.get("lacks") in LACKS else None
    sort = next((each for each in Sort if each.value == request.args.get("sort")), Sort.TAG)
    names = {each.name for each in fields(DeviceFilter)}
    kept = {name: value for name, value in known.items() if name in names}
    return replace(DeviceFilter(**kept), sort=sort, descending=request.args.get("order") == "desc"), errors


def _filters(offered: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    kinds, stages = device_shown.kinds(), device_shown.options(Stage)
    lacks = [{"value": name, "label": str(label)} for name, label in MISSING.items()]
    return [
        {"name": "q", "label": _("Sök"), "kind": "text", "hint": _("Nummer, serienummer, modell eller användare")},
        {"name": "kind", "label": str(LABELS["kind"]), "kind": "select", "options": kinds},
        {"name": "stage", "label": str(LABELS["stage"]), "kind": "select", "options": stages},
        {"name": "department", "label": str(LABELS["department"]), "kind": "text", "suggest": offered["department"]},
        {"name": "unit", "label": str(LABELS["unit"]), "kind": "text", "suggest": offered["unit"]},
        {"name": "group", "label": str(LABELS["group"]), "kind": "text"},
        {"name": "due_from", "label": str(LABELS["due_from"]), "kind": "date"},
        {"name": "due_to", "label": str(LABELS["due_to"]), "kind": "date"},
        {"name": "support_before", "label": str(LABELS["support_before"]), "kind": "date"},
        {
            "name": "lacks",
            "label": str(LABELS["lacks"]),
            "kind": "select",
            "options": lacks,
            "blank": _("Inget särskilt"),
        },
    ]


def _chips(stated: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"label": f"{LABELS[name]}: {_value_shown(name, text)}", "url": _address(**{name: None, "cursor": None})}
        for name, text in stated.items()
        if text
    ]


def _value_shown(name: str, text: str) -> str:
    if name in _TERMS:
        return next((term(each) for each in _TERMS[name] if each.value == text), text)
    return str(MISSING.get(text, text)).lower() if name == "lacks" else text


def _views(stated: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """Selections that many people make every day; each is nothing but an address."""
    overdue = (today - timedelta(days=1)).isoformat()
    common: tuple[tuple[str, dict[str, str]], ...] = (
        (_("Alla"), {}),
        (_("I drift"), {"stage": Stage.DEPLOYED.value}),
        (_("I lager"), {"stage": Stage.IN_STOCK.value}),
        (_("Försenade byten"), {"due_to": overdue, "sort": Sort.DUE.value}),
        (_("Inköpsdatum saknas"), {"lacks": "purchased"}),
    )
    now = {name: text for name, text in stated.items() if text}
    return [
        {
            "label": label,
            "url": url_for("devices.index") + (f"?{urlencode(asked)}" if asked else ""),
            "current": now == {name: text for name, text in asked.items() if name != "sort"},
        }
        for label, asked in common
    ]


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
    url = _address(sort=sort.value, order=turned, cursor=None)
    return {"name": name, "label": label, "url": url, "sort": direction, "number": False}


def _searched(stated: Mapping[str, str], found: Page[DeviceRow]) -> str:
    """What was searched for, when nothing was found: what it was, and where."""
    if not stated["q"] or found.rows:
        return ""
    owner = owners.chosen()
    where = owner.name if owner else _("hela registret")
    return _("Vi sökte efter ”%(q)s” i %(where)s.", q=stated["q"], where=where)


def _address(**changed: str | None) -> str:
    kept = {name: text for name, text in request.args.items() if text and name != "owner"}
    asked = {name: text for name, text in (kept | changed).items() if text}
    return url_for("devices.index") + (f"?{urlencode(asked)}" if asked else "")


def _export() -> str:
    if "exports.devices" not in current_app.view_functions or not visit.actor().may(Act.EXPORT):
        return ""
    return f"{url_for('exports.devices')}?{request.query_string.decode('ascii', errors='replace')}"
